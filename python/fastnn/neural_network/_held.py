"""The validation set of a training: rows of the user's own, or some that are split off."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight

from fastnn._estimators import ValidationSet
from fastnn._validation import Array
from fastnn.neural_network._network import CoreNetwork, Examples
from fastnn.neural_network._optimizers import tell

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron


class Rows(NamedTuple):
    """Checked rows, targets of shape (n_samples, n_outputs), and the weights of the rows."""

    x: Any
    targets: Array
    weights: Array | None


class Held(NamedTuple):
    """A validation set: as the network reads it, and what `predict` is to answer."""

    examples: Examples
    answers: Array
    weights: Array | None


def own_rows(estimator: MultilayerPerceptron, given: ValidationSet) -> Rows:
    """Return the rows of the user's own."""
    rows, targets = estimator._checked_again(given.X, given.y)
    if targets.shape[1] != estimator.n_outputs_:
        raise ValueError(
            f"expected y_val of {estimator.n_outputs_} outputs. Received: {targets.shape[1]}"
        )
    weights = given.sample_weight
    return Rows(rows, targets, None if weights is None else _check_sample_weight(weights, rows))


def split_off(estimator: MultilayerPerceptron, rows: Rows) -> tuple[Rows, Rows]:
    """Return what stays, and the validation set; two classes keep their shares, as in scikit-learn.

    As `validation_fraction` says.
    """
    arrays = [array for array in rows if array is not None]
    stratified = is_classifier(estimator) and estimator.n_outputs_ == 1
    parts = train_test_split(
        *arrays,
        random_state=estimator._random_state,
        test_size=estimator.validation_fraction,
        stratify=rows.targets if stratified else None,
    )
    kept, held = parts[0::2], parts[1::2]
    if held[0].shape[0] < 2:
        raise ValueError(
            "expected validation_fraction to hold out at least 2 rows. "
            f"Received: {estimator.validation_fraction} of {rows.x.shape[0]} rows"
        )
    without = [None] * (3 - len(arrays))
    return Rows(*kept, *without), Rows(*held, *without)


def hold(estimator: MultilayerPerceptron, network: CoreNetwork, rows: Rows) -> Held:
    """Return the validation set as the network reads it."""
    return Held(estimator._examples(network, *rows), estimator._answer(rows.targets), rows.weights)


def validate(
    estimator: MultilayerPerceptron, network: CoreNetwork, held: Held
) -> tuple[float, float]:
    """Append loss and score of the validation set to the curves, and return them."""
    losses, scores = estimator.validation_loss_curve_, estimator.validation_scores_
    assert losses is not None, "with a validation set there is a curve of its losses"
    assert scores is not None, "with a validation set there are scores"
    outputs = network.predict(held.examples.x)
    score = math.nan
    if np.isfinite(outputs).all():
        answers = estimator._answer(outputs)
        score = estimator._score_function(held.answers, answers, sample_weight=held.weights)
    losses.append(network.validation_loss(held.examples))
    scores.append(score)
    tell(f"Validation score: {score:f}", bool(estimator.verbose))
    return losses[-1], score
