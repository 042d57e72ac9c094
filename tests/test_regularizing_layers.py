"""Dropout, the normalizations, penalties and preprocessing beside their formulas."""

import numpy as np
import pytest

import fastnn as keras
from fastnn.layers import (
    BatchNormalization,
    Dense,
    Dropout,
    Input,
    LayerNormalization,
    Normalization,
    Rescaling,
    Reshape,
)
from fastnn.models import Sequential
from messages import raises

RNG = np.random.default_rng(6)
X = RNG.normal(loc=3.0, scale=2.0, size=(50, 7))
Y = RNG.normal(size=(50, 3))
MSE = keras._core.WeightedLoss(keras.losses.MeanSquaredError()._to_core())


def gradients_of(model, x, y):
    return model._get_network(x).loss_and_gradients([x], [y], [MSE])


def identity_behind(layer, size, dtype="float64"):
    """A network whose last layer is the identity, so that its gradients show those of `layer`."""
    kernel = {"kernel_initializer": np.eye(size), "use_bias": False}
    model = Sequential([Input((size,), dtype=dtype), Dense(size, **kernel), layer])
    model.compile("sgd", "mse")
    return model


@pytest.mark.parametrize("size", [7, 64, 100])
def test_dropout_keeps_the_expectation_and_drops_its_share(size):
    """With the identity before it, dL/dW shows which inputs were multiplied with what."""
    rate, n = 0.4, 4000
    x, zeros = np.ones((n, size)), np.zeros((n, size))
    model = identity_behind(Dropout(rate, seed=3), size)
    loss, _ = gradients_of(model, x, zeros)
    # mean of (kept / 0.6)²: kept is 1 with probability 0.6
    assert loss == pytest.approx(1 / 0.6, rel=5 / np.sqrt(n * size))


def test_dropout_does_nothing_but_in_training():
    model = identity_behind(Dropout(0.9), 7)
    np.testing.assert_array_equal(model(X), X)
    assert model.evaluate(X, X, verbose=0) == 0


def test_dropout_draws_anew_at_each_step_and_alike_with_the_same_seed():
    def history(seed, epochs=3):
        model = identity_behind(Dropout(0.25, seed=seed), 7)
        model.layers[0].trainable = False
        model.compile("sgd", "mse")
        options = {"batch_size": 50, "epochs": epochs, "shuffle": False, "verbose": 0}
        return model.fit(X, X, **options).history["loss"]

    losses = history(1)
    assert len(set(losses)) == 3
    assert losses == history(1)
    assert losses != history(2)


def test_the_gradient_of_dropout_is_that_of_the_mask_it_used():
    model = Sequential([Input((7,), dtype="float64"), Dense(5), Dropout(0.5, seed=8), Dense(3)])
    model.compile("sgd", "mse")
    weights = model.get_weights()
    _, gradients = gradients_of(model, X, Y)
    expected = np.empty_like(weights[0])
    for where, value in np.ndenumerate(weights[0]):
        losses = []
        for moved in (value + 1e-6, value - 1e-6):
            changed = [weight.copy() for weight in weights]
            changed[0][where] = moved
            model.set_weights(changed)
            losses.append(gradients_of(model, X, Y)[0])
        expected[where] = (losses[0] - losses[1]) / 2e-6
    np.testing.assert_allclose(gradients[0], expected, rtol=1e-5, atol=1e-7)


def normalized(x, axis, epsilon):
    mean, variance = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


@pytest.mark.parametrize("size", [1, 7, 33])
def test_layer_normalization_brings_rows_to_mean_0_and_variance_1(core, size):
    x = RNG.normal(3, 2, size=(20, size))
    gamma, beta = RNG.normal(size=(2, size))
    layer = LayerNormalization(gamma_initializer=gamma, beta_initializer=beta, dtype="float64")
    model = Sequential([Input((size,), dtype="float64"), layer])
    np.testing.assert_allclose(model(x), normalized(x, 1, 1e-3) * gamma + beta, rtol=1e-10)


def test_batch_normalization_uses_the_batch_in_training_and_its_means_otherwise(core):
    gamma, beta = RNG.normal(size=(2, 7))
    layer = BatchNormalization(momentum=0.8, gamma_initializer=gamma, beta_initializer=beta)
    model = Sequential([Input((7,), dtype="float64"), layer])
    model.compile(keras.optimizers.SGD(learning_rate=0.0), "mse")
    target = normalized(X, 0, 1e-3) * gamma + beta
    loss = model.fit(X, target, batch_size=50, shuffle=False, verbose=0).history["loss"][0]
    assert loss == pytest.approx(0, abs=1e-20)
    mean, variance = 0.2 * X.mean(axis=0), 0.8 + 0.2 * X.var(axis=0)
    np.testing.assert_allclose(layer.get_weights()[2:], [mean, variance], rtol=1e-12)
    expected = (X - mean) / np.sqrt(variance + 1e-3) * gamma + beta
    np.testing.assert_allclose(model(X), expected, rtol=1e-10)


