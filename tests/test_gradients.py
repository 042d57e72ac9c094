"""Gradients against central differences in float64, for every layer, activation and loss."""

import numpy as np
import pytest

import fastnn
from fastnn import layers, losses
from fastnn.layers import Activation, Dense, Flatten, Input, Normalization, Rescaling
from fastnn.losses import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from fastnn.models import Sequential
from fixtures.trajectory_settings import LAYERS, make_model

N_CLASSES = 4
STEP = 1e-5
LABELS = np.random.default_rng(1).integers(0, N_CLASSES, size=11)
DISTRIBUTIONS = np.random.default_rng(2).dirichlet(np.ones(N_CLASSES), size=11)
POINTS = np.random.default_rng(3).normal(size=(11, N_CLASSES))
SIDES = np.sign(POINTS)

# Every loss with every last activation for which it is defined: cross-entropy takes the logarithm
# of outputs unless they are logits, so they must be positive.
ENDS = [
    *[(name, MeanSquaredError(), POINTS) for name in ("linear", "relu", "sigmoid", "tanh")],
    ("softmax", MeanSquaredError(), DISTRIBUTIONS),
    *[(name, SparseCategoricalCrossentropy(), LABELS) for name in ("softmax", "sigmoid")],
    *[(name, CategoricalCrossentropy(), DISTRIBUTIONS) for name in ("softmax", "sigmoid")],
    *[
        (name, SparseCategoricalCrossentropy(from_logits=True), LABELS)
        for name in ("linear", "relu", "sigmoid", "tanh", "softmax")
    ],
    *[
        (name, CategoricalCrossentropy(from_logits=True), DISTRIBUTIONS)
        for name in ("linear", "relu", "sigmoid", "tanh", "softmax")
    ],
    ("softmax", CategoricalCrossentropy(label_smoothing=0.2), DISTRIBUTIONS),
    ("sigmoid", CategoricalCrossentropy(label_smoothing=0.2), DISTRIBUTIONS),
    ("softmax", SparseCategoricalCrossentropy(ignore_class=1), LABELS),
    ("sigmoid", SparseCategoricalCrossentropy(ignore_class=1), LABELS),
    *[(name, BinaryCrossentropy(), POINTS) for name in ("sigmoid", "softmax")],
    ("sigmoid", BinaryCrossentropy(label_smoothing=0.1), DISTRIBUTIONS),
    ("linear", BinaryCrossentropy(from_logits=True), POINTS),
    ("sigmoid", BinaryFocalCrossentropy(apply_class_balancing=True), DISTRIBUTIONS),
    ("linear", BinaryFocalCrossentropy(from_logits=True, gamma=1.5), DISTRIBUTIONS),
    ("softmax", CategoricalFocalCrossentropy(), DISTRIBUTIONS),
    ("linear", CategoricalFocalCrossentropy(from_logits=True, gamma=0.5), DISTRIBUTIONS),
    ("linear", MeanAbsoluteError(), POINTS),
    ("linear", MeanAbsolutePercentageError(), POINTS),
    ("sigmoid", MeanSquaredLogarithmicError(), DISTRIBUTIONS),
    ("linear", LogCosh(), POINTS),
    ("linear", Huber(delta=0.7), POINTS),
    ("sigmoid", Poisson(), DISTRIBUTIONS),
    *[("linear", loss, SIDES) for loss in (Hinge(), SquaredHinge())],
    ("tanh", CategoricalHinge(), DISTRIBUTIONS),
    ("softmax", KLDivergence(), DISTRIBUTIONS),
    ("tanh", CosineSimilarity(), POINTS),
    *[("linear", MeanSquaredError(reduction=name), POINTS) for name in ("mean", "sum")],
]


def end_id(end):
    activation, loss, _ = end
    defaults = type(loss)().get_config()
    changed = {name: x for name, x in loss.get_config().items() if x != defaults[name]}
    return f"{activation} {loss.name} {changed or ''}"


def parameters(model):
    """Each parameter of the core: the core's layer, its number there, and whether it learns."""
    for leaf in model._leaves():
        for core in leaf._core:
            n_parameters = len(core.parameters())
            n_states = (
                n_parameters if isinstance(leaf, (Rescaling, Normalization)) else leaf._n_states
            )
            for number in range(n_parameters):
                yield core, number, leaf.trainable and number < n_parameters - n_states


def judged_by(loss, weight=1.0, output=0):
    """A loss as the core's networks take it."""
    return fastnn._core.WeightedLoss(loss._to_core(), weight, output)


def compare_gradients(model, x, y, losses):
    """Compare all gradients with central differences of the sum of the losses in training.

    `y` has the targets of each output.

    Returns the loss and the largest slope of each parameter that learns.
    """
    rows = [x.reshape(len(x), -1)]

    def loss_and_gradients():
        return model._get_network(x).loss_and_gradients(rows, y, losses)

    def loss_with(layer, number, where, value):
        weights = layer.parameters()
        weights[number][where] = value
        layer.set_parameters(weights)
        return loss_and_gradients()[0]

    mean_loss, gradients = loss_and_gradients()
    slopes = []
    for (layer, number, learns), gradient in zip(parameters(model), gradients, strict=True):
        expected = np.zeros_like(gradient)
        if not learns:
            np.testing.assert_array_equal(gradient, expected)
            continue
        for where, value in np.ndenumerate(layer.parameters()[number]):
            above, below = (loss_with(layer, number, where, value + h) for h in (STEP, -STEP))
            expected[where] = (above - below) / (2 * STEP)
            loss_with(layer, number, where, value)
        slopes.append(np.abs(expected).max())
        tolerance = 1e-6 * max(slopes[-1], 1e-4)
        np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=tolerance)
    return mean_loss, slopes


