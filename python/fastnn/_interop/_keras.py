"""Models of Keras as models of this library, and back: the same description, the same weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fastnn.layers._serialization import read_layer, serialize

if TYPE_CHECKING:
    from fastnn.models import Model

# Layers that Keras has as functions alone.
_FUNCTIONS = {
    "GELU": "gelu",
    "SELU": "selu",
    "SiLU": "silu",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softsign": "softsign",
    "Tanh": "tanh",
}
# Arguments that only some of Keras's releases know; they have their defaults here.
_NOT_IN_ALL_RELEASES = frozenset(
    {
        "lora_alpha",
        "quantization_config",
        "renorm",
        "renorm_clipping",
        "renorm_momentum",
        "rms_scaling",
    }
)


def from_keras(model: Any) -> Any:
    """Return a model that computes what a model of Keras does.

    Parameters
    ----------
    model : keras.Sequential or keras.Model
        Built; sequential or functional, of layers that ``fastnn.layers`` has.

    Returns
    -------
    Sequential or Model
        With the same names and copies of the weights. It is not compiled.

    Raises
    ------
    NotImplementedError
        If a layer, or an argument of one, is not built here; it is named.
    TypeError
        If `model` is no sequential or functional model of Keras.
    ValueError
        If it has no weights yet.

    Examples
    --------
    >>> import keras  # doctest: +SKIP
    >>> from_keras(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]))  # doctest: +SKIP
    """
    if not hasattr(model, "get_config") or not hasattr(model, "layers"):
        raise TypeError(f"expected a model of Keras. Received: {model!r}")
    if not model.built:
        raise ValueError("expected a model that is built. Received: one without weights")
    config = model.get_config()
    if "layers" not in config:
        raise TypeError(
            f"expected a sequential or a functional model of Keras. Received: {model!r}"
        )
    kind = "Functional" if "output_layers" in config else "Sequential"
    converted = read_layer({"class_name": kind, "config": config})
    _copy_weights(model, converted)
    return converted


def to_keras(model: Model) -> Any:
    """Return a model of Keras that computes what a model does.

    Parameters
    ----------
    model : Sequential or Model
        Built.

    Returns
    -------
    keras.Sequential or keras.Model
        With the same names and copies of the weights. It is not compiled. Layers that Keras lacks,
        such as ``Tanh``, become ``Activation`` layers.

    Raises
    ------
    ImportError
        If Keras is not installed.
    NotImplementedError
        If Keras has no counterpart for a layer; it is named.
    ValueError
        If the model is not built yet.

    Examples
    --------
    >>> import fastnn
    >>> to_keras(fastnn.Sequential([fastnn.layers.Dense(2, input_dim=3)]))  # doctest: +SKIP
    """
    import keras

    model._check_graph()
    described = _for_keras(serialize(model))
    converted = keras.saving.deserialize_keras_object(described)
    _copy_weights(model, converted)
    return converted


def _copy_weights(source: Any, target: Any) -> None:
    for layer in source.layers:
        if hasattr(layer, "layers"):
            _copy_weights(layer, target.get_layer(layer.name))
        elif layer.get_weights():
            same = target.get_layer(layer.name)
            same.set_weights(layer.get_weights())
            if hasattr(same, "finalize_state"):  # Keras's Normalization computes with copies
                same.finalize_state()


def _for_keras(value: Any) -> Any:
    """Return a description with Keras's classes alone."""
    if isinstance(value, (list, tuple)):
        return [_for_keras(entry) for entry in value]
    if not isinstance(value, Mapping):
        return value
    name, config = value.get("class_name"), value.get("config")
    if name == "Given":
        # The values are in the weights too; Keras only has to know where to begin anew.
        return _described("keras.initializers", "Zeros", {})
    if name in _FUNCTIONS and isinstance(config, Mapping):
        return {**value, **_described("keras.layers", "Activation", _as_activation(name, config))}
    return {
        key: _for_keras(entry) for key, entry in value.items() if key not in _NOT_IN_ALL_RELEASES
    }


def _as_activation(name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    shared = {key: config[key] for key in ("name", "trainable", "dtype")}
    if config.get("approximate"):
        raise NotImplementedError(
            f"layer {config['name']!r}: Keras has no layer for GELU(approximate=True)"
        )
    return shared | {"activation": _FUNCTIONS[name]}


def _described(module: str, name: str, config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "module": module,
        "class_name": name,
        "config": dict(config),
        "registered_name": None,
    }
