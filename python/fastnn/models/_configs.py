"""The graph of a model as JSON, in Keras's form, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fastnn._graph import Symbol, call_key
from fastnn.layers._serialization import describe_input, serialize

if TYPE_CHECKING:
    from fastnn.models import Model

ReadLayer = Callable[[Mapping[str, Any]], Any]


def graph_config(model: Model) -> dict[str, Any]:
    """Return the layers of a model in their order, and what each is called on.

    A symbol is described by the name of its layer, which of the layer's calls it comes from, and
    which of the outputs it is.
    """
    references: dict[Any, tuple[str, int]] = {}
    described: dict[str, dict[str, Any]] = {}
    for index, symbol in enumerate(model.inputs):
        name = getattr(symbol, "name", f"input_{index}")
        _check_new(name, described)
        references[id(symbol)] = name, 0
        entry = describe_input(name, symbol._row_shape, symbol.dtype)
        described[name] = entry | {"name": name, "inbound_nodes": []}

    def reference(symbol: Symbol) -> list[Any]:
        if id(symbol) in references:
            return [*references[id(symbol)], 0]
        call = symbol._call
        assert call is not None, "the graph begins with its inputs"
        return [*references[call_key(call)], call.output]

    for layer in model._own_layers():
        _check_new(layer.name, described)
        described[layer.name] = serialize(layer) | {"name": layer.name, "inbound_nodes": []}
    for call in model._calls:
        nodes = described[call.layer.name]["inbound_nodes"]
        references[call_key(call)] = call.layer.name, len(nodes)
        read = [
            {
                "class_name": "__keras_tensor__",
                "config": {
                    "shape": list(symbol.shape),
                    "dtype": symbol.dtype,
                    "keras_history": reference(symbol),
                },
            }
            for symbol in call.inputs
        ]
        nodes.append({"args": read if len(read) == 1 else [read], "kwargs": {}})
    ends = {
        "input_layers": [reference(symbol) for symbol in model.inputs],
        "output_layers": [_shifted(reference(symbol), described, 1) for symbol in model.outputs],
    }
    return {
        "layers": list(described.values()),
        **{name: refs[0] if len(refs) == 1 else refs for name, refs in ends.items()},
    }


def read_graph(
    config: Mapping[str, Any], read_layer: ReadLayer
) -> tuple[list[Symbol], list[Symbol]]:
    """Make the layers that `graph_config`, or Keras's, describes; return inputs and outputs."""
    described: dict[str, Mapping[str, Any]] = {}
    for entry in config["layers"]:
        _check_new(entry["name"], described)
        described[entry["name"]] = entry
    layers = {name: read_layer(entry) for name, entry in described.items()}
    made: dict[tuple[str, int], Any] = {}

    def follow(reference: Any) -> Any:
        name, node, output = reference
        if isinstance(layers[name], Symbol):
            return layers[name]
        if (name, node) not in made:
            made[name, node] = None  # until it is there: a circle would come back to it
            made[name, node] = layers[name](_arguments(described[name]["inbound_nodes"][node]))
        symbols = made[name, node]
        if symbols is None:
            raise ValueError(f"expected a graph without a circle. Received one through {name!r}")
        return symbols[output] if isinstance(symbols, list) else [symbols][output]

    def _arguments(node: Mapping[str, Any]) -> Any:
        keywords = {name: value for name, value in node["kwargs"].items() if value is not None}
        # Keras writes training=False for every call on symbols of a layer that takes it.
        if keywords not in ({}, {"training": False}):
            raise NotImplementedError(f"calls of layers with {keywords} are not built")
        (argument,) = node["args"]
        if isinstance(argument, list):
            return [follow(tensor["config"]["keras_history"]) for tensor in argument]
        return follow(argument["config"]["keras_history"])

    inputs, outputs = _references(config["input_layers"]), _references(config["output_layers"])
    return (
        [follow(reference) for reference in inputs],
        [follow(_shifted(reference, described, -1)) for reference in outputs],
    )


def _check_new(name: str, known: Mapping[str, Any]) -> None:
    if name in known:
        raise ValueError(f"expected layers and inputs with unique names. Received two '{name}'")


def _references(value: Any) -> list[Any]:
    return [value] if isinstance(value[0], str) else value


def _shifted(reference: Any, described: Mapping[str, Any], by: int) -> list[Any]:
    """Return how Keras counts the calls of a functional model where a model ends: from 1 on."""
    name, node, output = reference
    is_functional = described[name]["class_name"] in ("Functional", "Model")
    return [name, node + by if is_functional else node, output]
