"""What estimators of all kinds share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

import numpy as np
from sklearn.base import BaseEstimator

from fastnn._validation import Array


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
