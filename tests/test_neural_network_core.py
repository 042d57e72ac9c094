"""What the core does for perceptrons as scikit-learn defines them."""

import numpy as np
import pytest
from sklearn.metrics import mean_poisson_deviance

RNG = np.random.default_rng(4)
X = RNG.normal(size=(70, 9))
Y = RNG.normal(size=(70, 1))
WEIGHTS = RNG.random(70) + 0.5
ORDER = RNG.permutation(70)
BATCH_SIZE = 32  # the last batch has 6 rows
L1, L2 = 0.02, 0.3


def judged(core):
    loss = core.Loss("mean_squared_error").reduced_by("mean_with_sample_weight")
    return core.WeightedLoss(loss, 0.5)


def linear(core, divides_penalties):
    """A linear network with both penalties, and its weights."""
    layer = core.LayerFloat64.dense(9, 1, True)
    start = [np.linspace(-1, 1, 9)[:, np.newaxis], np.array([0.2])]
    layer.set_parameters(start)
    layer.set_penalties([(L1, L2), (0.0, 0.0)])
    network = core.NetworkFloat64([9], [layer], [[0]], [1], [True])
    network.set_objective([judged(core)], [], [], divides_penalties)
    return network, layer, start


def descend(divides_penalties, weights):
    """An epoch of gradient descent by the formula: weights, and the mean of the batches' losses."""
    w, b = np.linspace(-1, 1, 9)[:, np.newaxis], np.array([0.2])
    total = 0.0
    for begin in range(0, 70, BATCH_SIZE):
        rows = ORDER[begin : begin + BATCH_SIZE]
        own = np.ones(len(rows)) if weights is None else weights[rows]
        errors = X[rows] @ w + b - Y[rows]
        divisor = own.sum() if divides_penalties else 1.0
        penalty = (L1 * np.abs(w).sum() + L2 * (w**2).sum()) / divisor
        total += len(rows) * (0.5 * own @ errors[:, 0] ** 2 / own.sum() + penalty)
        slopes = own[:, np.newaxis] * errors / own.sum()
        b = b - 0.1 * slopes.sum(axis=0)
        w = w - 0.1 * (X[rows].T @ slopes + (L1 * np.sign(w) + 2 * L2 * w) / divisor)
    return w, b, total / 70


@pytest.mark.parametrize("weights", [None, WEIGHTS])
@pytest.mark.parametrize("divides_penalties", [False, True])
@pytest.mark.parametrize("n_threads", [1, 2])
def test_penalties_are_divided_by_the_weight_of_the_batch_if_asked(
    core, divides_penalties, weights, n_threads
):
    network, layer, _ = linear(core, divides_penalties)
    tally, method = core.Tally(), core.Optimizer.sgd(0.0, False)
    network.train(
        [X], [Y], [weights], ORDER, BATCH_SIZE, method, np.full(3, 0.1), tally, None, n_threads
    )
    w, b, loss = descend(divides_penalties, weights)
    received = layer.parameters()
    np.testing.assert_allclose(received[0], w, 1e-12)
    np.testing.assert_allclose(received[1], b, 1e-12)
    assert tally.figures()[0] == pytest.approx(loss, rel=1e-12)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_an_evaluation_divides_penalties_as_training_does(core, weights):
    network, _, (w, b) = linear(core, True)
    tally = core.Tally()
    network.evaluate([X], [Y], [weights], np.arange(70), 70, tally)
    own = np.ones(70) if weights is None else weights
    data = own @ (X @ w + b - Y)[:, 0] ** 2 / own.sum()
    penalty = (L1 * np.abs(w).sum() + L2 * (w**2).sum()) / own.sum()
    assert tally.losses() == pytest.approx([data], rel=1e-12)
    assert tally.figures() == pytest.approx([0.5 * data + penalty], rel=1e-12)


def test_weights_of_rows_count_in_the_gradients_of_all_rows(core):
    network, layer, (w, b) = linear(core, False)
    layer.set_penalties([(0.0, 0.0), (0.0, 0.0)])
    loss, gradients = network.loss_and_gradients([X], [Y], [judged(core)], [WEIGHTS])
    slopes = WEIGHTS[:, np.newaxis] * (X @ w + b - Y) / WEIGHTS.sum()
    assert loss == pytest.approx(0.5 * (slopes * (X @ w + b - Y)).sum(), rel=1e-12)
    np.testing.assert_allclose(gradients[0], X.T @ slopes, 1e-12)
    np.testing.assert_allclose(gradients[1], slopes.sum(axis=0), 1e-12)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float32, 1e-5), (np.float64, 1e-12)])
def test_the_poisson_deviance_is_that_of_scikit_learn(core, dtype, rtol):
    logs = RNG.normal(size=(40, 11)).astype(dtype)
    y = RNG.poisson(1.5, (40, 11)).astype(dtype)
    assert (y == 0).any()
    values, gradient = core.evaluate_loss(core.Loss("poisson_deviance"), logs, y)
    expected = [mean_poisson_deviance(*row) / 2 for row in zip(y, np.exp(logs), strict=True)]
    np.testing.assert_allclose(values, expected, rtol)
    np.testing.assert_allclose(gradient, (np.exp(logs) - y) / y.shape[1], rtol, atol=rtol)
