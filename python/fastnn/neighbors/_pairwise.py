"""Search by distances that Python computes: scikit-learn's other metrics, callables, given ones.

These classes keep the contract of the core's `Index`, so that the estimators see one interface.
They are exact and slow: every distance is computed, in chunks.
"""

import itertools
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import DistanceMetric, pairwise_distances
from sklearn.metrics.pairwise import PAIRWISE_BOOLEAN_FUNCTIONS
from sklearn.neighbors import VALID_METRICS, VALID_METRICS_SPARSE

from fastnn._typing import Float64
from fastnn.neighbors._input import Csr, Numbers, Rows, n_columns_of, n_rows_of
from fastnn.neighbors._parameters import Metric

Progress: TypeAlias = Callable[[float], None]

_CHUNK = 1 << 23  # distances, 64 MiB
_REPORT_EVERY = 0.05  # seconds


class PythonIndex(ABC):
    """What every search by given distances does; a subclass says where they come from."""

    def __init__(self, n_rows: int, n_features: int) -> None:
        self.n_rows = n_rows
        self.n_features = n_features
        self._present = np.ones(n_rows, dtype=np.bool_)

    @property
    def n_present(self) -> int:
        """Number of rows without the removed."""
        return int(np.count_nonzero(self._present))

    def remove(self, rows: Numbers) -> Self:
        """Return an index without these rows; this one is left as it is."""
        smaller = copy(self)
        smaller._present = self._present.copy()
        smaller._present[rows] = False
        return smaller

    def search(
        self,
        queries: Rows,
        k: int,
        mask: NDArray[np.bool_] | None = None,
        farthest: bool = False,
        progress: Progress | None = None,
        n_threads: int = 0,
    ) -> tuple[Float64, Numbers]:
        """Return distances and row numbers of shape (n_queries, k), as the core does."""
        shape = (n_rows_of(queries), k)
        distances, indices = np.empty(shape), np.empty(shape, dtype=np.int64)
        for i, (found, numbers) in enumerate(self._visit(queries, mask, progress, n_threads)):
            if len(found) < k:
                raise ValueError(
                    f"expected distances from each query to at least {k} rows. "
                    f"Received: {len(found)} for query {i}"
                )
            first = _first(-found if farthest else found, k)
            distances[i], indices[i] = found[first], numbers[first]
        return distances, indices

    def search_radius(
        self,
        queries: Rows,
        radius: float,
        mask: NDArray[np.bool_] | None = None,
        sort: bool = False,
        progress: Progress | None = None,
        n_threads: int = 0,
    ) -> tuple[Numbers, Float64, Numbers]:
        """Return offsets, distances and row numbers, as the core does."""
        distances, indices = [np.empty(0)], [np.empty(0, dtype=np.int64)]
        for found, numbers in self._visit(queries, mask, progress, n_threads):
            near = np.flatnonzero(found <= radius)
            if sort:
                near = near[np.argsort(found[near], kind="stable")]
            distances.append(found[near])
            indices.append(numbers[near])
        offsets = np.cumsum([len(found) for found in distances], dtype=np.int64)
        return offsets, np.concatenate(distances), np.concatenate(indices)

    @abstractmethod
    def add(self, rows: Rows) -> Self:
        """Return an index of these rows as well, which get the next numbers."""

    @abstractmethod
    def _distances(self, queries: Rows, n_threads: int) -> Iterator[tuple[Float64, Numbers]]:
        """Yield for each query its distances and the rows they are to, ascending."""

    def _visit(
        self,
        queries: Rows,
        mask: NDArray[np.bool_] | None,
        progress: Progress | None,
        n_threads: int,
    ) -> Iterator[tuple[Float64, Numbers]]:
        """Yield what `_distances` does for the rows that may be found."""
        wanted = self._present if mask is None else self._present & mask
        everything = bool(wanted.all())
        n_queries = n_rows_of(queries)
        reported = time.monotonic()
        for i, (distances, numbers) in enumerate(self._distances(queries, n_threads)):
            kept = slice(None) if everything else wanted[numbers]
            yield distances[kept], numbers[kept]
            if progress is not None and time.monotonic() > reported + _REPORT_EVERY:
                progress((i + 1) / n_queries)
                reported = time.monotonic()


