"""``python -m fastnn``: the same as the command ``fastnn``."""

import sys

from fastnn._cli import main

sys.exit(main())
