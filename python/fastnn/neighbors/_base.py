"""What every estimator of nearest neighbours does: check, index, search."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Self

import numpy as np
from joblib import cpu_count
from numpy.typing import ArrayLike, NDArray
from sklearn.base import MultiOutputMixin
from sklearn.metrics import DistanceMetric
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from fastnn._typing import Float64
from fastnn._validation import check_integer, check_shape
from fastnn.neighbors._input import Csr, Numbers, Rows, as_rows, n_rows_of
from fastnn.neighbors._parameters import (
    Metric,
    as_metric,
    check_n_jobs,
    check_radius,
    check_search_parameters,
    core_algorithm,
)
from fastnn.neighbors._persistence import PersistenceMixin
from fastnn.neighbors._rows import FittedRows
from fastnn.neighbors._verbosity import search_bar


class Ragged(NamedTuple):
    """Neighbours of each query, as many as it has: query i has those of offsets[i : i + 2].

    Attributes
    ----------
    offsets : int64 ndarray of shape (n_queries + 1,)
    distances : float64 ndarray of shape (offsets[-1],)
    indices : int64 ndarray of shape (offsets[-1],)
    """

    offsets: Numbers
    distances: Float64
    indices: Numbers


class NeighborsBase(MultiOutputMixin, PersistenceMixin):  # type: ignore[misc]
    """Exact search over the rows given to `fit`; a subclass says what comes of it.

    `n_neighbors` or `radius` is None where an estimator does not have it.
    """

    _rows: FittedRows

    def __init__(
        self,
        *,
        n_neighbors: int | None = None,
        radius: float | None = None,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        p: float = 2,
        metric_params: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs
        self.verbose = verbose

    @property
    def n_samples_fit_(self) -> int:
        """Number of fitted rows, without the removed ones."""
        if not self._is_fitted():
            raise AttributeError("n_samples_fit_ is there after fit")
        return self._rows.index.n_present

    def remove(self, rows: ArrayLike) -> Self:
        """Let these fitted rows be found no more; the others keep their numbers.

        Nothing is built again. Searches that run meanwhile find the rows there were when they
        began; only one thread at a time may add or remove.

        Parameters
        ----------
        rows : array_like of int, or int
            Numbers of fitted rows, as `kneighbors` gives them.

        Returns
        -------
        self

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If a number is out of range, stands twice, or was removed before.
        TypeError
            If `rows` does not hold integers.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> neighbors = NearestNeighbors(n_neighbors=1).fit([[0.0], [1.0], [2.0]])
        >>> neighbors.remove([1]).kneighbors([[1.2]], return_distance=False)
        array([[2]])
        """
        fitted = self._fitted_rows()
        self._rows = fitted.remove(_check_numbers(rows, fitted))
        return self

    def _fit_rows(self, X: ArrayLike) -> None:
        """Check the parameters and index `X`; inside `unchanged_on_error`."""
        metric = as_metric(self.metric, self.p, self.metric_params)
        check_search_parameters(
            n_neighbors=self.n_neighbors,
            radius=self.radius,
            algorithm=self.algorithm,
            leaf_size=self.leaf_size,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
            metric=metric,
        )
        rows = as_rows(
            self, X, reset=True, allow_nan=metric.allows_nan, precomputed=metric.is_precomputed
        )
        algorithm = core_algorithm(self.algorithm, metric, sparse=isinstance(rows, Csr))
        nothing = np.empty(0, dtype=np.int64)
        self._rows = FittedRows.build(metric, algorithm, (rows,), nothing)
        self.effective_metric_ = metric.name
        self.effective_metric_params_ = dict(metric.params)

    def _add_rows(self, X: ArrayLike) -> None:
        """Index `X` as well; its rows get the next numbers.

        Nothing of the estimator has changed if this raises. Labels of the new rows must be in
        place before: a search that finds a row may ask for its label at once.
        """
        fitted = self._fitted_rows()
        self._rows = fitted.add(self._checked(X, fitted))

    def _nearest(
        self,
        X: ArrayLike | None,
        n_neighbors: int | None = None,
        *,
        mask: ArrayLike | None = None,
        farthest: bool = False,
    ) -> tuple[Float64, Numbers]:
        """Return distances and row numbers of shape (n_queries, n_neighbors), nearest first.

        None for `X` takes every fitted row as a query that does not find itself; None for
        `n_neighbors` takes the estimator's. See `KNeighborsMixin.kneighbors`.
        """
        fitted = self._fitted_rows()
        k = check_integer(
            self.n_neighbors if n_neighbors is None else n_neighbors, "n_neighbors", minimum=1
        )
        queries = None if X is None else self._checked(X, fitted)
        allowed = _check_mask(mask, fitted)
        at_most = fitted.count(allowed) - (queries is None)
        if k > at_most:
            raise ValueError(_too_many(k, at_most, masked=mask is not None, left_out=X is None))

        def search(rows: Rows, k: int) -> tuple[Float64, Numbers]:
            with search_bar(self.verbose, n_rows_of(rows)) as progress:
                found = fitted.index.search(rows, k, allowed, farthest, progress, self._n_threads())
            _check_distances(found[0][:, 0 if farthest else -1], fitted.metric)
            return found

        if queries is not None:
            return search(queries, k)
        parts = [_without_self(*search(rows, k + 1), own) for own, rows in fitted.present()]
        distances, indices = zip(*parts, strict=True)
        return np.concatenate(distances), np.concatenate(indices)

    def _within(
        self,
        X: ArrayLike | None,
        radius: float | None = None,
        *,
        mask: ArrayLike | None = None,
        sort: bool = False,
    ) -> Ragged:
        """Return all neighbours of each query at a distance of at most `radius`.

        They come by row number, or by (distance, row number) if `sort`. None is as in `_nearest`.
        """
        fitted = self._fitted_rows()
        limit = check_radius(self.radius if radius is None else radius, fitted.metric)
        queries = None if X is None else self._checked(X, fitted)
        allowed = _check_mask(mask, fitted)

        def search(rows: Rows) -> Ragged:
            with search_bar(self.verbose, n_rows_of(rows)) as progress:
                return Ragged(
                    *fitted.index.search_radius(
                        rows, limit, allowed, sort, progress, self._n_threads()
                    )
                )

        if queries is not None:
            return search(queries)
        return _joined(_others(search(rows), own) for own, rows in fitted.present())

    def _is_fitted(self) -> bool:
        return "_rows" in self.__dict__

    def _fitted_rows(self) -> FittedRows:
        """Return the rows there are now; NotFittedError before `fit`."""
        if not self._is_fitted():
            check_is_fitted(self, "_rows")
        return self._rows

    def _checked(self, X: ArrayLike, fitted: FittedRows) -> Rows:
        return as_rows(
            self,
            X,
            reset=False,
            allow_nan=fitted.metric.allows_nan,
            precomputed=fitted.metric.is_precomputed,
        )

    def _n_threads(self) -> int:
        """Return the core's `n_threads`, of which 0 is fastnn's own default."""
        if self.n_jobs is None:
            return 0
        n_jobs = check_n_jobs(self.n_jobs)
        return n_jobs if n_jobs > 0 else max(1, int(cpu_count()) + 1 + n_jobs)

    def _check_restored(self) -> None:
        rows = vars(self).get("_rows")
        if not isinstance(rows, FittedRows) or self.n_features_in_ != rows.index.n_features:
            raise ValueError("rows and their number of columns do not fit")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        is_precomputed = isinstance(self.metric, str) and self.metric == "precomputed"
        tags.input_tags.sparse = True
        tags.input_tags.pairwise = tags.input_tags.positive_only = is_precomputed
        tags.input_tags.allow_nan = isinstance(self.metric, str) and self.metric == "nan_euclidean"
        return tags


def _check_mask(mask: ArrayLike | None, fitted: FittedRows) -> NDArray[np.bool_] | None:
    if mask is None:
        return None
    allowed = np.asarray(mask)
    if allowed.dtype != np.bool_:
        raise TypeError(f"expected mask of dtype bool. Received: {allowed.dtype}")
    check_shape(allowed, "mask", (fitted.index.n_rows,))
    return np.ascontiguousarray(allowed)


def _check_numbers(rows: ArrayLike, fitted: FittedRows) -> Numbers:
    numbers = np.atleast_1d(np.asarray(rows))
    if numbers.size == 0:
        numbers = numbers.astype(np.int64)  # an empty list has no dtype of its own
    if numbers.dtype.kind not in "iu":
        raise TypeError(f"expected rows of an integer dtype. Received: {numbers.dtype}")
    check_shape(numbers, "rows", ("n_removed",))
    n_rows = fitted.index.n_rows
    for wrong, expected in (
        ((numbers < 0) | (numbers >= n_rows), f"in [0, {n_rows})"),
        (np.isin(numbers, fitted.removed), "that were not removed before"),
    ):
        if wrong.any():
            raise ValueError(f"expected rows {expected}. Received: {numbers[wrong.argmax()]}")
    distinct, counts = np.unique(numbers, return_counts=True)
    if (counts > 1).any():
        raise ValueError(f"expected rows that differ. Received: {distinct[counts.argmax()]} twice")
    return distinct.astype(np.int64)


def _too_many(k: int, at_most: int, *, masked: bool, left_out: bool) -> str:
    counted = "the number of fitted rows" + (" in the mask" if masked else "")
    without = " without the query" if left_out else ""
    return f"expected n_neighbors <= {at_most}, {counted}{without}. Received: {k}"


def _check_distances(last: Float64, metric: Metric) -> None:
    if metric.core_name is not None and not metric.allows_nan and not np.isfinite(last).all():
        raise ValueError(
            "expected X with distances below 1.8e308, the largest float64. "
            "Received: rows farther apart, whose order is lost; scale X first"
        )


def _without_self(distances: Float64, indices: Numbers, own: Numbers) -> tuple[Float64, Numbers]:
    """Drop each row from its own neighbours, or the last where equal rows have crowded it out."""
    n_samples, k = indices.shape
    kept = indices != own[:, np.newaxis]
    kept[kept.all(axis=1), -1] = False
    shape = (n_samples, k - 1)
    return distances[kept].reshape(shape), indices[kept].reshape(shape)


def _others(found: Ragged, own: Numbers) -> Ragged:
    """Drop each row from its own neighbours."""
    kept = found.indices != np.repeat(own, np.diff(found.offsets))
    offsets = np.concatenate([[0], np.cumsum(kept)])[found.offsets]
    return Ragged(offsets, found.distances[kept], found.indices[kept])


def _joined(parts: Iterable[Ragged]) -> Ragged:
    """Return the neighbours of all queries, part after part."""
    offsets, distances, indices = zip(*parts, strict=True)
    counts = np.concatenate([np.diff(part) for part in offsets])
    return Ragged(
        np.concatenate([[0], np.cumsum(counts)]), np.concatenate(distances), np.concatenate(indices)
    )
