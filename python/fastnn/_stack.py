"""Layers one behind the other, with their shapes and weights: a model before it trains."""

import math
from collections.abc import Callable, Sequence
from itertools import accumulate

from numpy.typing import ArrayLike

from fastnn import _console
from fastnn._arguments import refuse_unbuilt
from fastnn._examples import check_input_shape
from fastnn._names import unique_name
from fastnn._summary import Row, summary
from fastnn._validation import Array, check_choice
from fastnn._weights import DTYPES, Network, Weights, new_network
from fastnn.layers import Input, Layer
from fastnn.layers._base import Shape

_SUMMARY_DEFAULTS = {
    "line_length": None,
    "positions": None,
    "expand_nested": False,
    "show_trainable": False,
    "layer_range": None,
}


class Stack:
    """What ``Sequential`` is before it trains; see there for the parameters."""

    def __init__(
        self,
        layers: Sequence[Input | Layer] | None,
        trainable: bool,
        name: str | None,
        dtype: str | None,
    ) -> None:
        refuse_unbuilt(type(self).__name__, {"trainable": trainable}, {"trainable": True})
        self.name = name or unique_name(type(self).__name__.lower())
        self._given_dtype = None if dtype is None else check_choice(dtype, "dtype", DTYPES)
        self._input_shape: Shape | None = None
        self._layers: list[Layer] = []
        self._network: Network | None = None
        for layer in layers or ():
            self.add(layer)

    @property
    def layers(self) -> list[Layer]:
        """The layers in their order, without ``Input``."""
        return list(self._layers)

    @property
    def dtype(self) -> str:
        """The dtype of the weights and of all arithmetic, ``'float32'`` or ``'float64'``."""
        return self._dtype_of(self._layers)

    @property
    def built(self) -> bool:
        """Whether the layers have their weights."""
        return self._network is not None

    def add(self, layer: Input | Layer) -> None:
        """Append a layer.

        Parameters
        ----------
        layer : Input or Layer
            ``Input`` comes first. A layer belongs to one model.

        Raises
        ------
        TypeError
            If it is neither.
        ValueError
            If its name is taken, or if an ``Input`` does not come first.
        NotImplementedError
            If it is a model, belongs to another model, has another dtype than the model, or
            needs rows of one dimension where there are more.
        """
        if isinstance(layer, Input):
            self._add_input(layer)
            return
        self._check_addable(layer)
        input_shape = self._input_shape or (None if self._layers else layer._input_shape)
        if input_shape is not None:
            self._build([*self._layers, layer], input_shape)
        self._layers.append(layer)
        layer._in_a_model = True

    def build(self, input_shape: Sequence[int | None]) -> None:
        """Give the layers their weights before the first data comes.

        Parameters
        ----------
        input_shape : tuple of int and None
            ``(None, …)``, where None stands for any number of rows.

        Raises
        ------
        TypeError, ValueError
            If it is no such tuple, if another input shape is known, or if there are no layers.
        NotImplementedError
            If a layer needs rows of one dimension where there are more.
        """
        row = check_input_shape(list(input_shape)[1:], "input_shape[1:]")
        if self._input_shape not in (None, row):
            raise ValueError(
                f"expected input_shape {_with_rows(self._input_shape)}. Received: {_with_rows(row)}"
            )
        self._build(self._layers, row)

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
        return self._built_weights().size

    def get_weights(self) -> list[Array]:
        """Return copies of all weights.

        Returns
        -------
        list of ndarray
            Layer by layer: the kernel of shape (n_inputs, units), then the bias of shape (units,).

        Raises
        ------
        ValueError
            If the model is not built yet.
        """
        return self._built_weights().get()

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
        self._built_weights().set(weights)

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
        n_params = self.count_params() if self.built else 0
        itemsize = 8 if self.dtype == "float64" else 4
        text = summary(self.name, [_row(layer) for layer in self._layers], n_params, itemsize)
        if print_fn is None:
            _console.write(text + "\n")
        else:
            print_fn(text)

    def _add_input(self, entry: Input) -> None:
        if self._layers or self._input_shape is not None:
            raise ValueError(f"expected Input as the first entry of '{self.name}', and only there")
        self._input_shape = entry._row_shape

    def _check_addable(self, layer: object) -> None:
        if isinstance(layer, Stack):
            raise NotImplementedError("a model as a layer of another model is not built yet")
        if not isinstance(layer, Layer):
            raise TypeError(f"expected a layer. Received: {layer!r}")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"expected layers with unique names. Received a second '{layer.name}'")
        if layer._in_a_model:
            raise NotImplementedError(
                f"sharing layer '{layer.name}' between models is not built yet"
            )
        expected = self._dtype_of([*self._layers, layer])
        if layer._dtype not in (None, expected):
            raise NotImplementedError(
                f"layers of different dtypes in one model are not built yet: expected {expected} "
                f"for layer '{layer.name}'. Received: {layer._dtype}"
            )

    def _dtype_of(self, layers: Sequence[Layer]) -> str:
        return self._given_dtype or (layers[0]._dtype if layers else None) or "float32"

    def _row_shapes(self, layers: Sequence[Layer], input_shape: Shape) -> list[Shape]:
        """Return the shapes of a row before the first layer and behind each."""
        if not layers:
            raise ValueError(f"expected '{self.name}' to have layers. Received: none")
        return list(
            accumulate(
                layers, lambda shape, layer: layer._output_shape_for(shape), initial=input_shape
            )
        )

    def _build(self, layers: Sequence[Layer], input_shape: Shape) -> Network:
        """Give weights to those of `layers` that have none, and return the network."""
        shapes = self._row_shapes(layers, input_shape)  # raises before anything changes
        network = self._network or new_network(math.prod(input_shape), self._dtype_of(layers))
        n_built = sum(layer.built for layer in layers)
        for layer in layers[n_built:]:
            layer._add_to(network)
        first = sum(len(layer._built_weights().shapes) for layer in layers[:n_built])
        for layer, shape in zip(layers[n_built:], shapes[n_built:], strict=False):
            first += layer._bind(network, shape, first)
        self._network, self._input_shape = network, input_shape
        return network

    def _built_weights(self) -> Weights:
        if self._network is None:
            raise ValueError(
                f"expected '{self.name}' to be built: give it an Input, or fit it first. "
                "Received: a model without weights"
            )
        shapes = [shape for layer in self._layers for shape in layer._built_weights().shapes]
        return Weights(self._network, 0, shapes)


def _with_rows(shape: Shape | None) -> str:
    return "(None, " + ", ".join(map(str, shape)) + ")" if shape else "?"


def _row(layer: Layer) -> Row:
    n_params = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    return Row(f"{layer.name} ({type(layer).__name__})", _with_rows(layer._output_shape), n_params)
