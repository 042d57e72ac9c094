"""Layers that read several others."""

import math
from collections.abc import Sequence
from typing import Any

from fastnn._graph import Shape
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer


class Add(Layer):
    """The sum of several inputs of one shape.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``.

    Raises
    ------
    ValueError
        When called on fewer than two inputs, or on inputs of different shapes.

    Examples
    --------
    >>> import numpy as np
    >>> Add()([np.ones((1, 2)), np.ones((1, 2))])
    array([[2., 2.]], dtype=float32)
    """

    def _shape_behind(self, *input_shapes: Shape) -> Shape:
        _check_several(self.name, input_shapes)
        if len(set(input_shapes)) > 1:
            raise ValueError(
                f"expected inputs of one shape for layer '{self.name}'. Received: {input_shapes}"
            )
        return input_shapes[0]

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        return [layer_type(dtype).add(math.prod(input_shapes[0]))]


class Concatenate(Layer):
    """The features of several inputs side by side.

    Parameters
    ----------
    axis : int, default=-1
        Only the last axis of rows of one dimension.
    **layer : object
        As for every layer: ``name``, ``dtype``.

    Raises
    ------
    NotImplementedError
        If another axis is asked for, or when called on rows of several dimensions.
    ValueError
        When called on fewer than two inputs.

    Examples
    --------
    >>> import numpy as np
    >>> Concatenate()([np.ones((1, 2)), np.zeros((1, 1))])
    array([[1., 1., 0.]], dtype=float32)
    """

    _settings = ("axis",)

    def __init__(self, axis: int = -1, **layer: Any) -> None:
        if axis not in (-1, 1):
            raise NotImplementedError(f"Concatenate(axis={axis}) is not built yet, only -1")
        self.axis = axis
        super().__init__(**layer)

    def _shape_behind(self, *input_shapes: Shape) -> Shape:
        _check_several(self.name, input_shapes)
        if any(len(shape) != 1 for shape in input_shapes):
            raise NotImplementedError(
                "Concatenate of rows of several dimensions is not built yet: "
                "put Flatten() before it"
            )
        return (sum(size for (size,) in input_shapes),)

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        return [layer_type(dtype).concatenate([math.prod(shape) for shape in input_shapes])]


def add(inputs: Sequence[Any], **layer: Any) -> Any:
    """Return what ``Add(**layer)`` makes of its inputs.

    Parameters
    ----------
    inputs : list of symbol or of array_like
        At least two of one shape.
    **layer : object
        As for `Add`.

    Returns
    -------
    symbol or ndarray
        Their sum.

    Raises
    ------
    ValueError
        As `Add` does.

    Examples
    --------
    >>> import numpy as np
    >>> add([np.ones((1, 2)), np.ones((1, 2))])
    array([[2., 2.]], dtype=float32)
    """
    return Add(**layer)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, **layer: Any) -> Any:
    """Return what ``Concatenate(axis, **layer)`` makes of its inputs.

    Parameters
    ----------
    inputs : list of symbol or of array_like
        At least two.
    axis, **layer
        As for `Concatenate`.

    Returns
    -------
    symbol or ndarray
        Their features side by side.

    Raises
    ------
    NotImplementedError, ValueError
        As `Concatenate` does.

    Examples
    --------
    >>> import numpy as np
    >>> concatenate([np.ones((1, 2)), np.zeros((1, 1))])
    array([[1., 1., 0.]], dtype=float32)
    """
    return Concatenate(axis, **layer)(inputs)


def _check_several(name: str, input_shapes: Sequence[Shape]) -> None:
    if len(input_shapes) < 2:
        raise ValueError(
            f"expected at least two inputs for layer '{name}'. Received: {len(input_shapes)}"
        )
