"""Checks of what users pass in: done once, here, before anything reaches the core.

A message says what was expected and what came, for example
``expected X of shape (n_samples, 784). Received: (100, 28, 28)``. What has passed through here
fits the core, so that users never meet an error of the bindings.
"""

import numbers
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastnn import _core

FLOATS: tuple[type, ...] = (np.float32, np.float64)

Array: TypeAlias = NDArray[Any]


def check_array(
    value: object,
    name: str,
    *,
    shape: tuple[str | int, ...] | None,
    dtypes: tuple[type, ...] = FLOATS,
    finite: bool = True,
    allow_empty: bool = True,
) -> Array:
    """Return `value` as an array that the core can read, or say why that cannot be.

    An array that fits already is returned as it is, without a copy, also when its rows lie
    apart in memory; everything else becomes C-contiguous.

    Parameters
    ----------
    value : array_like
        What the user passed.
    name : str
        What the messages call it.
    shape : tuple of str and int, or None
        One entry per dimension: a number the dimension must have, or the name of a free one.
        None accepts every shape.
    dtypes : tuple of type, default=(np.float32, np.float64)
        Accepted as they are. Other booleans and numbers become the first of these that holds
        them without loss (integers of 64 bits: the first that NumPy calls safe).
    finite : bool, default=True
        Whether NaN and infinity are refused.
    allow_empty : bool, default=True
        Whether an array without elements is accepted.

    Returns
    -------
    ndarray
        Of one of `dtypes`, columns contiguous, rows in ascending memory order.

    Raises
    ------
    TypeError
        If `value` does not hold numbers, or numbers that none of `dtypes` holds.
    ValueError
        If the shape does not fit, or if NaN or infinity is found where `finite` asks for none.

    Examples
    --------
    >>> check_array([[0, 1]], "X", shape=("n_samples", 2))
    array([[0., 1.]])
    >>> check_array([[0, 1]], "X", shape=("n_samples", 784))
    Traceback (most recent call last):
        ...
    ValueError: expected X of shape (n_samples, 784). Received: (1, 2)
    """
    x = _as_array(value, name)
    if shape is not None:
        check_shape(x, name, shape)
    if not (allow_empty or x.size):
        raise ValueError(f"expected {name} with at least one element. Received shape: {x.shape}")
    x = with_contiguous_columns(_as_dtype(x, name, dtypes))
    if finite and x.dtype.kind == "f":
        _check_finite(x, name)
    return x


def as_floats(
    value: object, name: str, *, shape: tuple[str | int, ...] | None, finite: bool = False
) -> Array:
    """Return a C-contiguous array of float32 or float64, which integers become.

    NaN and infinity pass through arithmetic, as they do in NumPy, unless `finite` is asked for.
    """
    dtypes = (np.float64, np.float32)
    return np.asarray(
        check_array(value, name, shape=shape, dtypes=dtypes, finite=finite), order="C"
    )


def check_shape(x: Array, name: str, shape: tuple[str | int, ...]) -> None:
    """Raise ValueError unless `x` has the numbers in `shape` where they stand."""
    fits = x.ndim == len(shape)
    for expected, length in zip(shape, x.shape, strict=False):
        fits = fits and (expected == length or isinstance(expected, str))
    if not fits:
        written = ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "")
        raise ValueError(f"expected {name} of shape ({written}). Received: {x.shape}")


