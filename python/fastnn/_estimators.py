"""What estimators of all kinds share.

A small call spends longer in scikit-learn's checks than in the core, so that arrays which the core
reads as they are pass through a check of their own; everything else goes to scikit-learn.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self, TypeGuard

import numpy as np
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator

from fastnn import _core
from fastnn._typing import Samples
from fastnn._validation import Array

# What the core reads, and can look through for NaN and infinity.
DENSE = (np.dtype(np.uint8), np.dtype(np.float32), np.dtype(np.float64))


def all_finite(x: Array) -> bool:
    """Return whether there is neither NaN nor infinity in an array of one of `DENSE`."""
    return x.dtype == np.uint8 or _core.all_finite(x)


def is_plain(X: object, dtypes: tuple[DTypeLike, ...] = DENSE) -> TypeGuard[Samples]:
    """Return whether the core reads `X` as it is: rows of one of the dtypes, and finite.

    All that can be said against `X` is elsewhere.
    """
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.size > 0
        and X.dtype in dtypes
        and X.flags.c_contiguous
        and X.flags.aligned
        and all_finite(X)
    )


def are_plain_labels(y: object) -> TypeGuard[NDArray[np.integer[Any]]]:
    """Return whether `y` is an array of integers or booleans of shape (n_samples,)."""
    return type(y) is np.ndarray and y.ndim == 1 and y.dtype.kind in "biu" and y.size > 0


def fits(estimator: BaseEstimator, X: Array, *, reset: bool = False) -> bool:
    """Return whether plain rows have the features, without names, that `estimator` has seen.

    With `reset` it sees them now.
    """
    fitted = estimator.__dict__
    if reset:
        estimator.n_features_in_ = X.shape[1]
        fitted.pop("feature_names_in_", None)
    return "feature_names_in_" not in fitted and fitted.get("n_features_in_") == X.shape[1]


def are_plain(
    estimator: BaseEstimator, X: Any, y: Any, dtypes: tuple[DTypeLike, ...], *, reset: bool
) -> bool:
    """Return whether rows and labels are plain and as many, and the rows `fits` with `reset`."""
    # Labels first: to look through the rows takes longest.
    return (
        are_plain_labels(y)
        and is_plain(X, dtypes)
        and len(X) == len(y)
        and fits(estimator, X, reset=reset)
    )


class ValidationSet(NamedTuple):
    """What `fit` is given as `X_val`, `y_val` and `sample_weight_val`, unchecked."""

    X: Any
    y: Any
    sample_weight: Any

    @classmethod
    def given(cls, X_val: Any, y_val: Any, sample_weight_val: Any) -> Self | None:
        """Return it, or None if nothing is given."""
        if X_val is None and y_val is None and sample_weight_val is None:
            return None
        if X_val is None or y_val is None:
            missing = "X_val" if X_val is None else "y_val"
            raise ValueError(f"expected X_val and y_val together. Received: no {missing}")
        return cls(X_val, y_val, sample_weight_val)


def check_validation_classes(received: Array, classes: Array) -> None:
    """Raise unless the classes of `y_val` are among those of `y`."""
    if not np.isin(received, classes).all():
        raise ValueError(f"expected y_val with the classes {classes}. Received: {received}")


@contextmanager
def unchanged_on_error(estimator: BaseEstimator) -> Iterator[None]:
    """Leave `estimator` as it was if what runs inside raises; other threads may be reading it."""
    before = estimator.__dict__.copy()
    try:
        yield
    except BaseException:
        estimator.__dict__.update(before)
        for name in estimator.__dict__.keys() - before.keys():
            del estimator.__dict__[name]
        raise
