"""Classification by the vote of the nearest neighbours."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from fastnn import _core
from fastnn._typing import Float64
from fastnn._validation import Array
from fastnn.neighbors._base import NeighborsBase, unchanged_on_error
from fastnn.neighbors._parameters import is_weighted_by_distance, refuse


class KNeighborsClassifier(ClassifierMixin, NeighborsBase):  # type: ignore[misc]
    """Classify by the vote of exact nearest neighbours, as `sklearn.neighbors` does.

    Neighbours are those of smallest (distance, index), the distance being the sum over (x - y)²
    taken directly in float64. A tied vote goes to the lowest class.

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that vote.
    weights : {'uniform', 'distance'}, default='uniform'
        Weight of a vote: 1, or 1 / distance. Where rows equal to the query are among the
        neighbours, 'distance' lets only these vote. None is 'uniform'; callables are not built
        yet.
    algorithm : {'auto', 'brute'}, default='auto'
        Both are the exact search by brute force. 'ball_tree' and 'kd_tree' are not built yet.
    leaf_size : int, default=30
        Read by nothing that is built yet.
    p : float, default=2
        Power of the 'minkowski' metric; only 2, the Euclidean distance, is built.
    metric : {'minkowski', 'euclidean', 'l2', 'sqeuclidean'}, default='minkowski'
        The distance; scikit-learn's other metrics are not built yet.
    metric_params : dict, optional
        Must be empty: no metric that is built has parameters.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default, see
        `fastnn.set_num_threads`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
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
    outputs_2d_ : bool
        False: several outputs are not built yet.

    Notes
    -----
    uint8, float32 and float64 are searched where they lie, without a copy: do not change the
    rows while the estimator is in use. Other numbers become float64.

    Examples
    --------
    >>> from fastnn.neighbors import KNeighborsClassifier
    >>> classifier = KNeighborsClassifier(n_neighbors=3)
    >>> classifier.fit([[0], [1], [2], [3]], ["low", "low", "high", "high"])
    KNeighborsClassifier(n_neighbors=3)
    >>> classifier.predict([[1.1]]).tolist()
    ['low']
    >>> classifier.predict_proba([[0.9]]).round(3)
    array([[0.333, 0.667]])
    """

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        weights: str | None = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float = 2,
        metric: str = "minkowski",
        metric_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights
        self.algorithm = algorithm
        self.leaf_size = leaf_size
        self.p = p
        self.metric = metric
        self.metric_params = metric_params
        self.n_jobs = n_jobs

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the rows to search and their labels.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)
        y : array_like of shape (n_samples,)
            Labels: integers, booleans, strings.

        Returns
        -------
        self : KNeighborsClassifier

        Raises
        ------
        ValueError, TypeError
            If a parameter, `X` or `y` is invalid. The estimator is then as it was before.
        NotImplementedError
            If a parameter asks for what is not built yet, `X` is sparse, or `y` has several
            columns.
        """
        is_weighted_by_distance(self.weights)
        with unchanged_on_error(self):
            labels = self._check_labels(y)
            check_consistent_length(X, labels)
            self._fit_samples(X)
            self.outputs_2d_ = False
            self.classes_, self._y = np.unique(labels, return_inverse=True)
        return self

    def predict(self, X: ArrayLike | None) -> Array:
        """Return the label that most neighbours of each row have.

        Parameters
        ----------
        X : array_like of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).

        Returns
        -------
        ndarray of shape (n_queries,)
            Of the dtype of the labels given to `fit`.

        Raises
        ------
        NotFittedError, ValueError, TypeError, NotImplementedError
            As `kneighbors` does.
        """
        winners = self._votes(X).argmax(axis=1)  # the first, which is the lowest class, of equals
        labels: Array = self.classes_[winners]
        return labels

    def predict_proba(self, X: ArrayLike | None) -> Float64:
        """Return the share of the votes that each class has.

        Parameters
        ----------
        X : array_like of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).

        Returns
        -------
        float64 ndarray of shape (n_queries, n_classes)
            Columns in the order of `classes_`; each row sums to 1.

        Raises
        ------
        NotFittedError, ValueError, TypeError, NotImplementedError
            As `kneighbors` does.
        """
        votes = self._votes(X)
        votes /= votes.sum(axis=1, keepdims=True)
        return votes

    def _check_labels(self, y: ArrayLike) -> Array:
        checked = validate_data(self, y=y, multi_output=True)
        if checked.ndim == 2 and checked.shape[1] > 1:
            refuse(f"multi-output y of shape {checked.shape}", "y of shape (n_samples,)")
        labels: Array = column_or_1d(checked, warn=True)
        check_classification_targets(labels)
        return labels

    def _votes(self, X: ArrayLike | None) -> Float64:
        weighted = is_weighted_by_distance(self.weights)
        distances, indices = self._search(X)
        weights = _inverse(distances) if weighted else None
        return _core.class_votes(self._y[indices], weights, len(self.classes_), self._n_threads())


def _inverse(distances: Float64) -> Float64:
    """Return 1 / distance; rows in which that is infinite have 1 there and 0 elsewhere."""
    with np.errstate(divide="ignore", over="ignore"):
        weights = 1.0 / distances
    infinite = np.isinf(weights)
    return np.where(infinite.any(axis=1, keepdims=True), infinite.astype(np.float64), weights)
