"""What optimizers promise that look at a step as a whole: norms, sums of batches, averages."""

import numpy as np
import pytest

import fastnn as keras
from fastnn.layers import BatchNormalization, Dense, Input, LayerNormalization
from fastnn.models import Model, Sequential
from fastnn.optimizers import SGD, Adam, Lion
from fastnn.regularizers import L1L2

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(48, 6)), RNG.normal(size=(48, 3))


def penalized_model(optimizer):
    """A layer that is passed twice, one that is frozen, and penalties, from the same weights."""
    x = Input((6,), dtype="float64")
    shared = Dense(6, "tanh", kernel_regularizer=L1L2(0.01, 0.02))
    frozen = Dense(5, "sigmoid", kernel_regularizer=L1L2(0.1, 0.1))
    frozen.trainable = False
    model = Model(x, Dense(3, bias_regularizer=L1L2(0.02, 0.01))(frozen(shared(shared(x)))))
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    model.compile(optimizer, "mse")
    return model


def trained(optimizer, batch_size=16, epochs=3):
    """The weights and the losses of some epochs of rows in order."""
    model = penalized_model(optimizer)
    fit = model.fit(X, Y, batch_size, epochs=epochs, shuffle=False, verbose=0)
    return model.get_weights(), fit.history["loss"]


def assert_close(received, expected, tolerance=1e-11):
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance)


def gradients_of(model):
    """The gradients of the weights that learn, in the order of `get_weights`."""
    loss = keras._core.WeightedLoss(keras.losses.MeanSquaredError()._to_core())
    _, gradients = model._get_network(X).loss_and_gradients([X], [Y], [loss])
    return gradients


def norm_of(arrays):
    return np.sqrt(sum(float((array**2).sum()) for array in arrays))


LEARNED = [0, 1, 4, 5]  # of the model's six weights


@pytest.mark.parametrize("limit", [0.1, 0.6])
def test_each_gradient_is_shortened_by_its_own_norm_penalties_included(limit):
    model = penalized_model(SGD(0.1, clipnorm=limit))
    weights, gradients = model.get_weights(), gradients_of(model)
    norms = [norm_of([gradients[i]]) for i in LEARNED]
    assert min(norms) < 0.6 < max(norms), "a limit that shortens some and not others"
    for i in LEARNED:
        weights[i] = weights[i] - 0.1 * gradients[i] * min(1, limit / norm_of([gradients[i]]))
    model.fit(X, Y, batch_size=48, verbose=0)
    assert_close(model.get_weights(), weights)


@pytest.mark.parametrize("limit", [0.3, 100.0])
def test_all_gradients_are_shortened_by_their_common_norm(limit):
    model = penalized_model(SGD(0.1, global_clipnorm=limit))
    weights, gradients = model.get_weights(), gradients_of(model)
    norm = norm_of([gradients[i] for i in LEARNED])
    for i in LEARNED:
        weights[i] = weights[i] - 0.1 * gradients[i] * min(1, limit / norm)
    model.fit(X, Y, batch_size=48, verbose=0)
    assert_close(model.get_weights(), weights)


@pytest.mark.parametrize("argument", ["clipnorm", "global_clipnorm"])
@pytest.mark.parametrize("kind", [SGD, Adam, Lion])
def test_a_limit_that_no_norm_reaches_changes_no_bit(core, kind, argument):
    for received, expected in zip(
        trained(kind(0.01, **{argument: 1e6}))[0], trained(kind(0.01))[0], strict=True
    ):
        np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize("kind", [SGD, Adam])
@pytest.mark.parametrize("batch_size", [4, 8])
def test_batches_that_are_accumulated_make_the_step_of_one_large_batch(core, kind, batch_size):
    weights, losses = trained(kind(0.05), batch_size=16)
    steps = 16 // batch_size
    received = trained(kind(0.05, gradient_accumulation_steps=steps), batch_size)
    assert_close(received[0], weights)
    assert_close(received[1], losses)


def test_accumulation_goes_on_in_the_next_fit():
    optimizer = SGD(0.05, gradient_accumulation_steps=3)
    model = penalized_model(optimizer)
    before = model.get_weights()
    iterations = []
    for rows in (slice(0, 16), slice(16, 32), slice(32, 48)):
        assert_close(model.get_weights(), before, tolerance=0)
        model.fit(X[rows], Y[rows], batch_size=16, verbose=0)
        iterations.append(optimizer.iterations)
    assert iterations == [0, 0, 1]
    assert_close(model.get_weights(), trained(SGD(0.05), batch_size=48, epochs=1)[0])


