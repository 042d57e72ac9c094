"""The fully connected layer."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from fastnn._arguments import check_bool
from fastnn._seeds import next_seed
from fastnn._typing import Floating
from fastnn._validation import check_integer
from fastnn._weights import Network
from fastnn.layers._activations import check_activation, shape_behind
from fastnn.layers._base import Layer, Shape, check_flat


class Dense(Layer):
    """A fully connected layer: ``activation(x @ kernel + bias)``.

    Kernels start Glorot-uniform, from ±√(6 / (n_inputs + units)); biases start at zero.

    Parameters
    ----------
    units : int
        The number of outputs.
    activation : str or function, optional
        A function of ``fastnn.activations``, or its name. Default: linear.
    use_bias : bool, default=True
        Whether a bias is added.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``. Keras's further
        arguments (``kernel_initializer``, ``kernel_regularizer``, …) only with their defaults.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If the activation is a function of the user's own, or if one of Keras's further arguments
        has another value than its default.

    References
    ----------
    X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural
    networks*, AISTATS 2010.

    Examples
    --------
    >>> import fastnn
    >>> layer = Dense(3, activation="relu")
    >>> model = fastnn.Sequential([fastnn.Input((4,)), layer])
    >>> [weight.shape for weight in layer.get_weights()], layer.count_params()
    ([(4, 3), (3,)], 15)
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **Layer._unbuilt_defaults,
        "kernel_initializer": "glorot_uniform",
        "bias_initializer": "zeros",
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
        "lora_rank": None,
        "lora_alpha": None,
        "quantization_config": None,
    }

    def __init__(
        self,
        units: int,
        activation: str | Callable[..., Floating] | None = None,
        use_bias: bool = True,
        **layer: Any,
    ) -> None:
        self.units = check_integer(units, "units", minimum=1)
        self.activation = check_activation(activation)
        self.use_bias = check_bool(use_bias, "use_bias")
        super().__init__(**layer)

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        check_flat(input_shape, "Dense")
        return shape_behind(self.activation, (self.units,))

    def _weight_shapes(self, input_shape: Shape) -> list[Shape]:
        kernel = (*input_shape, self.units)
        return [kernel, (self.units,)] if self.use_bias else [kernel]

    def _add_to(self, network: Network) -> None:
        network.add_dense(self.units, self.use_bias, next_seed())
        if self.activation != "linear":
            network.add_activation(self.activation)
