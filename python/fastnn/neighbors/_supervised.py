"""What the estimators with targets share: they take rows and targets together, or neither."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags

from fastnn._estimators import are_plain_labels, unchanged_on_error
from fastnn._typing import Float64
from fastnn._validation import Array
from fastnn.neighbors._base import NeighborsBase
from fastnn.neighbors._targets import (
    ClassTargets,
    check_classes,
    check_labels,
    check_numbers,
    check_outputs,
    check_same_length,
    checked_numbers,
)
from fastnn.neighbors._weights import Weights, check_weights


class SupervisedBase(NeighborsBase):
    """Rows that are searched, and what is known of each; a subclass says what that is.

    `_targets` grows with the rows and never shrinks. It is replaced before the rows are added
    and read after a search, so that whatever a search finds has its target, also while another
    thread adds rows.
    """

    weights: Weights
    _targets: Any

    def _fit_both(self, X: ArrayLike, y: Array, targets: Any) -> Self:
        check_weights(self.weights)
        check_same_length(X, y)
        with unchanged_on_error(self):
            self._fit_rows(X)
            self._targets = targets
        return self

    def _add_both(self, X: ArrayLike, y: Array, targets: Any) -> Self:
        check_same_length(X, y)
        targets_before, rows_before = self._targets, self._rows
        self._targets = targets
        try:
            self._add_rows(X)
        except BaseException:
            if self._rows is rows_before:  # Ctrl-C may come when the rows are there already
                self._targets = targets_before
            raise
        return self

    def _check_restored(self) -> None:
        super()._check_restored()
        if self._count_targets() != self._rows.index.n_rows:
            raise ValueError("rows and their targets are not as many")

    @abstractmethod
    def _count_targets(self) -> int:
        """Return how many rows have a target; what it is has been checked, too."""


class VotingBase(ClassifierMixin, SupervisedBase):  # type: ignore[misc]
    """Classification by vote; a subclass finds the voters."""

    _targets: ClassTargets

    @property
    def classes_(self) -> Array | list[Array]:
        """The labels, sorted; a list of such arrays where there are several outputs."""
        targets = self._fitted_targets()
        return list(targets.classes) if targets.is_2d else targets.classes[0]

    @property
    def outputs_2d_(self) -> bool:
        """Whether the labels have more than one column."""
        return self._fitted_targets().is_2d

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the rows to search and their labels.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
            Distances of shape (n_samples, n_samples) if `metric` is 'precomputed'.
        y : array_like of shape (n_samples,) or (n_samples, n_outputs)
            Labels: integers, booleans, strings.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If a parameter, `X` or `y` is invalid. The estimator is then as it was before.
        """
        labels = check_labels(self, y)
        return self._fit_both(X, labels, ClassTargets.of(labels))

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: Any = None) -> Self:
        """Add rows and their labels to those fitted before, without a rebuild.

        What it takes in time and memory is as in `NearestNeighbors.partial_fit`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
        y : array_like of shape (n_samples,) or (n_samples, n_outputs)
            Labels; those never seen before become new classes.
        classes : array_like of shape (n_classes,), or a list of one for each output, optional
            Classes that will come, to have their column in `predict_proba` from the start. None
            knows only those in `y` and before.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If `X` or `y` is invalid or does not fit the rows before. The estimator is then as
            it was before.
        """
        labels = check_labels(self, y)
        foretold = check_classes(classes, labels)
        if not self._is_fitted():
            return self._fit_both(X, labels, ClassTargets.of(labels, foretold))
        return self._add_both(X, labels, self._targets.extended(labels, foretold))

    def score(
        self, X: ArrayLike | None, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """Return the share of rows whose label is predicted.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        y : array_like of shape (n_queries,) or (n_queries, n_outputs)
            The true labels; all outputs of a row must be right.
        sample_weight : array_like of shape (n_queries,), optional
            How much each row counts.

        Returns
        -------
        float
            In [0, 1].

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does, or if `y` does not fit `X`.
        """
        return accuracy(y, self.predict(X), sample_weight)

    def _fitted_targets(self) -> ClassTargets:
        if not self._is_fitted():
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")
        return self._targets

    def _count_targets(self) -> int:
        return int(self._targets.codes.shape[1])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class AveragingBase(RegressorMixin, SupervisedBase):  # type: ignore[misc]
    """Regression by the mean of neighbours' targets; a subclass finds them."""

    _targets: Float64

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Take the rows to search and their targets.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
            Distances of shape (n_samples, n_samples) if `metric` is 'precomputed'.
        y : array_like of shape (n_samples,) or (n_samples, n_outputs)
            Numbers; float64 copies are kept.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If a parameter, `X` or `y` is invalid. The estimator is then as it was before.
        """
        targets = check_numbers(self, y)
        return self._fit_both(X, targets, targets)

    def partial_fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Add rows and their targets to those fitted before, without a rebuild.

        What it takes in time and memory is as in `NearestNeighbors.partial_fit`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
        y : array_like of shape (n_samples,) or (n_samples, n_outputs)

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If `X` or `y` is invalid or does not fit the rows before. The estimator is then as
            it was before.
        """
        targets = check_numbers(self, y)
        if not self._is_fitted():
            return self._fit_both(X, targets, targets)
        check_outputs(targets, self._targets.shape[1:])
        return self._add_both(X, targets, np.concatenate([self._targets, targets]))

    def _count_targets(self) -> int:
        return len(checked_numbers(self._targets))


def accuracy(y: ArrayLike, predicted: Array, sample_weight: ArrayLike | None = None) -> float:
    """Return the share of `predicted` that is `y`, at once where both are plain integers."""
    if (
        sample_weight is None
        and are_plain_labels(y)
        and are_plain_labels(predicted)
        and len(y) == len(predicted)
    ):
        return int(np.count_nonzero(y == predicted)) / len(y)
    return float(accuracy_score(y, predicted, sample_weight=sample_weight))
