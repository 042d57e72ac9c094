"""Training by L-BFGS: SciPy's, with the core's loss and gradient of all rows."""

from __future__ import annotations

import warnings
from itertools import count, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeResult
from scipy.optimize import minimize as scipy_minimize
from scipy.sparse import issparse
from sklearn.exceptions import ConvergenceWarning

from fastnn._validation import Array
from fastnn.neural_network._held import Rows, hold, validate
from fastnn.neural_network._hooks import ProgressBar
from fastnn.neural_network._optimizers import tell
from fastnn.neural_network._weights import Weights

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron

Packed = NDArray[np.float64]  # all matrices, then all vectors


def minimize(estimator: MultilayerPerceptron, rows: Rows, validation: Rows | None) -> None:
    """Find the weights of smallest loss, in float64 as SciPy works in it."""
    network = estimator._network(np.float64)
    # The loss is of all rows at once, so that sparse ones become dense.
    x = rows.x.toarray() if issparse(rows.x) else rows.x
    examples = estimator._examples(network, x, rows.targets, rows.weights)
    shapes = [array.shape for array in (*estimator.coefs_, *estimator.intercepts_)]
    n_layers = len(estimator.coefs_)
    n_penalized = sum(coef.size for coef in estimator.coefs_)
    # scikit-learn divides the penalty by the weight of all rows.
    strength = estimator.alpha / (len(x) if rows.weights is None else rows.weights.sum())

    def set_weights(packed: Packed) -> None:
        arrays = _unpacked(packed, shapes)
        network.set_weights(Weights(arrays[:n_layers], arrays[n_layers:], []))

    def loss_and_gradient(packed: Packed) -> tuple[float, Packed]:
        set_weights(packed)
        loss, coef_gradients, intercept_gradients = network.loss_and_gradients(examples)
        gradient = _packed([*coef_gradients, *intercept_gradients])
        penalized = packed[:n_penalized]
        gradient[:n_penalized] += strength * penalized
        return loss + 0.5 * strength * float(penalized @ penalized), gradient

    network.begin(0.0, forget=False)  # the penalty is not the core's here
    held = None if validation is None else hold(estimator, network, validation)
    if held is not None:
        estimator.validation_loss_curve_, estimator.validation_scores_ = [], []
    bar = ProgressBar() if estimator.progress_bar else None
    if bar is not None:
        bar.set_params({"epochs": estimator.max_iter})
        bar.on_train_begin()
    iterations = count(1)

    def report(intermediate_result: OptimizeResult) -> None:
        iteration, logs = next(iterations), {"loss": float(intermediate_result.fun)}
        tell(f"Iteration {iteration}, loss = {logs['loss']:.8f}", bool(estimator.verbose))
        if held is not None:
            set_weights(intermediate_result.x)
            logs["val_loss"], logs[f"val_{estimator._score_name}"] = validate(
                estimator, network, held
            )
        if bar is not None:
            bar.on_epoch_end(iteration - 1, logs)

    is_heard = bool(estimator.verbose) or held is not None or bar is not None
    with network.lock:
        result = scipy_minimize(
            loss_and_gradient,
            _packed([*estimator.coefs_, *estimator.intercepts_]),
            method="L-BFGS-B",
            jac=True,
            callback=report if is_heard else None,
            options={
                "maxfun": estimator.max_fun,
                "maxiter": estimator.max_iter,
                "gtol": estimator.tol,
            },
        )
    if bar is not None:
        bar.close()
    arrays = _unpacked(result.x, shapes)
    estimator.coefs_, estimator.intercepts_ = arrays[:n_layers], arrays[n_layers:]
    estimator.n_iter_ = min(int(result.nit), estimator.max_iter)
    estimator.loss_ = float(result.fun)
    if result.status != 0:
        warnings.warn(
            f"lbfgs failed to converge after {estimator.n_iter_} iteration(s): {result.message}. "
            "Raise max_iter or max_fun, or scale X",
            ConvergenceWarning,
            stacklevel=4,
        )


def _packed(arrays: list[Array]) -> Packed:
    # SciPy would round the points to float32 where the first one is.
    return np.concatenate([np.ravel(array) for array in arrays], dtype=np.float64)


def _unpacked(packed: Packed, shapes: list[tuple[int, ...]]) -> list[Array]:
    ends = np.cumsum([0, *(int(np.prod(shape)) for shape in shapes)])
    return [
        packed[begin:end].reshape(shape)
        for (begin, end), shape in zip(pairwise(ends), shapes, strict=True)
    ]
