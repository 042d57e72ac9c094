"""Activation functions of arrays, named as in ``keras.activations``.

Each takes float32 or float64 and returns the same; lists and integers are taken as float64. The
layers take the functions, or their names: ``Dense(3, activation="gelu")``.

>>> from fastnn import activations
>>> activations.get("swish")([0.0, 1e4])
array([    0., 10000.])
"""

from collections.abc import Callable, Mapping
from typing import Any

from fastnn._arguments import look_up, refuse_unbuilt
from fastnn._typing import Floating
from fastnn.activations._piecewise import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_tanh,
    leaky_relu,
    linear,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from fastnn.activations._rows import glu, log_softmax, softmax, sparsemax
from fastnn.activations._smooth import (
    celu,
    elu,
    exponential,
    gelu,
    log_sigmoid,
    mish,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    tanh,
    tanh_shrink,
)

__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]

swish = silu
hard_swish = hard_silu

_NAMED: dict[str, Callable[..., Floating]] = {
    name: globals()[name] for name in __all__ if name not in ("deserialize", "get", "serialize")
}


def get(
    identifier: str | Mapping[str, Any] | Callable[..., Floating] | None,
) -> Callable[..., Floating]:
    """Return the function that a string names, a function as it is, or `linear` for None.

    Parameters
    ----------
    identifier : str, dict, callable or None
        A name of this module, such as ``'relu'``; what `serialize` returned; or a layer of an
        activation, such as ``LeakyReLU(0.2)``.

    Returns
    -------
    callable
        Takes an array and returns one.

    Raises
    ------
    TypeError, ValueError
        If it is none of them, or an unknown name.

    Examples
    --------
    >>> get("relu")([-1.0, 1.0])
    array([0., 1.])
    """
    if identifier is None:
        return linear
    if callable(identifier):
        return identifier
    if isinstance(identifier, Mapping):
        if identifier.get("class_name") == "function":
            raise _not_built(identifier.get("config"))
        from fastnn import layers  # which need this module

        layer: Callable[..., Floating] = layers.deserialize(identifier)
        return layer
    if not isinstance(identifier, str):
        raise TypeError(f"expected activation to be a name or a function. Received: {identifier!r}")
    return look_up("activation", identifier, _NAMED, "")


def serialize(activation: Callable[..., Floating]) -> str | dict[str, Any]:
    """Return the name of a function of this module, or what describes a layer.

    Parameters
    ----------
    activation : callable
        One of this module's functions, or a layer of an activation.

    Returns
    -------
    str or dict
        As `get` takes it; `swish` and `hard_swish` go by their first names.

    Raises
    ------
    NotImplementedError
        If it is another function: the core would need its gradient.

    Examples
    --------
    >>> serialize(swish)
    'silu'
    """
    for name, function in _NAMED.items():
        if function is activation:
            return name
    from fastnn import layers  # which need this module

    if isinstance(activation, layers.Layer):
        return layers.serialize(activation)
    raise _not_built(activation)


def deserialize(
    config: str | Mapping[str, Any], custom_objects: None = None
) -> Callable[..., Floating]:
    """Return the function that `serialize` named.

    Parameters
    ----------
    config : str or dict
        What `serialize` returned.
    custom_objects : None
        Not built yet, only its default.

    Returns
    -------
    callable
        As `get` returns it.

    Raises
    ------
    NotImplementedError
        If `custom_objects` is given.
    TypeError, ValueError
        If `config` is not a name, or an unknown one.

    Examples
    --------
    >>> deserialize("elu")([-1e4, 2.0])
    array([-1.,  2.])
    """
    refuse_unbuilt("deserialize", {"custom_objects": custom_objects}, {"custom_objects": None})
    return get(config)


def _not_built(activation: object) -> NotImplementedError:
    return NotImplementedError(
        f"activation {activation!r} is not built: the core has the gradients of those in "
        "fastnn.activations alone"
    )
