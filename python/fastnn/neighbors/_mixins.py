"""The two kinds of search that users call: a number of neighbours, or a radius around the query."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, csr_matrix
from sklearn import get_config

from fastnn._typing import Float64
from fastnn._validation import Array, check_choice
from fastnn.neighbors._base import NeighborsBase, Ragged
from fastnn.neighbors._input import Numbers

MODES = ("connectivity", "distance")


class KNeighborsMixin(NeighborsBase):
    """Search for a number of neighbours."""

    def kneighbors(
        self,
        X: ArrayLike | None = None,
        n_neighbors: int | None = None,
        return_distance: bool = True,
        *,
        mask: ArrayLike | None = None,
        farthest: bool = False,
    ) -> tuple[Float64, Numbers] | Numbers:
        """Find the fitted rows nearest to each row of `X`, exactly.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), optional
            None asks for the neighbours of every fitted row, not counting itself. With
            metric='precomputed', distances of shape (n_queries, n_fitted_rows).
        n_neighbors : int, optional
            None takes the estimator's `n_neighbors`.
        return_distance : bool, default=True
            Whether the distances come first in the result.
        mask : bool array_like of shape (n_fitted_rows,), optional
            Only rows where it is True are found; entries of removed rows are not read.
        farthest : bool, default=False
            Whether to find the rows of the largest distances instead, the largest first.

        Returns
        -------
        neigh_dist : float64 ndarray of shape (n_queries, n_neighbors)
            Ascending (descending if `farthest`); only if `return_distance`. NaN, of rows that
            share no feature with the query under 'nan_euclidean', comes last either way.
        neigh_ind : int64 ndarray of shape (n_queries, n_neighbors)
            Numbers of fitted rows by distance, equal distances by the lower number.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `X` does not fit the fitted rows or holds NaN or infinity, or fewer rows than
            neighbours asked for may be found.
        TypeError
            If `n_neighbors` is not an integer, or `mask` does not hold booleans.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> samples = [[0.0, 0.0, 0.0], [0.0, 0.5, 0.0], [1.0, 1.0, 0.5]]
        >>> neighbors = NearestNeighbors(n_neighbors=1).fit(samples)
        >>> neighbors.kneighbors([[1.0, 1.0, 1.0]])
        (array([[0.5]]), array([[2]]))
        >>> neighbors.kneighbors([[1.0, 1.0, 1.0]], mask=[True, True, False])
        (array([[1.5]]), array([[1]]))
        >>> neighbors.kneighbors([[1.0, 1.0, 1.0]], farthest=True, return_distance=False)
        array([[0]])
        """
        distances, indices = self._nearest(X, n_neighbors, mask=mask, farthest=farthest)
        return (distances, indices) if return_distance else indices

    def kneighbors_graph(
        self,
        X: ArrayLike | None = None,
        n_neighbors: int | None = None,
        mode: str = "connectivity",
    ) -> Any:
        """Return the neighbours of each row of `X` as a sparse matrix.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), optional
            None asks for the neighbours of every fitted row, not counting itself.
        n_neighbors : int, optional
            None takes the estimator's `n_neighbors`.
        mode : {'connectivity', 'distance'}, default='connectivity'
            Whether an entry is 1 or the distance.

        Returns
        -------
        float64 CSR matrix of shape (n_queries, n_fitted_rows)
            Removed rows have columns that are empty. An array or a matrix, as
            `sklearn.set_config(sparse_interface=...)` says.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `kneighbors` does; ValueError if `mode` is unknown.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> neighbors = NearestNeighbors(n_neighbors=2).fit([[0.0], [3.0], [1.0]])
        >>> neighbors.kneighbors_graph([[0.0], [2.0]]).toarray()
        array([[1., 0., 1.],
               [0., 1., 1.]])
        """
        check_choice(mode, "mode", MODES)
        distances, indices = self._nearest(X, n_neighbors)
        n_queries, k = indices.shape
        offsets = np.arange(0, n_queries * k + 1, k)
        return _graph(self, Ragged(offsets, distances.ravel(), indices.ravel()), mode)


class RadiusNeighborsMixin(NeighborsBase):
    """Search within a radius."""

    def radius_neighbors(
        self,
        X: ArrayLike | None = None,
        radius: float | None = None,
        return_distance: bool = True,
        sort_results: bool = False,
        *,
        mask: ArrayLike | None = None,
    ) -> tuple[Array, Array] | Array:
        """Find all fitted rows at a distance of at most `radius` from each row of `X`, exactly.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), optional
            None asks for the neighbours of every fitted row, not counting itself. With
            metric='precomputed', distances of shape (n_queries, n_fitted_rows).
        radius : float, optional
            None takes the estimator's `radius`.
        return_distance : bool, default=True
            Whether the distances come first in the result.
        sort_results : bool, default=False
            Whether neighbours come by distance, equal distances by the lower number; otherwise
            they come by number.
        mask : bool array_like of shape (n_fitted_rows,), optional
            Only rows where it is True are found; entries of removed rows are not read.

        Returns
        -------
        neigh_dist : ndarray of shape (n_queries,) of float64 arrays
            Only if `return_distance`.
        neigh_ind : ndarray of shape (n_queries,) of int64 arrays
            Numbers of fitted rows.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `X` does not fit the fitted rows or holds NaN or infinity, `radius` is negative, or
            the results are to be sorted by distances that are not returned.
        TypeError
            If `radius` is not a number, or `mask` does not hold booleans.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> samples = [[0.0, 0.0, 0.0], [0.0, 0.5, 0.0], [1.0, 1.0, 0.5]]
        >>> neighbors = NearestNeighbors(radius=1.6).fit(samples)
        >>> distances, indices = neighbors.radius_neighbors([[1.0, 1.0, 1.0]])
        >>> distances[0], indices[0]
        (array([1.5, 0.5]), array([1, 2]))
        """
        if sort_results and not return_distance:
            raise ValueError("expected return_distance=True where sort_results=True")
        found = self._within(X, radius, mask=mask, sort=sort_results)
        indices = _as_objects(found.indices, found.offsets)
        return (
            (_as_objects(found.distances, found.offsets), indices) if return_distance else indices
        )

    def radius_neighbors_graph(
        self,
        X: ArrayLike | None = None,
        radius: float | None = None,
        mode: str = "connectivity",
        sort_results: bool = False,
    ) -> Any:
        """Return the neighbours of each row of `X` within `radius` as a sparse matrix.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), optional
            None asks for the neighbours of every fitted row, not counting itself.
        radius : float, optional
            None takes the estimator's `radius`.
        mode : {'connectivity', 'distance'}, default='connectivity'
            Whether an entry is 1 or the distance.
        sort_results : bool, default=False
            Whether the entries of a row are stored by distance instead of by column.

        Returns
        -------
        float64 CSR matrix of shape (n_queries, n_fitted_rows)
            Removed rows have columns that are empty. An array or a matrix, as
            `sklearn.set_config(sparse_interface=...)` says.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `radius_neighbors` does; ValueError if `mode` is unknown.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> neighbors = NearestNeighbors(radius=1.5).fit([[0.0], [3.0], [1.0]])
        >>> neighbors.radius_neighbors_graph(mode="distance").toarray()
        array([[0., 0., 1.],
               [0., 0., 0.],
               [1., 0., 0.]])
        """
        check_choice(mode, "mode", MODES)
        return _graph(self, self._within(X, radius, sort=sort_results), mode)


def _graph(estimator: NeighborsBase, found: Ragged, mode: str) -> Any:
    """Return neighbours as the sparse matrix that scikit-learn is configured to return."""
    data = found.distances if mode == "distance" else np.ones(len(found.indices))
    shape = (len(found.offsets) - 1, estimator._fitted_rows().index.n_rows)
    # scikit-learn before 1.9 knows matrices alone.
    wants_arrays = get_config().get("sparse_interface", "spmatrix") == "sparray"
    container = csr_array if wants_arrays else csr_matrix
    return container((data, found.indices, found.offsets), shape=shape)


def _as_objects(values: Array, offsets: Numbers) -> Array:
    """Return an array of arrays: the values of each query."""
    objects = np.empty(len(offsets) - 1, dtype=object)
    for i, (start, stop) in enumerate(itertools.pairwise(offsets)):
        objects[i] = values[start:stop]
    return objects
