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
    from_logits = getattr(loss, "from_logits", False)
    expected = reference.loss_and_slope(name, outputs, y, from_logits)[0].mean()
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


def test_binary_cross_entropy_of_known_probabilities():
    p, y = [[0.25], [0.9]], [[1.0], [0.0]]
    expected = (-np.log(0.25) - np.log(0.1)) / 2
    assert evaluate(p, y, "binary_crossentropy") == pytest.approx(expected)
    assert evaluate(p, [1, 0], "bce") == pytest.approx(expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_logits_of_ten_thousand_are_exact_behind_a_sigmoid(dtype):
    x = np.array([[1e4], [-1e4]])
    assert evaluate(x, [1, 0], "binary_crossentropy", "sigmoid", dtype) == pytest.approx(
        0, abs=1e-37
    )
    assert evaluate(x, [0, 1], "binary_crossentropy", "sigmoid", dtype) == 1e4


def test_an_impossible_answer_costs_what_keras_says():
    assert evaluate([[0.0]], [1.0], "binary_crossentropy") == pytest.approx(-np.log(1e-7))
    assert evaluate([[1.0]], [0.0], "binary_crossentropy") == pytest.approx(-np.log(1e-7))


def test_binary_targets_may_lie_outside_zero_and_one():
    """As a generator's training wants them: the cross-entropy goes on as a line."""
    p, y = np.array([[0.2], [0.7]]), np.array([[1.3], [-0.2]])
    expected = (-y * np.log(p) - (1 - y) * np.log(1 - p)).mean()
    assert evaluate(p, y, "binary_crossentropy") == pytest.approx(expected)
    logits = np.log(p / (1 - p))
    assert evaluate(logits, y, "binary_crossentropy", "sigmoid") == pytest.approx(expected)


def test_focal_losses_without_focus_are_cross_entropies():
    rng = np.random.default_rng(8)
    p, y = rng.uniform(size=(9, 4)), rng.dirichlet(np.ones(4), size=9)
    np.testing.assert_allclose(
        losses.binary_focal_crossentropy(y, p, gamma=0.0), losses.binary_crossentropy(y, p)
    )
    np.testing.assert_allclose(
        losses.categorical_focal_crossentropy(y, p, alpha=1.0, gamma=0.0),
        losses.categorical_crossentropy(y, p),
    )


def test_an_exact_answer_pulls_nowhere(core):
    targets = np.array([[0.0, 2.0, -1.0]])
    for name in ("mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_error"):
        values, gradient = core.evaluate_loss(core.Loss(name), targets, targets)
        assert values == [0]
        np.testing.assert_array_equal(gradient, np.zeros((1, 3)))


@pytest.mark.parametrize("n_outputs", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_every_length_are_read_to_their_end_and_no_further(core, n_outputs, dtype):
    rng = np.random.default_rng(n_outputs)
    x, y = rng.normal(size=(2, 6, n_outputs)).astype(dtype)
    tolerance = {"rtol": 1e-5, "atol": 1e-6} if dtype == "float32" else {"rtol": 1e-12}
    values, gradient = core.evaluate_loss(core.Loss("mean_squared_error"), x, y)
    np.testing.assert_allclose(values, ((x - y) ** 2).mean(axis=1), **tolerance)
    np.testing.assert_allclose(gradient, 2 * (x - y) / n_outputs, **tolerance)
    labels = rng.integers(0, n_outputs, size=6)
    for targets in (labels, np.eye(n_outputs, dtype=dtype)[labels]):
        values, gradient = core.evaluate_loss(core.Loss.cross_entropy(True, 0.0), x, targets)
        expected, slope = reference.loss_and_slope("", x.astype(float), labels, from_logits=True)
        np.testing.assert_allclose(values, expected, **tolerance, err_msg=str(targets))
        np.testing.assert_allclose(gradient, slope, **tolerance, err_msg=str(targets))


@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 33])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_one_output_are_weighed_one_by_one(core, n_rows, dtype):
    """They are computed several at a time; the mean of three equal outputs is the same."""
    rng = np.random.default_rng(n_rows)
    x, y = rng.normal(size=(2, n_rows, 1)).astype(dtype)
    weights = rng.uniform(0.5, 2.0, n_rows).astype(dtype)
    rtol = 1e-6 if dtype == "float32" else 1e-14
    for loss in (core.Loss.binary_cross_entropy(True, 0.1), core.Loss.huber(0.3)):
        three = [np.repeat(array, 3, axis=1) for array in (x, y)]
        expected, slopes = core.evaluate_loss(loss, *three, weights)
        values, gradient = core.evaluate_loss(loss, x, y, weights)
        np.testing.assert_allclose(values, expected, rtol=rtol)
        np.testing.assert_allclose(gradient, slopes.sum(axis=1, keepdims=True), rtol=rtol)
        alone = core.evaluate_loss(loss, x[-1:], y[-1:])
        np.testing.assert_allclose(values[-1], weights[-1] * alone[0][0], rtol=rtol)


