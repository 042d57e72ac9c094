"""What every estimator of nearest neighbours does: check, index, search."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import numpy as np
from joblib import cpu_count
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from fastnn import _core
from fastnn._typing import Float64, Labels
from fastnn._validation import Array, check_integer, with_contiguous_columns
from fastnn.neighbors._parameters import (
    CORE_METRICS,
    check_n_jobs,
    check_search_parameters,
    refuse,
)

_READ_AS_THEY_ARE = (np.uint8, np.float32, np.float64)


class NeighborsBase(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Exact search over the rows given to `fit`; a subclass says what comes of it."""

    n_neighbors: int
    algorithm: str
    leaf_size: int
    metric: str
    p: float
    metric_params: dict[str, Any] | None
    n_jobs: int | None

    def kneighbors(
        self,
        X: ArrayLike | None = None,
        n_neighbors: int | None = None,
        return_distance: bool = True,
    ) -> tuple[Float64, Labels] | Labels:
        """Find the fitted rows nearest to each row of `X`, exactly.

        Parameters
        ----------
        X : array_like of shape (n_queries, n_features), optional
            None asks for the neighbours of every fitted row, not counting itself.
        n_neighbors : int, optional
            None takes the estimator's `n_neighbors`.
        return_distance : bool, default=True
            Whether the distances come first in the result.

        Returns
        -------
        neigh_dist : float64 ndarray of shape (n_queries, n_neighbors)
            Ascending; only if `return_distance`.
        neigh_ind : int64 ndarray of shape (n_queries, n_neighbors)
            Fitted rows by distance, equal distances by the lower index.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `X` does not fit the fitted rows or holds NaN or infinity, or there are fewer
            fitted rows than neighbours asked for.
        TypeError
            If `n_neighbors` is not an integer.
        NotImplementedError
            If `X` is sparse.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> samples = [[0.0, 0.0, 0.0], [0.0, 0.5, 0.0], [1.0, 1.0, 0.5]]
        >>> NearestNeighbors(n_neighbors=1).fit(samples).kneighbors([[1.0, 1.0, 1.0]])
        (array([[0.5]]), array([[2]]))
        """
        distances, indices = self._search(X, n_neighbors)
        return (distances, indices) if return_distance else indices

    def kneighbors_graph(
        self,
        X: ArrayLike | None = None,
        n_neighbors: int | None = None,
        mode: str = "connectivity",
    ) -> NoReturn:
        """Raise NotImplementedError: not built yet."""
        refuse("kneighbors_graph", "kneighbors")

    def __getstate__(self) -> dict[str, Any]:
        state: dict[str, Any] = super().__getstate__()
        return {name: value for name, value in state.items() if name != "_index"}

    def _fit_samples(self, X: ArrayLike) -> None:
        check_search_parameters(
            n_neighbors=self.n_neighbors,
            algorithm=self.algorithm,
            leaf_size=self.leaf_size,
            metric=self.metric,
            p=self.p,
            metric_params=self.metric_params,
            n_jobs=self.n_jobs,
        )
        self._fit_X = _as_samples(self, X, reset=True)
        self.n_samples_fit_ = len(self._fit_X)
        self.effective_metric_ = "euclidean" if self.metric == "minkowski" else self.metric
        self.effective_metric_params_: dict[str, Any] = {}
        self._index = self._new_index()

    def _new_index(self) -> _core.Index:
        metric = CORE_METRICS[self.effective_metric_]
        return _core.Index(self._fit_X, metric, self._n_threads())

    def _fitted_index(self) -> _core.Index:
        if "_index" not in self.__dict__:  # it is not pickled
            self._index = self._new_index()
        return self._index

    def _n_threads(self) -> int:
        """Return the core's `n_threads`, of which 0 is fastnn's own default."""
        if self.n_jobs is None:
            return 0
        n_jobs = check_n_jobs(self.n_jobs)
        return n_jobs if n_jobs > 0 else max(1, int(cpu_count()) + 1 + n_jobs)

    def _search(
        self, X: ArrayLike | None, n_neighbors: int | None = None
    ) -> tuple[Float64, Labels]:
        check_is_fitted(self)
        wanted = self.n_neighbors if n_neighbors is None else n_neighbors
        k = check_integer(wanted, "n_neighbors", minimum=1)
        at_most = self.n_samples_fit_ - (X is None)
        if k > at_most:
            counted = "the number of fitted rows" + (" without the query" if X is None else "")
            raise ValueError(f"expected n_neighbors <= {at_most}, {counted}. Received: {k}")
        if X is None:
            return _without_self(*self._search_rows(self._fit_X, k + 1))
        return self._search_rows(_as_samples(self, X, reset=False), k)

    def _search_rows(self, queries: Array, k: int) -> tuple[Float64, Labels]:
        distances, indices = self._fitted_index().search(queries, k, self._n_threads())
        if not np.isfinite(distances[:, -1]).all():
            raise ValueError(
                "expected X with squared distances below 1.8e308, the largest float64. "
                "Received: rows farther apart, whose order is lost; scale X first"
            )
        return distances, indices


@contextmanager
def unchanged_on_error(estimator: NeighborsBase) -> Iterator[None]:
    """Leave `estimator` as it was if what runs inside raises."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__.clear()
        estimator.__dict__.update(before)
        raise


def _as_samples(estimator: NeighborsBase, X: ArrayLike, *, reset: bool) -> Array:
    if issparse(X):
        refuse("sparse X", "dense arrays")
    samples = validate_data(estimator, X, reset=reset)
    if samples.dtype not in _READ_AS_THEY_ARE:
        samples = samples.astype(np.float64)
    return with_contiguous_columns(samples)


def _without_self(distances: Float64, indices: Labels) -> tuple[Float64, Labels]:
    """Drop each row from its own neighbours, or the last where equal rows have crowded it out."""
    n_samples, k = indices.shape
    kept = indices != np.arange(n_samples)[:, np.newaxis]
    kept[kept.all(axis=1), -1] = False
    shape = (n_samples, k - 1)
    return distances[kept].reshape(shape), indices[kept].reshape(shape)
