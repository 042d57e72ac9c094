"""What optimizers promise: the steps of Keras, weight by weight."""

from pathlib import Path

import numpy as np
import pytest

import reference
from fastnn import optimizers
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD, Adam
from fixtures.optimizer_settings import OPTIMIZERS, make_optimizer

RECORDED = np.load(Path(__file__).parent / "fixtures" / "optimizers.npz")
BATCHES = [slice(start, start + 8) for start in range(0, 75, 8)]  # the last one is short
SETTINGS = [
    (SGD, reference.SGD, {}),
    (SGD, reference.SGD, {"learning_rate": 0.1}),
    (SGD, reference.SGD, {"learning_rate": 0.05, "momentum": 0.9}),
    (SGD, reference.SGD, {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True}),
    (Adam, reference.Adam, {}),
    (Adam, reference.Adam, {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
]
NETWORKS = [
    (("relu", "softmax"), "sparse_categorical_crossentropy"),
    (("tanh", "sigmoid"), "sparse_categorical_crossentropy"),
    (("sigmoid", "softmax"), "categorical_crossentropy"),
    (("tanh", "linear"), "mean_squared_error"),
]


def recorded_model(setting, dtype):
    """The network that Keras trained, 5-8-3 from the same weights, and its data."""
    model = Sequential([Input((5,)), Dense(8, activation="relu"), Dense(3)], dtype=dtype)
    shapes = [weight.shape for weight in model.get_weights()]
    ends = np.cumsum([np.prod(shape) for shape in shapes])[:-1]
    parts = np.split(RECORDED["initial"], ends)
    model.set_weights([part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)])
    model.compile(make_optimizer(optimizers, setting), "mean_squared_error")
    return model, RECORDED["x"], RECORDED["y"]


def flat_weights(model):
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def fit_in_order(model, x, y):
    return model.fit(x, y, batch_size=8, shuffle=False, verbose=0).history["loss"][0]


@pytest.mark.parametrize("setting", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
def test_ten_steps_equal_those_of_keras(core, setting, dtype, tolerance):
    model, x, y = recorded_model(setting, dtype)
    steps = zip(BATCHES, RECORDED[f"{setting}/losses"], RECORDED[f"{setting}/weights"], strict=True)
    for rows, loss, weights in steps:
        received = fit_in_order(model, x[rows], y[rows])
        np.testing.assert_allclose(received, loss, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(flat_weights(model), weights, rtol=tolerance, atol=tolerance)
    assert model.optimizer.iterations == RECORDED[f"{setting}/iterations"]


@pytest.mark.parametrize("setting", OPTIMIZERS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
def test_one_fit_of_ten_steps_equals_that_of_keras(core, setting, dtype, tolerance):
    model, x, y = recorded_model(setting, dtype)
    loss, weights = (
        RECORDED[f"{setting}/{name}"] for name in ("loss of all", "weights behind all")
    )
    np.testing.assert_allclose(fit_in_order(model, x, y), loss, rtol=tolerance)
    np.testing.assert_allclose(flat_weights(model), weights, rtol=tolerance, atol=tolerance)
    assert model.optimizer.iterations == RECORDED[f"{setting}/iterations"]


# Where weights become their averages behind each fit, ten fits are not one.
@pytest.mark.parametrize("setting", [s for s in OPTIMIZERS if "use_ema" not in OPTIMIZERS[s][1]])
def test_one_call_of_fit_and_ten_give_the_same_bits(setting):
    at_once, x, y = recorded_model(setting, "float32")
    fit_in_order(at_once, x, y)
    step_by_step, x, y = recorded_model(setting, "float32")
    for rows in BATCHES:
        fit_in_order(step_by_step, x[rows], y[rows])
    np.testing.assert_array_equal(flat_weights(step_by_step), flat_weights(at_once))


@pytest.mark.parametrize("setting", OPTIMIZERS)
def test_a_gradient_that_is_no_number_shows_in_the_weights(core, setting):
    """Neither a limit nor a sign makes a number of it."""
    model, x, y = recorded_model(setting, "float32")
    *others, kernel, bias = model.get_weights()
    model.set_weights([*others, np.full_like(kernel, np.nan), bias])
    fit_in_order(model, x[:32], y[:32])  # four batches, the most that one update waits for
    assert np.isnan(model.get_weights()[-1]).all()


@pytest.fixture
def data():
    rng = np.random.default_rng(11)
    return rng.normal(size=(75, 5)), rng.integers(0, 3, size=75)


def compare_training(data, setting, network, dtype, tolerance, epochs):
    """Train 5-8-3 with a last short batch, beside the reference and from the same weights."""
    (x, labels), (kind, naive_kind, arguments), (activations, loss) = data, setting, network
    y = labels if loss.startswith("sparse") else np.eye(3)[labels]
    hidden, output = activations
    model = Sequential(
        [Input((5,)), Dense(8, activation=hidden), Dense(3, activation=output)], dtype=dtype
    )
    model.compile(kind(**arguments), loss, metrics=["accuracy"])
    naive, optimizer = reference.Network(model.get_weights(), activations), naive_kind(**arguments)
    history = model.fit(x, y, batch_size=8, epochs=epochs, shuffle=False, verbose=0).history
    for epoch in range(epochs):
        figures = naive.train_epoch(x, y, np.arange(75), loss, optimizer, 8)
        received = history["loss"][epoch], history["accuracy"][epoch]
        np.testing.assert_allclose(received, figures, rtol=tolerance, atol=tolerance)
    for weight, expected in zip(model.get_weights(), naive.weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s[0].__name__}{s[2]}")
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-5)])
def test_ten_steps_equal_the_naive_reference(core, data, setting, network, dtype, tolerance):
    compare_training(data, setting, network, dtype, tolerance, epochs=1)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda s: f"{s[0].__name__}{s[2]}")
