"""Printing where the terminal may know less than Unicode, as on a redirected Windows console."""

import sys

_PLAIN = str.maketrans(
    {"━": "=", "─": "-"} | dict.fromkeys("┏┳┓┡╇┩├┼┤└┴┘", "+") | dict.fromkeys("┃│", "|")
)


def write(text: str) -> None:
    """Write `text` to standard output at once, with plain lines where it has no box drawing."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = text.translate(_PLAIN)
    sys.stdout.write(text)
    sys.stdout.flush()
