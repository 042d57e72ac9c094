"""What a layer of an activation function is to the core."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from fastnn import activations
from fastnn._graph import Shape
from fastnn._typing import Floating
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer, check_flat

AnyActivation: TypeAlias = str | Mapping[str, Any] | Callable[..., Floating] | None

_ROW_WISE = ("softmax", "log_softmax", "sparsemax", "glu")


class Function(Layer):
    """What layers of an activation function share: its name and its arguments in the core."""

    _function: str

    def _function_arguments(self) -> tuple[float, ...]:
        return ()

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        return shape_behind(self._function, input_shape)

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        size = math.prod(input_shapes[0])
        return activation_core(self._function, size, dtype, self._function_arguments())


def in_core(activation: Callable[..., Floating]) -> tuple[str, tuple[float, ...]]:
    """Return the name of an activation in the core, and its arguments there.

    >>> from fastnn.layers import LeakyReLU
    >>> in_core(activations.relu), in_core(LeakyReLU(0.2))
    (('relu', ()), ('leaky_relu', (0.2,)))
    """
    if isinstance(activation, Function):
        return activation._function, activation._function_arguments()
    name = activations.serialize(activation)
    if not isinstance(name, str):
        raise NotImplementedError(
            f"a layer {type(activation).__name__} as an activation is not built, only one of an "
            "activation function"
        )
    if name == "threshold":
        raise ValueError(
            "expected an activation that needs no further arguments. Received: 'threshold'"
        )
    return name, ()


def activation_core(
    activation: str, size: int, dtype: str, arguments: Sequence[float] = ()
) -> list[CoreLayer]:
    """Return what computes an activation of rows of `size` numbers: nothing where it is linear."""
    if activation == "linear":
        return []
    return [layer_type(dtype).activation(size, activation, list(arguments))]


def shape_behind(activation: str, input_shape: Shape) -> Shape:
    """Return the shape of a row behind an activation, or say why no such row can come in."""
    if activation in _ROW_WISE:
        check_flat(input_shape, activation)
    if activation != "glu":
        return input_shape
    if input_shape[0] % 2:
        raise ValueError(f"expected an even number of features for glu. Received: {input_shape[0]}")
    return (input_shape[0] // 2,)
