"""Bad input: what is said, and that nothing has changed when it is said."""

import threading

import numpy as np
import pytest

from fastnn import _core
from fastnn.layers import Dense, Input
from fastnn.losses import SparseCategoricalCrossentropy
from fastnn.models import Sequential
from fastnn.optimizers import SGD
from messages import raises

X = np.random.default_rng(8).normal(size=(20, 6))
LABELS = np.arange(20) % 3
ONE_HOT = np.eye(3)[LABELS]


def compiled(loss="sparse_categorical_crossentropy", n_outputs=3):
    layers = [Input((6,)), Dense(5, activation="relu"), Dense(n_outputs, activation="softmax")]
    model = Sequential(layers, name="mine")
    model.compile("sgd", loss, metrics=["accuracy"])
    return model


def with_value(x, where, value):
    changed = np.array(x)
    changed[where] = value
    return changed


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"x": X[:, :4]},
            ValueError,
            "expected x of shape (n_samples, 6). Received: (20, 4)",
        ),
        (
            {"x": X.reshape(20, 2, 3)},
            ValueError,
            "expected x of shape (n_samples, 6). Received: (20, 2, 3)",
        ),
        ({"x": X[0]}, ValueError, "expected x of shape (n_samples, 6). Received: (6,)"),
        ({"x": None}, TypeError, "expected x to hold numbers. Received dtype: object"),
        (
            {"x": X.astype(object)},
            TypeError,
            "expected x to hold numbers. Received dtype: object",
        ),
        ({"x": X.astype(str)}, TypeError, "expected x to hold numbers. Received dtype: <U32"),
        (
            {"x": with_value(X, (3, 1), np.nan)},
            ValueError,
            "expected x without NaN or infinity. Received: nan at row 3, column 1",
        ),
        (
            {"x": with_value(X, (0, 5), -np.inf)},
            ValueError,
            "expected x without NaN or infinity. Received: -inf at row 0, column 5",
        ),
        (
            {"x": with_value(X, (0, 5), -1e39)},
            ValueError,
            "expected x within ±3.403e+38, the range of float32. Received a magnitude of 1e+39",
        ),
        (
            {"x": X[:0], "y": LABELS[:0]},
            ValueError,
            "expected x with at least one row. Received: 0 rows",
        ),
        ({"y": LABELS[:19]}, ValueError, "expected y of shape (20,). Received: (19,)"),
        ({"y": ONE_HOT}, ValueError, "expected y of shape (20,). Received: (20, 3)"),
        ({"y": None}, TypeError, "expected y to hold numbers. Received dtype: object"),
        (
            {"y": LABELS + 0.5},
            ValueError,
            "expected y to hold whole numbers. Received: 0.5",
        ),
        (
            {"y": with_value(LABELS, 7, 3)},
            ValueError,
            "expected y in [0, 3). Received: 3 at index 7",
        ),
        (
            {"y": with_value(LABELS, 7, -1)},
            ValueError,
            "expected y in [0, 3). Received: -1 at index 7",
        ),
        ({"batch_size": 0}, ValueError, "expected batch_size >= 1. Received: 0"),
        ({"batch_size": 2.5}, TypeError, "expected batch_size to be an integer. Received: 2.5"),
        (
            {"validation_batch_size": 0},
            ValueError,
            "expected validation_batch_size >= 1. Received: 0",
        ),
        ({"epochs": 0}, ValueError, "expected epochs >= 1. Received: 0"),
        ({"initial_epoch": -1}, ValueError, "expected initial_epoch >= 0. Received: -1"),
        (
            {"verbose": 3},
            ValueError,
            "expected verbose to be 'auto', 0, 1 or 2. Received: 3",
        ),
        (
            {"shuffle": "batch"},
            TypeError,
            "expected shuffle to be True or False. Received: 'batch'",
        ),
        (
            {"validation_split": 1.0},
            ValueError,
            "expected validation_split in [0, 1). Received: 1.0",
        ),
        (
            {"validation_split": 0.99},
            ValueError,
            "expected validation_split to leave rows on both sides of 20. Received: 0.99",
        ),
        (
            {"validation_data": "none"},
            ValueError,
            "expected validation_data to be a tuple (x, y). Received: 'none'",
        ),
        (
            {"validation_data": (X, LABELS, LABELS[:3])},
            ValueError,
            "expected validation_data[2] of shape (20,). Received: (3,)",
        ),
        (
            {"validation_data": (X[:, :5], LABELS)},
            ValueError,
            "expected validation_data[0] of shape (n_samples, 6). Received: (20, 5)",
        ),
        (
            {"validation_data": (X, LABELS + 1)},
            ValueError,
            "expected validation_data[1] in [0, 3). Received: 3 at index 2",
        ),
        (
            {"callbacks": [print]},
            TypeError,
            "expected callbacks to be a Callback of fastnn.callbacks or a list of them. "
            f"Received: {print!r}",
        ),
        (
            {"class_weight": [1.0, 2.0]},
            TypeError,
            "expected class_weight to be a dict of classes and weights. Received: [1.0, 2.0]",
        ),
        (
            {"class_weight": {1: np.inf}},
            ValueError,
            "expected class_weight[1] in (-inf, inf). Received: inf",
        ),
        (
            {"class_weight": {1: 2.0}, "sample_weight": np.ones(20)},
            ValueError,
            "expected class_weight or sample_weight. Received: both",
        ),
        (
            {"sample_weight": np.ones((20, 2))},
            ValueError,
            "expected sample_weight of shape (20,). Received: (20, 2)",
        ),
        (
            {"sample_weight": with_value(np.ones(20), 3, np.nan)},
            ValueError,
            "expected sample_weight without NaN or infinity. Received: nan at index 3",
        ),
        ({"steps_per_epoch": 0}, ValueError, "expected steps_per_epoch >= 1. Received: 0"),
        ({"validation_steps": 0}, ValueError, "expected validation_steps >= 1. Received: 0"),
        ({"validation_freq": 0}, ValueError, "expected validation_freq >= 1. Received: 0"),
    ],
)
def test_fit_says_what_is_wrong_and_changes_nothing(arguments, error, message):
    model = compiled()
    before = model.get_weights()
    with raises(error, message):
        model.fit(**{"x": X, "y": LABELS, "verbose": 0} | arguments)
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert model.history is None


