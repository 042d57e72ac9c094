"""Regression by the mean of the nearest neighbours' targets."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import DistanceMetric, r2_score

from fastnn._typing import Float64
from fastnn.neighbors._input import Numbers
from fastnn.neighbors._mixins import KNeighborsMixin
from fastnn.neighbors._supervised import AveragingBase
from fastnn.neighbors._sweep import sweep
from fastnn.neighbors._weights import Weights, weigh


class KNeighborsRegressor(KNeighborsMixin, AveragingBase):
    """Predict the mean of exact nearest neighbours' targets, as `sklearn.neighbors` does.

    Neighbours are those of smallest (distance, index). Beyond scikit-learn's class it scores many
    numbers of neighbours at once (`sweep`), averages over some of the rows (`mask`), and takes and
    loses rows without a rebuild (`partial_fit`, `remove`).

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that are averaged.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Weight of a neighbour: 1, 1 / distance, or what a function returns for an array of
        distances of shape (n_queries, n_neighbors), in the same shape. Where neighbours weigh
        infinitely, as by 'distance' those equal to the query do, only these count. None is
        'uniform'.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search; it changes the time taken, not the answer. See `NearestNeighbors`.
    leaf_size : int, default=30
        Checked, but read by nothing: the tree chooses the size of its leaves.
    p : float, default=2
        Power of the 'minkowski' metric.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance. See `NearestNeighbors` for the names and for how fast each is.
    metric_params : dict, optional
        Further arguments of the metric.
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
    Rows and threads are as in `KNeighborsClassifier`. Targets are averaged, and predicted, in
    float64 whatever their dtype.

    Examples
    --------
    >>> from fastnn.neighbors import KNeighborsRegressor
    >>> regressor = KNeighborsRegressor(n_neighbors=2).fit([[0], [1], [2], [3]], [0, 0, 1, 1])
    >>> regressor.predict([[1.5]])
    array([0.5])
    """

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float = 2,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
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
        self.weights = weights

    def predict(self, X: ArrayLike | None, *, mask: ArrayLike | None = None) -> Float64:
        """Return the mean of the targets that the neighbours of each row have.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may count.

        Returns
        -------
        float64 ndarray of shape (n_queries,) or (n_queries, n_outputs)

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `kneighbors` does; ValueError also if weights have no positive sum.
        """
        return self._means(*self._nearest(X, mask=mask))

    def sweep(
        self, X: ArrayLike | None, y: ArrayLike, ks: Iterable[int] = range(1, 16)
    ) -> dict[int, float]:
        """Return R² for every number of neighbours, from one search for the largest.

        It equals `score` after setting `n_neighbors` to each, which is not read.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        y : array_like of shape (n_queries,) or (n_queries, n_outputs)
            The true targets.
        ks : iterable of int, default=range(1, 16)
            Numbers of neighbours.

        Returns
        -------
        dict of int to float
            R² of the predictions by each k, in the order of `ks`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does, or if `ks` is empty or holds anything but integers of at least 1.

        Examples
        --------
        >>> from fastnn.neighbors import KNeighborsRegressor
        >>> regressor = KNeighborsRegressor().fit([[0], [1], [2], [3]], [0, 1, 2, 3])
        >>> scores = regressor.sweep([[0.4], [1.4], [2.6]], [0.4, 1.4, 2.6], ks=[1, 2, 4])
        >>> {k: round(score, 3) for k, score in scores.items()}
        {1: 0.802, 2: 0.988, 4: -0.001}
        """
        return sweep(
            ks,
            search=lambda k: self._nearest(X, k),
            predict=self._means,
            score=lambda predicted: r2_score(y, predicted),
        )

    def _means(self, distances: Float64, indices: Numbers) -> Float64:
        """Return the weighted mean of the targets of `indices`, one neighbour after another."""
        weights, targets = weigh(self.weights, distances), self._targets
        n_queries, k = indices.shape
        sums, counted = np.zeros((n_queries, *targets.shape[1:])), np.zeros(n_queries)
        for j in range(k):
            weight = np.float64(1) if weights is None else weights[:, j]
            sums += (targets[indices[:, j]].T * weight).T
            counted += weight
        means: Float64 = (sums.T / counted).T
        return means
