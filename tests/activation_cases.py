"""Every activation with its defaults and with others, and where it is looked at."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from fastnn import activations


class Case(NamedTuple):
    name: str
    keywords: Mapping = MappingProxyType({})  # of the function, in Keras and here
    arguments: tuple = ()  # of the core

    def value(self, x):
        return getattr(activations, self.name)(x, **self.keywords)

    def __str__(self):
        return " ".join([self.name, *(f"{key}={value}" for key, value in self.keywords.items())])


DEFAULTS = (
    "linear relu leaky_relu relu6 elu celu selu gelu silu mish softplus softsign squareplus "
    "sparse_plus soft_shrink hard_shrink tanh_shrink sigmoid log_sigmoid sparse_sigmoid "
    "hard_sigmoid hard_silu hard_tanh tanh exponential"
)
ELEMENTWISE = [
    *(Case(name) for name in DEFAULTS.split()),
    Case("relu", {"negative_slope": 0.1}, (0.1,)),
    Case("relu", {"max_value": 2.5}, (0.0, 2.5)),
    Case("relu", {"max_value": 6}, (0.0, 6.0)),
    Case("relu", {"threshold": 1.5}, (0.0, math.inf, 1.5)),
    Case("relu", {"negative_slope": 0.25, "max_value": 3.0, "threshold": 1.0}, (0.25, 3.0, 1.0)),
    Case("leaky_relu", {"negative_slope": 0.01}, (0.01,)),
    Case("elu", {"alpha": 0.5}, (0.5,)),
    Case("celu", {"alpha": 2.5}, (2.5,)),
    Case("gelu", {"approximate": True}, (1.0,)),
    Case("squareplus", {"b": 1.5}, (1.5,)),
    Case("soft_shrink", {"threshold": 1.5}, (1.5,)),
    Case("hard_shrink", {"threshold": 1.5}, (1.5,)),
    Case("threshold", {"threshold": 0.5, "default_value": -2.0}, (0.5, -2.0)),
]
# Those whose values Keras knows; its sparsemax is wrong in 3.15 (keras pull request #23469).
ROW_WISE = [Case("softmax"), Case("log_softmax"), Case("glu")]
SPARSEMAX = Case("sparsemax")
ALL = [*ELEMENTWISE, *ROW_WISE, SPARSEMAX]

# Numbers of float32, so that both dtypes see the same: a grid that meets every corner, and others.
POINTS = np.float64(
    np.concatenate(
        [
            np.arange(-9, 9.5, 0.5),
            np.random.default_rng(0).normal(scale=4, size=24).astype(np.float32),
            np.float32([-1e4, -50, -20, -1e-3, -1e-8, 1e-8, 1e-3, 20, 50, 1e4]),
        ]
    )
)
EXTREMES = np.array([np.inf, -np.inf, np.nan])

ROWS = np.float64(
    np.concatenate(
        [
            np.random.default_rng(1).normal(scale=2, size=(8, 10)).astype(np.float32),
            np.float32([[1e4, 0.0, -1e4, 1.0, 2.0] * 2]),
        ]
    )
)


def row_slopes(n_cols):
    """What arrives from behind, for outputs of `ROWS` with this many columns."""
    return np.float64(np.random.default_rng(2).normal(size=(9, n_cols)).astype(np.float32))
