"""The parameters of both estimators, checked when training begins: they may be set at any time."""

import math
from collections.abc import Iterable
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from fastnn._arguments import (
    BELOW_ONE,
    check_bool,
    check_not_negative,
    check_number,
    check_positive,
)
from fastnn._validation import check_choice, check_integer

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron

STOCHASTIC = ("sgd", "adam")
_CHOICES = {
    "activation": ("identity", "logistic", "tanh", "relu"),
    "solver": ("lbfgs", *STOCHASTIC),
    "learning_rate": ("constant", "invscaling", "adaptive"),
}
_FLAGS = ("shuffle", "warm_start", "nesterovs_momentum", "early_stopping")
_COUNTS = ("max_iter", "max_fun")


def check_parameters(estimator: "MultilayerPerceptron") -> None:
    """Raise TypeError or ValueError unless all parameters are valid."""
    parameters = estimator.get_params(deep=False)
    for name, choices in _CHOICES.items():
        check_choice(parameters[name], name, choices)
    for name in _FLAGS:
        value = parameters[name]
        check_bool(bool(value) if isinstance(value, np.bool_) else value, name)
    for name in _COUNTS:
        check_integer(parameters[name], name, minimum=1)
    for name in ("alpha", "power_t", "tol"):
        check_not_negative(parameters[name], name)
    for name in ("learning_rate_init", "epsilon"):
        check_positive(parameters[name], name)
    for name in ("validation_fraction", "beta_1", "beta_2"):
        check_number(parameters[name], name, "[0, 1)", 0.0, BELOW_ONE)
    check_number(parameters["momentum"], "momentum", "[0, 1]", 0.0, 1.0)
    check_not_negative(int(estimator.verbose), "verbose")
    if estimator.batch_size != "auto":
        check_integer(estimator.batch_size, "batch_size", minimum=1)
    patience = estimator.n_iter_no_change
    if not (isinstance(patience, Real) and math.isinf(patience) and patience > 0):
        check_integer(patience, "n_iter_no_change", minimum=1)


def hidden_sizes(value: object) -> list[int]:
    """Return the number of units of each hidden layer: `value` may name a single one.

    >>> hidden_sizes(100), hidden_sizes((50, 20)), hidden_sizes(())
    ([100], [50, 20], [])
    """
    sizes = value if isinstance(value, Iterable) else [value]
    return [check_integer(size, "each of hidden_layer_sizes", minimum=1) for size in sizes]
