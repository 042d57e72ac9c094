"""The weights of a layer, kept in the core."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _core
from fastnn._examples import check_fits
from fastnn._validation import Array, check_array

Network: TypeAlias = _core.NetworkFloat32 | _core.NetworkFloat64
CoreLayer: TypeAlias = _core.LayerFloat32 | _core.LayerFloat64

DTYPES = ("float32", "float64")


def layer_type(dtype: str) -> type[_core.LayerFloat32] | type[_core.LayerFloat64]:
    """Return the class whose methods make layers of `dtype`."""
    return _core.LayerFloat64 if dtype == "float64" else _core.LayerFloat32


def network_type(dtype: str) -> type[_core.NetworkFloat32] | type[_core.NetworkFloat64]:
    """Return the class of networks of `dtype`."""
    return _core.NetworkFloat64 if dtype == "float64" else _core.NetworkFloat32


def check_weights(
    weights: Sequence[ArrayLike], shapes: Sequence[tuple[int, ...]], dtype: str, first: int = 0
) -> list[Array]:
    """Return weights of these shapes and `dtype`, or say which one does not fit."""
    if len(weights) != len(shapes):
        raise ValueError(f"expected {len(shapes)} weights. Received: {len(weights)}")
    return [
        _check_weight(weight, f"weights[{index}]", shape, np.dtype(dtype))
        for index, (weight, shape) in enumerate(zip(weights, shapes, strict=True), first)
    ]


def count(shapes: Sequence[tuple[int, ...]]) -> int:
    """Return how many numbers there are in arrays of these shapes."""
    return sum(math.prod(shape) for shape in shapes)


def _check_weight(
    weight: ArrayLike, name: str, shape: tuple[int, ...], dtype: np.dtype[np.floating]
) -> Array:
    # Not a finite number? Training may diverge, and what was read must be fit to be written.
    values = check_array(weight, name, shape=shape, finite=False)
    check_fits(values[np.isfinite(values)], name, dtype)
    return np.asarray(values, dtype=dtype, order="C")
