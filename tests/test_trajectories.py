"""What training promises: ten steps of Keras, weight by weight, for every layer and every loss."""

from pathlib import Path

import numpy as np
import pytest

import fastnn
from fixtures.trajectory_settings import BATCHES, SETTINGS, make_model

RECORDED = np.load(Path(__file__).parent / "fixtures" / "trajectories.npz")


def shaped(values, like):
    """The weights that lie one behind the other in `values`, of the shapes of those in `like`."""
    parts = np.split(values, np.cumsum([weight.size for weight in like])[:-1])
    return [part.reshape(weight.shape) for part, weight in zip(parts, like, strict=True)]


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
def test_ten_steps_equal_those_of_keras(core, setting, dtype, tolerance):
    model, targets = make_model(fastnn, setting, dtype)
    x, y = RECORDED["x"], RECORDED[targets]
    model.set_weights(shaped(RECORDED[f"{setting}/initial"], model.get_weights()))
    recorded = RECORDED[f"{setting}/losses"], RECORDED[f"{setting}/weights"]
    for step, (rows, loss, weights) in enumerate(zip(BATCHES, *recorded, strict=True)):
        fit = model.fit(x[rows], y[rows], batch_size=8, shuffle=False, verbose=0)
        close = {"rtol": tolerance, "atol": tolerance, "err_msg": f"at step {step}"}
        np.testing.assert_allclose(fit.history["loss"][0], loss, **close)
        received = np.concatenate([weight.ravel() for weight in model.get_weights()])
        np.testing.assert_allclose(received, weights, **close)
