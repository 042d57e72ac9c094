"""What training changes, under names: the weights of layers, and what optimizers remember."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fastnn._validation import Array, check_array

if TYPE_CHECKING:
    from fastnn.layers import Layer


class Variable:
    """An array with a name, that is looked up where it is kept whenever it is asked for.

    Parameters
    ----------
    name : str
        As Keras calls it.
    owner : str
        The name of what it belongs to.
    read : callable
        Returns a copy of the array.
    write : callable
        Takes another one of the same shape and dtype.
    trainable : bool, default=False
        Whether a gradient changes it.

    Attributes
    ----------
    name : str
        Such as ``'kernel'``.
    path : str
        Such as ``'dense/kernel'``.
    """

    def __init__(
        self,
        name: str,
        owner: str,
        read: Callable[[], Array],
        write: Callable[[Array], None],
        trainable: bool = False,
    ) -> None:
        self.name = name
        self.path = f"{owner}/{name}"
        self._read = read
        self._write = write
        self._trainable = trainable

    @property
    def trainable(self) -> bool:
        """Whether training changes it by its gradient."""
        return self._trainable

    @property
    def value(self) -> Array:
        """A copy of the array."""
        return self._read()

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its sides; none for a number."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """How many sides it has."""
        return self.value.ndim

    @property
    def dtype(self) -> str:
        """The name of its dtype."""
        return self.value.dtype.name

    def numpy(self) -> Array:
        """Return a copy of the array.

        Returns
        -------
        ndarray
            Of shape `shape`.
        """
        return self.value

    def assign(self, value: ArrayLike) -> None:
        """Put other numbers in its place.

        Parameters
        ----------
        value : array_like
            Of shape `shape`.

        Raises
        ------
        TypeError, ValueError
            If it does not fit, or if there is nothing yet that it could be written to.
        """
        old = self.value
        new = check_array(value, "value", shape=old.shape, finite=False)
        self._write(np.asarray(new, old.dtype))

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> Any:
        """Let NumPy read it; always a copy."""
        del copy
        return np.asarray(self.value, dtype)

    def __float__(self) -> float:
        """Return the number that it is."""
        return float(self.value)

    def __int__(self) -> int:
        """Return the number that it is."""
        return int(self.value)

    def __repr__(self) -> str:
        """Return what it is, as Keras writes it."""
        value = self.value
        return (
            f"<Variable path={self.path}, shape={value.shape}, dtype={value.dtype.name}, "
            f"value={value}>"
        )


class Weight(Variable):
    """A weight of a layer.

    Parameters
    ----------
    layer : Layer
        Built.
    number : int
        In the order of ``layer.get_weights()``.
    name : str
        As Keras calls it.
    """

    def __init__(self, layer: Layer, number: int, name: str) -> None:
        def read() -> Array:
            return layer.get_weights()[number]

        def write(value: Array) -> None:
            weights = layer.get_weights()
            weights[number] = value
            layer.set_weights(weights)

        super().__init__(name, layer.name, read, write)
        self.layer = layer
        self.number = number

    @property
    def trainable(self) -> bool:
        """Whether training changes it by its gradient: not while its layer is frozen."""
        n_learned = len(self.layer._shapes) - self.layer._n_states
        return self.layer.trainable and self.number < n_learned
