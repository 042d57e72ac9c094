"""The fully connected layer."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastnn import activations, initializers, regularizers
from fastnn._arguments import check_bool
from fastnn._graph import Shape
from fastnn._validation import check_integer
from fastnn._variables import Variable
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer, check_flat
from fastnn.layers._function import AnyActivation, activation_core, in_core, shape_behind


class Dense(Layer):
    """A fully connected layer: ``activation(x @ kernel + bias)``.

    Parameters
    ----------
    units : int
        The number of outputs.
    activation : str, function or layer, optional
        A function of ``fastnn.activations``, its name, or a layer such as ``LeakyReLU(0.2)``.
        Default: linear.
    use_bias : bool, default=True
        Whether a bias is added.
    kernel_initializer : str, Initializer, callable or array_like, default='glorot_uniform'
        What the kernel of shape (n_inputs, units) starts as.
    bias_initializer : str, Initializer, callable or array_like, default='zeros'
        What the bias of shape (units,) starts as.
    kernel_regularizer, bias_regularizer : str or Regularizer, optional
        What the loss adds for them: L1, L2 or both.
    **layer : object
        As for every layer: ``trainable``, ``name``, ``dtype``, ``input_shape``, ``input_dim``.
        Keras's further arguments (``kernel_constraint``, …) only with their defaults.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

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
        "kernel_constraint": None,
        "bias_constraint": None,
        "lora_rank": None,
        "lora_alpha": None,
        "quantization_config": None,
    }

    _settings = (
        "units",
        "activation",
        "use_bias",
        "kernel_initializer",
        "bias_initializer",
        "kernel_regularizer",
        "bias_regularizer",
    )

    def __init__(
        self,
        units: int,
        activation: AnyActivation = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        **layer: Any,
    ) -> None:
        self.units = check_integer(units, "units", minimum=1)
        self.activation = activations.get(activation)
        self._function = in_core(self.activation)
        self.use_bias = check_bool(use_bias, "use_bias")
        self.kernel_initializer = initializers.get_or("glorot_uniform", kernel_initializer)
        self.bias_initializer = initializers.get_or("zeros", bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        super().__init__(**layer)

    @property
    def kernel(self) -> Variable:
        """The weight of shape (n_inputs, units)."""
        return self._weight("kernel")

    @property
    def bias(self) -> Variable | None:
        """The weight of shape (units,); None without ``use_bias``."""
        return self._weight("bias") if self.use_bias else None

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        check_flat(input_shape, "Dense")
        return shape_behind(self._function[0], (self.units,))

    def _weight_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        ((n_inputs,),) = input_shapes
        kernel, bias = (n_inputs, self.units), (self.units,)
        return [kernel, bias] if self.use_bias else [kernel]

    def _initializers(self) -> list[initializers.AnyInitializer]:
        return [self.kernel_initializer, self.bias_initializer]

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        ((n_inputs,),) = input_shapes
        core = layer_type(dtype).dense(n_inputs, self.units, self.use_bias)
        penalties = [self.kernel_regularizer, self.bias_regularizer][: 1 + self.use_bias]
        core.set_penalties([regularizers.factors(penalty) for penalty in penalties])
        function, arguments = self._function
        return [core, *activation_core(function, self.units, dtype, arguments)]
