"""Copies of models, with new weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fastnn._arguments import check_bool, refuse_unbuilt
from fastnn.layers import Layer
from fastnn.layers._serialization import read_layer
from fastnn.models._model import Model


def clone_model(
    model: Model,
    input_tensors: None = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: None = None,
    recursive: bool = False,
) -> Any:
    """Return a model of new layers, with new weights, that is made as `model` is.

    Parameters
    ----------
    model : Model
        Any; stays as it is.
    clone_function : callable, optional
        Returns the new layer for a layer. Default: one made from its ``get_config()``.
    recursive : bool, default=False
        Whether models among the layers are cloned by `clone_function` layer by layer.
    input_tensors, call_function
        Not built yet, only their defaults.

    Returns
    -------
    Model
        Of the class of `model`.

    Raises
    ------
    NotImplementedError
        If an argument that is not built yet is given.
    TypeError, ValueError
        As ``model.get_config()`` does.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    >>> clone = clone_model(model)
    >>> clone.count_params(), bool((clone.get_weights()[0] == model.get_weights()[0]).any())
    (8, False)
    """
    unbuilt = {"input_tensors": input_tensors, "call_function": call_function}
    refuse_unbuilt("clone_model", unbuilt, dict.fromkeys(unbuilt))
    check_bool(recursive, "recursive")

    def clone(description: Mapping[str, Any]) -> Any:
        if description["class_name"] == "InputLayer":
            return read_layer(description)
        layer = model.get_layer(description["config"]["name"])
        if recursive and isinstance(layer, Model):
            return clone_model(layer, None, clone_function, None, recursive)
        return read_layer(description) if clone_function is None else clone_function(layer)

    return type(model)._from_config(model.get_config(), clone)
