"""What optimizers promise: the steps of Keras, weight by weight."""

import numpy as np
import pytest

import reference
from fastnn import optimizers
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD, Adam
from messages import raises

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


def test_defaults_are_those_of_keras():
    sgd, adam = SGD(), Adam()
    assert (sgd.learning_rate, sgd.momentum, sgd.nesterov) == (0.01, 0.0, False)
    assert (adam.learning_rate, adam.beta_1, adam.beta_2, adam.epsilon) == (1e-3, 0.9, 0.999, 1e-7)


@pytest.mark.parametrize(("name", "kind"), [("sgd", SGD), ("adam", Adam), ("Adam", Adam)])
def test_optimizers_are_found_by_the_names_of_keras(name, kind):
    assert type(optimizers.get(name)) is kind


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: optimizers.get("rmsprop"),
            NotImplementedError,
            "optimizer 'rmsprop' is not built yet, only 'sgd', 'adam'",
        ),
        (
            lambda: optimizers.get("adamant"),
            ValueError,
            "expected optimizer to be one of 'sgd', 'adam'. Received: 'adamant'",
        ),
        (
            lambda: optimizers.get(None),
            TypeError,
            "expected optimizer to be a name or an Optimizer. Received: None",
        ),
        (lambda: SGD(-0.1), ValueError, "expected learning_rate in [0, inf). Received: -0.1"),
        (
            lambda: SGD("fast"),
            TypeError,
            "expected learning_rate to be a number. Received: 'fast'",
        ),
        (
            lambda: Adam(float("nan")),
            ValueError,
            "expected learning_rate in [0, inf). Received: nan",
        ),
        (lambda: SGD(momentum=1.5), ValueError, "expected momentum in [0, 1]. Received: 1.5"),
        (lambda: Adam(beta_1=1.0), ValueError, "expected beta_1 in [0, 1). Received: 1.0"),
        (lambda: Adam(beta_2=-0.1), ValueError, "expected beta_2 in [0, 1). Received: -0.1"),
        (lambda: Adam(epsilon=0), ValueError, "expected epsilon in (0, inf). Received: 0"),
        (
            lambda: SGD(nesterov=1),
            TypeError,
            "expected nesterov to be True or False. Received: 1",
        ),
        (
            lambda: Adam(amsgrad=True),
            NotImplementedError,
            "Adam(amsgrad=...) is not built yet, only its default False",
        ),
        (
            lambda: SGD(clipnorm=1.0),
            NotImplementedError,
            "SGD(clipnorm=...) is not built yet, only its default None",
        ),
        (
            lambda: SGD(amsgrad=True),
            TypeError,
            "SGD() got an unexpected keyword argument 'amsgrad'",
        ),
    ],
)
def test_an_optimizer_says_what_is_wrong_with_its_arguments(make, error, message):
    with raises(error, message):
        make()


def test_a_wrong_learning_rate_leaves_the_old_one():
    optimizer = SGD(0.1)
    with raises(ValueError, "expected learning_rate in [0, inf). Received: -1"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == 0.1
