"""Sparse rows for a core that reads dense ones: some at a time."""

from collections.abc import Iterator

from fastnn._typing import Labels

# So many numbers become dense together: 32 MiB of float64.
_DENSE_SIZE = 1 << 22


def parts(rows: Labels, n_features: int, batch_size: int = 1) -> Iterator[Labels]:
    """Yield the numbers of some rows at a time: whole batches, as many as may be dense together."""
    n_rows = batch_size * max(1, _DENSE_SIZE // (batch_size * n_features))
    for begin in range(0, len(rows), n_rows):
        yield rows[begin : begin + n_rows]