def test_losses_take_any_number_of_dimensions():
    rng = np.random.default_rng(9)
    p, y = rng.dirichlet(np.ones(4), size=(2, 2, 3))
    labels = rng.integers(0, 4, size=(2, 3))
    received = losses.categorical_crossentropy(y, p), losses.mean_absolute_error(y, p)
    np.testing.assert_allclose(received[0], -(y * np.log(p)).sum(axis=-1))
    np.testing.assert_allclose(received[1], np.abs(y - p).mean(axis=-1))
    np.testing.assert_allclose(
        losses.sparse_categorical_crossentropy(labels, p),
        -np.log(np.take_along_axis(p, labels[..., None], axis=-1))[..., 0],
    )
    assert MeanSquaredError()(y, p) == pytest.approx(((y - p) ** 2).mean())
    assert MeanSquaredError()([1.0, 2.0], [0.0, 0.0]) == 2.5


@pytest.mark.parametrize(("y_shape", "p_shape"), [((3,), (3, 1)), ((3, 1), (3,))])
def test_one_output_may_come_with_its_column_or_without(y_shape, p_shape):
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.5, 0.25, 0.125])
    received = losses.mean_squared_error(y.reshape(y_shape), p.reshape(p_shape))
    np.testing.assert_allclose(received, (y - p) ** 2)


def test_values_have_the_dtype_of_the_outputs_or_the_one_asked_for():
    outputs = np.ones((2, 2), np.float32)
    assert MeanSquaredError()([[0, 1], [0, 1]], outputs).dtype == np.float32
    assert MeanSquaredError(dtype="float64")([[0, 1], [0, 1]], outputs).dtype == np.float64
    assert MeanSquaredError()([[0, 1], [0, 1]], outputs.tolist()).dtype == np.float64
    assert losses.hinge([[1]], np.ones((1, 1), np.float32)).dtype == np.float32


def test_a_loss_of_your_own_may_be_called():
    class Largest(losses.Loss):
        def call(self, y_true, y_pred):
            return np.abs(np.subtract(y_true, y_pred)).max(axis=-1)

    y, p = [[0.0, 1.0], [2.0, 2.0]], [[0.5, 0.0], [2.0, 5.0]]
    assert Largest()(y, p) == 2
    assert Largest(reduction="sum")(y, p, [1.0, 2.0]) == 7


