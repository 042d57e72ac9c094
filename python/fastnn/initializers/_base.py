"""What all initializers share, and those that draw nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fastnn._arguments import check_finite
from fastnn._examples import check_fits
from fastnn._validation import Array, check_array, check_choice, check_integer
from fastnn._weights import DTYPES

Shape = tuple[int, ...]


class Initializer:
    """What every initializer is: a function from a shape to the weights to start with.

    A class of one's own overrides ``__call__(shape, dtype=None)``.

    Examples
    --------
    >>> class Ramp(Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return np.arange(np.prod(shape), dtype=dtype).reshape(shape)
    >>> Ramp()((2, 2), "float32")
    array([[0., 1.],
           [2., 3.]], dtype=float32)
    """

    def __call__(self, shape: Sequence[int], dtype: DTypeLike | None = None) -> Array:
        """Return the weights to start with.

        Parameters
        ----------
        shape : tuple of int
        dtype : {'float32', 'float64'}, optional
            Default: float32.

        Returns
        -------
        ndarray of shape `shape`

        Raises
        ------
        TypeError, ValueError
            If the shape or the dtype is none, or does not fit the initializer.
        """
        lengths, dtype = check_shape(shape), check_dtype(dtype)
        values = self._values(lengths)
        check_fits(values, "the weights", dtype)
        return values.astype(dtype, copy=False)

    def _values(self, shape: Shape) -> Array:
        raise NotImplementedError(f"{type(self).__name__} has to override __call__")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the initializer of the arguments in `config`."""
        return cls(**config)

    def clone(self) -> Self:
        """Return a new initializer with the same arguments."""
        return self.from_config(self.get_config())


class Constant(Initializer):
    """All weights have one value.

    Parameters
    ----------
    value : float, default=0.0

    Raises
    ------
    TypeError, ValueError
        If it is not a finite number.

    Examples
    --------
    >>> Constant(0.5)((2,))
    array([0.5, 0.5], dtype=float32)
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = check_finite(value, "value")

    def _values(self, shape: Shape) -> Array:
        return np.full(shape, self.value)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {"value": self.value}


class Zeros(Initializer):
    """All weights are 0.

    Examples
    --------
    >>> Zeros()((2,))
    array([0., 0.], dtype=float32)
    """

    def _values(self, shape: Shape) -> Array:
        return np.zeros(shape)


class Ones(Initializer):
    """All weights are 1.

    Examples
    --------
    >>> Ones()((2,))
    array([1., 1.], dtype=float32)
    """

    def _values(self, shape: Shape) -> Array:
        return np.ones(shape)


class Identity(Initializer):
    """The identity matrix, times `gain`.

    Parameters
    ----------
    gain : float, default=1.0

    Raises
    ------
    TypeError, ValueError
        If `gain` is not a finite number; when called, if the shape is not that of a matrix.

    Examples
    --------
    >>> Identity(gain=2.0)((2, 3))
    array([[2., 0., 0.],
           [0., 2., 0.]], dtype=float32)
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = check_finite(gain, "gain")

    def _values(self, shape: Shape) -> Array:
        if len(shape) != 2:
            raise ValueError(f"expected a shape of 2 dimensions for Identity. Received: {shape}")
        return self.gain * np.eye(*shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {"gain": self.gain}


class Given(Initializer):
    """Weights as they were given, an array of the shape to come."""

    def __init__(self, values: ArrayLike) -> None:
        self._given = check_array(values, "values", shape=None, dtypes=(np.float64,)).copy()

    def _values(self, shape: Shape) -> Array:
        if shape != self._given.shape:
            raise ValueError(f"expected weights of shape {shape}. Received: {self._given.shape}")
        return self._given.copy()

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {"values": self._given.tolist()}


def check_shape(shape: object) -> Shape:
    """Return `shape` as a tuple of ints that are not negative."""
    if not isinstance(shape, (tuple, list)):
        raise TypeError(f"expected shape to be a tuple of integers. Received: {shape!r}")
    return tuple(check_integer(length, "each length in shape", minimum=0) for length in shape)


def check_dtype(dtype: DTypeLike | None) -> str:
    """Return the name of a dtype that weights may have; None is float32."""
    if dtype is None:
        return "float32"
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = repr(dtype)
    return check_choice(name, "dtype", DTYPES)