def check_gradients(layers, input_shape, loss, y):
    rng = np.random.default_rng(7)
    model = Sequential([Input(input_shape), *layers], dtype="float64")
    model.compile("sgd", loss)
    model.set_weights([rng.normal(size=weight.shape) / 2 for weight in model.get_weights()])
    x = rng.normal(size=(len(y), *input_shape))
    mean_loss, slopes = compare_gradients(model, x, [y], [judged_by(loss)])
    assert min(slopes) > 1e-4, "a gradient of zero proves nothing"
    assert mean_loss == pytest.approx(model.evaluate(x, y, verbose=0), rel=1e-12)


@pytest.mark.parametrize("end", ENDS, ids=end_id)
def test_gradients_of_every_loss_and_last_activation(core, end):
    activation, loss, y = end
    check_gradients([Dense(5, "tanh"), Dense(N_CLASSES, activation)], (6,), loss, y)


def test_every_loss_is_among_them():
    public = {getattr(losses, name) for name in losses.__all__}
    built = {kind for kind in public if isinstance(kind, type)} - {losses.Loss}
    assert {type(loss) for _, loss, _ in ENDS} == built


@pytest.mark.parametrize("setting", LAYERS)
def test_gradients_of_every_layer(core, setting):
    """As Keras's trajectories are recorded for: alone, merged, passed twice, penalized, frozen."""
    fastnn.utils.set_random_seed(8)
    model, _ = make_model(fastnn, setting, "float64")
    rng = np.random.default_rng(8)
    # Variances stay positive, and no weight comes near the corner of a penalty.
    moved = [
        w + rng.choice([-1, 1], w.shape) * rng.uniform(0.1, 0.5, w.shape)
        for w in model.get_weights()
    ]
    model.set_weights(moved)
    x, y = rng.normal(size=(11, 5)), rng.normal(size=(11, 3))
    _, slopes = compare_gradients(model, x, [y], [judged_by(MeanSquaredError())])
    # What a bias adds ahead of it, batch normalization takes away again.
    is_alone = setting.startswith("BatchNormalization") and not setting.endswith("frozen")
    assert sum(slope < 1e-4 for slope in slopes) == is_alone, "a gradient of zero proves nothing"


def test_every_layer_is_among_them():
    kinds = {getattr(layers, name) for name in layers.__all__ if name[0].isupper()}
    checked = set()
    for setting in LAYERS:
        checked |= {type(leaf) for leaf in make_model(fastnn, setting, "float64")[0]._leaves()}
    # Those that are `Activation` with its argument in their name.
    named = {
        layers.GELU,
        layers.SELU,
        layers.SiLU,
        layers.Sigmoid,
        layers.Softplus,
        layers.Softsign,
        layers.Tanh,
    }
    # What begins a model computes nothing.
    assert kinds - {layers.Layer, layers.Input, layers.InputLayer} == checked | named


HIDDEN = ["linear", "relu", "sigmoid", "tanh", "softmax"]  # slopes of the outputs
HIDDEN += ["gelu", "silu", "mish", "softplus", "leaky_relu", "glu", "log_softmax"]  # of the inputs


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("use_bias", [True, False])
def test_gradients_of_every_hidden_activation(core, hidden, use_bias):
    layers = [
        Dense(8, hidden, use_bias=use_bias),
        Dense(6, hidden, use_bias=use_bias),
        Dense(N_CLASSES, "softmax", use_bias=use_bias),
    ]
    check_gradients(layers, (6,), SparseCategoricalCrossentropy(), LABELS)


def test_gradients_behind_flatten_and_between_activation_layers():
    layers = [
        Activation("tanh"),
        Flatten(),
        Dense(5),
        Activation("sigmoid"),
        Activation("tanh"),
        Dense(N_CLASSES),
        Activation("softmax"),
    ]
    check_gradients(layers, (2, 3), CategoricalCrossentropy(), DISTRIBUTIONS)


def test_three_linear_weights_in_a_row_by_hand():
    """L = (y - p)², p = w₃ w₂ w₁ x: twice the textbook's gradients for L = ½ (y - p)²."""
    w1, w2, w3, x, y = 0.5, -1.5, 2.0, 3.0, 0.7
    layers = [Dense(1, use_bias=False) for _ in range(3)]
    model = Sequential([Input((1,)), *layers], dtype="float64")
    model.set_weights([[[w1]], [[w2]], [[w3]]])
    rows = np.array([[x]])
    loss, gradients = model._get_network(rows).loss_and_gradients(
        [rows], [np.array([[y]])], [judged_by(MeanSquaredError())]
    )
    error = y - w3 * w2 * w1 * x
    assert loss == pytest.approx(error**2, rel=1e-12)
    expected = [-2 * error * w3 * w2 * x, -2 * error * w3 * w1 * x, -2 * error * w2 * w1 * x]
    np.testing.assert_allclose(np.ravel(gradients), expected, rtol=1e-12)
