"""Training by L-BFGS: SciPy's, with the core's loss and gradient of all rows."""

from __future__ import annotations

import warnings
from itertools import accumulate, count, pairwise
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from fastnn._lbfgs import minimise as lbfgs
from fastnn._validation import Array
from fastnn.neural_network._held import Rows, hold, validate
from fastnn.neural_network._hooks import ProgressBar
from fastnn.neural_network._optimizers import tell
from fastnn.neural_network._weights import Weights

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron
    from fastnn.neural_network._network import CoreNetwork

Packed = NDArray[np.float64]  # all matrices, then all vectors


def minimize(estimator: MultilayerPerceptron, rows: Rows, validation: Rows | None) -> None:
    """Find the weights of smallest loss, in float64 as SciPy works in it."""
    network = estimator._network(np.float64)
    with network.lock:
        network.begin(0.0, forget=False)  # the penalty is not the core's here
        objective = _Objective(estimator, network, rows)
        report = _Report(estimator, objective, validation)
        try:
            result = lbfgs(
                objective,
                _packed([*estimator.coefs_, *estimator.intercepts_]),
                report if report.is_heard else None,
                maxfun=estimator.max_fun,
                maxiter=estimator.max_iter,
                gtol=estimator.tol,
            )
        finally:
            report.close()
    estimator.coefs_, estimator.intercepts_ = objective.matrices_and_vectors(result.x)
    estimator.n_iter_ = min(int(result.nit), estimator.max_iter)
    estimator.loss_ = float(result.fun)
    if result.status != 0:
        warnings.warn(
            f"lbfgs failed to converge after {estimator.n_iter_} iteration(s): {result.message}. "
            "Raise max_iter or max_fun, or scale X",
            ConvergenceWarning,
            stacklevel=4,
        )


class _Objective:
    """The loss of all rows with its penalty, and the gradient, at packed weights."""

    def __init__(self, estimator: MultilayerPerceptron, network: CoreNetwork, rows: Rows) -> None:
        self.network = network
        # The loss is of all rows at once, so that sparse ones become dense.
        x = rows.x.toarray() if issparse(rows.x) else rows.x
        self._examples = estimator._examples(network, x, rows.targets, rows.weights)
        self._shapes = [array.shape for array in (*estimator.coefs_, *estimator.intercepts_)]
        self._ends = list(accumulate(map(prod, self._shapes), initial=0))
        self._n_layers = len(estimator.coefs_)
        self._n_penalized = sum(coef.size for coef in estimator.coefs_)
        # scikit-learn divides the penalty by the weight of all rows.
        total = len(x) if rows.weights is None else rows.weights.sum()
        self._strength = estimator.alpha / total

    def matrices_and_vectors(self, packed: Packed) -> tuple[list[Array], list[Array]]:
        arrays = [
            packed[begin:end].reshape(shape)
            for (begin, end), shape in zip(pairwise(self._ends), self._shapes, strict=True)
        ]
        return arrays[: self._n_layers], arrays[self._n_layers :]

    def set_weights(self, packed: Packed) -> None:
        self.network.set_weights(Weights(*self.matrices_and_vectors(packed), []))

    def __call__(self, packed: Packed) -> tuple[float, Packed]:
        self.set_weights(packed)
        loss, coef_gradients, intercept_gradients = self.network.loss_and_gradients(self._examples)
        gradient = _packed([*coef_gradients, *intercept_gradients])
        penalized = packed[: self._n_penalized]
        gradient[: self._n_penalized] += self._strength * penalized
        return loss + 0.5 * self._strength * float(penalized @ penalized), gradient


class _Report:
    """Tells of each iteration, and judges the validation set after it."""

    def __init__(
        self, estimator: MultilayerPerceptron, objective: _Objective, validation: Rows | None
    ) -> None:
        self._estimator, self._objective = estimator, objective
        self._iterations = count(1)
        self._held = None
        if validation is not None:
            self._held = hold(estimator, objective.network, validation)
            estimator.validation_loss_curve_, estimator.validation_scores_ = [], []
        self._bar = ProgressBar() if estimator.progress_bar else None
        if self._bar is not None:
            self._bar.set_params({"epochs": estimator.max_iter})
            self._bar.on_train_begin()

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._estimator.verbose) or self._held is not None or self._bar is not None

    def __call__(self, intermediate_result: OptimizeResult) -> None:
        iteration, logs = next(self._iterations), {"loss": float(intermediate_result.fun)}
        tell(f"Iteration {iteration}, loss = {logs['loss']:.8f}", bool(self._estimator.verbose))
        if self._held is not None:
            self._objective.set_weights(intermediate_result.x)
            logs["val_loss"], logs[f"val_{self._estimator._score_name}"] = validate(
                self._estimator, self._objective.network, self._held
            )
        if self._bar is not None:
            self._bar.on_epoch_end(iteration - 1, logs)

    def close(self) -> None:
        """Close the bar, also where training was interrupted."""
        if self._bar is not None:
            self._bar.close()


def _packed(arrays: list[Array]) -> Packed:
    # SciPy would round the points to float32 where the first one is.
    return np.concatenate([np.ravel(array) for array in arrays], dtype=np.float64)
