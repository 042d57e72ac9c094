"""What Model promises: Keras's functional form, shared weights, models as layers, merges."""

import numpy as np
import pytest

import fastnn as keras
from fastnn.layers import Activation, Add, Concatenate, Dense, Flatten, Input
from fastnn.models import Model, Sequential
from messages import raises

RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 6))
LABELS = np.arange(40) % 3


def rings(n):
    """Points of two rings, as in program B1 of the course notes."""
    rng = np.random.default_rng(0)
    radius = np.repeat([2.0, 5.0], n) + 0.5 * rng.normal(size=2 * n)
    angle = rng.uniform(0, 2 * np.pi, size=2 * n)
    points = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return points, np.repeat([0, 1], n)


def test_two_rings_as_written_for_keras():
    keras.utils.set_random_seed(2)
    points, classes = rings(500)
    x = keras.layers.Input(shape=(2,))
    hidden = keras.layers.Dense(4, activation="tanh")(x)
    hidden = keras.layers.Dense(2, activation="tanh")(hidden)
    plane = keras.layers.Dense(2, activation="tanh")(hidden)
    logits = keras.layers.Dense(2)(plane)
    model = keras.models.Model(inputs=x, outputs=keras.layers.Activation("softmax")(logits))
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["acc"])
    assert model.count_params() == 34
    to_plane = keras.models.Model(x, plane)
    before = to_plane.predict(points, verbose=0)
    history = model.fit(
        points, keras.utils.to_categorical(classes), epochs=150, validation_split=0.1, verbose=0
    )
    assert history.history["acc"][-1] > 0.9
    assert set(history.history) == {"acc", "loss", "val_acc", "val_loss"}
    after = to_plane.predict(points, verbose=0)
    assert not np.allclose(before, after), "the models share their weights"
    head = Model(plane, model.output)
    np.testing.assert_allclose(head(after), model(points), rtol=1e-6)


def test_a_model_equals_the_sequential_of_its_layers():
    layers = [Dense(5, activation="relu"), Dense(3, activation="softmax")]
    entry = Input((6,))
    functional = Model(entry, layers[1](layers[0](entry)))
    sequential = Sequential([Input((6,)), *layers])
    np.testing.assert_array_equal(functional(X), sequential(X))
    for model in functional, sequential:
        model.compile("sgd", "sparse_categorical_crossentropy")
    functional.fit(X, LABELS, verbose=0)
    np.testing.assert_array_equal(functional(X), sequential(X))


def test_a_trained_model_is_a_layer_of_another():
    """Program C3: Sequential([model, Softmax()])."""
    model = Sequential([Flatten(input_shape=(2, 3)), Dense(4, activation="relu"), Dense(3)])
    images = X.reshape(-1, 2, 3)
    probabilities = Sequential([model, keras.layers.Softmax()])(images)
    logits = model(images)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(probabilities, expected, rtol=1e-5)


def test_several_outputs_of_one_chain():
    entry = Input((6,))
    first = Dense(4, activation="tanh")(entry)
    second = Dense(2)(first)
    both = Model(entry, [first, second])
    at_first, at_second = both.predict(X, verbose=0)
    np.testing.assert_array_equal(at_first, Model(entry, first)(X))
    np.testing.assert_array_equal(at_second, Model(entry, second)(X))


def test_the_inner_layers_of_a_sequential_may_be_outputs():
    model = Sequential([Input((6,)), Dense(4, activation="tanh"), Dense(2)])
    inner = Model(inputs=model.input, outputs=model.layers[0].output)
    kernel, bias, *_ = model.get_weights()
    np.testing.assert_allclose(inner(X), np.tanh(X @ kernel + bias), rtol=1e-4, atol=1e-5)


def numerical_gradients(model, x, y, step=1e-6):
    """Central differences of the mean loss for each weight."""
    weights = model.get_weights()
    gradients = []
    for index, weight in enumerate(weights):
        gradient = np.empty_like(weight)
        for where, value in np.ndenumerate(weight):
            losses = []
            for moved in (value + step, value - step):
                weights[index] = weight.copy()
                weights[index][where] = moved
                model.set_weights(weights)
                losses.append(model.evaluate(x, y, verbose=0))
            gradient[where] = (losses[0] - losses[1]) / (2 * step)
        weights[index] = weight
        gradients.append(gradient)
    model.set_weights(weights)
    return gradients


