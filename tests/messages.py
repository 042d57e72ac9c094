"""An assertion on the whole text of an error message."""

import re

import pytest


def raises(error, message):
    """Expect `error` with exactly `message`."""
    return pytest.raises(error, match=f"^{re.escape(message)}$")
