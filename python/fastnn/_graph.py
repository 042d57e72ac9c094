"""What is computed from what: symbols for rows to come, and how layers on them become a network.

A symbol stands for rows of one shape. Calling a layer on symbols gives a new one that knows the
layer and what it read; so the way back from a model's outputs to its inputs is the model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastnn._examples import SAMPLES, check_rows, row_shape
from fastnn._validation import Array, check_array
from fastnn._weights import CoreLayer, Network, network_type

if TYPE_CHECKING:
    from fastnn.layers import Layer
    from fastnn.models import Model

Shape = tuple[int, ...]


class Symbol:
    """Rows that are not there yet, as in ``keras.KerasTensor``.

    Attributes
    ----------
    shape : tuple
        ``(None, …)``; None stands for any number of rows.
    dtype : str
        ``'float32'`` or ``'float64'``.
    """

    def __init__(self, row_shape: Shape, dtype: str, call: Call | None = None) -> None:
        self._row_shape = row_shape
        self.shape = (None, *row_shape)
        self.dtype = dtype
        self._call = call
        self._layer: Layer | None = None  # that stands for it where a model begins with it

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of shape {self.shape}, {self.dtype}>"


@dataclass(frozen=True)
class Call:
    """A layer that was called on symbols, and which of its outputs a symbol is."""

    layer: Layer | Model
    inputs: tuple[Symbol, ...]
    output: int = 0


def nodes_between(inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> list[Symbol | Call]:
    """Return the inputs and the calls that lead from them to `outputs`, in Keras's order.

    The furthest from the outputs comes first, counted in calls along the longest way; among
    equals, what a walk back from the outputs meets first. So each is behind those it needs. Calls
    that differ in the output alone are one.
    """
    entries = {id(symbol): symbol for symbol in inputs}
    nodes: dict[Any, Symbol | Call] = {}  # each behind those it needs
    met: dict[int, int] = {}  # when the walk met a layer or an input

    def key_of(symbol: Symbol) -> Any:
        return id(symbol) if id(symbol) in entries else call_key(_made_by(symbol))

    def visit(symbol: Symbol) -> None:
        key = key_of(symbol)
        if key in nodes:
            return
        if key in entries:
            met[key] = len(met)
            nodes[key] = symbol
            return
        call = _made_by(symbol)
        met.setdefault(id(call.layer), len(met))
        for before in call.inputs:
            visit(before)
        nodes[key] = call

    for symbol in outputs:
        visit(symbol)
    unused = {key: symbol for key, symbol in entries.items() if key not in nodes}
    nodes |= unused
    met |= dict.fromkeys(unused, -1)

    depths: dict[Any, int] = dict.fromkeys(nodes, 0)
    of_layers: dict[int, int] = {}  # a layer is as far as the furthest of its calls
    for key, node in reversed(nodes.items()):
        if isinstance(node, Call):
            depth = max(depths[key], of_layers.get(id(node.layer), 0))
            depths[key] = of_layers[id(node.layer)] = depth
            for before in map(key_of, node.inputs):
                depths[before] = max(depths[before], depth + 1)

    def place(key: Any) -> tuple[int, int]:
        node = nodes[key]
        return -depths[key], met[id(node.layer) if isinstance(node, Call) else key]

    return [nodes[key] for key in sorted(nodes, key=place)]


def _made_by(symbol: Symbol) -> Call:
    if symbol._call is None:
        raise ValueError(
            "expected outputs that follow from the inputs alone. "
            f"Received outputs that need another input too: {symbol!r}"
        )
    return symbol._call


def call_key(call: Call) -> tuple[int, tuple[int, ...]]:
    """Return what two symbols share that are outputs of the same call."""
    return id(call.layer), tuple(map(id, call.inputs))


@dataclass
class Wiring:
    """The core's layers, and the places that each reads; the inputs come first."""

    n_inputs: int
    layers: list[CoreLayer] = field(default_factory=list)
    inputs: list[list[int]] = field(default_factory=list)
    trainable: list[bool] = field(default_factory=list)

    def add(self, layer: CoreLayer, places: Sequence[int], trainable: bool) -> int:
        """Append a layer and return its place."""
        self.layers.append(layer)
        self.inputs.append(list(places))
        self.trainable.append(trainable)
        return self.n_inputs + len(self.layers) - 1

    def network(
        self,
        input_sizes: Sequence[int],
        outputs: Sequence[int],
        dtype: str,
        *,
        rounds: bool = False,
    ) -> Network:
        """Return the network of all these layers; `rounds` as in the core."""
        return network_type(dtype)(
            list(input_sizes), self.layers, self.inputs, list(outputs), self.trainable, rounds
        )


def leaves(layers: Sequence[Layer | Model]) -> Iterator[Layer]:
    """Yield the layers, and those of models among them, each once."""
    seen: set[int] = set()
    for layer in layers:
        for leaf in layer._leaves():
            if id(leaf) not in seen:
                seen.add(id(leaf))
                yield leaf


def compute(layer: Layer | Model, arrays: Sequence[object]) -> Any:
    """Return the rows that a layer or a model makes of rows."""
    rows = [
        check_array(array, "inputs", shape=None, dtypes=SAMPLES, finite=False) for array in arrays
    ]
    symbols = tuple(Symbol(row_shape(array, "inputs"), layer.dtype) for array in rows)
    outputs = layer._call_on_symbols(symbols)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    wiring = Wiring(len(symbols))
    places = layer._wire(wiring, range(len(symbols)), {})
    network = wiring.network([math.prod(s._row_shape) for s in symbols], places, layer.dtype)
    checked = [
        check_rows(array, "inputs", symbol._row_shape, layer.dtype)
        for array, symbol in zip(rows, symbols, strict=True)
    ]
    predicted: list[Array] = list(network.predict(checked))
    computed = [
        values.reshape(len(values), *output._row_shape)
        for values, output in zip(predicted, outputs, strict=True)
    ]
    return computed if len(computed) > 1 else computed[0]
