"""Neighbours without labels."""

from typing import Any, NoReturn, Self

from numpy.typing import ArrayLike

from fastnn.neighbors._base import NeighborsBase, unchanged_on_error
from fastnn.neighbors._parameters import check_radius, refuse


class NearestNeighbors(NeighborsBase):
    """Find nearest neighbours exactly, as `sklearn.neighbors.NearestNeighbors` does.

    Neighbours are those of smallest (distance, index), the distance being the sum over (x - y)²
    taken directly in float64, so that neither duplicate rows nor a large offset of the data
    change them, nor does the number of threads.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that `kneighbors` finds unless told otherwise.
    radius : float, default=1.0
        Read by nothing that is built yet.
    algorithm : {'auto', 'brute'}, default='auto'
        Both are the exact search by brute force. 'ball_tree' and 'kd_tree' are not built yet.
    leaf_size : int, default=30
        Read by nothing that is built yet.
    metric : {'minkowski', 'euclidean', 'l2', 'sqeuclidean'}, default='minkowski'
        The distance; scikit-learn's other metrics are not built yet.
    p : float, default=2
        Power of the 'minkowski' metric; only 2, the Euclidean distance, is built.
    metric_params : dict, optional
        Must be empty: no metric that is built has parameters.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default, see
        `fastnn.set_num_threads`.

    Attributes
    ----------
    effective_metric_ : str
        `metric`, or 'euclidean' for 'minkowski'.
    effective_metric_params_ : dict
        Empty.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Their names, if `X` had names that are strings.
    n_samples_fit_ : int
        Number of fitted rows.

    Notes
    -----
    uint8, float32 and float64 are searched where they lie, without a copy: do not change the
    rows while the estimator is in use. Other numbers become float64.

    Examples
    --------
    >>> from fastnn.neighbors import NearestNeighbors
    >>> neighbors = NearestNeighbors(n_neighbors=2).fit([[0.0, 0.0], [1.0, 0.0], [5.0, 5.0]])
    >>> distances, indices = neighbors.kneighbors([[0.9, 0.0]])
    >>> indices
    array([[1, 0]])
    """

    def __init__(
        self,
        *,
        n_neighbors: int = 5,
        radius: float = 1.0,
        algorithm: str = "auto",
        leaf_size: int = 30,
        metric: str = "minkowski",
        p: float = 2,
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.radius = radius
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.metric = metric
        self.p = p
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Take the rows to search.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self : NearestNeighbors

        Raises
        ------
        ValueError, TypeError
            If a parameter or `X` is invalid. The estimator is then as it was before.
        NotImplementedError
            If a parameter asks for what is not built yet, or `X` is sparse.
        """
        check_radius(self.radius)
        with unchanged_on_error(self):
            self._fit_samples(X)
        return self

    def radius_neighbors(
        self,
        X: ArrayLike | None = None,
        radius: float | None = None,
        return_distance: bool = True,
        sort_results: bool = False,
    ) -> NoReturn:
        """Raise NotImplementedError: not built yet."""
        refuse("radius_neighbors", "kneighbors")

    def radius_neighbors_graph(
        self,
        X: ArrayLike | None = None,
        radius: float | None = None,
        mode: str = "connectivity",
        sort_results: bool = False,
    ) -> NoReturn:
        """Raise NotImplementedError: not built yet."""
        refuse("radius_neighbors_graph", "kneighbors")
