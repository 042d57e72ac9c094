"""Classification by the nearest class centroid."""

from typing import Self

import numpy as np
import sklearn.neighbors
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from fastnn import _core
from fastnn._estimators import unchanged_on_error
from fastnn._validation import Array
from fastnn.neighbors._input import as_rows
from fastnn.neighbors._persistence import PersistenceMixin


class NearestCentroid(PersistenceMixin, sklearn.neighbors.NearestCentroid):  # type: ignore[misc]
    """Classify by the nearest class centroid: scikit-learn's class with an exact prediction.

    Fitting is means and medians, at which scikit-learn's own code is quick, so that this is a
    subclass of `sklearn.neighbors.NearestCentroid` with its parameters, attributes and methods.
    What it adds: where the priors are equal, `predict` takes the distances directly over
    (x - y) in float64, so that a large offset of the data does not change the answer; a `fit`
    that fails leaves the estimator as it was; `save` and `load` go without pickle.

    Parameters
    ----------
    metric : {'euclidean', 'manhattan'}, default='euclidean'
        The distance. The centroid of a class is its mean for 'euclidean', its median in every
        column for 'manhattan'.
    shrink_threshold : float, optional
        By how much the centroids' deviations are shrunk towards 0, which removes columns; above
        0. None shrinks nothing.
    priors : {'uniform', 'empirical'} or array_like of shape (n_classes,), default='uniform'
        Probabilities of the classes: equal, their shares of the fitted rows, or as given.

    Attributes
    ----------
    centroids_ : float64 ndarray of shape (n_classes, n_features)
        Centroid of each class.
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    class_prior_ : float64 ndarray of shape (n_classes,)
        Probabilities of the classes.
    deviations_ : float64 ndarray of shape (n_classes, n_features)
        Deviations of the centroids from the mean of all rows, in units of the standard error;
        shrunk, if `shrink_threshold` is set.
    within_class_std_dev_ : float64 ndarray of shape (n_features,)
        Standard deviation within the classes, pooled over them.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.

    References
    ----------
    T. Hastie, R. Tibshirani, J. Friedman, *The Elements of Statistical Learning*, 2nd edition,
    section 18.2: nearest shrunken centroids.

    Examples
    --------
    >>> from fastnn.neighbors import NearestCentroid
    >>> classifier = NearestCentroid().fit([[-1, -1], [-3, -2], [1, 1], [3, 2]], [1, 1, 2, 2])
    >>> classifier.centroids_
    array([[-2. , -1.5],
           [ 2. ,  1.5]])
    >>> classifier.predict([[-0.8, -1]])
    array([1])
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Compute the centroid of every class.

        Parameters
        ----------
        X : array_like or sparse of shape (n_samples, n_features)
            Sparse rows cannot be shrunk.
        y : array_like of shape (n_samples,)
            Labels of at least two classes.

        Returns
        -------
        self : NearestCentroid

        Raises
        ------
        ValueError
            If a parameter, `X` or `y` is invalid. The estimator is then as it was before.
        """
        with unchanged_on_error(self):
            super().fit(X, y)
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Return the class whose centroid is nearest to each row.

        Parameters
        ----------
        X : array_like or sparse of shape (n_queries, n_features)

        Returns
        -------
        ndarray of shape (n_queries,)
            Of the dtype of the labels given to `fit`; of equally near classes the lowest. Where
            the priors differ, the class of the highest discriminant score, see
            `decision_function`.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If `X` does not fit the fitted rows or holds NaN or infinity.
        """
        check_is_fitted(self)
        if not np.allclose(self.class_prior_, 1 / len(self.classes_)):
            winners: Array = super().predict(X)
            return winners
        queries = as_rows(self, X, reset=False)
        _, nearest = _core.Index(self.centroids_, self.metric).search(queries, 1)
        labels: Array = self.classes_[nearest[:, 0]]
        return labels

    def _check_restored(self) -> None:
        n_classes = len(self.classes_)
        shapes = [self.classes_.shape, self.class_prior_.shape, self.centroids_.shape]
        if shapes != [(n_classes,), (n_classes,), (n_classes, self.n_features_in_)]:
            raise ValueError("classes and their centroids do not fit")