def test_what_an_optimizer_remembers_lasts_from_epoch_to_epoch(data, setting):
    compare_training(data, setting, NETWORKS[0], "float64", 1e-9, epochs=5)


@pytest.mark.parametrize("optimizer", [lambda: SGD(0.1, momentum=0.9), Adam])
def test_a_second_fit_goes_on_and_a_second_compile_begins_anew(data, optimizer):
    x, y = data

    def trained(fits, compile_between):
        model = Sequential([Input((5,)), Dense(3, activation="softmax")], dtype="float64")
        model.set_weights([np.ones((5, 3)), np.zeros(3)])
        model.compile(optimizer(), "sparse_categorical_crossentropy")
        for epochs in fits:
            model.fit(x, y, epochs=epochs, shuffle=False, verbose=0)
            if compile_between:
                model.compile(optimizer(), "sparse_categorical_crossentropy")
        return model.get_weights()[0]

    at_once = trained([4], compile_between=False)
    np.testing.assert_array_equal(trained([1, 3], compile_between=False), at_once)
    assert not np.allclose(trained([1, 3], compile_between=True), at_once, rtol=1e-6)


def test_the_learning_rate_may_be_changed_between_fits(data):
    x, y = data
    model = Sequential([Input((5,)), Dense(3, activation="softmax")])
    model.compile(SGD(0.1), "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    before = model.get_weights()
    model.optimizer.learning_rate = 0.0
    model.fit(x, y, verbose=0)
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_one_optimizer_may_serve_two_models(data):
    x, y = data
    optimizer = Adam()
    models = [Sequential([Input((5,)), Dense(3, activation="softmax")]) for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    for model in models:
        model.compile(optimizer, "sparse_categorical_crossentropy")
        model.fit(x, y, shuffle=False, verbose=0)
    np.testing.assert_array_equal(models[0].get_weights()[0], models[1].get_weights()[0])


def test_the_core_takes_back_what_an_optimizer_remembers(core):
    rng = np.random.default_rng(3)
    layer = core.LayerFloat32.dense(40, 33, True)
    network = core.NetworkFloat32([40], [layer], [[0]], [1], [True])
    assert network.optimizer_state() == (0, [])
    slots = [
        [rng.normal(size=shape).astype(np.float32) for _ in range(2)] for shape in ((40, 33), (33,))
    ]
    network.set_optimizer_state(7, slots)
    step, received = network.optimizer_state()
    assert (step, network.step) == (7, 7)
    for mine, theirs in zip(received, slots, strict=True):
        np.testing.assert_array_equal(mine[0], theirs[0])
        np.testing.assert_array_equal(mine[1], theirs[1])
    for state in ((-1, []), (1, slots[:1]), (1, [slots[1], slots[0]]), (1, [*slots, []])):
        with pytest.raises(ValueError, match=r"^expected "):
            network.set_optimizer_state(*state)
    assert network.step == 7