@pytest.mark.parametrize(
    ("loss", "n_outputs", "y", "message"),
    [
        (
            "categorical_crossentropy",
            3,
            LABELS,
            "expected y of shape (20, 3). Received: (20,)",
        ),
        (
            "categorical_crossentropy",
            3,
            ONE_HOT[:, :2],
            "expected y of shape (20, 3). Received: (20, 2)",
        ),
        (
            "mse",
            3,
            with_value(ONE_HOT, (2, 1), np.nan),
            "expected y without NaN or infinity. Received: nan at row 2, column 1",
        ),
        (
            "mse",
            3,
            ONE_HOT * 1e300,
            "expected y within ±3.403e+38, the range of float32. Received a magnitude of 1e+300",
        ),
        ("mse", 1, LABELS[:7], "expected y of shape (20,). Received: (7,)"),
        (
            "categorical_crossentropy",
            1,
            LABELS[:, None],
            "expected a network with at least 2 outputs for categorical_crossentropy. Received: 1",
        ),
        (
            "sparse_categorical_crossentropy",
            1,
            LABELS * 0,
            "expected a network with at least 2 outputs for sparse_categorical_crossentropy. "
            "Received: 1",
        ),
    ],
)
def test_targets_that_do_not_fit_the_loss_are_refused(loss, n_outputs, y, message):
    model = compiled(loss, n_outputs)
    for call in model.fit, model.evaluate:
        with raises(ValueError, message):
            call(X, y, verbose=0)