@pytest.mark.parametrize("factor", [1000.0, 0.125])
@pytest.mark.parametrize("settings", [{}, {"clipnorm": 0.5}, {"gradient_accumulation_steps": 2}])
def test_a_scaled_loss_teaches_the_same(core, factor, settings):
    weights, losses = trained(SGD(0.1, **settings))
    received = trained(SGD(0.1, loss_scale_factor=factor, **settings))
    assert_close(received[0], weights)
    assert_close(received[1], losses)


def test_a_scaled_loss_saves_slopes_too_small_for_float32():
    """With y = w₂ w₁ x, L = y²: dL/d(w₁ x) = 2 y w₂ = 2e-45, and dL/dw₁ = 2e-45 x."""
    x, w1, w2 = 1e15, 1e-20, 1e-20

    def step(**settings):
        model = Sequential([Input((1,)), *(Dense(1, use_bias=False) for _ in range(2))])
        model.set_weights([[[w1]], [[w2]]])
        model.compile(SGD(1e8, **settings), "mse")
        model.fit(np.full((1, 1), x), np.zeros((1, 1)), verbose=0)
        return model.get_weights()[0][0, 0] - np.float32(w1)

    assert step() == 0
    assert step(loss_scale_factor=1e10) == pytest.approx(-1e8 * 2e-45 * x, rel=1e-4)


def test_weights_become_their_running_mean_at_the_end_of_fit():
    plain, averaged = (penalized_model(SGD(0.1, **s)) for s in ({}, {"use_ema": True}))
    frozen = plain.get_weights()[2:4]
    average = None
    for start in range(0, 48, 16):
        rows = slice(start, start + 16)
        plain.fit(X[rows], Y[rows], batch_size=16, verbose=0)
        now = plain.get_weights()
        average = (
            now
            if average is None
            else [0.99 * a + 0.01 * w for a, w in zip(average, now, strict=True)]
        )
    averaged.fit(X, Y, batch_size=16, shuffle=False, verbose=0)
    assert_close(averaged.get_weights(), average)
    assert_close(averaged.get_weights()[2:4], frozen, tolerance=0)


def test_a_fit_without_an_average_leaves_the_weights_of_the_last_step():
    optimizer = SGD(0.1, use_ema=True, ema_momentum=0.0)
    assert_close(trained(optimizer)[0], trained(SGD(0.1))[0], tolerance=0)


@pytest.mark.parametrize(
    ("patterns", "kept"),
    [
        (None, set()),
        (["bias"], {"bias"}),
        (["gamma", "beta"], {"gamma", "beta"}),
        (["^be", "kern.l"], {"beta", "kernel"}),
        (["dense"], set()),
    ],
)
@pytest.mark.parametrize("settings", [{}, {"clipnorm": 1e6}])
def test_weights_whose_names_match_do_not_decay(core, patterns, kept, settings):
    """Before a last layer of zeros no gradient arrives: what moves decays."""
    layers = [Dense(4), BatchNormalization(), LayerNormalization(), Dense(4)]
    last = Dense(2, kernel_initializer="zeros", use_bias=False)
    model = Sequential([Input((6,)), *layers, last], dtype="float64")
    rng = np.random.default_rng(2)
    for layer in layers:
        layer.set_weights([rng.normal(size=weight.shape) for weight in layer.get_weights()])
    optimizer = SGD(0.1, weight_decay=0.5, **settings)
    optimizer.exclude_from_weight_decay(var_names=patterns)
    model.compile(optimizer, "mse")
    names = ["kernel", "bias"], ["gamma", "beta"], ["gamma", "beta"], ["kernel", "bias"]
    before = [layer.get_weights() for layer in layers]
    model.fit(X, np.zeros((48, 2)), batch_size=48, verbose=0)
    for layer, weights, of_layer in zip(layers, before, names, strict=True):
        for name, received, weight in zip(of_layer, layer.get_weights(), weights, strict=False):
            share = 1.0 if name in kept else 0.95
            np.testing.assert_allclose(received, share * weight, rtol=1e-12)
