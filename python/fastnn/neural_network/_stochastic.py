"""Training by epochs: scikit-learn's course of shuffles, batches, scores and stops."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastnn.callbacks._list import Callbacks
from fastnn.neural_network._held import Held, Rows, hold, split_off, validate
from fastnn.neural_network._hooks import Hooks
from fastnn.neural_network._network import CoreNetwork, Examples
from fastnn.neural_network._optimizers import Descent, tell

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron


def fit_stochastic(
    estimator: MultilayerPerceptron,
    rows: Rows,
    validation: Rows | None,
    callbacks: Callbacks,
    *,
    incremental: bool,
) -> None:
    """Train by an optimizer: one epoch if `incremental`, else until a reason to stop."""
    if incremental and estimator.early_stopping:
        raise ValueError("expected early_stopping=False for partial_fit. Received: True")
    begin_records(estimator, validated=validation is not None or estimator.early_stopping)
    is_new = not incremental or not hasattr(estimator, "_descent")
    if is_new or not hasattr(estimator, "_dropout_seed"):
        _draw_dropout_seed(estimator)
    network = estimator._network()
    with network.lock:
        network.set_weights(estimator._weights())
        if is_new:
            estimator._descent = Descent(estimator)
        network.begin(float(estimator.alpha), forget=is_new)
        if estimator.early_stopping and validation is None:
            rows, validation = split_off(estimator, rows)
        held = None if validation is None else hold(estimator, network, validation)
        examples = estimator._examples(network, *rows)
        batch_size = _batch_size(estimator.batch_size, examples.n_rows)
        n_epochs = 1 if incremental else estimator.max_iter
        n_steps = -(-examples.n_rows // batch_size)
        hooks = Hooks(estimator, network, callbacks, n_epochs, n_steps)
        try:
            is_done = _run_epochs(estimator, network, examples, held, hooks, batch_size, n_epochs)
            optimizer = estimator._descent.optimizer
            if optimizer.use_ema and not incremental:
                network.core.finish_training(optimizer._to_core())
        except KeyboardInterrupt:
            is_done = True
            warnings.warn("Training interrupted by user.", stacklevel=4)
        finally:
            hooks.close()
            estimator._take(network.weights())
    if estimator.early_stopping:
        estimator._take(estimator._best_weights)
    if not is_done and not incremental:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) "
            "reached and the optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=4,
        )


def begin_records(estimator: MultilayerPerceptron, *, validated: bool) -> None:
    """Begin the curves and the best values, unless they go on from the fit before."""
    by_score = estimator.early_stopping
    before = (
        getattr(estimator, "validation_loss_curve_", None),
        getattr(estimator, "best_loss_", None),
    )
    was_so = (before[0] is not None, before[1] is None) == (validated, by_score)
    if was_so and hasattr(estimator, "loss_curve_") and hasattr(estimator, "validation_scores_"):
        return
    estimator.loss_curve_ = []
    estimator.best_loss_ = None if by_score else math.inf
    estimator.validation_scores_ = [] if validated else None
    estimator.validation_loss_curve_ = [] if validated else None
    estimator.best_validation_score_ = -math.inf if validated else None
    estimator._no_improvement_count = 0
    if by_score:
        estimator._best_weights = estimator._weights()


def _draw_dropout_seed(estimator: MultilayerPerceptron) -> None:
    """Draw it, from where all that is random comes; without dropout the draws are scikit-learn's.

    With an integer as random_state each warm start draws the same: the rows seen tell them apart.
    """
    drops = np.any(estimator.dropout)
    draw = int(estimator._random_state.randint(np.iinfo(np.int32).max)) if drops else 0
    estimator._dropout_seed = draw + estimator.t_ if drops else 0


def _run_epochs(
    estimator: MultilayerPerceptron,
    network: CoreNetwork,
    examples: Examples,
    held: Held | None,
    hooks: Hooks,
    batch_size: int,
    n_epochs: int,
) -> bool:
    """Train, and return whether there was a reason to stop before the last epoch."""
    descent, verbose = estimator._descent, bool(estimator.verbose)
    order = np.arange(examples.n_rows)
    estimator.n_iter_ = 0
    is_done = False
    logs: dict[str, float] = {}
    hooks.call("on_train_begin")
    for epoch in range(n_epochs):
        hooks.call("on_epoch_begin", epoch)
        if estimator.shuffle:
            # What sklearn.utils.shuffle draws, without its checks, which take longer than an epoch.
            order = order[estimator._random_state.permutation(len(order))]
        loss = network.training_loss(hooks.train(examples, order, batch_size))
        estimator.n_iter_ += 1
        estimator.loss_ = loss
        estimator.t_ += examples.n_rows
        estimator.loss_curve_.append(loss)
        tell(f"Iteration {estimator.n_iter_}, loss = {loss:.8f}", verbose)
        logs = {"loss": loss}
        if held is not None:
            logs["val_loss"], score = validate(estimator, network, held)
            logs[f"val_{estimator._score_name}"] = score
        _note(estimator, network)
        descent.iteration_ends(estimator.t_)
        hooks.call("on_epoch_end", epoch, logs)
        if hooks.stop:
            is_done = True
            break
        if estimator._no_improvement_count > estimator.n_iter_no_change:
            if descent.stops(_no_progress(estimator), verbose):
                is_done = True
                break
            estimator._no_improvement_count = 0
    hooks.call("on_train_end", logs)
    return is_done


def _batch_size(given: int | str, n_rows: int) -> int:
    if isinstance(given, str):  # 'auto'
        return min(200, n_rows)
    if given > n_rows:
        warnings.warn(
            f"expected batch_size of at most the {n_rows} rows. Received: {given}; all are used",
            stacklevel=5,
        )
    return min(int(given), n_rows)


def _note(estimator: MultilayerPerceptron, network: CoreNetwork) -> None:
    """Note the best loss or, with early stopping, the best score, and how long there was none.

    Progress is to pass the best so far by tol.
    """
    if estimator.validation_scores_ is not None:
        best = estimator.best_validation_score_
        assert best is not None, "with scores there is a best one"
        score = estimator.validation_scores_[-1]
        stands_still = score < best + estimator.tol
        if score > best:
            estimator.best_validation_score_ = score
            if estimator.early_stopping:
                estimator._best_weights = network.weights()
    if not estimator.early_stopping:
        assert estimator.best_loss_ is not None, "without early stopping there is a best loss"
        stands_still = estimator.loss_ > estimator.best_loss_ - estimator.tol
        estimator.best_loss_ = min(estimator.best_loss_, estimator.loss_)
    estimator._no_improvement_count = estimator._no_improvement_count + 1 if stands_still else 0


def _no_progress(estimator: MultilayerPerceptron) -> str:
    measure = "Validation score" if estimator.early_stopping else "Training loss"
    return (
        f"{measure} did not improve more than tol={estimator.tol:f} for "
        f"{estimator.n_iter_no_change} consecutive epochs."
    )
