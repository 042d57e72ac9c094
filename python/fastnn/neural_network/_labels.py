"""The targets of a classifier: classes, or labels, and what the network learns of them."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import validate_data

from fastnn._estimators import check_validation_classes
from fastnn._validation import FLOATS, Array
from fastnn.neural_network._base import MultilayerPerceptron, as_rows
from fastnn.neural_network._losses import MARGINS
from fastnn.neural_network._parameters import check_class_weight, class_weights


class LabelPerceptron(MultilayerPerceptron):
    """A network that is trained on labels."""

    classes_: Array
    _label_binarizer: LabelBinarizer

    def _checked(
        self, X: ArrayLike, y: ArrayLike, *, incremental: bool, reset: bool
    ) -> tuple[Any, Array]:
        rows, labels = self._read(X, y, reset=reset)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(labels)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_known(unique_labels(labels))
        return rows, self._label_binarizer.transform(labels).astype(bool)

    def _checked_again(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Array]:
        rows, labels = self._read(X, y, reset=False)
        check_validation_classes(unique_labels(labels), self.classes_)
        return rows, self._label_binarizer.transform(labels).astype(bool)

    def _read(self, X: ArrayLike, y: ArrayLike, *, reset: bool) -> tuple[Any, Array]:
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
