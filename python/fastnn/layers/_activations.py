"""Activation functions as layers."""

import math
import warnings
from collections.abc import Mapping
from typing import Any, ClassVar

from fastnn import activations
from fastnn._arguments import check_bool, check_finite, check_not_negative
from fastnn.layers._base import Layer
from fastnn.layers._function import AnyActivation, Function, in_core


class Activation(Function):
    """An activation function as a layer of its own.

    Parameters
    ----------
    activation : str, function, layer or None
        A function of ``fastnn.activations``, its name, or a layer such as ``LeakyReLU(0.2)``; None
        is linear.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or unknown.
    NotImplementedError
        If it is a function of the user's own: the core would need its gradient.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), Activation("relu")])
    >>> model.predict([[-1.0, 0.0, 2.0]], verbose=0)
    array([[0., 0., 2.]], dtype=float32)
    """

    _settings = ("activation",)

    def __init__(self, activation: AnyActivation, **layer: Any) -> None:
        self.activation = activations.get(activation)
        self._function, self._arguments = in_core(self.activation)
        super().__init__(**layer)

    def _function_arguments(self) -> tuple[float, ...]:
        return self._arguments


class ReLU(Function):
    """The rectified linear unit as a layer: ``min(x, max_value)`` above the threshold.

    Parameters
    ----------
    max_value : float, optional
        The largest output, not negative. Default: none.
    negative_slope : float, default=0.0
        Not negative; below the threshold the output is ``negative_slope * (x - threshold)``.
    threshold : float, default=0.0
        Not negative.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), ReLU(max_value=1, negative_slope=0.5)])
    >>> model.predict([[-1.0, 0.5, 2.0]], verbose=0)
    array([[-0.5,  0.5,  1. ]], dtype=float32)
    """

    _function = "relu"
    _settings = ("max_value", "negative_slope", "threshold")

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **layer: Any,
    ) -> None:
        if max_value is not None:
            max_value = check_not_negative(max_value, "max_value")
        self.max_value = max_value
        self.negative_slope = check_not_negative(negative_slope, "negative_slope")
        self.threshold = check_not_negative(threshold, "threshold")
        super().__init__(**layer)

    def _function_arguments(self) -> tuple[float, ...]:
        max_value = math.inf if self.max_value is None else self.max_value
        return self.negative_slope, max_value, self.threshold


class LeakyReLU(Function):
    """A rectified linear unit that leaks, as a layer: x where it is positive, else a share of x.

    Parameters
    ----------
    negative_slope : float, default=0.3
        The share, not negative. Its old name ``alpha`` is taken too, with a warning.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), LeakyReLU(0.5)])
    >>> model.predict([[-3.0, 2.0]], verbose=0)
    array([[-1.5,  2. ]], dtype=float32)
    """

    _function = "leaky_relu"
    _settings = ("negative_slope",)

    def __init__(self, negative_slope: float = 0.3, **layer: Any) -> None:
        if "alpha" in layer:
            negative_slope = layer.pop("alpha")
            message = "LeakyReLU(alpha=...) is the old name of LeakyReLU(negative_slope=...)"
            warnings.warn(message, DeprecationWarning, stacklevel=2)
        self.negative_slope = check_not_negative(negative_slope, "negative_slope")
        super().__init__(**layer)

    def _function_arguments(self) -> tuple[float, ...]:
        return (self.negative_slope,)


class ELU(Function):
    """The exponential linear unit as a layer: x where positive, else ``alpha * (exp(x) - 1)``.

    Parameters
    ----------
    alpha : float, default=1.0
        Minus the limit on the negative side.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), ELU(alpha=0.5)])
    >>> model.predict([[-1e4, 2.0]], verbose=0)
    array([[-0.5,  2. ]], dtype=float32)
    """

    _function = "elu"
    _settings = ("alpha",)

    def __init__(self, alpha: float = 1.0, **layer: Any) -> None:
        self.alpha = check_finite(alpha, "alpha")
        super().__init__(**layer)

    def _function_arguments(self) -> tuple[float, ...]:
        return (self.alpha,)


class GELU(Function):
    """The Gaussian error linear unit as a layer: see ``fastnn.activations.gelu``.

    Parameters
    ----------
    approximate : bool, default=False
        Whether to take the approximation by tanh.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), GELU()])
    >>> model.predict([[-1e4, 2.0]], verbose=0).round(3)
    array([[-0.   ,  1.954]], dtype=float32)
    """

    _function = "gelu"
    _settings = ("approximate",)

    def __init__(self, approximate: bool = False, **layer: Any) -> None:
        self.approximate = check_bool(approximate, "approximate")
        super().__init__(**layer)

    def _function_arguments(self) -> tuple[float, ...]:
        return (float(self.approximate),)


class Softmax(Function):
    """The softmax of each row as a layer: see ``fastnn.activations.softmax``.

    Parameters
    ----------
    axis : int, default=-1
        Only the default is built.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), Softmax()])
    >>> model.predict([[1e4, 1e4]], verbose=0)
    array([[0.5, 0.5]], dtype=float32)
    """

    _function = "softmax"
    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {**Layer._unbuilt_defaults, "axis": -1}

    def __init__(self, axis: int = -1, **layer: Any) -> None:
        super().__init__(axis=axis, **layer)


class SELU(Function):
    """The scaled exponential linear unit as a layer: see ``fastnn.activations.selu``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([SELU(input_shape=(1,))]).predict([[1.0]], verbose=0).round(4)
    array([[1.0507]], dtype=float32)
    """

    _function = "selu"


class SiLU(Function):
    """``x * sigmoid(x)`` as a layer: see ``fastnn.activations.silu``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([SiLU(input_shape=(1,))]).predict([[1.0]], verbose=0).round(4)
    array([[0.7311]], dtype=float32)
    """

    _function = "silu"


class Softplus(Function):
    """``log(1 + exp(x))`` as a layer: see ``fastnn.activations.softplus``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([Softplus(input_shape=(1,))]).predict([[1e4]], verbose=0)
    array([[10000.]], dtype=float32)
    """

    _function = "softplus"


class Softsign(Function):
    """``x / (1 + abs(x))`` as a layer: see ``fastnn.activations.softsign``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([Softsign(input_shape=(1,))]).predict([[-3.0]], verbose=0)
    array([[-0.75]], dtype=float32)
    """

    _function = "softsign"


class Sigmoid(Function):
    """``1 / (1 + exp(-x))`` as a layer: see ``fastnn.activations.sigmoid``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([Sigmoid(input_shape=(1,))]).predict([[0.0]], verbose=0)
    array([[0.5]], dtype=float32)
    """

    _function = "sigmoid"


class Tanh(Function):
    """The hyperbolic tangent as a layer: see ``fastnn.activations.tanh``.

    Parameters
    ----------
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.Sequential([Tanh(input_shape=(1,))]).predict([[1e4]], verbose=0)
    array([[1.]], dtype=float32)
    """

    _function = "tanh"
