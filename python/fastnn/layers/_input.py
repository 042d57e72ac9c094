"""The symbol with which a model begins."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastnn._arguments import refuse_unbuilt
from fastnn._examples import check_input_shape
from fastnn._graph import Symbol
from fastnn._names import unique_name
from fastnn._validation import check_choice
from fastnn._weights import DTYPES
from fastnn.layers._base import Layer


class Input(Symbol):
    """The rows that come into a model.

    The first entry of a ``Sequential``, or what the first layer of a ``Model`` is called on.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row, such as ``(784,)`` or ``(28, 28)``.
    dtype : {'float32', 'float64'}, optional
        Of the arithmetic of what follows. The data may be uint8, float32 or float64 in any case.
        Default: ``'float32'``.
    name : str, optional
        Default: ``'input_layer'``, ``'input_layer_1'``, ….
    **unbuilt : object
        Keras's further arguments (``batch_size``, ``sparse``, …), only with their defaults.

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
        ("batch_size", "sparse", "ragged", "batch_shape", "tensor")
    ) | {"optional": False}

    def __init__(
        self,
        shape: Sequence[int],
        dtype: str | None = None,
        name: str | None = None,
        **unbuilt: Any,
    ) -> None:
        refuse_unbuilt("Input", unbuilt, self._unbuilt_defaults)
        self._given_dtype = None if dtype is None else check_choice(dtype, "dtype", DTYPES)
        self.name = name or unique_name("input_layer")
        super().__init__(check_input_shape(shape, "shape"), self._given_dtype or "float32")


class InputLayer(Layer):
    """An `Input` as a layer, as the ``layers`` of a functional model begin with one.

    Parameters
    ----------
    shape : tuple of int
        The shape of one row.
    **entry : object
        As for `Input`: ``dtype``, ``name``, and its further arguments.

    Raises
    ------
    TypeError, ValueError, NotImplementedError
        As `Input` does.

    Examples
    --------
    >>> import fastnn
    >>> x = Input((4,), name="x")
    >>> model = fastnn.Model(x, fastnn.layers.Dense(2, name="scores")(x))
    >>> [layer.name for layer in model.layers]
    ['x', 'scores']
    """

    def __init__(self, shape: Sequence[int], **entry: Any) -> None:
        self._stand_for(Input(shape, **entry))

    @classmethod
    def of(cls, symbol: Symbol) -> "InputLayer":
        """Return the layer of a symbol that a model begins with, always the same one.

        Parameters
        ----------
        symbol : symbol
            `Input`, or what another layer returned.

        Returns
        -------
        InputLayer
            Its ``output`` is `symbol`.
        """
        if not isinstance(symbol._layer, InputLayer):
            cls.__new__(cls)._stand_for(symbol)
        assert isinstance(symbol._layer, InputLayer)
        return symbol._layer

    def _stand_for(self, symbol: Symbol) -> None:
        super().__init__(name=getattr(symbol, "name", None), dtype=symbol.dtype)
        self._build([symbol._row_shape], symbol.dtype)
        self._first_call = (symbol,), symbol
        symbol._layer = self
