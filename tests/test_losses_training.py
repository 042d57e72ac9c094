"""What losses promise to training: how the rows of a batch become one number, and its gradient."""

import numpy as np
import pytest

from fastnn.layers import Activation, Dense, Input
from fastnn.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from fastnn.models import Sequential
from fastnn.optimizers import SGD
from messages import raises


@pytest.fixture
def data():
    rng = np.random.default_rng(5)
    return rng.normal(size=(50, 4)), rng.integers(0, 3, size=50)


def trained(x, y, loss, learning_rate=0.1, batch_size=16, n_outputs=3, activation="softmax"):
    """The weights and the history of two epochs from the same weights."""
    model = Sequential([Input((4,)), Dense(n_outputs, activation)], dtype="float64")
    rng = np.random.default_rng(6)
    model.set_weights([rng.normal(size=weight.shape) for weight in model.get_weights()])
    model.compile(SGD(learning_rate), loss)
    history = model.fit(x, y, batch_size, epochs=2, shuffle=False, verbose=0).history
    return model, history["loss"]


def assert_same_weights(first, second):
    for weight, expected in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-9)


def test_a_sum_trains_as_a_mean_at_as_many_times_the_learning_rate(data):
    x, y = data[0][:48], data[1][:48]  # whole batches of 16
    by_mean, means = trained(x, y, SparseCategoricalCrossentropy(), 0.16)
    by_sum, sums = trained(x, y, SparseCategoricalCrossentropy(reduction="sum"), 0.01)
    assert_same_weights(by_sum, by_mean)
    np.testing.assert_allclose(sums, 16 * np.array(means), rtol=1e-9)


def test_sums_are_taken_batch_by_batch_and_weighed_by_rows(data):
    x, y = data
    model, _ = trained(x, y, SparseCategoricalCrossentropy(reduction="sum"))
    outputs = model.predict(x, verbose=0)
    losses = -np.log(outputs[np.arange(50), y])
    expected = (16 * losses[:16].sum() + 16 * losses[16:32].sum() + 16 * losses[32:48].sum()) / 50
    expected += 2 * losses[48:].sum() / 50
    assert model.evaluate(x, y, batch_size=16, verbose=0) == pytest.approx(expected)
    history = model.fit(
        x, y, epochs=1, verbose=0, validation_data=(x, y), validation_batch_size=50
    ).history
    outputs = model.predict(x, verbose=0)
    expected = -np.log(outputs[np.arange(50), y]).sum()
    assert history["val_loss"] == [pytest.approx(expected)]


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("ignored", [-1, 1, 255])
def test_ignored_rows_teach_nothing_and_do_not_count(data, ignored, activation):
    x, y = data
    is_ignored = np.arange(50) % 3 == 0
    kept = np.where(y == ignored, 0, y)[~is_ignored]
    labels = np.full(50, ignored)
    labels[~is_ignored] = kept
    loss = SparseCategoricalCrossentropy(ignore_class=ignored)
    model, losses = trained(x, labels, loss, batch_size=50, activation=activation)
    expected, expected_losses = trained(
        x[~is_ignored],
        kept,
        "sparse_categorical_crossentropy",
        batch_size=50,
        activation=activation,
    )
    assert_same_weights(model, expected)
    np.testing.assert_allclose(losses, expected_losses, rtol=1e-9)
    assert model.evaluate(x, labels, batch_size=50, verbose=0) == pytest.approx(
        expected.evaluate(x[~is_ignored], kept, verbose=0)
    )


def test_a_batch_of_ignored_rows_costs_nothing(data):
    x, _ = data
    loss = SparseCategoricalCrossentropy(ignore_class=2)
    model, losses = trained(x, np.full(50, 2), loss)
    before, _ = trained(x[:1], [2], loss)
    assert losses == [0, 0]
    assert_same_weights(model, before)


def test_smoothed_targets_train_as_if_they_had_come_smooth(data):
    x, y = data
    rows = np.eye(3)[y]
    smoothed, _ = trained(x, rows, CategoricalCrossentropy(label_smoothing=0.3))
    assert_same_weights(smoothed, trained(x, 0.7 * rows + 0.1, CategoricalCrossentropy())[0])
    settings = {"n_outputs": 3, "activation": "sigmoid"}
    smoothed, _ = trained(x, rows, BinaryCrossentropy(label_smoothing=0.3), **settings)
    expected, _ = trained(x, 0.7 * rows + 0.15, BinaryCrossentropy(), **settings)
    assert_same_weights(smoothed, expected)


def test_zeros_and_ones_train_a_hinge_as_minus_one_and_one(data):
    x, y = data
    rows = np.eye(3)[y]
    settings = {"activation": "linear"}
    for loss in ("hinge", "squared_hinge"):
        assert_same_weights(
            trained(x, rows, loss, **settings)[0], trained(x, 2 * rows - 1, loss, **settings)[0]
        )


def test_the_accuracy_behind_a_sigmoid_is_that_of_probabilities():
    """Where the loss is computed from logits: a logit of 0.3 is a probability above one half."""
    x = np.array([[0.3], [-0.2], [0.4], [2.0]])
    model = Sequential([Input((1,)), Activation("linear"), Activation("sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    y = [1, 0, 1, 1]
    assert model.evaluate(x, y, verbose=0)[1] == 1
    assert model.fit(x, y, verbose=0).history["accuracy"] == [1]


def test_one_loss_may_serve_models_of_both_dtypes_unless_it_has_its_own():
    x, y = np.ones((2, 1)), np.zeros((2, 1))
    loss = Huber(dtype="float32")
    for dtype in ("float32", "float64"):
        model = Sequential([Input((1,)), Activation("linear")], dtype=dtype)
        model.compile("sgd", Huber())
        assert model.evaluate(x, y, verbose=0) == 0.5
    model.compile("sgd", loss)
    message = "a loss of dtype float32 behind a model of dtype float64 is not built yet"
    with raises(NotImplementedError, message):
        model.evaluate(x, y, verbose=0)


@pytest.mark.parametrize("reduction", [None, "none"])
def test_training_needs_a_reduction(reduction):
    model = Sequential([Input((1,)), Dense(1)])
    model.compile("sgd", MeanSquaredError(reduction=reduction))
    message = (
        "expected a loss with a reduction to train with. Received: mean_squared_error with "
        f"reduction={reduction!r}"
    )
    with raises(ValueError, message):
        model.fit(np.ones((2, 1)), np.ones((2, 1)), verbose=0)


def test_the_core_takes_labels_for_cross_entropy_alone(core):
    labels, outputs = np.array([0, 1]), np.ones((2, 2))
    message = "expected y as rows of outputs for this loss. Received: labels"
    with raises(ValueError, message):
        core.evaluate_loss(core.Loss("mean_squared_error"), outputs, labels)
    with raises(ValueError, message):
        core.evaluate_metric(core.Metric.mean_of(core.Loss("hinge")), outputs, labels)
    with raises(ValueError, "expected labels from 0 to 1. Received: 2 at row 1"):
        core.evaluate_loss(core.Loss.cross_entropy(True, 0.0), outputs, labels + 1)
