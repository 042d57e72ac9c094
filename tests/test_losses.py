"""What losses promise: the values of Keras, known figures, and stability."""

import numpy as np
import pytest

import reference
from fastnn import losses
from fastnn.layers import Activation, Input
from fastnn.losses import CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from fastnn.models import Sequential
from messages import raises


def evaluate(outputs, y, loss, activation="linear", dtype="float64"):
    """The loss of a model whose outputs are the activation of what comes in."""
    outputs = np.asarray(outputs)
    layers = [Input((outputs.shape[1],)), Activation("linear"), Activation(activation)]
    model = Sequential(layers, dtype=dtype)
    model.compile("sgd", loss)
    return model.evaluate(outputs, y, verbose=0)


def test_cross_entropy_of_known_probabilities():
    p = [[0.03, 0.87, 0.10]]
    assert evaluate(p, [1], "sparse_categorical_crossentropy") == pytest.approx(0.139262, abs=1e-6)
    assert evaluate(p, [[0, 1, 0]], "categorical_crossentropy") == pytest.approx(0.139262, abs=1e-6)


def test_the_example_of_keras_with_probabilities_of_zero():
    p = [[0.05, 0.95, 0], [0.1, 0.8, 0.1]]
    expected = (0.05129329 + 2.30258509) / 2
    assert evaluate(p, [1, 2], SparseCategoricalCrossentropy()) == pytest.approx(expected, rel=1e-6)
    assert evaluate(p, [[0, 1, 0], [0, 0, 1]], CategoricalCrossentropy()) == pytest.approx(
        expected, rel=1e-6
    )


def test_an_impossible_class_costs_what_keras_says():
    assert evaluate([[0.0, 1.0]], [0], "sparse_categorical_crossentropy") == pytest.approx(
        -np.log(1e-7)
    )


def test_probabilities_are_normalised_first():
    p = np.array([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]])
    loss = "sparse_categorical_crossentropy"
    assert evaluate(p * [[3.0], [0.25]], [0, 2], loss) == pytest.approx(evaluate(p, [0, 2], loss))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
@pytest.mark.parametrize(
    ("loss", "name"),
    [
        (CategoricalCrossentropy(), "categorical_crossentropy"),
        (CategoricalCrossentropy(from_logits=True), "categorical_crossentropy"),
        (SparseCategoricalCrossentropy(), "sparse_categorical_crossentropy"),
        (SparseCategoricalCrossentropy(from_logits=True), "sparse_categorical_crossentropy"),
        (MeanSquaredError(), "mean_squared_error"),
    ],
    ids=["categorical", "categorical logits", "sparse", "sparse logits", "mse"],
)
def test_losses_equal_the_naive_reference(core, dtype, activation, loss, name):
    rng = np.random.default_rng(3)
    x = rng.uniform(0.5, 3.0, size=(50, 7))
    y = rng.integers(0, 7, size=50)
    outputs = reference.ACTIVATIONS[activation](x)
    expected = reference.loss_and_slope(name, outputs, y, loss.from_logits)[0].mean()
    targets = y if name.startswith("sparse") else np.eye(7)[y]
    received = evaluate(x, targets, loss, activation, dtype)
    assert received == pytest.approx(expected, rel=1e-5 if dtype == "float32" else 1e-12)


def test_targets_may_be_distributions():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(20, 4)), rng.dirichlet(np.ones(4), size=20)
    expected = -(y * np.log(reference.softmax(x))).sum(axis=1).mean()
    assert evaluate(x, y, "categorical_crossentropy", "softmax") == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logits_of_ten_thousand_are_exact_behind_a_softmax(dtype):
    x = np.array([[1e4, -1e4], [-1e4, 1e4]])
    loss = "sparse_categorical_crossentropy"
    assert evaluate(x, [0, 1], loss, "softmax", dtype) == 0
    assert evaluate(x, [1, 0], loss, "softmax", dtype) == 2e4


def test_mean_squared_error_of_one_output_takes_a_vector():
    assert evaluate([[1.0], [3.0]], [0.0, 1.0], "mse") == 2.5
    assert evaluate([[1.0], [3.0]], [[0.0], [1.0]], "mean_squared_error") == 2.5


def test_class_indices_may_stand_in_a_column():
    p, loss = [[0.3, 0.7], [0.6, 0.4]], "sparse_categorical_crossentropy"
    assert evaluate(p, [[1], [0]], loss) == evaluate(p, [1, 0], loss)


@pytest.mark.parametrize("dtype", np.typecodes["AllInteger"])
def test_class_indices_may_have_any_integer_dtype(dtype):
    p, y = [[0.3, 0.7], [0.6, 0.4]], np.array([1, 0], dtype)
    expected = -(np.log(0.7) + np.log(0.6)) / 2
    assert evaluate(p, y, "sparse_categorical_crossentropy") == pytest.approx(expected)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, np.float64])
def test_one_hot_targets_may_have_any_dtype(dtype):
    p, y = [[0.3, 0.7], [0.6, 0.4]], np.array([[0, 1], [1, 0]], dtype)
    expected = -(np.log(0.7) + np.log(0.6)) / 2
    assert evaluate(p, y, "categorical_crossentropy") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("categorical_crossentropy", CategoricalCrossentropy),
        ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
        ("mean_squared_error", MeanSquaredError),
        ("mse", MeanSquaredError),
    ],
)
def test_losses_are_found_by_the_names_of_keras(name, kind):
    assert type(losses.get(name)) is kind


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: losses.get("binary_crossentropy"),
            NotImplementedError,
            "loss 'binary_crossentropy' is not built yet, only 'categorical_crossentropy', "
            "'sparse_categorical_crossentropy', 'mean_squared_error', 'mse'",
        ),
        (
            lambda: losses.get("msq"),
            ValueError,
            "expected loss to be one of 'categorical_crossentropy', "
            "'sparse_categorical_crossentropy', 'mean_squared_error', 'mse'. Received: 'msq'",
        ),
        (
            lambda: losses.get(3),
            TypeError,
            "expected loss to be a name or a Loss. Received: 3",
        ),
        (
            lambda: CategoricalCrossentropy(label_smoothing=0.1),
            NotImplementedError,
            "CategoricalCrossentropy(label_smoothing=...) is not built yet, only its default 0.0",
        ),
        (
            lambda: SparseCategoricalCrossentropy(ignore_class=0),
            NotImplementedError,
            "SparseCategoricalCrossentropy(ignore_class=...) is not built yet, "
            "only its default None",
        ),
        (
            lambda: MeanSquaredError(reduction="sum"),
            NotImplementedError,
            "MeanSquaredError(reduction=...) is not built yet, "
            "only its default 'sum_over_batch_size'",
        ),
        (
            lambda: SparseCategoricalCrossentropy("yes"),
            TypeError,
            "expected from_logits to be True or False. Received: 'yes'",
        ),
    ],
)
def test_a_loss_says_what_is_wrong_with_its_arguments(make, error, message):
    with raises(error, message):
        make()