def test_frozen_batch_normalization_keeps_its_means_in_training():
    model = Sequential([Input((7,), dtype="float64"), Dense(7), BatchNormalization(), Dense(3)])
    model.layers[1].trainable = False
    model.compile("sgd", "mse")
    before = model.layers[1].get_weights()
    model.fit(X, Y, verbose=0)
    for weight, expected in zip(model.layers[1].get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("n_epochs", [1, 3])
def test_penalties_count_in_the_loss_and_in_the_steps(n_epochs):
    """Beside plain NumPy: w -= lr (dL/dw + l1 sign(w) + 2 l2 w)."""
    penalty = keras.regularizers.L1L2(l1=0.02, l2=0.03)
    dense = Dense(3, use_bias=False, kernel_regularizer=penalty)
    model = Sequential([Input((7,), dtype="float64"), dense])
    model.compile(keras.optimizers.SGD(learning_rate=0.01), "mse")
    (w,) = model.get_weights()
    losses = []
    for _ in range(n_epochs):
        error = X @ w - Y
        losses.append((error**2).mean() + 0.02 * np.abs(w).sum() + 0.03 * (w**2).sum())
        w = w - 0.01 * (2 * X.T @ error / error.size + 0.02 * np.sign(w) + 0.06 * w)
    history = model.fit(X, Y, batch_size=50, epochs=n_epochs, shuffle=False, verbose=0).history
    np.testing.assert_allclose(history["loss"], losses, rtol=1e-10)
    np.testing.assert_allclose(model.get_weights()[0], w, rtol=1e-10)
    final = ((X @ w - Y) ** 2).mean() + 0.02 * np.abs(w).sum() + 0.03 * (w**2).sum()
    assert model.evaluate(X, Y, verbose=0) == pytest.approx(final, rel=1e-10)


def test_rescaling_multiplies_and_adds():
    layer = Rescaling(1 / 127.5, offset=-1.0)
    np.testing.assert_allclose(layer(X), X / 127.5 - 1, rtol=1e-5, atol=1e-6)
    assert layer.get_weights() == []


def test_normalization_takes_its_numbers_from_data():
    layer = Normalization()
    layer.adapt(X)
    expected = (X - X.mean(axis=0)) / X.std(axis=0)
    np.testing.assert_allclose(layer(X), expected, rtol=1e-4, atol=1e-5)
    mean, variance, count = layer.get_weights()
    np.testing.assert_allclose([mean, variance], [X.mean(axis=0), X.var(axis=0)], rtol=1e-6)
    assert count == 50


@pytest.mark.parametrize("axis", [-1, None])
def test_normalization_reads_long_data_and_batches_part_by_part(axis):
    rows = np.random.default_rng(5).integers(0, 256, (3000, 4, 100), dtype=np.uint8)
    axes = None if axis is None else (0, 1)
    for data in (rows, (rows[begin : begin + 700] for begin in range(0, 3000, 700))):
        layer = Normalization(axis)
        layer.adapt(data)
        np.testing.assert_allclose(layer.mean, rows.mean(axis=axes), rtol=1e-12)
        np.testing.assert_allclose(layer.variance, rows.var(axis=axes), rtol=1e-12)
        assert layer.mean.shape == (() if axis is None else (100,))


def test_normalization_that_is_built_already_adapts():
    layer = Normalization()
    model = Sequential([Input((7,)), layer, Dense(2)])
    before = model(X)
    layer.adapt(X)
    assert not np.allclose(model(X), before)
    given = Normalization(mean=X.mean(axis=0), variance=X.var(axis=0))
    np.testing.assert_allclose(given(X), layer(X), rtol=1e-5, atol=1e-6)
    inverse = Normalization(mean=X.mean(axis=0), variance=X.var(axis=0), invert=True)
    np.testing.assert_allclose(inverse(given(X)), X, rtol=1e-4)


def test_reshape_gives_rows_another_shape():
    x = X[:, :6]
    assert Reshape((2, 3))(x).shape == (50, 2, 3)
    np.testing.assert_array_equal(Reshape((-1,))(Reshape((3, -1))(x)), x.astype(np.float32))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dropout(1.0), ValueError, "expected rate in [0, 1). Received: 1.0"),
        (lambda: Dropout("x"), TypeError, "expected rate to be a number. Received: 'x'"),
        (
            lambda: BatchNormalization(axis=2),
            NotImplementedError,
            "BatchNormalization(axis=2) is not built yet, only its default -1",
        ),
        (
            lambda: LayerNormalization(epsilon=0),
            ValueError,
            "expected epsilon in (0, inf). Received: 0",
        ),
        (
            lambda: Normalization(mean=1.0),
            ValueError,
            "expected mean and variance together, or neither",
        ),
        (
            lambda: Reshape((4, -1))(X[:, :6]),
            ValueError,
            "expected rows of 4 numbers, or a multiple of them where one length of target_shape "
            "is -1. Received: 6",
        ),
    ],
)
def test_a_layer_says_what_is_wrong(make, error, message):
    with raises(error, message):
        make()
