"""The rows to learn from, and those to judge by."""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from fastnn._estimators import ValidationSet, are_plain, check_validation_classes
from fastnn._typing import Labels
from fastnn._validation import Array, check_array
from fastnn.linear_model._parameters import check_fraction

DTYPES = (np.float64, np.float32)


class Rows(NamedTuple):
    """Rows, dense or CSR, the place of each one's class, and how heavy each is.

    Attributes
    ----------
    X : ndarray or sparse CSR of shape (n_samples, n_features)
        float32 or float64.
    codes : int64 ndarray of shape (n_samples,)
    weights : float64 ndarray of shape (n_samples,) or None
        None where all are 1.
    """

    X: Any
    codes: Labels
    weights: Array | None


def fitted_rows(
    estimator: BaseEstimator, X: Any, y: Any, sample_weight: ArrayLike | None
) -> tuple[Rows, Array]:
    """Return what `fit` is given, and the classes, sorted."""
    are_known = are_plain(estimator, X, y, DTYPES, reset=True)
    if not are_known:
        X, y = validate_data(estimator, X, y, accept_sparse="csr", dtype=DTYPES, order="C")
        check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if are_known and len(classes) > len(y) / 2:
        check_classification_targets(y)  # which warns of them
    if len(classes) == 1:
        raise ValueError(f"expected y of at least 2 classes. Received one class: {classes[0]!r}")
    return Rows(X, codes.astype(np.int64), _checked_weights(sample_weight, len(codes))), classes


def with_judges(
    estimator: BaseEstimator, rows: Rows, given: ValidationSet | None, seed: int
) -> tuple[Rows, Rows | None]:
    """Return the rows to learn from and, if any, those to judge by: `given`, or some split off."""
    if estimator.validation_fraction is None:
        judges = given and _given_rows(estimator, given, estimator.classes_, rows.X.dtype)
        return rows, judges
    if given is not None:
        raise ValueError("expected X_val or validation_fraction. Received: both")
    return _split(rows, check_fraction(estimator.validation_fraction), seed)


def with_class_weight(rows: Rows, class_weight: Any, classes: Array) -> Rows:
    """Return `rows`, each as many times as heavy as `class_weight` has its class."""
    if class_weight is None:
        return rows
    if class_weight == "balanced":
        # n_samples / (n_classes · n_samples of the class), where samples are as many as they weigh
        totals = np.bincount(rows.codes, rows.weights, minlength=len(classes))
        of_classes = totals.sum() / (len(classes) * np.where(totals > 0, totals, 1.0))
    else:
        of_classes = compute_class_weight(class_weight, classes=classes, y=classes[rows.codes])
    weights = of_classes[rows.codes]
    return rows._replace(weights=weights if rows.weights is None else weights * rows.weights)


def _given_rows(
    estimator: BaseEstimator, given: ValidationSet, classes: Array, dtype: np.dtype[Any]
) -> Rows:
    X, y = validate_data(
        estimator, given.X, given.y, reset=False, accept_sparse="csr", dtype=dtype, order="C"
    )
    known, places = np.unique(y, return_inverse=True)
    check_validation_classes(known, classes)
    codes = np.searchsorted(classes, known)[places].astype(np.int64)
    weights = _checked_weights(given.sample_weight, len(codes), "sample_weight_val")
    return Rows(X, codes, weights)


def _split(rows: Rows, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """Return the rows to learn from and, drawn by `seed` from each class, those to judge by."""
    train, test = train_test_split(
        np.arange(len(rows.codes)), test_size=fraction, random_state=seed, stratify=rows.codes
    )
    return _take(rows, train), _take(rows, test)


def _take(rows: Rows, numbers: Labels) -> Rows:
    weights = None if rows.weights is None else rows.weights[numbers]
    return Rows(rows.X[numbers], rows.codes[numbers], weights)


def _checked_weights(
    sample_weight: ArrayLike | None, n_samples: int, name: str = "sample_weight"
) -> Array | None:
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):  # as in scikit-learn
        sample_weight = np.full(n_samples, sample_weight)
    weights = check_array(sample_weight, name, shape=(n_samples,), dtypes=(np.float64,))
    if (weights < 0).any() or not weights.any():
        raise ValueError(
            f"expected {name} of at least 0, not all of them zero. "
            f"Received: a least weight of {weights.min()}"
        )
    return weights
