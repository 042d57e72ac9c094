"""Classification and regression by all neighbours within a radius."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import DistanceMetric

from fastnn._typing import Float64
from fastnn._validation import Array
from fastnn.neighbors._base import Ragged
from fastnn.neighbors._mixins import RadiusNeighborsMixin
from fastnn.neighbors._supervised import AveragingBase, VotingBase
from fastnn.neighbors._targets import ClassTargets, outlier_labels
from fastnn.neighbors._weights import Weights, owners, weigh_ragged


class RadiusNeighborsClassifier(RadiusNeighborsMixin, VotingBase):
    """Classify by the vote of all neighbours within a radius, as `sklearn.neighbors` does.

    A tied vote goes to the lowest class. Beyond scikit-learn's class it votes among some of the
    rows (`mask`), and takes and loses rows without a rebuild (`partial_fit`, `remove`).

    Parameters
    ----------
    radius : float, default=1.0
        Largest distance of a neighbour that votes.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Weight of a vote: 1, 1 / distance, or what a function returns for an object array that
        holds an array of distances for each query, in the same form. Where neighbours weigh
        infinitely, as by 'distance' those equal to the query do, only these vote. None is
        'uniform'.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search; it changes the time taken, not the answer. See `NearestNeighbors`.
    leaf_size : int, default=30
        Checked, but read by nothing: the tree chooses the size of its leaves.
    p : float, default=2
        Power of the 'minkowski' metric.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance. See `NearestNeighbors` for the names and for how fast each is.
    outlier_label : label, 'most_frequent' or list of labels, optional
        What queries without neighbours are given: a label, one for each output, or the label
        that most of the rows there are have. None refuses such queries.
    metric_params : dict, optional
        Further arguments of the metric.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default, see
        `fastnn.set_num_threads`.
    verbose : bool, default=False
        Whether a search that takes longer than half a second shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of such arrays
        The labels, sorted; a list with an array for each output where there are several.
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
    outlier_label_ : list of labels, or None
        What queries without neighbours are given, for each output.
    outputs_2d_ : bool
        Whether the labels have more than one column.

    Notes
    -----
    Rows and threads are as in `KNeighborsClassifier`.

    Examples
    --------
    >>> from fastnn.neighbors import RadiusNeighborsClassifier
    >>> classifier = RadiusNeighborsClassifier(radius=1.0, outlier_label=-1)
    >>> classifier = classifier.fit([[0], [1], [2], [3]], [0, 0, 1, 1])
    >>> classifier.predict([[1.5], [2.6]])
    array([0, 1])
    >>> classifier.predict_proba([[1.0]]).round(3)
    array([[0.667, 0.333]])
    """

    def __init__(
        self,
        radius: float = 1.0,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float = 2,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        outlier_label: Any = None,
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
        self.weights = weights
        self.outlier_label = outlier_label

    @property
    def outlier_label_(self) -> list[Any] | None:
        """What queries without neighbours are given, for each output."""
        targets, removed = self._fitted_targets(), self._fitted_rows().removed
        return outlier_labels(self.outlier_label, targets, removed)

    def predict(self, X: ArrayLike | None, *, mask: ArrayLike | None = None) -> Array:
        """Return the label that most neighbours of each row have.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may vote.

        Returns
        -------
        ndarray of shape (n_queries,) or (n_queries, n_outputs)
            Of the dtype of the labels given to `fit`, or of one that holds `outlier_label` as
            well.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `radius_neighbors` does; ValueError also if weights have no positive sum, or a row
            has no neighbours and there is no `outlier_label`.

        Warns
        -----
        UserWarning
            If a row has no neighbours and `outlier_label` is none of the classes.
        """
        found = self._within(X, mask=mask)
        targets, outliers = self._targets, self.outlier_label_
        shares = self._shares(found, targets, outliers)
        columns = [
            classes[of_output.argmax(axis=1)]
            for classes, of_output in zip(targets.classes, shares, strict=True)
        ]
        for j, label in enumerate(outliers or ()):
            if not (targets.classes[j] == label).any():
                columns[j] = np.where(_alone(found), np.asarray(label), columns[j])
        return targets.joined(columns)

    def predict_proba(
        self, X: ArrayLike | None, *, mask: ArrayLike | None = None
    ) -> Float64 | list[Float64]:
        """Return the share of the votes that each class has.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may vote.

        Returns
        -------
        float64 ndarray of shape (n_queries, n_classes), or list of such arrays
            Columns in the order of `classes_`; each row sums to 1. A row without neighbours has
            1 for `outlier_label`, or 0 everywhere if that is none of the classes. A list with an
            array for each output where there are several.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.

        Warns
        -----
        UserWarning
            As `predict` does.
        """
        found = self._within(X, mask=mask)
        targets = self._targets
        shares = self._shares(found, targets, self.outlier_label_)
        return shares if targets.is_2d else shares[0]

    def _fit_both(self, X: ArrayLike, y: Array, targets: ClassTargets) -> Self:
        outlier_labels(self.outlier_label, targets)
        return super()._fit_both(X, y, targets)

    def _shares(
        self, found: Ragged, targets: ClassTargets, outliers: list[Any] | None
    ) -> list[Float64]:
        """Return shares of shape (n_queries, n_classes) for each output."""
        weights = weigh_ragged(self.weights, found.offsets, found.distances)
        alone = _alone(found)
        if alone.any() and outliers is None:
            raise ValueError(
                f"expected neighbors within radius={self.radius} of every query, or an "
                f"outlier_label. Received: queries without any, {np.flatnonzero(alone)}"
            )
        rows = owners(found.offsets)
        shares = []
        for j, (classes, codes) in enumerate(zip(targets.classes, targets.codes, strict=True)):
            shape = (len(alone), len(classes))
            cells = np.ravel_multi_index((rows, codes[found.indices]), shape)
            votes = np.bincount(cells, weights, shape[0] * shape[1]).reshape(shape)
            total = votes.sum(axis=1, keepdims=True)
            of_output = np.divide(votes, total, out=np.zeros(shape), where=total > 0)
            if outliers is not None and alone.any():
                of_output[alone] = _share_of_outliers(classes, outliers[j])
            shares.append(of_output)
        return shares


class RadiusNeighborsRegressor(RadiusNeighborsMixin, AveragingBase):
    """Predict the mean target of all neighbours within a radius, as `sklearn.neighbors` does.

    Beyond scikit-learn's class it averages over some of the rows (`mask`), and takes and loses
    rows without a rebuild (`partial_fit`, `remove`).

    Parameters
    ----------
    radius : float, default=1.0
        Largest distance of a neighbour that counts.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Weight of a neighbour: 1, 1 / distance, or what a function returns for an object array
        that holds an array of distances for each query, in the same form. Where neighbours weigh
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
    >>> from fastnn.neighbors import RadiusNeighborsRegressor
    >>> regressor = RadiusNeighborsRegressor(radius=1.0).fit([[0], [1], [2], [3]], [0, 0, 1, 1])
    >>> regressor.predict([[1.5]])
    array([0.5])
    """

    def __init__(
        self,
        radius: float = 1.0,
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
            radius=radius,
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
            NaN for a row without neighbours.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `radius_neighbors` does; ValueError also if weights have no positive sum.

        Warns
        -----
        UserWarning
            If a row has no neighbours.
        """
        found = self._within(X, mask=mask)
        targets = self._targets
        weights = weigh_ragged(self.weights, found.offsets, found.distances)
        rows, n_queries = owners(found.offsets), len(found.offsets) - 1
        columns = targets.reshape(len(targets), -1)[found.indices].T
        sums = [
            np.bincount(rows, column if weights is None else column * weights, n_queries)
            for column in columns
        ]
        alone = _alone(found)
        if alone.any():
            warnings.warn(
                "One or more samples have no neighbors within specified radius; predicting NaN.",
                stacklevel=2,
            )
        total = np.where(alone, np.nan, np.bincount(rows, weights, n_queries))
        means: Float64 = (np.stack(sums) / total).T.reshape(n_queries, *targets.shape[1:])
        return means


def _alone(found: Ragged) -> Array:
    """Return which queries have no neighbours."""
    alone: Array = np.diff(found.offsets) == 0
    return alone


def _share_of_outliers(classes: Array, label: object) -> Float64:
    """Return the shares of a query that is given `label`, all 0 where that is no class."""
    share: Float64 = (classes == label).astype(np.float64)
    if not share.any():
        warnings.warn(
            f"Outlier label {label} is not in training classes. All class probabilities of "
            "outliers will be assigned with 0.",
            stacklevel=4,
        )
    return share
