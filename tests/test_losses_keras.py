"""What losses promise: the values and gradients that fixtures/make_losses.py records from Keras."""

import json
from pathlib import Path

import numpy as np
import pytest

from fastnn import losses
from fastnn._names import snake_case
from fixtures.loss_settings import LOSSES, REDUCTIONS, WEIGHTS, make_loss

RECORDED = np.load(Path(__file__).parent / "fixtures" / "losses.npz")
SETTINGS = list(LOSSES)
TOLERANCES = [("float64", 1e-9), ("float32", 1e-5)]
LABEL_LOSS = "sparse logits ignoring -1"


def inputs(setting, dtype="float64"):
    """The outputs and the targets of a setting."""
    _, _, outputs, targets = LOSSES[setting]
    return RECORDED[outputs].astype(dtype), RECORDED[targets]


def evaluate(core, setting, dtype, row_weights=None):
    """The core's loss of each row, and its gradient."""
    loss = make_loss(losses, setting)
    outputs, y = inputs(setting, dtype)
    targets = loss._as_targets(y, "y", outputs.shape, dtype)
    return core.evaluate_loss(loss._function(), outputs, targets, row_weights)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("setting", SETTINGS)
def test_values_and_gradients_equal_those_of_keras(core, setting, dtype, tolerance):
    values, gradient = evaluate(core, setting, dtype)
    expected = RECORDED[dtype][SETTINGS.index(setting)]
    np.testing.assert_allclose(values, expected[:, 0], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(gradient, expected[:, 1:], rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("setting", ["binary logits", "kl", "categorical", LABEL_LOSS])
def test_row_weights_multiply_values_and_gradients(core, setting, dtype, tolerance):
    values, gradient = evaluate(core, setting, dtype)
    weights = WEIGHTS.astype(dtype)
    weighted_values, weighted_gradient = evaluate(core, setting, dtype, weights)
    np.testing.assert_allclose(weighted_values, weights * values, rtol=tolerance)
    np.testing.assert_allclose(weighted_gradient, weights[:, None] * gradient, rtol=tolerance)


@pytest.mark.parametrize("setting", SETTINGS)
def test_losses_of_batches_equal_those_of_keras_for_every_reduction(setting):
    outputs, y = inputs(setting)
    for reduction, expected in zip(
        REDUCTIONS, RECORDED["reduced"][SETTINGS.index(setting)], strict=True
    ):
        loss = make_loss(losses, setting, reduction=reduction)
        received = loss(y, outputs), loss(y, outputs, WEIGHTS)
        np.testing.assert_allclose(received, expected, rtol=1e-9, err_msg=reduction)
        assert loss(y, outputs, WEIGHTS[:, None]) == received[1]
    unreduced = make_loss(losses, setting, reduction=None)
    np.testing.assert_array_equal(unreduced(y, outputs, WEIGHTS), unreduced(y, outputs) * WEIGHTS)


@pytest.mark.parametrize("setting", SETTINGS)
def test_functions_return_the_loss_of_each_row(setting):
    kind, arguments, *_ = LOSSES[setting]
    outputs, y = inputs(setting)
    function = getattr(losses, snake_case(kind))
    expected = RECORDED["float64"][SETTINGS.index(setting)][:, 0]
    np.testing.assert_allclose(function(y, outputs, **arguments), expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("setting", SETTINGS)
def test_keras_describes_the_losses_that_are_read(setting):
    described = json.loads(str(RECORDED["configs"]))[SETTINGS.index(setting)]
    loss = losses.deserialize(described)
    expected = {"axis": -1} | loss.get_config()
    assert type(loss).__name__ == LOSSES[setting][0]
    assert {name: expected[name] for name in described["config"]} == described["config"]


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_loss_survives_its_description(setting):
    loss = make_loss(losses, setting, reduction="sum", name="mine", dtype="float64")
    described = json.loads(json.dumps(losses.serialize(loss)))
    again = losses.deserialize(described)
    assert described["module"] == "keras.losses"
    assert type(again) is type(loss)
    assert vars(again) == vars(loss)
