"""Gradient descent with a constant learning rate: full batches, mini-batches or single rows."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from fastnn import _core, _sparse
from fastnn._console import write
from fastnn._typing import Float64, Inputs, Labels, Targets
from fastnn._validation import Array
from fastnn._weights import CoreLayer, Network, layer_type, network_type
from fastnn.linear_model._objective import Objective, Parameters, Solution


@dataclass(frozen=True)
class Course:
    """How long to train, and how: as the parameters of `LogisticRegression` say."""

    batch_size: int | None
    learning_rate: float
    shuffle: bool
    seed: int
    max_iter: int
    tol: float
    n_iter_no_change: float
    loss_threshold: float | None
    accuracy_threshold: float | None
    verbose: int

    @property
    def has_criterion(self) -> bool:
        """Whether anything but `max_iter` may end the training."""
        has_threshold = self.loss_threshold is not None or self.accuracy_threshold is not None
        return has_threshold or math.isfinite(self.n_iter_no_change)

    def reached(self, loss: float, accuracy: float) -> bool:
        """Return whether an epoch with these figures is good enough."""
        return (self.loss_threshold is not None and loss <= self.loss_threshold) or (
            self.accuracy_threshold is not None and accuracy >= self.accuracy_threshold
        )


def minimise(
    objective: Objective,
    start: Parameters,
    course: Course,
    validation: Objective | None,
    *,
    fit_intercept: bool,
) -> Solution:
    """Return the parameters behind the last epoch or, with `validation`, behind its best one."""
    model = _Model(objective, start, fit_intercept)
    curves: dict[str, list[float]] = {"loss": [], "accuracy": []}
    if validation is not None:
        curves["validation_loss"] = []
    kept, best, n_stale = start, math.inf, 0
    for epoch in range(course.max_iter):
        loss, accuracy = model.train_epoch(course, epoch)
        parameters = model.parameters()
        _check_finite(loss, parameters, epoch)
        judged = loss if validation is None else validation.value(parameters)
        for curve, figure in zip(curves.values(), (loss, accuracy, judged), strict=False):
            curve.append(figure)
        if course.verbose:
            _write(curves, course.max_iter)
        n_stale = n_stale + 1 if judged > best - course.tol else 0
        if judged < best or validation is None:
            kept = parameters
        best = min(best, judged)
        if course.reached(loss, accuracy) or n_stale >= course.n_iter_no_change:
            break
    else:
        _warn_of_end(course)
    return Solution(kept, len(curves["loss"]), curves["loss"][-1], curves)


class _Model:
    """A network of one dense layer that learns to lessen an objective."""

    def __init__(self, objective: Objective, start: Parameters, fit_intercept: bool) -> None:
        self._objective = objective
        n_outputs, n_features = start.coef.shape
        dtype = start.coef.dtype.name
        self._layer: CoreLayer = layer_type(dtype).dense(n_features, n_outputs, fit_intercept)
        weights = [np.ascontiguousarray(start.coef.T), start.intercept]
        # The penalty of the core is l2 ‖w‖², and none on the intercept.
        penalties = [(0.0, objective.alpha / 2), (0.0, 0.0)]
        n_parameters = 2 if fit_intercept else 1
        self._layer.set_parameters(weights[:n_parameters])
        self._layer.set_penalties(penalties[:n_parameters])
        self._network: Network = network_type(dtype)(
            [n_features], [self._layer], [[0]], [1], [True]
        )
        metric = (
            _core.Metric.binary_accuracy(0.0)  # of logits
            if objective.is_binary
            else _core.Metric.categorical_accuracy()
        )
        self._network.set_objective(
            [_core.WeightedLoss(objective.loss)], [_core.CountedMetric(metric, weighted=True)], []
        )

    def parameters(self) -> Parameters:
        """Return a copy of the weights."""
        coef, *intercept = self._layer.parameters()
        none = np.zeros(coef.shape[1], coef.dtype)
        return Parameters(np.ascontiguousarray(coef.T), intercept[0] if intercept else none)

    def train_epoch(self, course: Course, epoch: int) -> tuple[float, float]:
        """Return the means, over all rows, of loss and accuracy ahead of each row's step."""
        n_rows = self._objective.X.shape[0]
        batch_size = min(course.batch_size or n_rows, n_rows)
        if course.shuffle and batch_size < n_rows:
            order = _core.permutation(n_rows, course.seed, epoch)
        else:
            order = np.arange(n_rows)
        tally, sgd = _core.Tally(), _core.Optimizer.sgd(0.0, False)
        for x, y, weights, rows in _parts(self._objective, order, batch_size):
            rates: Float64 = np.full(-(-len(rows) // batch_size), course.learning_rate)
            self._network.train([x], [y], [weights], rows, batch_size, sgd, rates, tally)
        loss, accuracy = tally.figures()
        return loss, accuracy


def _parts(
    objective: Objective, order: Labels, batch_size: int
) -> Iterator[tuple[Inputs, Targets, Array | None, Labels]]:
    """Yield rows, and in which order to take them: all, or some batches of a sparse matrix."""
    X: Any = objective.X
    if not issparse(X):
        yield X, objective.targets, objective.weights, order
        return
    for rows in _sparse.parts(order, X.shape[1], batch_size):
        weights = None if objective.weights is None else objective.weights[rows]
        yield X[rows].toarray(), objective.targets[rows], weights, np.arange(len(rows))


def _check_finite(loss: float, parameters: Parameters, epoch: int) -> None:
    if math.isfinite(loss) and all(np.isfinite(values).all() for values in parameters):
        return
    raise ValueError(
        "expected a learning_rate with which weights stay finite. "
        f"Received: a loss of {loss} in epoch {epoch + 1}; lower learning_rate, or scale X"
    )


def _write(curves: dict[str, list[float]], max_iter: int) -> None:
    figures = ", ".join(f"{name} {curve[-1]:.6g}" for name, curve in curves.items())
    write(f"Epoch {len(curves['loss'])}/{max_iter}: {figures}\n")


def _warn_of_end(course: Course) -> None:
    if course.has_criterion:
        warnings.warn(
            f"expected a criterion to end training in max_iter={course.max_iter} epochs. "
            "Received: none; raise max_iter or learning_rate, or scale X",
            ConvergenceWarning,
            stacklevel=4,
        )
