"""The rows an estimator was fitted to, with their index: one immutable object.

An estimator that gains or loses rows replaces the object, so that a search that has begun goes on
with the rows there were.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn.neighbors._input import Numbers, Rows, join_rows, n_rows_of, take_rows
from fastnn.neighbors._pairwise import MatrixIndex, PairwiseIndex
from fastnn.neighbors._parameters import Metric

SearchIndex: TypeAlias = _core.Index | PairwiseIndex | MatrixIndex


@dataclass(frozen=True, eq=False)
class FittedRows:
    """Rows by number, removed ones included: a row keeps its number.

    Parameters
    ----------
    metric : Metric
    algorithm : str
        The core's name for it.
    parts : tuple of Rows
        What `fit` was given, then what additions were given, joined as they add up.
    removed : int64 ndarray
        Numbers of the rows that are not found any more, ascending.
    stages : tuple of SearchIndex
        Of the first part, of the first two and so on, removed rows included: where the last parts
        are joined, what has been made of those before them is kept.
    index : SearchIndex
        Of all parts, without the removed rows.
    """

    metric: Metric
    algorithm: str
    parts: tuple[Rows, ...]
    removed: Numbers
    stages: tuple[SearchIndex, ...]
    index: SearchIndex

    @classmethod
    def build(
        cls, metric: Metric, algorithm: str, parts: tuple[Rows, ...], removed: Numbers
    ) -> Self:
        """Index the rows in `parts` but those in `removed`."""
        first, *others = parts
        stages = [_new_index(metric, algorithm, first)]
        for rows in others:
            stages.append(stages[-1].add(rows))
        index = _without(stages[-1], removed)
        return cls(metric, algorithm, parts, removed, tuple(stages), index)

    def add(self, rows: Rows) -> Self:
        """Return these rows and the new ones, which get the next numbers."""
        given, *added = self.parts
        n_apart = _count_apart([n_rows_of(part) for part in (*added, rows)])
        last = join_rows((*added[n_apart:], rows))
        kept = self.stages[: 1 + n_apart]
        whole = kept[-1].add(last)
        return replace(
            self,
            parts=(given, *added[:n_apart], last),
            stages=(*kept, whole),
            index=_without(whole, self.removed),
        )

    def remove(self, numbers: Numbers) -> Self:
        """Return these rows without those of these numbers."""
        removed = np.union1d(self.removed, numbers)
        return replace(self, removed=removed, index=self.index.remove(numbers))

    def count(self, mask: NDArray[np.bool_] | None) -> int:
        """Return how many rows may be found under `mask`."""
        if mask is None:
            return self.index.n_present
        return int(np.count_nonzero(mask)) - int(np.count_nonzero(mask[self.removed]))

    def present(self) -> Iterator[tuple[Numbers, Rows]]:
        """Yield numbers and rows of each part, without the removed ones."""
        start = 0
        for part in self.parts:
            stop = start + n_rows_of(part)
            numbers = np.setdiff1d(np.arange(start, stop), self.removed, assume_unique=True)
            everything = len(numbers) == stop - start
            yield numbers, part if everything else take_rows(part, numbers - start)
            start = stop

    def __reduce__(self) -> tuple[Any, ...]:
        """Carry the rows alone: the index is built again from them."""
        return type(self).build, (self.metric, self.algorithm, self.parts, self.removed)


def _count_apart(sizes: Sequence[int]) -> int:
    """Return how many parts of these sizes stay apart, while the others are joined with the last.

    A part is joined with those behind it as soon as they are as large together. So each has more
    rows than all behind it, and n rows are log2(n + 1) parts at most. Whatever is joined becomes
    part of something twice as large at least, so that no row is copied more than log2(n) + 1 times.
    """
    n_apart = len(sizes) - 1
    behind = 0
    for place in reversed(range(len(sizes))):
        if sizes[place] <= behind:
            n_apart = place
        behind += sizes[place]
    return n_apart


def _new_index(metric: Metric, algorithm: str, rows: Rows) -> SearchIndex:
    if metric.is_precomputed:
        return MatrixIndex(rows)
    if metric.core_name is None:
        return PairwiseIndex(rows, metric)
    return _core.Index(rows, metric.core_name, metric.p, algorithm)


def _without(index: SearchIndex, removed: Numbers) -> SearchIndex:
    return index.remove(removed) if len(removed) else index
