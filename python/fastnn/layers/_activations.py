"""Activation functions as layers."""

from typing import Any

from fastnn._arguments import look_up
from fastnn._weights import Network
from fastnn.layers._base import Layer, Shape, check_flat

_ACTIVATIONS = {name: name for name in ("linear", "relu", "sigmoid", "tanh", "softmax")}
_UNBUILT_ACTIVATIONS = (
    "leaky_relu relu6 celu elu selu softplus softsign squareplus soft_shrink sparse_plus silu "
    "swish gelu glu tanh_shrink threshold sparse_sigmoid exponential hard_sigmoid hard_silu "
    "hard_swish hard_tanh hard_shrink mish log_softmax log_sigmoid sparsemax"
)


class Activation(Layer):
    """An activation function as a layer of its own.

    Parameters
    ----------
    activation : {'linear', 'relu', 'sigmoid', 'tanh', 'softmax'} or None
        None is linear.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or unknown.
    NotImplementedError
        If it is an activation of Keras that is not built yet.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), Activation("relu")])
    >>> model.predict([[-1.0, 0.0, 2.0]], verbose=0)
    array([[0., 0., 2.]], dtype=float32)
    """

    def __init__(self, activation: str | None, **layer: Any) -> None:
        self.activation = check_activation(activation)
        super().__init__(**layer)

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        if self.activation == "softmax":
            check_flat(input_shape, "softmax")
        return input_shape

    def _add_to(self, network: Network) -> None:
        network.add_activation(self.activation)


def check_activation(activation: str | None) -> str:
    """Return the name of `activation` in the core; None is linear."""
    if activation is None:
        return "linear"
    if not isinstance(activation, str):
        raise TypeError(f"expected activation to be a name. Received: {activation!r}")
    return look_up("activation", activation, _ACTIVATIONS, _UNBUILT_ACTIVATIONS)
