"""Neighbours as sparse matrices, for pipelines whose next step takes distances."""

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import ArrayLike
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.metrics import DistanceMetric

from fastnn._validation import check_choice
from fastnn.neighbors._mixins import MODES, KNeighborsMixin, RadiusNeighborsMixin
from fastnn.neighbors._unsupervised import UnsupervisedMixin


class _GraphTransformer(
    ClassNamePrefixFeaturesOutMixin,  # type: ignore[misc]  # scikit-learn has no types
    TransformerMixin,  # type: ignore[misc]
    UnsupervisedMixin,
):
    mode: str

    @property
    def _n_features_out(self) -> int:
        return self._fitted_rows().index.n_rows

    def _fit_rows(self, X: ArrayLike) -> None:
        check_choice(self.mode, "mode", MODES)
        super()._fit_rows(X)


class KNeighborsTransformer(KNeighborsMixin, _GraphTransformer):
    """Turn rows into the sparse graph of their nearest neighbours, as `sklearn.neighbors` does.

    Parameters
    ----------
    mode : {'distance', 'connectivity'}, default='distance'
        Whether an entry is the distance or 1.
    n_neighbors : int, default=5
        Number of neighbours of each row. With 'distance' there is one more, since a fitted row is
        the first neighbour of itself.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search, see `NearestNeighbors`.
    leaf_size : int, default=30
        Checked, but read by nothing.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance, see `NearestNeighbors`.
    p : float, default=2
        Power of the 'minkowski' metric, above 0.
    metric_params : dict, optional
        Further arguments of the metric.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default.
    verbose : bool, default=False
        Whether a search that takes longer than half a second shows a progress bar.

    Attributes
    ----------
    effective_metric_ : str, callable or DistanceMetric
        `metric`, or what 'minkowski' is with this `p`.
    effective_metric_params_ : dict
        `metric_params`; for 'minkowski' with `p` and the weights `w`.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.
    n_samples_fit_ : int
        Number of fitted rows, without the removed ones.

    Examples
    --------
    >>> from fastnn.neighbors import KNeighborsTransformer
    >>> KNeighborsTransformer(n_neighbors=1).fit_transform([[0.0], [3.0], [1.0]]).toarray()
    array([[0., 0., 1.],
           [0., 0., 2.],
           [1., 0., 0.]])
    """

    def __init__(
        self,
        *,
        mode: str = "distance",
        n_neighbors: int = 5,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        p: float = 2,
        metric_params: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            n_neighbors=n_neighbors,
            algorithm=algorithm,
            leaf_size=leaf_size,
            metric=metric,
            p=p,
            metric_params=metric_params,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.mode = mode

    def transform(self, X: ArrayLike | None) -> Any:
        """Return the graph from each row of `X` to its nearest fitted rows.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), or None
            None takes every fitted row, which is then no neighbour of itself.

        Returns
        -------
        float64 CSR matrix of shape (n_queries, n_fitted_rows)

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `kneighbors` does.
        """
        k = self.n_neighbors
        if k is not None and self.mode == "distance":
            k += 1
        return self.kneighbors_graph(X, k, self.mode)


class RadiusNeighborsTransformer(RadiusNeighborsMixin, _GraphTransformer):
    """Turn rows into the sparse graph of all neighbours within a radius, as scikit-learn does.

    Parameters
    ----------
    mode : {'distance', 'connectivity'}, default='distance'
        Whether an entry is the distance or 1.
    radius : float, default=1.0
        Largest distance of a neighbour.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search, see `NearestNeighbors`.
    leaf_size : int, default=30
        Checked, but read by nothing.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance, see `NearestNeighbors`.
    p : float, default=2
        Power of the 'minkowski' metric, above 0.
    metric_params : dict, optional
        Further arguments of the metric.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default.
    verbose : bool, default=False
        Whether a search that takes longer than half a second shows a progress bar.

    Attributes
    ----------
    effective_metric_ : str, callable or DistanceMetric
        `metric`, or what 'minkowski' is with this `p`.
    effective_metric_params_ : dict
        `metric_params`; for 'minkowski' with `p` and the weights `w`.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.
    n_samples_fit_ : int
        Number of fitted rows, without the removed ones.

    Examples
    --------
    >>> from fastnn.neighbors import RadiusNeighborsTransformer
    >>> RadiusNeighborsTransformer(radius=1.5).fit_transform([[0.0], [3.0], [1.0]]).toarray()
    array([[0., 0., 1.],
           [0., 0., 0.],
           [1., 0., 0.]])
    """

    def __init__(
        self,
        *,
        mode: str = "distance",
        radius: float = 1.0,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        p: float = 2,
        metric_params: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            radius=radius,
            algorithm=algorithm,
            leaf_size=leaf_size,
            metric=metric,
            p=p,
            metric_params=metric_params,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.mode = mode

    def transform(self, X: ArrayLike | None) -> Any:
        """Return the graph from each row of `X` to the fitted rows within the radius.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features), or None
            None takes every fitted row, which is then no neighbour of itself.

        Returns
        -------
        float64 CSR matrix of shape (n_queries, n_fitted_rows)
            The entries of a row are stored by distance.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `radius_neighbors` does.
        """
        return self.radius_neighbors_graph(X, mode=self.mode, sort_results=True)
