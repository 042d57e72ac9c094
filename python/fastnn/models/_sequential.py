"""Layers one behind the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, Self

from fastnn._arguments import check_bool
from fastnn._examples import check_input_shape
from fastnn._graph import Shape, Symbol
from fastnn._summary import Row
from fastnn._validation import check_choice
from fastnn._weights import DTYPES
from fastnn.layers import Input, InputLayer, Layer
from fastnn.layers._serialization import describe_input, serialize
from fastnn.layers._settings import read
from fastnn.models._configs import ReadLayer
from fastnn.models._model import Model, with_rows


class Sequential(Model):
    """A network of layers one behind the other.

    The weights exist from the moment that the shape of the input is known: through an ``Input``,
    an ``input_shape`` of the first layer, `build`, or the first data that comes.

    Parameters
    ----------
    layers : sequence of Input, Layer and Model, optional
        As if each had been passed to `add`.
    trainable : bool, default=True
        False freezes all layers.
    name : str, optional
        Default: ``'sequential'``, ``'sequential_1'``, ….
    dtype : {'float32', 'float64'}, optional
        Of the weights and of all arithmetic. Default: that of the ``Input`` or of the first layer,
        else float32.

    Attributes
    ----------
    history : History or None
        Of the last `fit`, also where it was interrupted.

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        As `add` does.

    Examples
    --------
    >>> import numpy as np
    >>> import fastnn
    >>> x = np.random.default_rng(0).normal(size=(200, 4))
    >>> y = (x.sum(axis=1) > 0).astype(int)
    >>> model = Sequential()
    >>> model.add(fastnn.Input(shape=(4,)))
    >>> model.add(fastnn.layers.Dense(16, activation="relu"))
    >>> model.add(fastnn.layers.Dense(2, activation="softmax"))
    >>> model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    >>> history = model.fit(x, y, epochs=50, verbose=0)
    >>> history.history["loss"][-1] < history.history["loss"][0]
    True
    >>> model.predict(x, verbose=0).shape
    (200, 2)
    """

    def __init__(
        self,
        layers: Sequence[Symbol | Layer] | None = None,
        trainable: bool = True,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        Layer.__init__(self, name=name)
        self._start_trainer()
        self._given_dtype = None if dtype is None else check_choice(dtype, "dtype", DTYPES)
        self._stack: list[Layer] = []
        self._inputs: list[Symbol] = []
        self._outputs: list[Symbol] = []
        self._nodes = []
        self._calls = []
        self._network = None
        for layer in layers or ():
            self.add(layer)
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers in the order of their work."""
        return list(self._stack)

    @property
    def dtype(self) -> str:
        """The dtype of the weights and of all arithmetic, ``'float32'`` or ``'float64'``."""
        return self._dtype_of(self._stack)

    def add(self, layer: Symbol | Layer) -> None:
        """Append a layer.

        Parameters
        ----------
        layer : Input, Layer or Model
            ``Input`` comes first.

        Raises
        ------
        TypeError
            If it is none of them.
        ValueError
            If its name is taken, or if an ``Input`` does not come first.
        NotImplementedError
            If it has another dtype than the model, or needs rows of one dimension where there are
            more.
        """
        if isinstance(layer, InputLayer):
            layer = layer.output
        if isinstance(layer, Symbol):
            if self._stack or self._inputs:
                raise ValueError(
                    f"expected Input as the first entry of '{self.name}', and only there"
                )
            self._inputs = [layer]
            return
        if not isinstance(layer, Layer):
            raise TypeError(f"expected a layer. Received: {layer!r}")
        if any(layer.name == other.name for other in self._stack):
            raise ValueError(f"expected layers with unique names. Received a second '{layer.name}'")
        if self._inputs:
            self._settle_dtype(layer)
            self._connect([*self._stack, layer], self._inputs[0])
        elif not self._stack and layer._first_shape() is not None:
            self._connect([layer], self._new_input(layer._first_shape(), [layer]))
        self._stack.append(layer)

    def pop(self) -> Layer:
        """Remove the last layer and return it.

        Returns
        -------
        Layer
            It keeps its weights.

        Raises
        ------
        ValueError
            If there is none.
        """
        if not self._stack:
            raise ValueError(f"expected '{self.name}' to have layers. Received: none")
        layer = self._stack.pop()
        if self._stack and self._inputs:
            self._connect(self._stack, self._inputs[0])
        return layer

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
        self._build_for(check_input_shape(list(input_shape)[1:], "input_shape[1:]"))

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model, fit for JSON: its layers.

        Returns
        -------
        dict
            In Keras's form; what `from_config` takes. Weights are not in it.

        Raises
        ------
        NotImplementedError
            If a layer is both in this model and in one of its models: its weights would be two.
        """
        self._check_levels()
        described = [serialize(layer) for layer in self._stack]
        config = {"name": self.name, "trainable": self.trainable, "dtype": self._given_dtype}
        if not self._inputs:
            return config | {"layers": described}
        (entry,) = self._inputs
        name = getattr(entry, "name", "input_layer")
        first = describe_input(name, entry._row_shape, entry.dtype)
        return config | {"layers": [first, *described], "build_input_shape": list(entry.shape)}

    @classmethod
    def _from_config(cls, config: Mapping[str, Any], read_layer: ReadLayer) -> Self:
        model = cls(name=config["name"], dtype=read("dtype", config.get("dtype")))
        for description in config["layers"]:
            model.add(read_layer(description))
        model._trainable = check_bool(config.get("trainable", True), "trainable")
        return model

    def _build_for(self, row_shape: Shape) -> None:
        """Give the layers their weights for rows of this shape."""
        if self._inputs and self._inputs[0]._row_shape != row_shape:
            expected = with_rows(self._inputs[0]._row_shape)
            raise ValueError(f"expected input_shape {expected}. Received: {with_rows(row_shape)}")
        if not self._stack:
            raise ValueError(f"expected '{self.name}' to have layers. Received: none")
        if not self.built:
            entry = self._inputs[0] if self._inputs else self._new_input(row_shape, self._stack)
            self._connect(self._stack, entry)

    def _output_shapes(self, row_shape: Shape) -> list[Shape]:
        """Return the shapes of a row before the first layer and behind each; builds nothing."""
        if not self._stack:
            raise ValueError(f"expected '{self.name}' to have layers. Received: none")
        return list(
            accumulate(
                self._stack, lambda shape, layer: layer._shape_behind(shape), initial=row_shape
            )
        )

    def _first_shape(self) -> Shape | None:
        return self._inputs[0]._row_shape if self._inputs else None

    def _connect(self, layers: Sequence[Layer], entry: Symbol) -> None:
        """Put layers behind a symbol; raises before anything has changed."""
        symbol = entry
        for layer in layers:
            symbol = layer(symbol)
        self._set_graph([entry], [symbol])

    def _settle_dtype(self, first: Layer) -> None:
        """Let an input that names no dtype take the model's, or that of its first layer."""
        entry = self._inputs[0]
        if not self._stack and getattr(entry, "_given_dtype", entry.dtype) is None:
            entry.dtype = self._given_dtype or first._given_dtype or "float32"

    def _new_input(self, row_shape: Shape | None, layers: Sequence[Layer]) -> Symbol:
        assert row_shape is not None, "the caller knows the shape"
        return Input(row_shape, dtype=self._dtype_of(layers))

    def _dtype_of(self, layers: Sequence[Layer]) -> str:
        of_input = self._inputs[0].dtype if self._inputs else None
        of_layer = layers[0]._given_dtype if layers else None
        return self._given_dtype or of_input or of_layer or "float32"

    def _own_layers(self) -> list[Layer]:
        return self.layers

    def _summary_rows(self) -> list[Row]:
        if self.built:
            return super()._summary_rows()[len(self._inputs) :]
        return [
            Row(f"{layer.name} ({type(layer).__name__})", "?", "0 (unbuilt)")
            for layer in self._stack
        ]

    def _shape_behind(self, *input_shapes: Shape) -> Shape:
        if self.built:
            return super()._shape_behind(*input_shapes)
        (shape,) = input_shapes
        return self._output_shapes(shape)[-1]

    def _call_on_symbols(self, inputs: tuple[Symbol, ...]) -> Any:
        if not self.built:
            self._given_dtype = self._given_dtype or inputs[0].dtype
            self._build_for(inputs[0]._row_shape)
        return super()._call_on_symbols(inputs)