class PairwiseIndex(PythonIndex):
    """Search by a metric that scikit-learn or the user computes."""

    def __init__(self, rows: Rows, metric: Metric) -> None:
        self._metric = metric
        part = self._converted(rows)
        self._parts: tuple[Any, ...] = (part,)
        super().__init__(*part.shape)
        self._pairwise(part[:1], part[:1], 0)  # parameters that do not fit the metric are told now

    def add(self, rows: Rows) -> Self:
        """Return an index of these rows as well; this one is left as it is."""
        larger = copy(self)
        larger._parts = (*self._parts, self._converted(rows))
        larger.n_rows = self.n_rows + n_rows_of(rows)
        larger._present = np.append(self._present, np.ones(n_rows_of(rows), dtype=np.bool_))
        return larger

    def _distances(self, queries: Rows, n_threads: int) -> Iterator[tuple[Float64, Numbers]]:
        converted = self._converted(queries)
        numbers = np.arange(self.n_rows)
        step = max(1, _CHUNK // self.n_rows)
        for start in range(0, n_rows_of(queries), step):
            chunk = converted[start : start + step]
            blocks = [self._pairwise(chunk, part, n_threads) for part in self._parts]
            for distances in np.hstack(blocks):
                yield distances, numbers

    def _converted(self, rows: Rows) -> Any:
        """Return `rows` as scikit-learn computes with them."""
        name = self._metric.name
        if isinstance(rows, Csr):
            if isinstance(name, str) and name not in VALID_METRICS_SPARSE["brute"]:
                raise ValueError(f"expected dense X with metric={name!r}. Received: sparse X")
            return rows.to_scipy()
        if isinstance(name, str) and name in PAIRWISE_BOOLEAN_FUNCTIONS:
            return rows != 0
        return rows.astype(np.float64) if rows.dtype == np.uint8 else rows  # 3 - 5 is not 254

    def _pairwise(self, queries: Any, rows: Any, n_threads: int) -> Float64:
        name, params = self._metric.name, self._metric.params
        if isinstance(name, str) and name not in VALID_METRICS["brute"]:
            name = DistanceMetric.get_metric(name, **params)
        if isinstance(name, DistanceMetric):
            return np.asarray(name.pairwise(queries, rows))
        n_jobs = n_threads or None
        return np.asarray(pairwise_distances(queries, rows, name, n_jobs=n_jobs, **params))


class MatrixIndex(PythonIndex):
    """Search in distances that are given, one column for each fitted row."""

    def __init__(self, distances: Rows) -> None:
        n_rows = n_rows_of(distances)
        n_columns = n_columns_of(distances)
        if n_columns != n_rows:
            raise ValueError(
                f"expected X of shape (n_samples, n_samples) with metric='precomputed'. "
                f"Received: ({n_rows}, {n_columns})"
            )
        super().__init__(n_rows, n_columns)

    def add(self, rows: Rows) -> Self:
        """Raise ValueError: what is given has no distances to new rows."""
        raise ValueError(
            "expected a metric other than 'precomputed' to add rows. Received: 'precomputed'"
        )

    def _distances(self, queries: Rows, n_threads: int) -> Iterator[tuple[Float64, Numbers]]:
        if isinstance(queries, Csr):
            numbers = queries.indices.astype(np.int64)
            for start, stop in itertools.pairwise(queries.indptr):
                yield queries.data[start:stop].astype(np.float64), numbers[start:stop]
        else:
            numbers = np.arange(self.n_rows)
            for distances in queries:
                yield distances.astype(np.float64), numbers


def _first(distances: Float64, k: int) -> Numbers:
    """Return the places of the k smallest by (distance, place); NaN comes last."""
    kth = np.partition(distances, k - 1)[k - 1]
    places = np.flatnonzero(~(distances > kth))
    return places[np.argsort(distances[places], kind="stable")[:k]]
