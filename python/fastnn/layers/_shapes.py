"""Layers that change the shape of a row and no number in it."""

import math
from collections.abc import Mapping
from typing import ClassVar

from fastnn.layers._base import Layer, Shape


class Flatten(Layer):
    """Rows of any shape become rows of one dimension; costs nothing.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``. Keras's
        ``data_format`` only with its default.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If ``data_format`` is given.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([Flatten(input_shape=(28, 28)), fastnn.layers.Dense(10)])
    >>> model.count_params()
    7850
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **Layer._unbuilt_defaults,
        "data_format": None,
    }

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        return (math.prod(input_shape),)