def check_integer(value: object, name: str, *, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`; TypeError or ValueError where it is none.

    >>> check_integer(0, "n_neighbors", minimum=1)
    Traceback (most recent call last):
        ...
    ValueError: expected n_neighbors >= 1. Received: 0
    """
    if not isinstance(value, numbers.Integral) or isinstance(value, bool):
        raise TypeError(f"expected {name} to be an integer. Received: {value!r}")
    if value < minimum:
        raise ValueError(f"expected {name} >= {minimum}. Received: {value}")
    return int(value)


def check_choice(value: object, name: str, choices: Sequence[str]) -> str:
    """Return `value` if it is one of `choices`, else raise a ValueError that lists them.

    >>> check_choice("swish", "activation", ("relu", "tanh"))
    Traceback (most recent call last):
        ...
    ValueError: expected activation to be one of 'relu', 'tanh'. Received: 'swish'
    """
    if not isinstance(value, str) or value not in choices:
        listed = ", ".join(map(repr, choices))
        raise ValueError(f"expected {name} to be one of {listed}. Received: {value!r}")
    return value


def check_class_indices(
    value: object, name: str, *, n_samples: int, n_classes: int
) -> NDArray[np.int64]:
    """Return `value` as int64 class indices of shape (n_samples,), each in [0, n_classes).

    >>> check_class_indices([0, 3], "labels", n_samples=2, n_classes=3)
    Traceback (most recent call last):
        ...
    ValueError: expected labels in [0, 3). Received: 3 at index 1
    """
    labels = _as_array(value, name)
    if labels.size == 0:
        labels = labels.astype(np.int64)  # an empty list has no dtype of its own
    check_shape(labels, name, (n_samples,))
    if labels.dtype.kind not in "iu":
        raise TypeError(f"expected {name} of an integer dtype. Received: {labels.dtype}")
    outside = (labels < 0) | (labels >= n_classes)
    if outside.any():
        first = int(outside.argmax())
        raise ValueError(
            f"expected {name} in [0, {n_classes}). Received: {labels[first]} at index {first}"
        )
    return np.ascontiguousarray(labels, dtype=np.int64)


def check_whole_numbers(value: object, name: str) -> Array:
    """Return `value` as integers; floats are accepted where they are whole numbers.

    >>> check_whole_numbers([0.0, 1.5], "labels")
    Traceback (most recent call last):
        ...
    ValueError: expected labels to hold whole numbers. Received: 1.5
    """
    values = _as_array(value, name)
    if values.dtype.kind in "iu":
        return values
    in_range = np.abs(values) < 2.0**63  # of int64; NaN is not
    whole = in_range & (values == np.trunc(values))
    if not whole.all():
        raise ValueError(f"expected {name} to hold whole numbers. Received: {values[~whole][0]}")
    return values.astype(np.int64)


def with_contiguous_columns(x: Array) -> Array:
    """Return `x`, copied only where the core cannot step through it row by row."""
    if x.flags.c_contiguous and x.flags.aligned:
        return x
    row_by_row = (
        x.ndim == 2
        and x.flags.aligned
        and x.strides[1] == x.itemsize
        and x.strides[0] >= x.shape[1] * x.itemsize
        and x.strides[0] % x.itemsize == 0
    )
    return x if row_by_row else np.array(x, order="C")


def common_dtype(*arrays: Array) -> DTypeLike:
    """Return float32 if every array has it, else float64."""
    return np.float32 if all(x.dtype == np.float32 for x in arrays) else np.float64


def _as_array(value: object, name: str) -> Array:
    try:
        x = np.asarray(value)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"expected {name} to be a regular array. Received: {error}") from None
    if x.dtype.kind not in "biuf":
        raise TypeError(f"expected {name} to hold numbers. Received dtype: {x.dtype}")
    return x


def _as_dtype(x: Array, name: str, dtypes: tuple[type, ...]) -> Array:
    if x.dtype.type in dtypes and x.dtype.isnative:
        return x
    for dtype in dtypes:
        if np.can_cast(x.dtype, dtype, casting="safe"):
            return x.astype(dtype)
    accepted = " or ".join(np.dtype(dtype).name for dtype in dtypes)
    raise TypeError(f"expected {name} of dtype {accepted}. Received: {x.dtype}")


def _check_finite(x: Array, name: str) -> None:
    if x.flags.c_contiguous and x.dtype.type in FLOATS:
        finite = _core.all_finite(x)
    else:  # some rows at a time, as x may be larger than the memory
        parts = (x[begin : begin + 1024] for begin in range(0, len(x), 1024))
        finite = all(np.isfinite(part).all() for part in parts)
    if finite:
        return
    where = np.argwhere(~np.isfinite(x))[0].tolist()
    match where:
        case [row, column]:
            place = f"row {row}, column {column}"
        case [index]:
            place = f"index {index}"
        case _:
            place = f"index {tuple(where)}"
    raise ValueError(
        f"expected {name} without NaN or infinity. Received: {x[tuple(where)]} at {place}"
    )
