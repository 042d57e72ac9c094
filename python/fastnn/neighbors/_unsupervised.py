"""Neighbours without labels."""

from collections.abc import Callable, Mapping
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.metrics import DistanceMetric

from fastnn._estimators import unchanged_on_error
from fastnn.neighbors._base import NeighborsBase
from fastnn.neighbors._mixins import KNeighborsMixin, RadiusNeighborsMixin


class UnsupervisedMixin(NeighborsBase):
    """Fitting without labels."""

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Take the rows to search.

        Parameters
        ----------
        X : array_like or sparse of shape (n_samples, n_features)
            With metric='precomputed', distances of shape (n_samples, n_samples).
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter or `X` is invalid. The estimator is then as it was before.
        """
        with unchanged_on_error(self):
            self._fit_rows(X)
        return self

    def partial_fit(self, X: ArrayLike, y: object = None) -> Self:
        """Take further rows to search, which get the next numbers; the first call fits.

        The rows of the first call are not indexed again. Searches that run meanwhile find the rows
        there were when they began; only one thread at a time may add or remove.

        Parameters
        ----------
        X : array_like or sparse of shape (n_samples, n_features)
        y : ignored

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If `X` is invalid or does not fit the rows there are, or the metric is 'precomputed'.
            The estimator is then as it was before.

        Notes
        -----
        Rows that are added one call after another are joined, so that a search meets few arrays:
        those of a call are copied into one array with later ones as soon as these are as many. n
        rows are copied log2(n) + 1 times at most, whatever the sizes of the calls, and indexed
        again as often; memory holds old and new arrays while they are copied. What is joined has
        the smallest dtype that holds all of it exactly, and is sparse if any of it is. The rows of
        the first call stay where they lie.

        Examples
        --------
        >>> from fastnn.neighbors import NearestNeighbors
        >>> neighbors = NearestNeighbors(n_neighbors=1).fit([[0.0], [1.0]])
        >>> neighbors.partial_fit([[5.0]]).kneighbors([[4.0]], return_distance=False)
        array([[2]])
        """
        if not self._is_fitted():
            return self.fit(X)
        self._add_rows(X)
        return self


class NearestNeighbors(KNeighborsMixin, RadiusNeighborsMixin, UnsupervisedMixin):
    """Find nearest neighbours exactly, as `sklearn.neighbors.NearestNeighbors` does.

    Neighbours are those of smallest (distance, row number), the distance being computed directly
    from the differences of the rows in float64, so that neither duplicate rows nor a large offset
    of the data change them, nor does the algorithm or the number of threads.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that `kneighbors` finds unless told otherwise.
    radius : float, default=1.0
        Largest distance at which `radius_neighbors` finds rows unless told otherwise.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search; all find the same. 'auto' chooses by measured speed. 'brute' compares every
        query with every row; 'pruned' does so in a projection first, which bounds the distances
        from below; 'kd_tree' is for few features. 'ball_tree' is the k-d tree where it can take
        the metric, else 'auto'.
    leaf_size : int, default=30
        Checked, but read by nothing: the tree chooses the size of its leaves.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance. Native and fast: 'euclidean' or 'l2', 'sqeuclidean', 'manhattan', 'l1' or
        'cityblock', 'chebyshev' or 'infinity', 'minkowski' with `p`, 'cosine', 'inner_product'
        (the negative dot product), 'hamming', 'canberra', 'braycurtis', 'nan_euclidean' (NaN is a
        missing value) and 'haversine' (latitude and longitude in radians). 'precomputed': `X`
        holds distances; of sparse ones the entries alone are found. scikit-learn's other metrics,
        functions of two rows and native metrics with `metric_params` are computed by
        scikit-learn, all of them, one chunk after another: slow.
    p : float, default=2
        Power of the 'minkowski' metric, above 0.
    metric_params : dict, optional
        Further arguments of the metric, such as ``{"V": variances}`` for 'seuclidean'.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default, see
        `fastnn.set_num_threads`.
    verbose : bool, default=False
        Whether a search that takes longer than half a second shows a progress bar.

    Attributes
    ----------
    effective_metric_ : str, callable or DistanceMetric
        `metric`; for 'minkowski' with p of 1, 2 or infinity 'manhattan', 'euclidean' or
        'chebyshev'.
    effective_metric_params_ : dict
        `metric_params`; for 'minkowski' with `p` and the weights `w`.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.
    n_samples_fit_ : int
        Number of fitted rows, without the removed ones.

    Notes
    -----
    uint8, float32 and float64 are searched where they lie, without a copy: do not change the
    rows while the estimator is in use. Other numbers are copied to the smallest of these types
    that holds them, else to float64. Sparse rows are never made dense as a whole.

    Several threads may search at once, also while one other thread adds rows by `partial_fit` or
    takes them away by `remove`: each search finds the rows there were when it began. A search
    that is interrupted by Ctrl-C leaves the estimator usable.

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
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        p: float = 2,
        metric_params: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            n_neighbors=n_neighbors,
            radius=radius,
            algorithm=algorithm,
            leaf_size=leaf_size,
            metric=metric,
            p=p,
            metric_params=metric_params,
            n_jobs=n_jobs,
            verbose=verbose,
        )
