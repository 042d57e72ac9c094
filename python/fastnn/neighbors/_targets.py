"""What is known of the fitted rows: classes, kept as codes, or numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.multiclass import check_classification_targets

from fastnn import _core
from fastnn._estimators import are_plain_labels
from fastnn._typing import Float64
from fastnn._validation import Array


@dataclass(frozen=True, eq=False)
class ClassTargets:
    """The classes of every row ever fitted; it is replaced when rows are added, never changed.

    Attributes
    ----------
    classes : tuple of ndarray of shape (n_classes,)
        The labels of each output, sorted.
    codes : int64 ndarray of shape (n_outputs, n_rows)
        The place of each row's label in `classes`.
    is_2d : bool
        Whether the labels came as a matrix and go out as one.
    """

    classes: tuple[Array, ...]
    codes: NDArray[np.int64]
    is_2d: bool

    @classmethod
    def of(cls, labels: Array, classes: Sequence[Array] | None = None) -> Self:
        """Return the targets of `labels`, as `check_labels` has them, and of further classes."""
        columns = labels.T if labels.ndim == 2 else labels[np.newaxis]
        parts = [np.unique(column, return_inverse=True) for column in columns]
        found = cls(
            tuple(part[0] for part in parts),
            np.stack([part[1] for part in parts], dtype=np.int64),
            labels.ndim == 2,
        )
        return found if classes is None else found._with_classes(classes)

    @classmethod
    def checked(cls, classes: Any, codes: Any, is_2d: Any) -> Self:
        """Return targets of parts that come from a file; ValueError where they cannot be."""
        are_arrays = all(isinstance(x, np.ndarray) for x in (codes, *classes))
        if not are_arrays or codes.dtype != np.int64 or codes.ndim != 2:
            raise ValueError("the labels of the rows are no codes of classes")
        if len(codes) != len(classes) or len(codes) == 0 or not (is_2d or len(codes) == 1):
            raise ValueError("the labels of the rows are not of as many outputs as the classes")
        for labels, own in zip(classes, codes, strict=True):
            if labels.ndim != 1 or not np.array_equal(np.unique(labels), labels):
                raise ValueError("the classes are not sorted")
            if len(own) and not 0 <= own.min() <= own.max() < len(labels):
                raise ValueError("the labels of the rows are not among the classes")
        return cls(tuple(classes), codes, bool(is_2d))

    def extended(self, labels: Array, classes: Sequence[Array] | None = None) -> Self:
        """Return the targets with those of further rows behind them."""
        check_outputs(labels, (len(self.classes),) if self.is_2d else ())
        added = self.of(labels)
        before = self._with_classes(added.classes)
        before = before if classes is None else before._with_classes(classes)
        codes = np.concatenate([before.codes, added._codes_in(before.classes)], axis=1)
        return type(self)(before.classes, codes, self.is_2d)

    def labels(self, codes: Sequence[NDArray[np.int64]]) -> Array:
        """Return what `codes`, an array for each output, stand for, with a column for each."""
        return self.joined([classes[c] for classes, c in zip(self.classes, codes, strict=True)])

    def joined(self, columns: Sequence[Array]) -> Array:
        """Return one array of the labels of each output, in the form in which labels came."""
        return np.stack(columns, axis=-1) if self.is_2d else columns[0]

    def _with_classes(self, classes: Sequence[Array]) -> Self:
        """Return the same rows, coded by their own classes and `classes`."""
        if len(classes) != len(self.classes):
            raise ValueError(
                f"expected classes for {len(self.classes)} outputs. Received: {len(classes)}"
            )
        merged = tuple(map(_merged, self.classes, classes))
        return type(self)(merged, self._codes_in(merged), self.is_2d)

    def _codes_in(self, classes: Sequence[Array]) -> NDArray[np.int64]:
        """Return the codes of the rows among `classes`, which hold all of theirs."""
        codes = [
            own if len(new) == len(old) else np.searchsorted(new, old)[own]
            for new, old, own in zip(classes, self.classes, self.codes, strict=True)
        ]
        return np.stack(codes, dtype=np.int64)


def check_labels(estimator: BaseEstimator, y: ArrayLike) -> Array:
    """Return `y` of shape (n_samples,) or (n_samples, n_outputs) if votes can be held on it."""
    if are_plain_labels(y):
        return y  # what scikit-learn would check cannot be wrong, and takes its time
    labels = _checked(estimator, y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = column_or_1d(labels, warn=True)
    check_classification_targets(labels)
    return labels


def check_classes(classes: object, labels: Array) -> list[Array] | None:
    """Return the classes that a caller foretells for each output of `labels`, sorted."""
    if classes is None:
        return None
    of_outputs = classes if labels.ndim == 2 and isinstance(classes, Sequence) else [classes]
    checked = [np.unique(np.asarray(foretold)) for foretold in of_outputs]
    for foretold in checked:
        check_classification_targets(foretold)
    return checked


def check_numbers(estimator: BaseEstimator, y: ArrayLike) -> Float64:
    """Return `y` as a float64 copy of shape (n_samples,) or (n_samples, n_outputs)."""
    if type(y) is np.ndarray and y.ndim == 1 and y.dtype.type in (np.float64, np.float32):
        numbers = y.astype(np.float64)
        if numbers.size and _core.all_finite(numbers):
            return numbers
    targets = _checked(estimator, y)
    if targets.dtype.kind in "USmM":
        raise ValueError(f"expected y to hold numbers. Received dtype: {targets.dtype}")
    return targets.astype(np.float64)


def checked_numbers(targets: Any) -> Float64:
    """Return targets that come from a file; ValueError where `check_numbers` returns no such."""
    is_array = isinstance(targets, np.ndarray) and targets.dtype == np.float64
    if not is_array or targets.ndim not in (1, 2) or not np.isfinite(targets).all():
        raise ValueError("the targets of the rows are no finite numbers")
    numbers: Float64 = targets
    return numbers


def check_outputs(y: Array, outputs: tuple[int, ...]) -> None:
    """Raise ValueError unless `y` has the shape (n_samples, *outputs)."""
    if y.shape[1:] != outputs:
        expected = ", ".join(["n_samples", *map(str, outputs)]) + ("" if outputs else ",")
        raise ValueError(f"expected y of shape ({expected}), as before. Received: {y.shape}")


def check_same_length(X: ArrayLike, targets: Array) -> None:
    """Raise ValueError unless `X` has as many rows as `targets`."""
    if getattr(X, "shape", ())[:1] != targets.shape[:1]:
        check_consistent_length(X, targets)


def _checked(estimator: BaseEstimator, y: ArrayLike) -> Array:
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"This {name} estimator requires y to be passed, but the target y is None")
    checked = check_array(
        y, accept_sparse="csr", ensure_2d=False, dtype=None, input_name="y", estimator=estimator
    )
    dense: Array = checked.toarray() if issparse(checked) else checked
    return dense


def _merged(old: Array, new: Array) -> Array:
    """Return the labels of both, sorted, unless their dtypes cannot become one without loss."""
    if not _fit_together(old, new):
        raise ValueError(f"expected labels of dtype {old.dtype}, as before. Received: {new.dtype}")
    return np.union1d(old, new)


def outlier_labels(
    outlier_label: Any, targets: ClassTargets, removed: Sequence[int] | NDArray[np.int64] = ()
) -> list[Any] | None:
    """Return the label that each output gives to queries without neighbours, None for none.

    Parameters
    ----------
    outlier_label : label, 'most_frequent', array_like of labels, or None
        As the estimator takes it.
    targets : ClassTargets
    removed : sequence of int, default=()
        Rows that do not count for 'most_frequent'.

    Raises
    ------
    ValueError
        If there are not as many labels as outputs.
    TypeError
        If a label is no scalar, or of another kind than the classes.
    """
    if outlier_label is None:
        return None
    if isinstance(outlier_label, str) and outlier_label == "most_frequent":
        present = np.delete(targets.codes, removed, axis=1)
        return [
            classes[np.bincount(codes, minlength=len(classes)).argmax()]
            for classes, codes in zip(targets.classes, present, strict=True)
        ]
    is_scalar = np.ndim(outlier_label) == 0
    labels = [outlier_label] * len(targets.classes) if is_scalar else list(outlier_label)
    if len(labels) != len(targets.classes):
        raise ValueError(
            f"expected outlier_label for {len(targets.classes)} outputs. Received: {outlier_label}"
        )
    for classes, label in zip(targets.classes, labels, strict=True):
        if np.ndim(label) != 0 or not _fit_together(classes, np.asarray(label)):
            raise TypeError(
                f"expected outlier_label to be a label like {classes[0]!r}. Received: {label!r}"
            )
    return labels


def _fit_together(old: Array, new: Array) -> bool:
    """Return whether one dtype holds the labels of both as they are."""
    kinds = old.dtype.kind + new.dtype.kind
    if "O" in kinds:
        return True
    if set(kinds) & set("USf"):
        return kinds in ("UU", "SS") or (kinds[0] == "f" and kinds[1] in "biuf")
    return np.result_type(old, new).kind != "f"  # as that of int64 and uint64 is
