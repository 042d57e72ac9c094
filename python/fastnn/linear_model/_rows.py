"""The rows to learn from, and those to judge by."""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from fastnn._typing import Labels
from fastnn._validation import Array, check_array

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
    X, y = validate_data(estimator, X, y, accept_sparse="csr", dtype=DTYPES, order="C")
    check_classification_targets(y)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) == 1:
        raise ValueError(f"expected y of at least 2 classes. Received one class: {classes[0]!r}")
    return Rows(X, codes.astype(np.int64), _checked_weights(sample_weight, len(codes))), classes


def given_rows(
    estimator: BaseEstimator, validation_data: tuple[Any, ...], classes: Array, dtype: np.dtype[Any]
) -> Rows:
    """Return the rows of `validation_data`: (X, y) or (X, y, sample_weight)."""
    if not isinstance(validation_data, tuple) or len(validation_data) not in (2, 3):
        raise ValueError(
            "expected validation_data to be (X, y) or (X, y, sample_weight). "
            f"Received: {type(validation_data).__name__}"
        )
    X, y, *weights = validation_data
    X = validate_data(estimator, X, reset=False, accept_sparse="csr", dtype=dtype, order="C")
    y = column_or_1d(y, warn=True)
    check_consistent_length(X, y)
    unknown = ~np.isin(y, classes)
    if unknown.any():
        raise ValueError(
            f"expected labels of validation_data among {classes}. Received: {y[unknown.argmax()]!r}"
        )
    codes = np.searchsorted(classes, y).astype(np.int64)
    return Rows(X, codes, _checked_weights(weights[0] if weights else None, len(codes)))


def split(rows: Rows, fraction: float, seed: int) -> tuple[Rows, Rows]:
    """Return the rows to learn from and, drawn by `seed` from each class, those to judge by."""
    train, test = train_test_split(
        np.arange(len(rows.codes)), test_size=fraction, random_state=seed, stratify=rows.codes
    )
    return _take(rows, train), _take(rows, test)


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


def _take(rows: Rows, numbers: Labels) -> Rows:
    weights = None if rows.weights is None else rows.weights[numbers]
    return Rows(rows.X[numbers], rows.codes[numbers], weights)


def _checked_weights(sample_weight: ArrayLike | None, n_samples: int) -> Array | None:
    if sample_weight is None:
        return None
    if isinstance(sample_weight, Real):  # as in scikit-learn
        sample_weight = np.full(n_samples, sample_weight)
    weights = check_array(sample_weight, "sample_weight", shape=(n_samples,), dtypes=(np.float64,))
    if (weights < 0).any() or not weights.any():
        raise ValueError(
            "expected sample_weight of at least 0, not all of them zero. "
            f"Received: a least weight of {weights.min()}"
        )
    return weights
