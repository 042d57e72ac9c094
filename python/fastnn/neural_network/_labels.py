"""The targets of a classifier, what the network learns of them, and what it answers."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import validate_data

from fastnn._estimators import are_plain, are_plain_labels, check_validation_classes
from fastnn._typing import Floating
from fastnn._validation import FLOATS, Array
from fastnn.neural_network._base import MultilayerPerceptron, as_rows
from fastnn.neural_network._losses import MARGINS
from fastnn.neural_network._parameters import check_class_weight, class_weights


def _has_probabilities(estimator: "LabelPerceptron") -> bool:
    if estimator.loss not in MARGINS:
        return True
    raise AttributeError(
        f"there are no probabilities with loss={estimator.loss!r}: decision_function tells margins"
    )


def _has_margins(estimator: "LabelPerceptron") -> bool:
    if estimator.loss in MARGINS:
        return True
    listed = " and ".join(map(repr, MARGINS))
    raise AttributeError(
        f"decision_function is there for loss={listed}: predict_proba tells probabilities"
    )


class LabelPerceptron(MultilayerPerceptron):
    """A network that is trained on labels, and predicts them."""

    classes_: Array
    _label_binarizer: LabelBinarizer

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class of each row, or its labels.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError, TypeError
            If `X` does not fit the network.
        """
        return self._answer(self._outputs(X))

    @available_if(_has_margins)  # type: ignore[untyped-decorator]
    def decision_function(self, X: ArrayLike) -> Floating:
        """Return how far on its side each row is; there for 'hinge' and 'squared_hinge'.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            What comes out of the network: above 0 for the second of two classes, or for each class
            against the others.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        outputs = self._outputs(X)
        margins: Floating = outputs.ravel() if self.n_outputs_ == 1 else outputs
        return margins

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: ArrayLike) -> Floating:
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            float32 or float64, as the weights are.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        outputs = self._outputs(X)
        if self.n_outputs_ > 1:
            return outputs
        probabilities: Array = np.hstack([1 - outputs, outputs])
        return probabilities

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: ArrayLike) -> Floating:
        """Return the logarithms of `predict_proba`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        probabilities: Floating = self.predict_proba(X)
        return np.log(probabilities, out=probabilities)

    def _checked(
        self, X: ArrayLike, y: ArrayLike, *, incremental: bool, reset: bool
    ) -> tuple[Any, Array]:
        rows, labels = self._read(X, y, reset=reset)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = _fitted_binarizer(labels)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_known(_classes_of(labels))
        return rows, self._one_hot(labels)

    def _checked_again(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Array]:
        rows, labels = self._read(X, y, reset=False)
        check_validation_classes(_classes_of(labels), self.classes_)
        return rows, self._one_hot(labels)

    def _one_hot(self, labels: Array) -> Array:
        """Return known labels as the network learns them: of two classes, whether it is the second.

        As LabelBinarizer.transform, which takes longer than an epoch of few rows.
        """
        targets: Array
        if self._label_binarizer.y_type_.startswith("multilabel"):
            targets = self._label_binarizer.transform(labels).astype(bool)
            return targets
        codes = np.searchsorted(self.classes_, labels)
        if len(self.classes_) > 2:
            targets = np.zeros((len(codes), len(self.classes_)), dtype=bool)
            targets[np.arange(len(codes)), codes] = True
        else:
            targets = codes[:, np.newaxis] == 1
        return targets

    def _read(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[Any, Array]:
        if are_plain(self, X, y, FLOATS, reset=reset):
            return X, np.asarray(y)
        rows, labels = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=FLOATS[::-1], reset=reset
        )
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = column_or_1d(labels, warn=True)
        return as_rows(rows), labels

    def _row_weights(
        self, targets: Array, weights: Array | None, *, incremental: bool
    ) -> Array | None:
        check_class_weight(self.class_weight, incremental=incremental)
        if self.class_weight is None:
            return weights
        several = self._label_binarizer.y_type_.startswith("multilabel")
        of_rows = class_weights(self.class_weight, self.classes_, targets, several=several)
        return of_rows if weights is None else weights * of_rows

    def _check_known(self, labels: Array) -> None:
        known = np.isin(labels, self.classes_).all()
        if not known or (self.warm_start and len(labels) != len(self.classes_)):
            raise ValueError(f"expected y with the classes {self.classes_}. Received: {labels}")

    def _check_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        """Learn `classes` in the first call, compare with them later."""
        if hasattr(self, "classes_"):
            if classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
                raise ValueError(f"expected classes {self.classes_}. Received: {classes}")
            return
        if classes is None:
            raise ValueError("expected classes in the first call of partial_fit. Received: None")
        self.classes_ = unique_labels(classes)
        several = type_of_target(y).startswith("multilabel")
        self._label_binarizer = LabelBinarizer().fit(y if several else classes)

    def _output_activation(self) -> str:
        if self.loss in MARGINS:
            return "identity"
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _answer(self, outputs: Array) -> Array:
        # As LabelBinarizer.inverse_transform, whose checks take longer than the network on a row.
        answers: Array
        if self._label_binarizer.y_type_ == "multiclass":
            answers = self.classes_[outputs.argmax(axis=1)]
            return answers
        are_there = outputs > (0.0 if self.loss in MARGINS else 0.5)
        if self.n_outputs_ == 1:
            codes = are_there[:, 0].astype(np.intp)
            answers = self.classes_[np.minimum(codes, len(self.classes_) - 1)]
        elif self._label_binarizer.sparse_input_:
            answers = self._label_binarizer.inverse_transform(are_there)  # sparse as well
        else:
            answers = are_there.astype(np.int64)
        return answers


def _classes_of(labels: Array) -> Array:
    """Return the classes, sorted, or the labels' columns."""
    classes: Array = np.unique(labels) if are_plain_labels(labels) else unique_labels(labels)
    return classes


def _fitted_binarizer(labels: Array) -> LabelBinarizer:
    """Return LabelBinarizer().fit(labels), whose checks take longer than ten epochs of few rows."""
    binarizer = LabelBinarizer()
    if not are_plain_labels(labels):
        return binarizer.fit(labels)
    binarizer.classes_ = np.unique(labels)
    binarizer.y_type_ = "multiclass" if len(binarizer.classes_) > 2 else "binary"
    binarizer.sparse_input_ = False
    return binarizer
