"""What all layers share, and the shape of what comes in."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Never, TypeAlias

from numpy.typing import ArrayLike

from fastnn._arguments import refuse_unbuilt
from fastnn._examples import check_input_shape
from fastnn._names import snake_case, unique_name
from fastnn._validation import Array, check_choice, check_integer
from fastnn._weights import DTYPES, Network, Weights

Shape: TypeAlias = tuple[int, ...]


class Input:
    """The shape of what comes into a model, as its first entry.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row, such as ``(784,)`` or ``(28, 28)``.
    **unbuilt : object
        Keras's further arguments (``batch_size``, ``dtype``, …), only with their defaults. The
        data may be uint8, float32 or float64 in any case.

    Attributes
    ----------
    shape : tuple
        ``(None, *shape)``; None stands for any number of rows.

    Raises
    ------
    TypeError, ValueError
        If `shape` is not a tuple of positive integers.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    Examples
    --------
    >>> Input(shape=(28, 28)).shape
    (None, 28, 28)
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = dict.fromkeys(
        ("batch_size", "dtype", "sparse", "ragged", "batch_shape", "name", "tensor")
    ) | {"optional": False}

    def __init__(self, shape: Sequence[int], **unbuilt: Any) -> None:
        refuse_unbuilt("Input", unbuilt, self._unbuilt_defaults)
        self._row_shape = check_input_shape(shape, "shape")
        self.shape = (None, *self._row_shape)


class Layer:
    """What every layer has: a name, perhaps an input shape, and weights once it is built.

    Parameters
    ----------
    name : str, optional
        Default: the class in lower case, numbered from the second on: ``dense``, ``dense_1``, ….
    dtype : {'float32', 'float64'}, optional
        Of the weights and of all arithmetic. All layers of a model have one dtype. Default: the
        model's.
    input_shape : tuple of int, optional
        The shape of one row, for the first layer of a model that has no ``Input``.
    input_dim : int, optional
        The same for rows of one dimension.
    **unbuilt : object
        Keras's further arguments (``trainable``, ``activity_regularizer``, …), only with their
        defaults.

    Attributes
    ----------
    name : str
        Unique within a model.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        "activity_regularizer": None,
        "trainable": True,
        "autocast": True,
    }

    def __init__(
        self,
        *,
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
        self._dtype = None if dtype is None else check_choice(dtype, "dtype", DTYPES)
        self.name = name or unique_name(snake_case(kind))
        self._in_a_model = False
        self._output_shape: Shape | None = None
        self._weights: Weights | None = None

    def __call__(self, inputs: object) -> Never:
        """Refuse: Keras's functional API is not built yet."""
        raise NotImplementedError(
            "calling a layer (Keras's functional API) is not built yet: put layers into Sequential"
        )

    @property
    def built(self) -> bool:
        """Whether the layer has its weights."""
        return self._weights is not None

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
        return self._built_weights().size

    def get_weights(self) -> list[Array]:
        """Return copies of the layer's weights.

        Returns
        -------
        list of ndarray
            For ``Dense``: the kernel of shape (n_inputs, units), and the bias of shape (units,)
            unless it has none. Otherwise empty.

        Raises
        ------
        ValueError
            If the layer is not built yet.
        """
        return self._built_weights().get()

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
        self._built_weights().set(weights)

    def _built_weights(self) -> Weights:
        if self._weights is None:
            raise ValueError(
                f"expected layer '{self.name}' to be built: give its model an Input, or fit it "
                "first. Received: a layer without weights"
            )
        return self._weights

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        """Return the shape of a row behind the layer, or say why no such row can come in."""
        return input_shape

    def _weight_shapes(self, input_shape: Shape) -> list[Shape]:
        """Return the shapes of the layer's weights, in the order that Keras has them."""
        return []

    def _add_to(self, network: Network) -> None:
        """Append what the layer computes to the core's network."""

    def _bind(self, network: Network, input_shape: Shape, first_weight: int) -> int:
        """Note where in `network` the layer's weights are, and return how many there are."""
        shapes = self._weight_shapes(input_shape)
        self._output_shape = self._output_shape_for(input_shape)
        self._weights = Weights(network, first_weight, shapes)
        return len(shapes)


def check_flat(input_shape: Shape, what: str) -> None:
    """Raise unless rows have one dimension, which `what` needs."""
    if len(input_shape) != 1:
        listed = ", ".join(map(str, input_shape))
        raise NotImplementedError(
            f"{what} over the last dimension of (n_samples, {listed}) is not built yet: "
            "put Flatten() before it"
        )
