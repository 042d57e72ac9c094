"""The weights of an estimator: what its user sees of them."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from fastnn._validation import Array

# PyTorch's: with Keras's 0.99 the running means would still remember their start after the few
# steps that small data need.
_MOMENTUM = 0.9
_EPSILON = 1e-5


class BatchNorm(NamedTuple):
    """The batch normalization of a hidden layer: γ (x - mean) / sqrt(variance + ε) + β.

    Attributes
    ----------
    gamma, beta : ndarray of shape (n_units,)
        γ and β.
    moving_mean, moving_variance : ndarray of shape (n_units,)
        Running means over the batches of training; those of a batch itself count in training.
    momentum : float
        The share of themselves that the running means keep at each step.
    epsilon : float
        ε.
    """

    gamma: Array
    beta: Array
    moving_mean: Array
    moving_variance: Array
    momentum: float = _MOMENTUM
    epsilon: float = _EPSILON

    @classmethod
    def first(cls, n_units: int, dtype: DTypeLike) -> "BatchNorm":
        """Return what a training begins with."""
        zeros, ones = (np.full(n_units, value, dtype) for value in (0.0, 1.0))
        return cls(ones, zeros, zeros.copy(), ones.copy())

    @classmethod
    def of(cls, arrays: Sequence[Array], momentum: float, epsilon: float) -> "BatchNorm":
        """Return that of four arrays, in the order of the core."""
        gamma, beta, moving_mean, moving_variance = arrays
        return cls(gamma, beta, moving_mean, moving_variance, momentum, epsilon)

    @property
    def arrays(self) -> list[Array]:
        """The four arrays, in the order of the core."""
        return [self.gamma, self.beta, self.moving_mean, self.moving_variance]


class Weights(NamedTuple):
    """A matrix and a vector a layer, and the batch normalizations of the hidden layers, if any."""

    coefs: list[Array]
    intercepts: list[Array]
    batch_norms: Sequence[BatchNorm]

    def arrays(self) -> Iterator[Array]:
        """Yield all of them."""
        yield from self.coefs
        yield from self.intercepts
        for norm in self.batch_norms:
            yield from norm.arrays
