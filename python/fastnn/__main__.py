"""``python -m fastnn``: the same as the command ``fastnn``."""

import sys

from fastnn._cli import main

if __name__ == "__main__":  # the processes of `fastnn bench` import this module
    sys.exit(main())
