"""Training by epochs: scikit-learn's course of shuffles, batches, scores and stops."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from fastnn._validation import Array
from fastnn.neural_network._network import CoreNetwork, Examples
from fastnn.neural_network._optimizers import Adam, Sgd, tell

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron


class Held(NamedTuple):
    """A validation set: rows, what `predict` is to answer, and their weights."""

    x: Any
    answers: Array
    weights: Array | None


def fit_stochastic(
    estimator: MultilayerPerceptron,
    rows: Any,
    targets: Array,
    weights: Array | None,
    *,
    incremental: bool,
) -> None:
    """Train by 'sgd' or 'adam': one epoch if `incremental`, else until a reason to stop."""
    if incremental and estimator.early_stopping:
        raise ValueError("expected early_stopping=False for partial_fit. Received: True")
    _begin_records(estimator)
    network = estimator._network()
    with network.lock:
        network.set_weights(estimator.coefs_, estimator.intercepts_)
        is_new = not incremental or not hasattr(estimator, "_optimizer")
        if is_new:
            estimator._optimizer = Adam(estimator) if estimator.solver == "adam" else Sgd(estimator)
        network.begin(float(estimator.alpha), forget=is_new)
        held = None
        if estimator.early_stopping:
            rows, targets, weights, held = _hold_out(estimator, rows, targets, weights)
        examples = estimator._examples(network, rows, targets, weights)
        try:
            _run_epochs(estimator, network, examples, held, incremental)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted by user.", stacklevel=4)
        finally:
            estimator.coefs_, estimator.intercepts_ = network.weights()
    if held is not None:
        estimator.coefs_, estimator.intercepts_ = estimator._best_weights


def _begin_records(estimator: MultilayerPerceptron) -> None:
    """Begin the curves and the best values, unless they go on from the fit before."""
    scores = estimator.early_stopping
    if hasattr(estimator, "loss_curve_") and scores == (estimator.validation_scores_ is not None):
        return
    estimator.loss_curve_ = []
    estimator.best_loss_ = None if scores else math.inf
    estimator.validation_scores_ = [] if scores else None
    estimator.best_validation_score_ = -math.inf if scores else None
    estimator._no_improvement_count = 0
    if scores:
        estimator._best_weights = (estimator.coefs_, estimator.intercepts_)


def _hold_out(
    estimator: MultilayerPerceptron, rows: Any, targets: Array, weights: Array | None
) -> tuple[Any, Array, Array | None, Held]:
    """Split off the validation set; two classes keep their shares, as in scikit-learn."""
    arrays = [rows, targets] if weights is None else [rows, targets, weights]
    stratified = is_classifier(estimator) and estimator.n_outputs_ == 1
    parts = train_test_split(
        *arrays,
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=targets if stratified else None,
    )
    kept, held = parts[0::2], parts[1::2]
    if held[0].shape[0] < 2:
        raise ValueError(
            "expected validation_fraction to hold out at least 2 rows. "
            f"Received: {estimator.validation_fraction} of {rows.shape[0]} rows"
        )
    if weights is None:
        kept, held = [*kept, None], [*held, None]
    return *kept, Held(held[0], estimator._answer(held[1]), held[2])


def _run_epochs(
    estimator: MultilayerPerceptron,
    network: CoreNetwork,
    examples: Examples,
    held: Held | None,
    incremental: bool,
) -> None:
    batch_size = _batch_size(estimator.batch_size, examples.n_rows)
    optimizer, verbose = estimator._optimizer, bool(estimator.verbose)
    method = optimizer.to_core()
    order = np.arange(examples.n_rows)
    estimator.n_iter_ = 0
    for _ in range(1 if incremental else estimator.max_iter):
        if estimator.shuffle:
            # What sklearn.utils.shuffle draws, without its checks, which take longer than an epoch.
            order = order[estimator._random_state.permutation(len(order))]
        loss = network.train(examples, order, batch_size, method, optimizer.learning_rate)
        estimator.n_iter_ += 1
        estimator.loss_ = loss
        estimator.t_ += examples.n_rows
        estimator.loss_curve_.append(loss)
        tell(f"Iteration {estimator.n_iter_}, loss = {loss:.8f}", verbose)
        if held is None:
            _note_loss(estimator)
        else:
            _note_score(estimator, network, held)
        optimizer.iteration_ends(estimator.t_)
        if estimator._no_improvement_count > estimator.n_iter_no_change:
            if optimizer.stops(_no_progress(estimator), verbose):
                return
            estimator._no_improvement_count = 0
    if not incremental:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) "
            "reached and the optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=5,
        )


def _batch_size(given: int | str, n_rows: int) -> int:
    if isinstance(given, str):  # 'auto'
        return min(200, n_rows)
    if given > n_rows:
        warnings.warn(
            f"expected batch_size of at most the {n_rows} rows. Received: {given}; all are used",
            stacklevel=6,
        )
    return min(int(given), n_rows)


def _note_loss(estimator: MultilayerPerceptron) -> None:
    """Compare the last loss with the best: progress is to fall below it by tol."""
    best, loss = estimator.best_loss_, estimator.loss_
    assert best is not None, "without early stopping there is a best loss"
    _count(estimator, stands_still=loss > best - estimator.tol)
    estimator.best_loss_ = min(best, loss)


def _note_score(estimator: MultilayerPerceptron, network: CoreNetwork, held: Held) -> None:
    """Score the validation set, and keep the weights where the score is the best so far."""
    best, scores = estimator.best_validation_score_, estimator.validation_scores_
    assert best is not None, "with early stopping there is a best score"
    assert scores is not None, "with early stopping there are scores"
    outputs = network.predict(held.x)
    score = math.nan
    if np.isfinite(outputs).all():
        answers = estimator._answer(outputs)
        score = estimator._score_function(held.answers, answers, sample_weight=held.weights)
    scores.append(score)
    tell(f"Validation score: {score:f}", bool(estimator.verbose))
    _count(estimator, stands_still=score < best + estimator.tol)
    if score > best:
        estimator.best_validation_score_ = score
        estimator._best_weights = network.weights()


def _count(estimator: MultilayerPerceptron, *, stands_still: bool) -> None:
    estimator._no_improvement_count = estimator._no_improvement_count + 1 if stands_still else 0


def _no_progress(estimator: MultilayerPerceptron) -> str:
    measure = "Validation score" if estimator.early_stopping else "Training loss"
    return (
        f"{measure} did not improve more than tol={estimator.tol:f} for "
        f"{estimator.n_iter_no_change} consecutive epochs."
    )
