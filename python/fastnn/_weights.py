"""The weights of a network, or of one layer of it, kept in the core."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _core
from fastnn._examples import check_fits
from fastnn._validation import Array, check_array

Network: TypeAlias = _core.NetworkFloat32 | _core.NetworkFloat64

DTYPES = ("float32", "float64")


def new_network(input_size: int, dtype: str) -> Network:
    """Return a network of `dtype` without layers, for rows of `input_size` features."""
    return (_core.NetworkFloat64 if dtype == "float64" else _core.NetworkFloat32)(input_size)


class Weights:
    """Consecutive weights of a network: which they are, how to read them, how to replace them."""

    def __init__(self, network: Network, first: int, shapes: Sequence[tuple[int, ...]]) -> None:
        self._network = network
        self._slice = slice(first, first + len(shapes))
        self.shapes = list(shapes)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return sum(math.prod(shape) for shape in self.shapes)

    def get(self) -> list[Array]:
        """Return copies."""
        return list(self._network.parameters()[self._slice])

    def set(self, weights: Sequence[ArrayLike]) -> None:
        """Replace all of them, or none where one does not fit."""
        if len(weights) != len(self.shapes):
            raise ValueError(f"expected {len(self.shapes)} weights. Received: {len(weights)}")
        parameters: list[Array] = list(self._network.parameters())
        dtype = parameters[0].dtype if parameters else np.dtype(np.float32)
        parameters[self._slice] = [
            _check_weight(weight, f"weights[{index}]", shape, dtype)
            for index, (weight, shape) in enumerate(zip(weights, self.shapes, strict=True))
        ]
        self._network.set_parameters(parameters)


def _check_weight(
    weight: ArrayLike, name: str, shape: tuple[int, ...], dtype: np.dtype[np.floating]
) -> Array:
    # Not a finite number? Training may diverge, and what was read must be fit to be written.
    values = check_array(weight, name, shape=shape, finite=False)
    check_fits(values[np.isfinite(values)], name, dtype)
    return np.ascontiguousarray(values, dtype=dtype)
