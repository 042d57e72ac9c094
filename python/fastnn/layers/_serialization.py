"""Layers and models as JSON, in Keras's form, and back."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastnn._serialization import describe, read_description
from fastnn.layers._base import Layer
from fastnn.layers._input import Input
from fastnn.layers._settings import read

_MODULE = "keras.layers"


def serialize(layer: Layer) -> dict[str, Any]:
    """Return what describes a layer or a model, fit for JSON, as Keras does.

    Parameters
    ----------
    layer : Layer or Model
        Its weights are not in the description.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Raises
    ------
    NotImplementedError, ValueError
        If it is a model whose layers cannot be told apart by a file: see ``Model.get_config``.

    Examples
    --------
    >>> from fastnn.layers import ReLU
    >>> serialize(ReLU(max_value=6.0))["config"]["max_value"]
    6.0
    """
    from fastnn.models import Model, Sequential  # which need this package

    if type(layer) is Model:
        described = describe(layer, "keras.src.models.functional", (Model,))
        return described | {"class_name": "Functional", "registered_name": "Functional"}
    if type(layer) is Sequential:
        return describe(layer, "keras", (Sequential,))
    return describe(layer, _MODULE, _built().values())


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the layer or the model that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : dict
        With ``'class_name'`` and ``'config'``.
    custom_objects : dict of str to object, optional
        Your own initializers and subclasses under their names.

    Returns
    -------
    Layer, Model or Input
        With new weights where the shape of the input is described too.

    Raises
    ------
    NotImplementedError
        If it describes something that is not built.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> from fastnn.layers import ReLU
    >>> deserialize(serialize(ReLU(max_value=6.0)))([[10.0]])
    array([[6.]], dtype=float32)
    """
    return read_layer(config, custom_objects)


def read_layer(
    description: Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
    awaits_weights: bool = False,
) -> Any:
    """Do the same; layers that await weights take no memory until they get them."""
    from fastnn.models import Model, Sequential  # which need this package

    class_name, config = read_description("layer", description)
    if class_name == "InputLayer":
        return _read_input(config)
    models = {"Sequential": Sequential, "Functional": Model, "Model": Model}
    kind: type[Layer] = (custom_objects or {}).get(class_name) or _find(
        class_name, config, {**_built(), **models}
    )
    if issubclass(kind, Model):
        read_inner = partial(
            read_layer, custom_objects=custom_objects, awaits_weights=awaits_weights
        )
        return kind._from_config(config, read_inner)
    try:
        layer = kind.from_config(config, custom_objects)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise type(error)(f"layer {config.get('name')!r}: {error}") from error
    layer._awaits_weights = awaits_weights
    return layer


def _built() -> dict[str, type[Layer]]:
    from fastnn import layers

    named = {name: getattr(layers, name) for name in layers.__all__}
    return {
        name: kind
        for name, kind in named.items()
        if isinstance(kind, type) and issubclass(kind, Layer) and kind is not Layer
    }


def _find(
    class_name: str, config: Mapping[str, Any], built: Mapping[str, type[Layer]]
) -> type[Layer]:
    if class_name in built:
        return built[class_name]
    raise NotImplementedError(
        f"layer {config.get('name')!r} of class {class_name!r} is not built, only those of "
        "fastnn.layers"
    )


def describe_input(name: str, shape: tuple[int, ...], dtype: str) -> dict[str, Any]:
    """Return the description of an ``Input`` whose rows have this shape."""
    config = {
        "batch_shape": [None, *shape],
        "dtype": dtype,
        "sparse": False,
        "ragged": False,
        "name": name,
        "optional": False,
    }
    return {
        "module": _MODULE,
        "class_name": "InputLayer",
        "config": config,
        "registered_name": None,
    }


def _read_input(config: Mapping[str, Any]) -> Input:
    arguments = dict(config)
    batch_shape = arguments.pop("batch_shape", None)
    if not isinstance(batch_shape, (list, tuple)) or not batch_shape or batch_shape[0] is not None:
        raise ValueError(f"expected batch_shape [None, …] of an Input. Received: {batch_shape!r}")
    dtype = read("dtype", arguments.pop("dtype", None))
    for flag in ("sparse", "ragged"):  # which Keras writes as False where None was given
        arguments[flag] = arguments.get(flag) or None
    return Input(batch_shape[1:], dtype=dtype, **arguments)
