"""Models as graphs of ONNX, for every runtime that reads them.

Operators and their attributes are those of https://onnx.ai/onnx/operators, opset 17, the first with
LayerNormalization.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastnn import layers
from fastnn._interop._onnx_activations import ACTIVATIONS
from fastnn._interop._onnx_graph import Graph
from fastnn._safetensors import replace_file
from fastnn.layers._base import Layer
from fastnn.layers._function import Function
from fastnn.models._model import Model


def save_onnx(model: Model, filepath: str | os.PathLike[str]) -> None:
    """Write a model as ``model.to_onnx`` does."""
    import onnx

    model._check_graph()
    graph = Graph(model.dtype)
    names = [getattr(symbol, "name", f"input_{i}") for i, symbol in enumerate(model.inputs)]
    entries = [
        graph.add_input(name, symbol.shape)
        for name, symbol in zip(names, model.inputs, strict=True)
    ]
    ends = _add(graph, model, entries)
    for symbol, end in zip(model.outputs, ends, strict=True):
        name = symbol._call.layer.name if symbol._call else "output"
        graph.add_output(name, end, symbol.shape)
    proto = graph.model(model.name)
    replace_file(Path(filepath), lambda beside: onnx.save_model(proto, beside))


def _add(graph: Graph, layer: Layer, inputs: Sequence[str]) -> list[str]:
    if isinstance(layer, Model):
        return layer._follow(inputs, lambda inner, read: _add(graph, inner, read))
    if isinstance(layer, Function):
        return [_activation(graph, layer, layer._function, layer._function_arguments(), inputs[0])]
    for kind, add in _LAYERS.items():
        if isinstance(layer, kind):
            return [add(graph, layer, list(inputs))]
    raise NotImplementedError(_refusal(layer, type(layer).__name__))


def _activation(graph: Graph, layer: Layer, name: str, arguments: tuple[float, ...], x: str) -> str:
    if name not in ACTIVATIONS:
        raise NotImplementedError(_refusal(layer, name))
    return ACTIVATIONS[name](graph, x, *arguments)


def _refusal(layer: Layer, what: str) -> str:
    return f"layer '{layer.name}': {what} has no counterpart among the operators of ONNX"


def _dense(graph: Graph, layer: Any, inputs: list[str]) -> str:
    weights = [graph.constant(weight) for weight in layer.get_weights()]
    y = graph.add("Gemm" if layer.use_bias else "MatMul", inputs[0], *weights)
    function, arguments = layer._function
    return _activation(graph, layer, function, arguments, y)


def _batch_normalization(graph: Graph, layer: Any, inputs: list[str]) -> str:
    of_weights = dict(zip(layer._names, layer.get_weights(), strict=True))
    like = of_weights["moving_mean"]
    gamma = of_weights.get("gamma", np.ones_like(like))
    beta = of_weights.get("beta", np.zeros_like(like))
    numbers = (gamma, beta, like, of_weights["moving_variance"])
    constants = map(graph.constant, numbers)
    return graph.add("BatchNormalization", inputs[0], *constants, epsilon=layer.epsilon)


def _layer_normalization(graph: Graph, layer: Any, inputs: list[str]) -> str:
    of_weights = dict(zip(layer._names, layer.get_weights(), strict=True))
    size = layer._built_for[0]
    gamma = graph.constant(of_weights.get("gamma", np.ones(size)))
    beta = [graph.constant(of_weights["beta"])] if "beta" in of_weights else []
    return graph.add("LayerNormalization", inputs[0], gamma, *beta, epsilon=layer.epsilon)


def _rescaling(graph: Graph, layer: Any, inputs: list[str]) -> str:
    (core,) = layer._check_built()
    shift, scale, offset = (
        graph.constant(numbers.reshape(layer._built_for[0])) for numbers in core.parameters()
    )
    moved = graph.add("Sub", inputs[0], shift)
    return graph.add("Add", graph.add("Mul", moved, scale), offset)


def _reshape(graph: Graph, layer: Any, inputs: list[str]) -> str:
    # The length 0 stands for that of the input: the number of rows.
    shape = np.array([0, *layer._shape_behind(*layer._built_for)], dtype=np.int64)
    return graph.add("Reshape", inputs[0], graph.constant(shape))


_LAYERS: dict[type[Layer], Callable[[Graph, Any, list[str]], str]] = {
    layers.Dense: _dense,
    layers.BatchNormalization: _batch_normalization,
    layers.LayerNormalization: _layer_normalization,
    layers.Rescaling: _rescaling,
    layers.Normalization: _rescaling,
    layers.Flatten: _reshape,
    layers.Reshape: _reshape,
    layers.Dropout: lambda graph, layer, inputs: inputs[0],
    layers.Add: lambda graph, layer, inputs: graph.add("Sum", *inputs),
    layers.Concatenate: lambda graph, layer, inputs: graph.add("Concat", *inputs, axis=-1),
}
