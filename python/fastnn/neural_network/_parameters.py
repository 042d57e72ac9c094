"""The parameters of both estimators, checked when training begins: they may be set at any time."""

import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from fastnn import activations
from fastnn._arguments import (
    BELOW_ONE,
    check_bool,
    check_not_negative,
    check_number,
    check_positive,
)
from fastnn._training.compiled import check_compute_dtype
from fastnn._validation import Array, check_choice, check_integer
from fastnn.optimizers import Optimizer
from fastnn.optimizers.schedules import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron

STOCHASTIC = ("sgd", "adam", "rmsprop", "adamw")
# scikit-learn's names, then Keras's of the functions that look at each sum alone and that need no
# argument.
ACTIVATIONS = (
    "identity",
    "logistic",
    "tanh",
    "relu",
    *(
        name
        for name in activations._NAMED
        if name not in ("tanh", "relu", "softmax", "log_softmax", "sparsemax", "glu", "threshold")
    ),
)
_RULES = ("constant", "invscaling", "adaptive")
_FLAGS = (
    "shuffle",
    "warm_start",
    "nesterovs_momentum",
    "early_stopping",
    "batch_normalization",
    "progress_bar",
)
_COUNTS = ("max_iter", "max_fun")


def check_parameters(estimator: "MultilayerPerceptron", losses: tuple[str, ...]) -> None:
    """Raise TypeError or ValueError unless all parameters are valid."""
    check_choice(estimator.loss, "loss", losses)
    check_choice(estimator.learning_rate, "learning_rate", _RULES)
    for name in _FLAGS:
        value = getattr(estimator, name)
        check_bool(bool(value) if isinstance(value, np.bool_) else value, name)
    for name in _COUNTS:
        check_integer(getattr(estimator, name), name, minimum=1)
    for name in ("alpha", "power_t", "tol"):
        check_not_negative(getattr(estimator, name), name)
    check_positive(estimator.epsilon, "epsilon")
    for name in ("validation_fraction", "beta_1", "beta_2"):
        check_number(getattr(estimator, name), name, "[0, 1)", 0.0, BELOW_ONE)
    check_number(estimator.momentum, "momentum", "[0, 1]", 0.0, 1.0)
    check_not_negative(int(estimator.verbose), "verbose")
    if estimator.batch_size != "auto":
        check_integer(estimator.batch_size, "batch_size", minimum=1)
    patience = estimator.n_iter_no_change
    if not (isinstance(patience, Real) and math.isinf(patience) and patience > 0):
        check_integer(patience, "n_iter_no_change", minimum=1)
    n_hidden = len(hidden_sizes(estimator.hidden_layer_sizes))
    activations_of(estimator.activation, n_hidden)
    dropout_of(estimator.dropout, n_hidden)
    _check_solver(estimator)


def _check_solver(estimator: "MultilayerPerceptron") -> None:
    solver, rate = estimator.solver, estimator.learning_rate_init
    if not isinstance(solver, Optimizer):
        check_choice(solver, "solver", ("lbfgs", *STOCHASTIC))
    if not isinstance(rate, LearningRateSchedule):
        check_positive(rate, "learning_rate_init")
    elif solver == "sgd" and estimator.learning_rate != "constant":
        raise ValueError(
            "expected learning_rate='constant' with a schedule as learning_rate_init. "
            f"Received: {estimator.learning_rate!r}"
        )
    if solver == "lbfgs":
        for name in ("dropout", "batch_normalization", "compute_dtype"):
            value = getattr(estimator, name)
            if np.any(value):
                raise ValueError(
                    f"expected no {name} with solver='lbfgs', which follows the loss of all rows "
                    f"in float64. Received: {value!r}"
                )


def check_class_weight(value: object, *, incremental: bool) -> None:
    """Raise unless `value` is None, a mapping, a list of them or, in `fit`, 'balanced'."""
    if incremental and isinstance(value, str) and value == "balanced":
        raise ValueError(
            "expected class_weight to be None or a dict for partial_fit, which does not see all "
            "rows. Received: 'balanced'; compute the weights from all rows first, with "
            "sklearn.utils.class_weight.compute_class_weight"
        )
    is_known = value is None or isinstance(value, Mapping | list)
    if not (is_known or (isinstance(value, str) and value == "balanced")):
        raise ValueError(
            f"expected class_weight to be None, 'balanced' or a dict. Received: {value!r}"
        )


def class_weights(given: Any, classes: Array, targets: Array, *, several: bool) -> Array:
    """Return the weight of each row's class, or of `several` labels a row.

    Parameters
    ----------
    given
        As `check_class_weight` lets it pass.
    classes : ndarray of shape (n_classes,)
    targets : ndarray of bool of shape (n_samples, n_outputs)
    several : bool
    """
    if several:
        weights: Array = compute_sample_weight(given, targets.astype(int))
    else:
        codes = targets.argmax(axis=1) if targets.shape[1] > 1 else targets[:, 0].astype(int)
        weights = compute_class_weight(given, classes=classes, y=classes[codes])[codes]
    return weights


def check_rounding(value: object, dtype: np.dtype[Any]) -> None:
    """Raise unless training in `dtype` can round its products here as `value` asks."""
    check_compute_dtype(value, dtype.name)


def hidden_sizes(value: object) -> list[int]:
    """Return the number of units of each hidden layer: `value` may name a single one.

    >>> hidden_sizes(100), hidden_sizes((50, 20)), hidden_sizes(())
    ([100], [50, 20], [])
    """
    sizes = value if isinstance(value, Iterable) else [value]
    return [check_integer(size, "each of hidden_layer_sizes", minimum=1) for size in sizes]


def activations_of(value: object, n_hidden: int) -> tuple[str, ...]:
    """Return the name of each hidden layer's activation: `value` may be one for all.

    >>> activations_of("relu", 2), activations_of(["gelu", "tanh"], 2)
    (('relu', 'relu'), ('gelu', 'tanh'))
    """
    if isinstance(value, str):
        return (check_choice(value, "activation", ACTIVATIONS),) * n_hidden
    names = _each(value, "activation", n_hidden)
    return tuple(check_choice(name, "each of activation", ACTIVATIONS) for name in names)


def dropout_of(value: object, n_hidden: int) -> tuple[float, ...]:
    """Return the share of each hidden layer's outputs that is dropped; none if all are 0.

    >>> dropout_of(0.5, 2), dropout_of([0.2, 0], 2), dropout_of(0.0, 2)
    ((0.5, 0.5), (0.2, 0.0), ())
    """
    if isinstance(value, Iterable) and not isinstance(value, str):
        shares = [
            check_number(share, "each of dropout", "[0, 1)", 0.0, BELOW_ONE)
            for share in _each(value, "dropout", n_hidden)
        ]
    else:
        shares = [check_number(value, "dropout", "[0, 1)", 0.0, BELOW_ONE)] * n_hidden
    return tuple(shares) if any(shares) else ()


def _each(value: object, name: str, n_hidden: int) -> list[Any]:
    if not isinstance(value, Iterable):
        raise TypeError(f"expected {name} to be one, or one a hidden layer. Received: {value!r}")
    entries = list(value)
    if len(entries) != n_hidden:
        raise ValueError(
            f"expected {name} of {n_hidden} entries, one a hidden layer. Received: {len(entries)}"
        )
    return entries
