"""Initializers that draw random numbers, of one distribution whatever the shape."""

import math
from typing import Any

import numpy as np

from fastnn._arguments import check_finite, check_not_negative
from fastnn._seeds import next_seed
from fastnn._validation import Array, check_integer
from fastnn.initializers._base import Initializer, Shape


class RandomInitializer(Initializer):
    """What all initializers that draw share: a seed, and so the same numbers at every call.

    Parameters
    ----------
    seed : int, optional
        Not negative. Default: the next seed of the process, which ``fastnn.utils.set_random_seed``
        determines; it is drawn when the initializer is made.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._given_seed = None if seed is None else check_integer(seed, "seed", minimum=0)
        self.seed = next_seed() if self._given_seed is None else self._given_seed

    def _generator(self) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(self.seed))

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {"seed": self._given_seed}


class RandomNormal(RandomInitializer):
    """Weights from a normal distribution.

    Parameters
    ----------
    mean : float, default=0.0
    stddev : float, default=0.05
        The standard deviation, not negative.
    seed : int, optional
        Not negative; the same seed draws the same weights. Default: a new one.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    Examples
    --------
    >>> RandomNormal(seed=0)((3, 2)).shape
    (3, 2)
    """

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean = check_finite(mean, "mean")
        self.stddev = check_not_negative(stddev, "stddev")

    def _values(self, shape: Shape) -> Array:
        return self.mean + self.stddev * self._generator().standard_normal(shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {**super().get_config(), "mean": self.mean, "stddev": self.stddev}


class TruncatedNormal(RandomNormal):
    """Weights from a normal distribution of which nothing beyond two deviations is taken.

    Parameters
    ----------
    mean : float, default=0.0
    stddev : float, default=0.05
        The standard deviation before the ends are cut off, not negative.
    seed : int, optional
        Not negative; the same seed draws the same weights. Default: a new one.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    Examples
    --------
    >>> bool(abs(TruncatedNormal(stddev=0.1)((100, 100))).max() <= 0.2)
    True
    """

    def _values(self, shape: Shape) -> Array:
        return self.mean + self.stddev * truncated_normal(self._generator(), shape)


class RandomUniform(RandomInitializer):
    """Weights from a uniform distribution.

    Parameters
    ----------
    minval : float, default=-0.05
        The lowest weight.
    maxval : float, default=0.05
        The highest weight, at least `minval`.
    seed : int, optional
        Not negative; the same seed draws the same weights. Default: a new one.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    Examples
    --------
    >>> bool(abs(RandomUniform()((100, 100))).max() <= 0.05)
    True
    """

    def __init__(
        self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None
    ) -> None:
        super().__init__(seed)
        self.minval = check_finite(minval, "minval")
        self.maxval = check_finite(maxval, "maxval")
        if self.maxval < self.minval:
            raise ValueError(f"expected maxval >= minval = {minval}. Received: {maxval}")

    def _values(self, shape: Shape) -> Array:
        return self._generator().uniform(self.minval, self.maxval, shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {**super().get_config(), "minval": self.minval, "maxval": self.maxval}


class Orthogonal(RandomInitializer):
    """A random matrix whose rows or columns, whichever are fewer, are orthogonal.

    It is Q of the QR decomposition of a matrix of normal numbers, with the signs that make it
    uniformly distributed. More than two dimensions are taken as a matrix of shape
    ``(prod(shape[:-1]), shape[-1])``.

    Parameters
    ----------
    gain : float, default=1.0
        The length of each row or column.
    seed : int, optional
        Not negative; the same seed draws the same weights. Default: a new one.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range; when called, if the shape has less than 2 dimensions.

    References
    ----------
    A. Saxe, J. McClelland, S. Ganguli, *Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks*, ICLR 2014.

    Examples
    --------
    >>> q = Orthogonal()((5, 3), dtype="float64")
    >>> abs((q.T @ q).round(9))
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = check_finite(gain, "gain")

    def _values(self, shape: Shape) -> Array:
        if len(shape) < 2:
            raise ValueError(
                f"expected a shape of at least 2 dimensions for Orthogonal. Received: {shape}"
            )
        n_rows, n_cols = math.prod(shape[:-1]), shape[-1]
        tall = max(n_rows, n_cols), min(n_rows, n_cols)
        q, r = np.linalg.qr(self._generator().standard_normal(tall))
        q *= np.sign(np.diag(r))
        return self.gain * (q if n_rows >= n_cols else q.T).reshape(shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {**super().get_config(), "gain": self.gain}


def truncated_normal(generator: np.random.Generator, shape: Shape) -> Array:
    """Return standard normal numbers; those beyond ±2 are drawn again."""
    z = np.asarray(generator.standard_normal(shape))
    while (outside := np.abs(z) > 2.0).any():
        z[outside] = generator.standard_normal(np.count_nonzero(outside))
    return z
