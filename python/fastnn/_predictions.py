"""Targets and outputs of any number of dimensions, as the functions of both take them."""

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fastnn._validation import Array, check_array

_FLOATS = (np.float64, np.float32)  # integers become the first


def as_outputs(y_pred: ArrayLike, dtype: DTypeLike | None) -> Array:
    """Return `y_pred` in `dtype`, or as it is where it is float32 or float64 already.

    NaN passes through arithmetic, as it does in NumPy.
    """
    outputs = check_array(y_pred, "y_pred", shape=None, dtypes=_FLOATS, finite=False)
    return outputs if dtype is None else outputs.astype(dtype, copy=False)


def same_rank(first: Array, second: Array) -> tuple[Array, Array]:
    """Return both with as many dimensions, where one has a last one of length 1 too many.

    As Keras does: a vector gets the column, an array with more dimensions loses it.

    >>> [x.shape for x in same_rank(np.zeros(3), np.zeros((3, 1)))]
    [(3, 1), (3, 1)]
    >>> [x.shape for x in same_rank(np.zeros((3, 4)), np.zeros((3, 4, 1)))]
    [(3, 4), (3, 4)]
    """
    if first.ndim < second.ndim:
        swapped, other = same_rank(second, first)
        return other, swapped
    if first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        if second.ndim == 1:
            return first, second[:, np.newaxis]
        return first[..., 0], second
    return first, second


def check_same_shape(y_true: Array, y_pred: Array) -> None:
    """Raise ValueError unless both have one shape."""
    if y_true.shape != y_pred.shape:
        raise ValueError(f"expected y_true of shape {y_pred.shape}. Received: {y_true.shape}")