@pytest.mark.parametrize("unsigned", [np.uint8, np.uint64])
def test_large_unsigned_labels_are_refused(unsigned):
    largest = np.iinfo(unsigned).max
    with raises(ValueError, f"expected y in [0, 3). Received: {largest} at index 4"):
        compiled().fit(X, with_value(LABELS.astype(unsigned), 4, largest), verbose=0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": X[:, :5]}, ValueError, "expected x of shape (n_samples, 6). Received: (20, 5)"),
        ({"batch_size": -1}, ValueError, "expected batch_size >= 1. Received: -1"),
        ({"steps": 0}, ValueError, "expected steps >= 1. Received: 0"),
    ],
)
def test_predict_says_what_is_wrong(arguments, error, message):
    with raises(error, message):
        compiled().predict(**{"x": X, "verbose": 0} | arguments)


def test_rows_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"^expected x to be a regular array\. Received: "):
        compiled().predict([[1.0, 2.0], [3.0]])


def test_two_threads_may_not_train_one_model(monkeypatch):
    model, received = compiled(), []

    def train_meanwhile(*_, **__):
        try:
            model.fit(X, LABELS, verbose=0)
        except RuntimeError as error:
            received.append(str(error))
        return np.arange(20)

    monkeypatch.setattr(
        "fastnn._training.data._order", lambda *_: in_another_thread(train_meanwhile)
    )
    model.fit(X, LABELS, verbose=0)
    assert received == ["expected one thread at a time to train 'mine'"]
    model.fit(X, LABELS, verbose=0)


def in_another_thread(function):
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join()
    return results[0]


@pytest.mark.parametrize("n_rates", [0, 9, 11])
def test_the_core_wants_a_learning_rate_for_each_step(core, n_rates):
    model = compiled()
    before = model.get_weights()
    optimizer, network = SGD()._to_core(), model._get_network(X)
    rates, order = np.full(n_rates, 0.1), np.arange(20)
    loss = core.WeightedLoss(SparseCategoricalCrossentropy()._to_core())
    network.set_objective([loss], [], [])
    with raises(ValueError, f"expected 10 learning rates, one a step. Received: {n_rates}"):
        network.train([X], [LABELS], [None], order, 2, optimizer, rates, core.Tally())
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_an_interrupted_epoch_ends_behind_a_whole_batch():
    """What a report raises is raised again, and the weights are those of the steps until then."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40_000, 64)).astype(np.float32), rng.integers(0, 3, size=40_000)
    interrupted, replayed = (
        Sequential([Input((64,)), Dense(256, activation="relu"), Dense(3, activation="softmax")])
        for _ in range(2)
    )
    replayed.set_weights(interrupted.get_weights())
    loss = _core.WeightedLoss(SparseCategoricalCrossentropy()._to_core())
    optimizer = SGD()._to_core()
    reported = []

    def interrupt(rows, *figures):
        reported.append((rows, *figures))
        raise KeyboardInterrupt

    def train(model, n_rows, progress=None):
        order = np.arange(n_rows)
        network = model._get_network(x)
        rates, tally = np.full(n_rows // 2, 0.01), _core.Tally()
        network.set_objective([loss], [], [])
        network.train([x], [y], [None], order, 2, optimizer, rates, tally, progress)
        return tally.figures()

    with pytest.raises(KeyboardInterrupt):
        train(interrupted, 40_000, interrupt)  # a report is due every 50 ms
    ((rows, (mean_loss,)),) = reported
    assert train(replayed, rows)[0] == pytest.approx(mean_loss, rel=1e-12)
    for weight, expected in zip(interrupted.get_weights(), replayed.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_an_interrupted_fit_leaves_a_model_that_works(monkeypatch):
    model = compiled()

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("fastnn._training.loop.CallbackList.on_epoch_end", interrupt)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, LABELS, verbose=0)
    monkeypatch.undo()
    assert model.history.history == {}
    assert model.fit(X, LABELS, verbose=0).epoch == [0]
