"""The way of an array through the core's activation functions."""

import math

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _core
from fastnn._typing import Floating
from fastnn._validation import as_floats, check_integer


def apply(name: str, value: ArrayLike, arguments: tuple[float, ...] = ()) -> Floating:
    """Return the core's activation `name` of an array of any shape, along the last axis."""
    x = as_floats(value, "x", shape=None)
    shape = x.shape or (1,)
    rows = x.reshape(math.prod(shape[:-1]), shape[-1])
    y = _core.activate(rows, name, arguments)
    return y.reshape(*x.shape[:-1], y.shape[1]) if x.ndim else y.reshape(())


def apply_along(axis: int, name: str, value: ArrayLike) -> Floating:
    """Return the core's activation `name` of an array of any shape, along `axis`."""
    x = as_floats(value, "x", shape=None)
    n_axes = max(x.ndim, 1)
    axis = check_integer(axis, "axis", minimum=-n_axes)
    if axis >= n_axes:
        raise ValueError(f"expected axis < {n_axes} for x of shape {x.shape}. Received: {axis}")
    if axis % n_axes == n_axes - 1:
        return apply(name, x)
    return np.moveaxis(apply(name, np.moveaxis(x, axis, -1)), -1, axis)
