"""Models as a way from inputs to outputs, and as layers of other models."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from numpy.typing import ArrayLike

from fastnn import _console
from fastnn._arguments import refuse_unbuilt
from fastnn._graph import Call, Shape, Symbol, Wiring, call_key, leaves, nodes_between
from fastnn._summary import Row, summary
from fastnn._validation import Array
from fastnn._weights import Network, check_weights
from fastnn.layers import InputLayer, Layer
from fastnn.models._saved import Saved
from fastnn.models._trainer import Trainer

T = TypeVar("T")

_SUMMARY_DEFAULTS = {
    "line_length": None,
    "positions": None,
    "expand_nested": False,
    "show_trainable": False,
    "layer_range": None,
}


class Model(Saved, Trainer, Layer):
    """What leads from some symbols to others: Keras's functional form.

    Layers keep their weights whatever models they are in, so models with common layers share
    weights, and a model may be called like a layer.

    Parameters
    ----------
    inputs : symbol or list of symbols
        ``Input(…)``, or what a layer returned, as a place to enter at.
    outputs : symbol or list of symbols
        What layers returned for them.
    trainable : bool, default=True
        False freezes all layers.
    name : str, optional
        Default: ``'model'``, ``'model_1'``, ….

    Attributes
    ----------
    history : History or None
        Of the last `fit`, also where it was interrupted.

    Raises
    ------
    TypeError, ValueError
        If something is no symbol, or if the outputs do not follow from the inputs.

    Examples
    --------
    >>> import numpy as np
    >>> from fastnn.layers import Dense, Input
    >>> x = Input((2,))
    >>> plane = Dense(2, activation="tanh")(x)
    >>> classifier = Model(x, Dense(2, activation="softmax")(plane))
    >>> image_of_plane = Model(x, plane)  # shares its weights with the classifier
    >>> classifier(np.zeros((5, 2))).shape, image_of_plane.count_params()
    ((5, 2), 6)
    """

    def __init__(
        self,
        inputs: Symbol | Sequence[Symbol],
        outputs: Symbol | Sequence[Symbol],
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self._start_trainer()
        self._set_graph(_symbols(inputs, "inputs"), _symbols(outputs, "outputs"))
        if not trainable:
            self.trainable = False

    def _set_graph(self, inputs: list[Symbol], outputs: list[Symbol]) -> None:
        self._inputs, self._outputs = inputs, outputs
        self._nodes = nodes_between(inputs, outputs)
        self._calls = [node for node in self._nodes if isinstance(node, Call)]
        self._built_for = tuple(symbol._row_shape for symbol in inputs)
        self._built_dtype = inputs[0].dtype
        self._network: Network | None = None
        names = [layer.name for layer in self._own_layers()]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"expected layers with unique names. Received a second '{name}'")

    @property
    def layers(self) -> list[Layer]:
        """The layers in Keras's order: the furthest from the outputs first.

        An ``InputLayer`` for each input is among those of a model that is no ``Sequential``.
        """
        found = [
            node.layer if isinstance(node, Call) else InputLayer.of(node) for node in self._nodes
        ]
        return list({id(layer): layer for layer in found}.values())

    @property
    def inputs(self) -> list[Symbol]:
        """The symbols that the model begins with."""
        self._check_graph()
        return list(self._inputs)

    @property
    def outputs(self) -> list[Symbol]:
        """The symbols that the model ends with."""
        self._check_graph()
        return list(self._outputs)

    @property
    def output_names(self) -> list[str]:
        """The names of the layers that the outputs come from, for `compile`, `fit` and the history.

        What was called for each output; Keras's names.
        """
        return [
            getattr(symbol, "name", self.name) if symbol._call is None else symbol._call.layer.name
            for symbol in self._outputs
        ]

    @property
    def input(self) -> Any:
        """The symbol that the model begins with, or the list of them."""
        return self.inputs[0] if len(self.inputs) == 1 else self.inputs

    @property
    def output(self) -> Any:
        """The symbol that the model ends with, or the list of them."""
        return self.outputs[0] if len(self.outputs) == 1 else self.outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the rows that come in, ``(None, …)``, or the list of them."""
        shapes = [symbol.shape for symbol in self.inputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the rows that come out, ``(None, …)``, or the list of them."""
        shapes = [symbol.shape for symbol in self.outputs]
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def dtype(self) -> str:
        """The dtype of the weights and of all arithmetic, ``'float32'`` or ``'float64'``."""
        return self._built_dtype

    @property
    def built(self) -> bool:
        """Whether the layers have their weights."""
        return bool(self._built_for)

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; setting it sets it for all layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        Layer.trainable.fset(self, value)  # type: ignore[attr-defined]
        for layer in self._own_layers():
            layer.trainable = value

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or its place.

        Parameters
        ----------
        name : str, optional
            As in ``layer.name``.
        index : int, optional
            Into `layers`; goes before `name`.

        Returns
        -------
        Layer
            The layer.

        Raises
        ------
        ValueError
            If there is none, or neither is given.
        """
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"expected index of one of {len(layers)} layers. Received: {index}"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(
            f"expected name to be one of {', '.join(repr(layer.name) for layer in layers)}. "
            f"Received: {name!r}"
        )

    def count_params(self) -> int:
        """Count the numbers in all weights.

        Returns
        -------
        int
            The number of parameters.

        Raises
        ------
        ValueError
            If the model is not built yet.
        """
        return sum(leaf.count_params() for leaf in self._built_leaves())

    def get_weights(self) -> list[Array]:
        """Return copies of all weights.

        Returns
        -------
        list of ndarray
            Layer by layer, each in Keras's order.

        Raises
        ------
        ValueError
            If the model is not built yet.
        """
        return [weight for leaf in self._built_leaves() for weight in leaf.get_weights()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Replace all weights or, where one does not fit, none.

        Parameters
        ----------
        weights : sequence of array_like
            In the order and of the shapes that `get_weights` returns.

        Raises
        ------
        TypeError, ValueError
            If they do not fit, or if the model is not built yet.
        """
        of_layers = self._built_leaves()
        shapes = [shape for leaf in of_layers for shape in leaf._shapes]
        checked = check_weights(weights, shapes, self.dtype)
        first = 0
        for leaf in of_layers:
            leaf._set_checked(checked[first : first + len(leaf._shapes)])
            first += len(leaf._shapes)

    def summary(
        self,
        line_length: None = None,
        positions: None = None,
        print_fn: Callable[[str], object] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: None = None,
    ) -> None:
        """Print the layers, their output shapes and how many parameters they have.

        Parameters
        ----------
        print_fn : callable, optional
            Receives the whole text. Default: printed.
        line_length, positions, expand_nested, show_trainable, layer_range
            Not built yet, only their defaults.

        Raises
        ------
        NotImplementedError
            If an argument that is not built yet is given.
        """
        unbuilt = {
            "line_length": line_length,
            "positions": positions,
            "expand_nested": expand_nested,
            "show_trainable": show_trainable,
            "layer_range": layer_range,
        }
        refuse_unbuilt("summary", unbuilt, _SUMMARY_DEFAULTS)
        of_layers = list(leaves(self._own_layers())) if self.built else []
        text = summary(
            self.name,
            self._summary_rows(),
            sum(leaf._count_learned() for leaf in of_layers if leaf.trainable),
            sum(leaf.count_params() for leaf in of_layers),
            8 if self.dtype == "float64" else 4,
        )
        if print_fn is None:
            _console.write(text + "\n")
        else:
            print_fn(text)

    def _summary_rows(self) -> list[Row]:
        rows: dict[int, Row] = {}  # a layer that is called several times has one
        for node in self._nodes:
            if isinstance(node, Call):
                layer: Layer = node.layer
                shape = layer._shape_behind(*(symbol._row_shape for symbol in node.inputs))
            else:
                layer, shape = InputLayer.of(node), node._row_shape
            name = f"{layer.name} ({type(layer).__name__})"
            rows.setdefault(id(layer), Row(name, with_rows(shape), f"{layer.count_params():,}"))
        return list(rows.values())

    def _own_layers(self) -> list[Layer]:
        return list({id(call.layer): call.layer for call in self._calls}.values())

    def _leaves(self) -> Iterator[Layer]:
        return leaves(self._own_layers())

    def _built_leaves(self) -> list[Layer]:
        self._check_graph()
        return list(self._leaves())

    def _check_graph(self) -> None:
        if not self._built_for:
            raise ValueError(
                f"expected '{self.name}' to be built: give it an Input, or fit it first. "
                "Received: a model without weights"
            )

    def _shape_behind(self, *input_shapes: Shape) -> Shape:
        if input_shapes != self._built_for:
            expected = ", ".join(map(with_rows, self._built_for))
            received = ", ".join(map(with_rows, input_shapes))
            raise ValueError(f"expected '{self.name}' to read {expected}. Received: {received}")
        return self._outputs[0]._row_shape

    def _call_on_symbols(self, inputs: tuple[Symbol, ...]) -> Any:
        self._shape_behind(*(symbol._row_shape for symbol in inputs))
        if inputs[0].dtype != self.dtype:
            raise NotImplementedError(
                f"models of different dtypes in one model are not built yet: expected "
                f"{inputs[0].dtype} for '{self.name}'. Received: {self.dtype}"
            )
        outputs = [
            Symbol(symbol._row_shape, self.dtype, Call(self, inputs, output))
            for output, symbol in enumerate(self._outputs)
        ]
        return outputs[0] if len(outputs) == 1 else outputs

    def _wire(
        self, wiring: Wiring, places: Sequence[int], trainable: Mapping[int, bool]
    ) -> list[int]:
        return self._follow(places, lambda layer, read: layer._wire(wiring, read, trainable))

    def _follow(self, entries: Sequence[T], visit: Callable[[Layer, list[T]], list[T]]) -> list[T]:
        """Return what `visit` makes of the inputs, layer by layer, at the outputs."""
        of_symbols = {id(s): entry for s, entry in zip(self._inputs, entries, strict=True)}
        of_calls: dict[Any, list[T]] = {}

        def made(symbol: Symbol) -> T:
            if id(symbol) in of_symbols:
                return of_symbols[id(symbol)]
            call = symbol._call
            assert call is not None, "the graph begins with its inputs"
            return of_calls[call_key(call)][call.output]

        for call in self._calls:
            of_calls[call_key(call)] = visit(call.layer, [made(symbol) for symbol in call.inputs])
        return [made(symbol) for symbol in self._outputs]

    def _wired(self, trainable: Mapping[int, bool]) -> Network:
        """Return the core's network of the whole model."""
        wiring = Wiring(len(self._inputs))
        outputs = self._wire(wiring, range(len(self._inputs)), trainable)
        sizes = [math.prod(symbol._row_shape) for symbol in self._inputs]
        return wiring.network(sizes, outputs, self.dtype, rounds=self._rounds)


def with_rows(shape: Shape | None) -> str:
    """Return a row's shape as Keras prints it, with None for the number of rows."""
    return "(None, " + ", ".join(map(str, shape)) + ")" if shape else "?"


def _symbols(value: object, name: str) -> list[Symbol]:
    entries = list(value) if isinstance(value, (list, tuple)) else [value]
    symbols = [entry for entry in entries if isinstance(entry, Symbol)]
    if not symbols or len(symbols) < len(entries):
        raise TypeError(
            f"expected {name} to be what Input or a layer returned. Received: {value!r}"
        )
    return symbols