def merged(kind):
    """Graphs in which values go several ways and come together again."""
    entry = Input((6,), dtype="float64")
    trunk = Dense(5, activation="tanh")(entry)
    if kind == "residual":
        end = Add()([trunk, Dense(5, activation="sigmoid")(trunk), trunk])
    elif kind == "branches":
        left, right = Dense(4, activation="relu")(trunk), Activation("tanh")(trunk)
        end = Concatenate()([left, right, entry])
    elif kind == "shared layer":
        twice = Dense(5, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.01))
        end = twice(twice(trunk))
    else:
        inner_entry = Input((5,), dtype="float64")
        inner = Model(inner_entry, Add()([inner_entry, Dense(5)(inner_entry)]))
        end = inner(inner(trunk))
    return Model(entry, Dense(3)(end))


@pytest.mark.parametrize("kind", ["residual", "branches", "shared layer", "shared model"])
def test_gradients_go_every_way_back(core, kind):
    model = merged(kind)
    y = RNG.normal(size=(40, 3))
    model.compile("sgd", "mse")
    loss = core.WeightedLoss(keras.losses.MeanSquaredError()._to_core())
    mean_loss, gradients = model._get_network(X).loss_and_gradients([X], [y], [loss])
    assert mean_loss == pytest.approx(model.evaluate(X, y, verbose=0), rel=1e-9)
    for received, expected in zip(gradients, numerical_gradients(model, X, y), strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-7)


def test_several_inputs_come_together():
    left, right = Input((2,)), Input((3,))
    model = Model([left, right], Dense(1)(Concatenate()([left, right])))
    x = [X[:, :2], X[:, 2:5]]
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model.predict(x, verbose=0), X[:, :5] @ kernel + bias, rtol=1e-4)
    model.compile("sgd", "mse")
    history = model.fit(x, X[:, :1], epochs=20, validation_split=0.25, verbose=0).history
    assert history["loss"][-1] < history["loss"][0]


def test_frozen_layers_stay_and_let_gradients_through():
    first, second = Dense(5, activation="tanh"), Dense(3, activation="softmax")
    model = Sequential([Input((6,)), first, second])
    second.trainable = False
    model.compile("sgd", "sparse_categorical_crossentropy")
    before = [weight.copy() for weight in model.get_weights()]
    model.fit(X, LABELS, verbose=0)
    changed = [not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [True, True, False, False]


def test_what_is_trainable_is_settled_by_compile():
    """Program E: a discriminator that trains alone and is frozen inside the stacked model."""
    discriminator = Sequential([Input((4,)), Dense(3, activation="tanh"), Dense(1)])
    discriminator.compile("sgd", "mse")
    discriminator.trainable = False
    generator = Sequential([Input((6,)), Dense(4)])
    stacked = Sequential([generator, discriminator])
    stacked.compile("sgd", "mse")
    before = discriminator.get_weights(), generator.get_weights()
    stacked.fit(X, np.ones(40), verbose=0)
    np.testing.assert_array_equal(discriminator.get_weights()[0], before[0][0])
    assert not np.array_equal(generator.get_weights()[0], before[1][0])
    discriminator.fit(X[:, :4], np.ones(40), verbose=0)
    assert not np.array_equal(discriminator.get_weights()[0], before[0][0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Model(Input((2,)), 3),
            TypeError,
            "expected outputs to be what Input or a layer returned. Received: 3",
        ),
        (
            lambda: Model(Input((2,)), Dense(1)(Input((3,)))),
            ValueError,
            "expected outputs that follow from the inputs alone. Received outputs that need "
            "another input too: <Input of shape (None, 3), float32>",
        ),
        (
            lambda: Add(name="sum")([Input((2,)), Input((3,))]),
            ValueError,
            "expected inputs of one shape for layer 'sum'. Received: ((2,), (3,))",
        ),
        (
            lambda: Concatenate(name="both")(Input((2,))),
            ValueError,
            "expected at least two inputs for layer 'both'. Received: 1",
        ),
        (
            lambda: Dense(1, name="alone")([Input((2,)), Input((2,))]),
            ValueError,
            "expected one input for layer 'alone'. Received: 2",
        ),
        (
            lambda: Sequential([Input((2,)), Dense(1)]).get_layer("other"),
            ValueError,
            None,
        ),
    ],
)
def test_what_does_not_fit_is_said(make, error, message):
    if message is None:
        with pytest.raises(error, match="expected name to be one of"):
            make()
    else:
        with raises(error, message):
            make()
