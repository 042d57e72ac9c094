"""The loss of a linear layer and its gradient: the core against formulas in NumPy."""

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

from fastnn import _core
from messages import raises

LOSSES = {
    1: _core.Loss.binary_cross_entropy(True, 0.0),
    3: _core.Loss.cross_entropy(True, 0.0),
    20: _core.Loss.cross_entropy(True, 0.0),
}
ALPHA = 0.3


def examples(n_rows, n_features, n_outputs, dtype=np.float64):
    """Rows, targets, weights of mean 1, and parameters that lie beside each other."""
    rng = np.random.default_rng(n_rows)
    x = rng.normal(size=(n_rows, n_features)).astype(dtype)
    y = rng.integers(0, max(2, n_outputs), n_rows)
    weights = rng.uniform(0.5, 1.5, n_rows)
    weights = (weights / weights.mean()).astype(dtype)
    parameters = rng.normal(size=n_outputs * (n_features + 1)) / np.sqrt(n_features)
    if n_outputs == 1:
        y = y[:, np.newaxis].astype(dtype)
    return x, y, weights, parameters.astype(dtype)


def naive(x, y, weights, parameters, n_outputs):
    """The formulas, in float64 and from whole matrices."""
    x, parameters = x.astype(np.float64), parameters.astype(np.float64)
    n_rows, n_features = x.shape
    w = parameters[: n_outputs * n_features].reshape(n_outputs, n_features)
    b = parameters[n_outputs * n_features :]
    z = x @ w.T + (b if b.size else 0)
    weights = np.ones(n_rows) if weights is None else weights.astype(np.float64)
    if n_outputs == 1:
        losses = np.logaddexp(0, z[:, 0]) - y[:, 0] * z[:, 0]
        slopes = expit(z) - y
    else:
        losses = -log_softmax(z, axis=1)[np.arange(n_rows), y]
        slopes = softmax(z, axis=1) - np.eye(n_outputs)[y]
    slopes *= weights[:, np.newaxis] / n_rows
    gradient = [(slopes.T @ x + ALPHA * w).ravel(), slopes.sum(axis=0)[: b.size]]
    return (weights * losses).mean() + ALPHA / 2 * (w**2).sum(), np.concatenate(gradient)


# Rows are cut where they make a million operations, the depth of a product at 512.
@pytest.mark.parametrize("n_features", [1, 30, 600])
@pytest.mark.parametrize("n_rows", [1, 9, 256, 1000])
@pytest.mark.parametrize("n_outputs", LOSSES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_objective_is_that_of_the_formulas(dtype, n_outputs, n_rows, n_features):
    x, y, weights, parameters = examples(n_rows, n_features, n_outputs, dtype)
    tolerance = 1e-12 if dtype == np.float64 else 1e-5
    for packed in (parameters, parameters[: n_outputs * n_features]):  # with intercept and without
        for row_weights in (weights, None):
            value, gradient = _core.linear_objective(
                LOSSES[n_outputs], x, y, row_weights, ALPHA, packed, n_outputs
            )
            expected, expected_gradient = naive(x, y, row_weights, packed, n_outputs)
            assert value == pytest.approx(expected, rel=tolerance)
            assert gradient.dtype == dtype
            np.testing.assert_allclose(gradient, expected_gradient, rtol=0, atol=tolerance)


@pytest.mark.parametrize("n_outputs", LOSSES)
def test_the_objective_does_not_depend_on_the_number_of_threads(n_outputs):
    x, y, weights, parameters = examples(5000, 100, n_outputs, np.float32)
    arguments = (LOSSES[n_outputs], x, y, weights, ALPHA, parameters, n_outputs)
    value, gradient = _core.linear_objective(*arguments, 1)
    for n_threads in (2, 3, 7):
        other, other_gradient = _core.linear_objective(*arguments, n_threads)
        assert other == value
        np.testing.assert_array_equal(other_gradient, gradient)


def test_arrays_that_do_not_fit_are_refused():
    x, y, weights, parameters = examples(10, 4, 3)
    loss = LOSSES[3]
    with raises(
        ValueError,
        "expected parameters of n_outputs · (n_features + 1) or, without intercept, "
        "n_outputs · n_features. Received: 14",
    ):
        _core.linear_objective(loss, x, y, weights, ALPHA, parameters[:-1], 3)
    with raises(ValueError, "expected row_weights of shape (10,)"):
        _core.linear_objective(loss, x, y, weights[:-1], ALPHA, parameters, 3)
    with raises(ValueError, f"expected labels from 0 to 2. Received: {y[0] + 3} at row 0"):
        _core.linear_objective(loss, x, y + 3, weights, ALPHA, parameters, 3)
