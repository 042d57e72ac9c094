"""Layers that change the shape of a row and no number in it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastnn._graph import Shape
from fastnn._validation import check_integer
from fastnn.layers._base import Layer


class Flatten(Layer):
    """Rows of any shape become rows of one dimension; costs nothing.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``. Keras's
        ``data_format`` only as None or ``'channels_last'``, which it stands for.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If ``data_format`` is another one.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([Flatten(input_shape=(28, 28)), fastnn.layers.Dense(10)])
    >>> model.count_params()
    7850
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **Layer._unbuilt_defaults,
        "data_format": "channels_last",
    }

    def __init__(self, data_format: str | None = None, **layer: Any) -> None:
        super().__init__(data_format=data_format or "channels_last", **layer)

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)


class Reshape(Layer):
    """Rows get another shape with as many numbers; costs nothing.

    Parameters
    ----------
    target_shape : tuple of int
        The shape of one row; one length may be -1, which stands for what is left.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or if the numbers of a row do not fill the shape.

    Examples
    --------
    >>> import numpy as np
    >>> Reshape((2, -1))(np.zeros((5, 6))).shape
    (5, 2, 3)
    """

    _settings = ("target_shape",)

    def __init__(self, target_shape: Sequence[int], **layer: Any) -> None:
        if not isinstance(target_shape, (tuple, list)):
            raise TypeError(f"expected target_shape to be a tuple. Received: {target_shape!r}")
        self.target_shape = tuple(
            check_integer(length, "each length in target_shape", minimum=-1)
            for length in target_shape
        )
        if 0 in self.target_shape or self.target_shape.count(-1) > 1:
            raise ValueError(
                "expected target_shape of positive lengths, of which one may be -1. "
                f"Received: {target_shape}"
            )
        super().__init__(**layer)

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        size = math.prod(input_shape)
        known = math.prod(length for length in self.target_shape if length > 0)
        shape = tuple(size // known if length < 0 else length for length in self.target_shape)
        if math.prod(shape) != size:
            raise ValueError(
                f"expected rows of {known} numbers, or a multiple of them where one length of "
                f"target_shape is -1. Received: {size}"
            )
        return shape
