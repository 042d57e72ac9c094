"""The table that ``model.summary()`` prints, laid out as in Keras 3."""

from collections.abc import Sequence
from typing import NamedTuple

_HEADER = ("Layer (type)", "Output Shape", "Param #")
_WIDTHS = (31, 22, 13)  # of the text in each column; longer entries go on in the next line


class Row(NamedTuple):
    """One layer in the table."""

    layer: str  # "dense (Dense)"
    output_shape: str  # "(None, 10)", or "?" where it is not known yet
    n_params: str  # "7,850", or "0 (unbuilt)"


def summary(name: str, rows: Sequence[Row], n_trained: int, n_params: int, itemsize: int) -> str:
    """Return the table of a model with weights of `itemsize` bytes, of which some are trained."""

    def counted(n: int) -> str:
        return f"{n:,} ({readable_size(n * itemsize)})"

    return "\n".join(
        [
            f'Model: "{name}"',
            *_table(rows),
            f" Total params: {counted(n_params)}",
            f" Trainable params: {counted(n_trained)}",
            f" Non-trainable params: {counted(n_params - n_trained)}",
        ]
    )


def readable_size(n_bytes: float) -> str:
    """Return a number of bytes with its unit.

    >>> readable_size(4188)
    '4.09 KB'
    """
    for unit in ("B", "KB", "MB", "GB"):
        if n_bytes < 1024:
            return f"{n_bytes:.2f} {unit}"
        n_bytes /= 1024
    return f"{n_bytes:.2f} TB"


def _table(rows: Sequence[Row]) -> list[str]:
    lines = [_rule("┏━┳┓"), *_cells(_HEADER, "┃"), _rule("┡━╇┩")]
    for index, row in enumerate(rows):
        if index:
            lines.append(_rule("├─┼┤"))
        lines.extend(_cells(row, "│"))
    return [*lines, _rule("└─┴┘")]


def _rule(corners: str) -> str:
    left, line, middle, right = tuple(corners)
    return left + middle.join(line * (width + 2) for width in _WIDTHS) + right


def _cells(entries: Sequence[str], edge: str) -> list[str]:
    """Return the lines of one row: its first two entries to the left, the last to the right."""
    pieces = [
        [entry[start : start + width] for start in range(0, len(entry), width)] or [""]
        for entry, width in zip(entries, _WIDTHS, strict=True)
    ]
    height = max(map(len, pieces))
    lines = []
    for level in range(height):
        name, shape, n_params = (piece[level] if level < len(piece) else "" for piece in pieces)
        cells = f" {name:<{_WIDTHS[0]}} ", f" {shape:<{_WIDTHS[1]}} ", f" {n_params:>{_WIDTHS[2]}} "
        lines.append(edge + edge.join(cells) + edge)
    return lines
