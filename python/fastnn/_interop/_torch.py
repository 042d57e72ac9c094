"""Chains of PyTorch as models of this library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fastnn import layers
from fastnn._validation import Array

if TYPE_CHECKING:
    from fastnn.models import Sequential

Made = tuple[layers.Layer, list[Array]]


def from_torch(module: Any, input_shape: Sequence[int] | None = None) -> Sequential:
    """Return a model that computes what a ``torch.nn.Sequential`` does.

    Parameters
    ----------
    module : torch.nn.Sequential
        Of ``Linear``, ``BatchNorm1d``, ``LayerNorm``, ``Dropout``, ``Flatten``, ``Identity`` and
        activations; chains in it are taken apart.
    input_shape : tuple of int, optional
        The shape of one row. Default: the number of features of the first layer that has one.

    Returns
    -------
    Sequential
        With copies of the weights, in their dtype. It is not compiled.

    Raises
    ------
    NotImplementedError
        If a layer, or an argument of one, is not built here; it is named.
    TypeError
        If `module` is no ``torch.nn.Sequential``.
    ValueError
        If no layer tells the number of features, and `input_shape` is not given.

    Examples
    --------
    >>> import torch  # doctest: +SKIP
    >>> from_torch(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.ReLU()))  # doctest: +SKIP
    """
    from fastnn.models import Sequential  # which needs this module

    if type(module).__name__ != "Sequential" or not hasattr(module, "named_children"):
        raise TypeError(f"expected a torch.nn.Sequential. Received: {module!r}")
    steps = list(_steps(module, ""))
    made = [_convert(name, step) for name, step in steps if type(step).__name__ != "Identity"]
    if input_shape is None:
        input_shape = _first_shape([step for _, step in steps])
    dtypes = {str(weight.dtype) for _, weights in made for weight in weights}
    model = Sequential(
        [layers.Input(tuple(input_shape)), *(layer for layer, _ in made)],
        dtype=dtypes.pop() if len(dtypes) == 1 else None,
    )
    for layer, weights in made:
        if weights:
            layer.set_weights(weights)
    return model


def _steps(module: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, child in module.named_children():
        if type(child).__name__ == "Sequential":
            yield from _steps(child, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", child


def _first_shape(modules: Sequence[Any]) -> tuple[int, ...]:
    for module in modules:
        for attribute in ("in_features", "num_features", "normalized_shape"):
            size = getattr(module, attribute, None)
            if size is not None:
                return tuple(size) if isinstance(size, tuple) else (size,)
    raise ValueError("expected input_shape, which no layer tells. Received: None")


def _convert(name: str, module: Any) -> Made:
    kind = type(module).__name__
    if kind in _ACTIVATIONS:
        return layers.Activation(_ACTIVATIONS[kind]), []
    if kind not in _CONVERTERS:
        raise NotImplementedError(f"layer {name!r} of class {kind!r} is not built")
    try:
        return _CONVERTERS[kind](module)
    except NotImplementedError as error:
        raise NotImplementedError(f"layer {name!r} of class {kind!r}: {error}") from None


def _numbers(*tensors: Any) -> list[Array]:
    return [tensor.detach().cpu().numpy() for tensor in tensors if tensor is not None]


def _only(module: Any, **values: object) -> None:
    """Raise unless the module's attributes have the values that are built."""
    for name, value in values.items():
        allowed = value if isinstance(value, tuple) else (value,)
        if getattr(module, name) not in allowed:
            raise NotImplementedError(
                f"{name}={getattr(module, name)!r} is not built, only {allowed[0]!r}"
            )


def _linear(module: Any) -> Made:
    dense = layers.Dense(module.out_features, use_bias=module.bias is not None)
    return dense, _numbers(module.weight.T, module.bias)


def _batch_norm(module: Any) -> Made:
    _only(module, track_running_stats=True)
    if module.momentum is None:
        raise NotImplementedError("momentum=None is not built, only a number")
    layer = layers.BatchNormalization(
        momentum=1 - module.momentum,
        epsilon=module.eps,
        center=module.affine,
        scale=module.affine,
    )
    weights = (module.weight, module.bias, module.running_mean, module.running_var)
    return layer, _numbers(*weights)


def _layer_norm(module: Any) -> Made:
    if len(module.normalized_shape) != 1:
        raise NotImplementedError("normalized_shape of several dimensions is not built, only one")
    layer = layers.LayerNormalization(
        epsilon=module.eps, center=module.bias is not None, scale=module.weight is not None
    )
    return layer, _numbers(module.weight, module.bias)


def _flatten(module: Any) -> Made:
    _only(module, start_dim=1, end_dim=-1)
    return layers.Flatten(), []


def _softmax(module: Any) -> Made:
    _only(module, dim=(-1, 1))
    return layers.Softmax(), []


def _log_softmax(module: Any) -> Made:
    _only(module, dim=(-1, 1))
    return layers.Activation("log_softmax"), []


def _softplus(module: Any) -> Made:
    _only(module, beta=1)
    return layers.Softplus(), []


def _hardtanh(module: Any) -> Made:
    _only(module, min_val=-1, max_val=1)
    return layers.Activation("hard_tanh"), []


def _celu(module: Any) -> Made:
    _only(module, alpha=1)
    return layers.Activation("celu"), []


def _shrink(name: str) -> Callable[[Any], Made]:
    def convert(module: Any) -> Made:
        _only(module, lambd=0.5)
        return layers.Activation(name), []

    return convert


_ACTIVATIONS = {
    "ReLU": "relu",
    "ReLU6": "relu6",
    "SELU": "selu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "Tanh": "tanh",
    "Softsign": "softsign",
    "LogSigmoid": "log_sigmoid",
    "Mish": "mish",
    "Hardsigmoid": "hard_sigmoid",
    "Hardswish": "hard_silu",
    "Tanhshrink": "tanh_shrink",
}
_CONVERTERS: dict[str, Callable[[Any], Made]] = {
    "Linear": _linear,
    "BatchNorm1d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Flatten": _flatten,
    "Dropout": lambda module: (layers.Dropout(module.p), []),
    "LeakyReLU": lambda module: (layers.LeakyReLU(module.negative_slope), []),
    "ELU": lambda module: (layers.ELU(module.alpha), []),
    "GELU": lambda module: (layers.GELU(module.approximate == "tanh"), []),
    "Softmax": _softmax,
    "LogSoftmax": _log_softmax,
    "Softplus": _softplus,
    "Hardtanh": _hardtanh,
    "CELU": _celu,
    "Softshrink": _shrink("soft_shrink"),
    "Hardshrink": _shrink("hard_shrink"),
}