ROWS = np.array([[0.2, 0.8], [0.6, 0.4]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: losses.mean_squared_error(ROWS[:, :1], ROWS),
            ValueError,
            "expected y_true of shape (2, 2). Received: (2, 1)",
        ),
        (
            lambda: losses.sparse_categorical_crossentropy([0, 1, 0], ROWS),
            ValueError,
            "expected y_true of shape (2,). Received: (3,)",
        ),
        (
            lambda: losses.sparse_categorical_crossentropy([0, 3], ROWS, ignore_class=-1),
            ValueError,
            "expected y_true in [0, 2). Received: 3 at index 1",
        ),
        (
            lambda: losses.hinge([[0.0, -1.0], [1.0, 1.0]], ROWS),
            ValueError,
            "expected y_true of -1 and 1, or of 0 and 1. Received: both 0 and -1.0",
        ),
        (
            lambda: losses.huber(ROWS, ROWS, delta=0),
            ValueError,
            "expected delta in (0, inf). Received: 0",
        ),
        (
            lambda: losses.cosine_similarity(ROWS, ROWS, axis=0),
            NotImplementedError,
            "CosineSimilarity(axis=...) is not built yet, only its default -1",
        ),
        (
            lambda: losses.mean_squared_error(1.0, 1.0),
            ValueError,
            "expected y_pred with at least one dimension. Received: a number",
        ),
    ],
)
def test_functions_say_what_is_wrong_with_their_arguments(call, error, message):
    with raises(error, message):
        call()


NAMES = [
    ("categorical_crossentropy", CategoricalCrossentropy),
    ("CategoricalCrossentropy", CategoricalCrossentropy),
    ("sparse_categorical_crossentropy", SparseCategoricalCrossentropy),
    ("mean_squared_error", MeanSquaredError),
    ("MSE", MeanSquaredError),
    ("mse", MeanSquaredError),
    ("bce", losses.BinaryCrossentropy),
    ("kld", losses.KLDivergence),
    ("log_cosh", losses.LogCosh),
    (losses.huber, losses.Huber),
    (losses.Hinge, losses.Hinge),
    ({"class_name": "Poisson", "config": {}}, losses.Poisson),
]
BUILT = (
    "'binary_crossentropy', 'binary_focal_crossentropy', 'categorical_crossentropy', "
    "'categorical_focal_crossentropy', 'sparse_categorical_crossentropy', 'kl_divergence', "
    "'poisson', 'mean_squared_error', 'mean_absolute_error', 'mean_absolute_percentage_error', "
    "'mean_squared_logarithmic_error', 'log_cosh', 'huber', 'cosine_similarity', 'hinge', "
    "'squared_hinge', 'categorical_hinge'"
)


@pytest.mark.parametrize(("name", "kind"), NAMES)
def test_losses_are_found_by_the_names_of_keras(name, kind):
    assert type(losses.get(name)) is kind


class Own(losses.Loss):
    def call(self, y_true, y_pred):
        return np.zeros(len(y_pred))


def own(y_true, y_pred):
    return np.zeros(len(y_pred))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: losses.get("dice"),
            NotImplementedError,
            f"loss 'dice' is not built yet, only {BUILT}",
        ),
        (
            lambda: losses.get("msq"),
            ValueError,
            f"expected loss to be one of {BUILT}. Received: 'msq'",
        ),
        (
            lambda: losses.get(3),
            TypeError,
            "expected loss to be a name or a Loss. Received: 3",
        ),
        (
            lambda: losses.get({"class": "Huber"}),
            ValueError,
            "expected loss as a dict of 'class_name' and 'config'. Received: {'class': 'Huber'}",
        ),
        (
            lambda: losses.get(own),
            NotImplementedError,
            "a loss that is a Python function has no gradient, which training needs. Received: own",
        ),
        (
            lambda: losses.get(Own()),
            NotImplementedError,
            "a loss with a call of its own has no gradient, which training needs. Received: Own",
        ),
        (
            lambda: CategoricalCrossentropy(label_smoothing=1.5),
            ValueError,
            "expected label_smoothing in [0, 1]. Received: 1.5",
        ),
        (
            lambda: CategoricalCrossentropy(axis=1),
            NotImplementedError,
            "CategoricalCrossentropy(axis=...) is not built yet, only its default -1",
        ),
        (
            lambda: SparseCategoricalCrossentropy(ignore_class=0.5),
            TypeError,
            "expected ignore_class to be an integer. Received: 0.5",
        ),
        (
            lambda: MeanSquaredError(reduction="average"),
            ValueError,
            "expected reduction to be one of 'sum_over_batch_size', 'mean', "
            "'mean_with_sample_weight', 'sum', 'none'. Received: 'average'",
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
