"""What all layers have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _graph, initializers
from fastnn._arguments import check_bool, refuse_unbuilt
from fastnn._examples import check_input_shape
from fastnn._graph import Call, Shape, Symbol, Wiring
from fastnn._names import snake_case, unique_name
from fastnn._validation import Array, check_choice, check_integer
from fastnn._variables import Variable, Weight
from fastnn._weights import DTYPES, CoreLayer, check_weights, count
from fastnn.layers._settings import read, written


class Layer:
    """What every layer has: a name, perhaps an input shape, and weights once it is built.

    A layer is built when it is first called on a symbol or an array, or when its model is.

    Parameters
    ----------
    trainable : bool, default=True
        Whether training changes the weights. What a model does with it is settled by ``compile``.
    name : str, optional
        Default: the class in lower case, numbered from the second on: ``dense``, ``dense_1``, ….
    dtype : {'float32', 'float64'}, optional
        Of the weights and of all arithmetic. All layers of a model have one dtype. Default: that
        of the input.
    input_shape : tuple of int, optional
        The shape of one row, for the first layer of a model that has no ``Input``.
    input_dim : int, optional
        The same for rows of one dimension.
    **unbuilt : object
        Keras's further arguments (``activity_regularizer``, …), only with their defaults.

    Attributes
    ----------
    name : str
        Unique within a model.
    trainable : bool
        May be changed.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        "activity_regularizer": None,
        "autocast": True,
    }
    _settings: ClassVar[tuple[str, ...]] = ()  # the attributes that make one, beside the shared
    _n_states: ClassVar[int] = 0  # weights, the last ones, that no gradient changes
    _drawn_seed: int | None = None  # of the layer's own random numbers
    _awaits_weights = False  # whether they come from a file, in place of first ones

    def __init__(
        self,
        *,
        trainable: bool = True,
        name: str | None = None,
        dtype: str | None = None,
        input_shape: Sequence[int] | None = None,
        input_dim: int | None = None,
        **unbuilt: Any,
    ) -> None:
        kind = type(self).__name__
        refuse_unbuilt(kind, unbuilt, self._unbuilt_defaults)
        if input_dim is not None:
            input_shape = (check_integer(input_dim, "input_dim", minimum=1),)
        self._input_shape = (
            None if input_shape is None else check_input_shape(input_shape, "input_shape")
        )
        self._given_dtype = None if dtype is None else check_choice(dtype, "dtype", DTYPES)
        if not (name is None or isinstance(name, str)):
            raise TypeError(f"expected name to be a string. Received: {name!r}")
        self.name = name or unique_name(snake_case(kind))
        self._trainable = check_bool(trainable, "trainable")
        self._core: list[CoreLayer] | None = None
        self._shapes: list[Shape] = []  # of the weights
        self._weights: list[Weight] = []
        self._built_for: tuple[Shape, ...] = ()
        self._built_dtype = ""
        self._first_call: tuple[tuple[Symbol, ...], Symbol] | None = None

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """Return a symbol of what becomes of a symbol, or the rows that become of rows.

        Parameters
        ----------
        inputs : symbol or array_like
            ``Input(…)``, what another layer returned for one, or rows; a list of them where a
            layer reads several.
        training : bool, optional
            False for rows changes nothing: they are computed as by ``predict``. True, and either of
            them for symbols, is not built yet.

        Returns
        -------
        symbol or ndarray
            As `inputs` are.

        Raises
        ------
        TypeError, ValueError
            If the inputs do not fit.
        NotImplementedError
            If `training` is not built yet.
        """
        several = isinstance(inputs, (list, tuple)) and any(
            isinstance(entry, (Symbol, np.ndarray)) for entry in inputs
        )
        entries = tuple(inputs) if several else (inputs,)
        of_symbols = [isinstance(entry, Symbol) for entry in entries]
        if training or (training is not None and any(of_symbols)):
            refuse_unbuilt(self.name, {"training": training}, {"training": None})
        if all(of_symbols):
            return self._call_on_symbols(entries)
        if any(of_symbols):
            raise TypeError("expected symbols or arrays, not both")
        return _graph.compute(self, entries)

    @property
    def built(self) -> bool:
        """Whether the layer has its weights."""
        return self._core is not None

    @property
    def dtype(self) -> str:
        """The dtype of the weights and of all arithmetic, ``'float32'`` or ``'float64'``."""
        return self._built_dtype or self._given_dtype or "float32"

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = check_bool(value, "trainable")

    @property
    def weights(self) -> list[Variable]:
        """The weights under their names, in the order of `get_weights`; none before it is built."""
        return [weight for leaf in self._leaves() for weight in leaf._own_weights()]

    @property
    def trainable_weights(self) -> list[Variable]:
        """Those of the weights that a gradient changes: none of a layer that is frozen."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """Those of the weights that no gradient changes."""
        return [weight for weight in self.weights if not weight.trainable]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def input(self) -> Any:
        """The symbol, or the list of them, that the layer was first called on."""
        inputs, _ = self._called()
        return inputs[0] if len(inputs) == 1 else list(inputs)

    @property
    def output(self) -> Symbol:
        """The symbol that the layer first returned."""
        return self._called()[1]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer, fit for JSON.

        Returns
        -------
        dict
            With Keras's keys; what `from_config` takes.
        """
        unbuilt = self._unbuilt_defaults
        return {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": self._built_dtype or self._given_dtype,
            **{name: unbuilt[name] for name in unbuilt if name not in Layer._unbuilt_defaults},
            **{name: written(name, getattr(self, name)) for name in self._settings},
        }

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Return a layer that was described by `get_config`, here or in Keras.

        Parameters
        ----------
        config : dict
            What `get_config` returned.
        custom_objects : dict of str to object, optional
            Your own initializers under their names.

        Returns
        -------
        Layer
            Of this class, without weights.

        Raises
        ------
        TypeError, ValueError, NotImplementedError
            As the class does.
        """
        return cls(**{name: read(name, config[name], custom_objects) for name in config})

    def count_params(self) -> int:
        """Count the numbers in the layer's weights.

        Returns
        -------
        int
            0 for a layer without weights.

        Raises
        ------
        ValueError
            If the layer is not built yet.
        """
        self._check_built()
        return count(self._shapes)

    def get_weights(self) -> list[Array]:
        """Return copies of the layer's weights.

        Returns
        -------
        list of ndarray
            In Keras's order. For ``Dense``: the kernel of shape (n_inputs, units), and the bias
            of shape (units,) unless it has none.

        Raises
        ------
        ValueError
            If the layer is not built yet.
        """
        return [weight for core in self._check_built() for weight in core.parameters()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Replace the layer's weights, all of them or, where one does not fit, none.

        Parameters
        ----------
        weights : sequence of array_like
            In the order and of the shapes that `get_weights` returns.

        Raises
        ------
        TypeError, ValueError
            If they do not fit, or if the layer is not built yet.
        """
        self._check_built()
        self._set_checked(check_weights(weights, self._shapes, self._built_dtype))

    def _set_checked(self, weights: Sequence[Array]) -> None:
        _set_weights(self._check_built(), weights)

    def _check_built(self) -> list[CoreLayer]:
        if self._core is None:
            raise ValueError(
                f"expected layer '{self.name}' to be built: give its model an Input, or fit it "
                "first. Received: a layer without weights"
            )
        return self._core

    def _called(self) -> tuple[tuple[Symbol, ...], Symbol]:
        if self._first_call is None:
            raise AttributeError(f"layer '{self.name}' has not been called on a symbol yet")
        return self._first_call

    def _count_learned(self) -> int:
        """Count the numbers that a gradient changes."""
        return count(self._shapes[: len(self._shapes) - self._n_states])

    def _first_shape(self) -> Shape | None:
        """Return the shape of a row that the layer was told, if it was."""
        return self._input_shape

    def _weight_names(self) -> list[str]:
        return [name for core in self._check_built() for name in core.parameter_names()]

    def _own_weights(self) -> list[Weight]:
        """Return the same objects each time, so that one can be told from others."""
        if self.built and not self._weights:
            names = self._weight_names()
            self._weights = [Weight(self, number, name) for number, name in enumerate(names)]
        return self._weights

    def _weight(self, name: str) -> Weight:
        """Return the weight of this name, which layers of this kind have once they are built."""
        if not self.built:
            raise AttributeError(f"expected layer '{self.name}' to be built before its {name}")
        return next(weight for weight in self._own_weights() if weight.name == name)

    def _leaves(self) -> Iterator[Layer]:
        """Yield the layer itself; a model yields its layers."""
        yield self

    def _call_on_symbols(self, inputs: tuple[Symbol, ...]) -> Any:
        self._build([symbol._row_shape for symbol in inputs], inputs[0].dtype)
        shape = self._shape_behind(*self._built_for)
        output = Symbol(shape, inputs[0].dtype, Call(self, inputs))
        self._first_call = self._first_call or (inputs, output)
        return output

    def _build(self, input_shapes: Sequence[Shape], dtype: str) -> None:
        """Give the layer its weights, or check that those it has fit."""
        if self._given_dtype not in (None, dtype):
            raise NotImplementedError(
                f"layers of different dtypes in one model are not built yet: expected {dtype} "
                f"for layer '{self.name}'. Received: {self._given_dtype}"
            )
        shapes = tuple(input_shapes)
        self._shape_behind(*shapes)  # raises before anything changes
        if self._built_for:
            if (shapes, dtype) != (self._built_for, self._built_dtype):
                raise ValueError(
                    f"expected layer '{self.name}' to read rows of shape {self._built_for} and "
                    f"{self._built_dtype}. Received: {shapes} and {dtype}"
                )
            return
        weight_shapes = self._weight_shapes(shapes)
        if not self._awaits_weights:
            weights = [
                initializer(shape, dtype=dtype)
                for initializer, shape in zip(self._initializers(), weight_shapes, strict=False)
            ]
            core = self._make_core(shapes, dtype)
            if weights:
                _set_weights(core, weights)
            self._core = core
        self._built_for, self._built_dtype, self._shapes = shapes, dtype, weight_shapes

    def _take_weights(self, weights: Sequence[Array]) -> None:
        """Begin with these, whose shapes the caller has checked."""
        self._core = self._make_core(self._built_for, self._built_dtype)
        self._set_checked(weights)

    def _weight_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        return []

    def _initializers(self) -> list[initializers.AnyInitializer]:
        """Return what each weight starts as."""
        return []

    def _count_derived(self) -> int:
        """Count the numbers that the core needs beside the weights."""
        return 0

    def _shape_behind(self, *input_shapes: Shape) -> Shape:
        """Return the shape of a row behind the layer, or say why no such rows can come in."""
        if len(input_shapes) != 1:
            raise ValueError(
                f"expected one input for layer '{self.name}'. Received: {len(input_shapes)}"
            )
        return self._output_shape_for(input_shapes[0])

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        """Do the same for a layer that reads one other."""
        return input_shape

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        """Return what computes the layer in the core, one behind the other."""
        return []

    def _wire(
        self, wiring: Wiring, places: Sequence[int], trainable: Mapping[int, bool]
    ) -> list[int]:
        """Add the layer's core to `wiring` and return the places of its outputs.

        `trainable` says by the id of a layer which ones learn; others do as they say themselves.
        """
        read = list(places)
        for core in self._check_built():
            read = [wiring.add(core, read, trainable.get(id(self), self.trainable))]
        return read


def _set_weights(layers: Sequence[CoreLayer], weights: Sequence[Array]) -> None:
    first = 0
    for layer in layers:
        n_weights = len(layer.parameters())
        layer.set_parameters(weights[first : first + n_weights])
        first += n_weights


def check_flat(input_shape: Shape, what: str) -> None:
    """Raise NotImplementedError unless rows have one dimension."""
    if len(input_shape) != 1:
        listed = ", ".join(map(str, input_shape))
        raise NotImplementedError(
            f"{what} over the last dimension of (n_samples, {listed}) is not built yet: "
            "put Flatten() before it"
        )
