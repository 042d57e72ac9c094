"""Checks of the constructor's parameters, made when `fit` is called, as in scikit-learn."""

import inspect
import math
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from fastnn._arguments import (
    BELOW_ONE,
    check_bool,
    check_not_negative,
    check_number,
    check_positive,
    look_up,
    refuse_unbuilt,
)
from fastnn._seeds import next_seed
from fastnn._validation import check_integer
from fastnn.linear_model._gradient_descent import Course

_SOLVERS = {name: name for name in ("lbfgs", "sgd")}
_UNBUILT_SOLVERS = "liblinear newton-cg newton-cholesky sag saga"
# And n_iter_no_change, which scikit-learn's checks set with every solver, as MLPClassifier allows.
_OF_SGD = (
    "batch_size",
    "learning_rate",
    "shuffle",
    "loss_threshold",
    "accuracy_threshold",
    "validation_fraction",
)


def check_parameters(estimator: BaseEstimator, *, validated: bool) -> None:
    """Raise unless all parameters that do not belong to one solver alone are valid.

    `validated` says whether `fit` is given a validation set.
    """
    check_not_negative(estimator.tol, "tol")
    check_integer(estimator.max_iter, "max_iter", minimum=1)
    if not isinstance(estimator.verbose, bool):
        check_integer(estimator.verbose, "verbose", minimum=0)
    for name in ("fit_intercept", "warm_start", "dual"):
        check_bool(getattr(estimator, name), name)
    class_weight = estimator.class_weight
    if not (class_weight is None or isinstance(class_weight, Mapping | str)):
        raise TypeError(
            f"expected class_weight to be None, 'balanced' or a dict. Received: {class_weight!r}"
        )
    if isinstance(class_weight, str) and class_weight != "balanced":
        raise ValueError(
            f"expected class_weight to be None, 'balanced' or a dict. Received: {class_weight!r}"
        )
    _refuse_unbuilt(estimator)
    if estimator.n_jobs is not None:
        warnings.warn(
            "n_jobs has no effect, as in scikit-learn, which deprecates it: leave it None, and "
            "call fastnn.set_num_threads",
            FutureWarning,
            stacklevel=3,
        )
    if estimator.solver == "lbfgs":
        _refuse_those_of_sgd(estimator, validated=validated)


def inverse_strength(estimator: BaseEstimator) -> float:
    """Return `C`, infinite where there is to be no penalty, with scikit-learn's warnings."""
    given = estimator.C
    C = math.inf if given == math.inf else check_positive(given, "C")
    if isinstance(estimator.penalty, str) and estimator.penalty == "deprecated":
        return C
    warnings.warn(
        "penalty is deprecated in scikit-learn: leave it out for 'l2', and take C=np.inf for None",
        FutureWarning,
        stacklevel=3,
    )
    if estimator.penalty is not None:
        look_up("penalty", estimator.penalty, {"l2": None}, "l1 elasticnet")
        return C
    if C != 1.0:
        warnings.warn(f"penalty=None leaves C={C} unread", stacklevel=3)
    return math.inf


def course_of(estimator: BaseEstimator, seed: int) -> Course:
    """Return what the parameters say of gradient descent."""
    batch_size, patience = estimator.batch_size, estimator.n_iter_no_change
    loss, accuracy = estimator.loss_threshold, estimator.accuracy_threshold
    if patience != math.inf:
        patience = check_integer(patience, "n_iter_no_change", minimum=1)
    return Course(
        batch_size=(
            None if batch_size is None else check_integer(batch_size, "batch_size", minimum=1)
        ),
        learning_rate=check_positive(estimator.learning_rate, "learning_rate"),
        shuffle=check_bool(estimator.shuffle, "shuffle"),
        seed=seed,
        max_iter=estimator.max_iter,
        tol=estimator.tol,
        n_iter_no_change=patience,
        loss_threshold=None if loss is None else check_not_negative(loss, "loss_threshold"),
        accuracy_threshold=(
            None
            if accuracy is None
            else check_number(accuracy, "accuracy_threshold", "[0, 1]", 0.0, 1.0)
        ),
        verbose=estimator.verbose,
    )


def seed_of(random_state: Any) -> int:
    """Return a seed of 31 bits; None takes fastnn's next, NumPy's global state is left alone."""
    if random_state is None:
        return next_seed() % 2**31
    return int(check_random_state(random_state).randint(2**31))


def check_fraction(value: object) -> float:
    """Return `value`, the share of the rows to judge by."""
    least = math.nextafter(0.0, 1.0)
    return check_number(value, "validation_fraction", "(0, 1)", least, BELOW_ONE)


def _refuse_unbuilt(estimator: BaseEstimator) -> None:
    look_up("solver", estimator.solver, _SOLVERS, _UNBUILT_SOLVERS)
    l1_ratio = estimator.l1_ratio
    if l1_ratio is None:
        warnings.warn(
            "l1_ratio=None is deprecated in scikit-learn: 0 is taken", FutureWarning, stacklevel=4
        )
        l1_ratio = 0.0
    given = {
        "l1_ratio": check_number(l1_ratio, "l1_ratio", "[0, 1]", 0.0, 1.0),
        "dual": estimator.dual,
        "intercept_scaling": check_positive(estimator.intercept_scaling, "intercept_scaling"),
    }
    defaults = {"l1_ratio": 0.0, "dual": False, "intercept_scaling": 1.0}
    refuse_unbuilt("LogisticRegression", given, defaults)


@cache  # a signature takes as long as a step of L-BFGS
def _defaults_of_sgd(kind: Any) -> dict[str, Any]:
    signature = inspect.signature(kind).parameters
    return {name: signature[name].default for name in _OF_SGD}


def _refuse_those_of_sgd(estimator: BaseEstimator, *, validated: bool) -> None:
    kind: Any = type(estimator)
    for name, default in _defaults_of_sgd(kind).items():
        given = getattr(estimator, name)
        if given != default:
            raise ValueError(
                f"expected {name}={default!r} with solver='lbfgs', which does not read it: "
                f"take solver='sgd'. Received: {given!r}"
            )
    if validated:
        raise ValueError(
            "expected no X_val with solver='lbfgs', which does not read it: take solver='sgd'"
        )
