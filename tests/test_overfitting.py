"""A network with more weights than its data has numbers learns them by heart."""

import numpy as np
import pytest

from fastnn import optimizers, utils
from fastnn.layers import BatchNormalization, Dense, Input
from fastnn.models import Sequential

N_ROWS, N_CLASSES = 24, 3
OPTIMIZERS = {
    "sgd": optimizers.SGD(0.05),
    "momentum": optimizers.SGD(0.02, momentum=0.9, nesterov=True),
    "rmsprop": optimizers.RMSprop(0.001),
    "adam": optimizers.Adam(0.003),
    "adamw": optimizers.AdamW(0.003),
    "adamax": optimizers.Adamax(0.005),
    "nadam": optimizers.Nadam(0.003),
    "adagrad": optimizers.Adagrad(0.05),
    "adadelta": optimizers.Adadelta(1.0),
    "lion": optimizers.Lion(0.0005),
}


def model(last, *between):
    hidden = [Dense(64, "relu"), *between, Dense(64, "tanh")]
    return Sequential([Input((8,)), *hidden, Dense(N_CLASSES, last)], dtype="float64")


@pytest.fixture
def rows():
    utils.set_random_seed(3)
    return np.random.default_rng(3).normal(size=(N_ROWS, 8))


@pytest.fixture
def labels():
    """Of the rows, which have nothing to do with them."""
    return np.random.default_rng(4).integers(0, N_CLASSES, N_ROWS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_comes_to_loss_0(name, rows, labels):
    network = model(None)
    network.compile(OPTIMIZERS[name], "categorical_hinge", metrics=["accuracy"])
    targets = np.eye(N_CLASSES)[labels]
    network.fit(rows, targets, batch_size=8, epochs=400, verbose=0)
    assert network.evaluate(rows, targets, verbose=0) == [0.0, 1.0]


@pytest.mark.parametrize("between", [[], [BatchNormalization()]], ids=["plain", "normalized"])
def test_cross_entropy_comes_near_0(between, rows, labels):
    network = model("softmax", *between)
    network.compile(optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    network.fit(rows, labels, batch_size=N_ROWS, epochs=2000, verbose=0)
    assert network.evaluate(rows, labels, verbose=0) < 1e-4


def test_numbers_are_learned_to_nearly_all_their_digits(rows):
    targets = np.random.default_rng(5).normal(size=(N_ROWS, N_CLASSES))
    network = model(None)
    network.compile(optimizers.Adam(0.003), "mse")
    network.fit(rows, targets, batch_size=N_ROWS, epochs=3000, verbose=0)
    network.optimizer.learning_rate = 0.0001
    network.fit(rows, targets, batch_size=N_ROWS, epochs=1000, verbose=0)
    assert network.evaluate(rows, targets, verbose=0) < 1e-9
