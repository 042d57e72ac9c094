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

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of shape {self.shape}, {self.dtype}>"


@dataclass(frozen=True)
class Call:
    """A layer that was called on symbols, and which of its outputs a symbol is."""

    layer: Layer | Model
    inputs: tuple[Symbol, ...]
    output: int = 0


def calls_between(inputs: Sequence[Symbol], outputs: Sequence[Symbol]) -> list[Call]:
    """Return the calls that lead from `inputs` to `outputs`, each behind those it needs.

    Calls that differ in the output alone are one.
    """
    known = {id(symbol) for symbol in inputs}
    ordered: dict[tuple[int, tuple[int, ...]], Call] = {}

    def visit(symbol: Symbol) -> None:
        if id(symbol) in known:
            return
        known.add(id(symbol))
        if symbol._call is None:
            raise ValueError(
                "expected outputs that follow from the inputs alone. "
                f"Received outputs that need another input too: {symbol!r}"
            )
        for before in symbol._call.inputs:
            visit(before)
        ordered.setdefault(call_key(symbol._call), symbol._call)

    for symbol in outputs:
        visit(symbol)
    return list(ordered.values())


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
    dtype = layer._built_dtype or layer._given_dtype or "float32"
    symbols = tuple(Symbol(row_shape(array, "inputs"), dtype) for array in rows)
    outputs = layer._call_on_symbols(symbols)
    outputs = outputs if isinstance(outputs, list) else [outputs]
    wiring = Wiring(len(symbols))
    places = layer._wire(wiring, range(len(symbols)), {})
    network = wiring.network([math.prod(s._row_shape) for s in symbols], places, dtype)
    checked = [
        check_rows(array, "inputs", symbol._row_shape, dtype)
        for array, symbol in zip(rows, symbols, strict=True)
    ]
    predicted: list[Array] = list(network.predict(checked))
    computed = [
        values.reshape(len(values), *output._row_shape)
        for values, output in zip(predicted, outputs, strict=True)
    ]
    return computed if len(computed) > 1 else computed[0]
