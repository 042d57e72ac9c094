"""What layers promise: shapes, weights in Keras's order, values as in a textbook."""

import numpy as np
import pytest

import reference
from fastnn import activations
from fastnn.layers import Activation, Dense, Flatten, Input
from fastnn.models import Sequential
from messages import raises

NAMES = sorted(reference.ACTIVATIONS)
KNOWN_ACTIVATIONS = ", ".join(
    repr(name) for name in activations.__all__ if name not in ("deserialize", "get", "serialize")
)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-5), ("float64", 1e-12)])
def test_dense_is_activation_of_x_kernel_plus_bias(core, rng, name, dtype, tolerance):
    model = Sequential([Input((6,)), Dense(5, activation=name)], dtype=dtype)
    x, kernel, bias = rng.normal(size=(9, 6)), rng.normal(size=(6, 5)), rng.normal(size=5)
    model.set_weights([kernel, bias])
    outputs = model.predict(x, verbose=0)
    assert outputs.dtype == dtype
    expected = reference.ACTIVATIONS[name](x @ kernel + bias)
    np.testing.assert_allclose(outputs, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_an_activation_layer_equals_the_activation_of_dense(rng, name):
    inside = Sequential([Input((6,)), Dense(5, activation=name)])
    behind = Sequential([Input((6,)), Dense(5), Activation(name)])
    behind.set_weights(inside.get_weights())
    x = rng.normal(size=(9, 6))
    np.testing.assert_array_equal(inside(x), behind(x))


def test_no_activation_is_linear():
    linear = activations.linear
    assert Dense(3).activation is Dense(3, activation="linear").activation is linear
    assert Activation(None).activation is linear


def test_a_model_may_begin_with_an_activation_of_images():
    model = Sequential([Input((2, 2)), Activation("relu")])
    images = [[[-1.0, 2.0], [3.0, -4.0]]]
    np.testing.assert_array_equal(model(images), [[[0.0, 2.0], [3.0, 0.0]]])


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_flatten_makes_rows_of_images(rng, dtype):
    model = Sequential([Flatten(input_shape=(4, 3)), Dense(2)])
    images = rng.integers(0, 255, size=(5, 4, 3)).astype(dtype)
    flat = Sequential([Input((12,)), Dense(2)])
    flat.set_weights(model.get_weights())
    np.testing.assert_array_equal(model(images), flat(images.reshape(5, 12)))


def test_weights_are_kernel_then_bias_layer_by_layer():
    model = Sequential([Dense(4, input_dim=3), Dense(2, use_bias=False), Dense(5)])
    assert [w.shape for w in model.get_weights()] == [(3, 4), (4,), (4, 2), (2, 5), (5,)]
    per_layer = [weight for layer in model.layers for weight in layer.get_weights()]
    for of_model, of_layer in zip(model.get_weights(), per_layer, strict=True):
        np.testing.assert_array_equal(of_model, of_layer)


def test_count_params_counts_kernels_and_biases():
    model = Sequential([Flatten(input_shape=(28, 28)), Dense(128), Dense(10, use_bias=False)])
    assert [layer.count_params() for layer in model.layers] == [0, 784 * 128 + 128, 1280]
    assert model.count_params() == 784 * 128 + 128 + 1280


def test_kernels_start_glorot_uniform_and_biases_at_zero():
    kernel, bias = Sequential([Input((300,)), Dense(200)]).get_weights()
    limit = np.sqrt(6 / 500)
    assert np.abs(kernel).max() <= limit
    # 60,000 draws: mean and deviation of a uniform distribution, within five standard errors
    assert abs(kernel.mean()) < 5 * limit / np.sqrt(3 * kernel.size)
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.02)
    np.testing.assert_allclose(
        np.quantile(kernel, [0.1, 0.9]), [-0.8 * limit, 0.8 * limit], atol=0.02 * limit
    )
    assert not bias.any()


def test_two_layers_start_differently():
    first, second = Sequential([Input((8,)), Dense(8), Dense(8)]).get_weights()[::2]
    assert not np.array_equal(first, second)


def test_set_weights_of_a_layer_changes_that_layer_alone(rng):
    model = Sequential([Input((3,)), Dense(4), Dense(2)])
    before = model.get_weights()
    new = [rng.normal(size=(4, 2)), rng.normal(size=2)]
    model.layers[1].set_weights(new)
    for weight, expected in zip(model.get_weights(), [*before[:2], *new], strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-6)


def test_get_weights_returns_copies():
    model = Sequential([Input((3,)), Dense(4)])
    model.get_weights()[0][:] = 7
    assert np.abs(model.get_weights()[0]).max() < 7


def test_layers_are_named_as_in_keras():
    first, second = Dense(1).name, Dense(1).name
    number = int(second.removeprefix("dense_"))
    assert first == ("dense" if number == 1 else f"dense_{number - 1}")
    assert Flatten().name.startswith("flatten")
    assert Dense(1, name="mine").name == "mine"


def test_a_layer_is_built_with_its_model():
    layer = Dense(3)
    model = Sequential([layer])
    assert not layer.built
    model.build((None, 4))
    assert layer.built
    assert layer.count_params() == 15


def test_an_unbuilt_layer_says_so():
    message = (
        "expected layer 'lonely' to be built: give its model an Input, or fit it first. "
        "Received: a layer without weights"
    )
    layer = Dense(3, name="lonely")
    for call in layer.get_weights, layer.count_params, lambda: layer.set_weights([]):
        with raises(ValueError, message):
            call()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0), ValueError, "expected units >= 1. Received: 0"),
        (lambda: Dense(2.0), TypeError, "expected units to be an integer. Received: 2.0"),
        (
            lambda: Dense(2, "reluu"),
            ValueError,
            f"expected activation to be one of {KNOWN_ACTIVATIONS}. Received: 'reluu'",
        ),
        (
            lambda: Dense(2, 3),
            TypeError,
            "expected activation to be a name or a function. Received: 3",
        ),
        (
            lambda: Dense(2, use_bias=1),
            TypeError,
            "expected use_bias to be True or False. Received: 1",
        ),
        (
            lambda: Dense(2, kernel_constraint="max_norm"),
            NotImplementedError,
            "Dense(kernel_constraint=...) is not built yet, only its default None",
        ),
        (
            lambda: Dense(2, trainable=0),
            TypeError,
            "expected trainable to be True or False. Received: 0",
        ),
        (
            lambda: Flatten(data_format="channels_first"),
            NotImplementedError,
            "Flatten(data_format=...) is not built yet, only its default 'channels_last'",
        ),
        (
            lambda: Dense(2, unit=3),
            TypeError,
            "Dense() got an unexpected keyword argument 'unit'",
        ),
        (
            lambda: Dense(2, dtype="float16"),
            ValueError,
            "expected dtype to be one of 'float32', 'float64'. Received: 'float16'",
        ),
        (
            lambda: Input(784),
            TypeError,
            "expected shape to be a tuple of integers. Received: 784",
        ),
        (
            lambda: Input((0,)),
            ValueError,
            "expected each length in shape >= 1. Received: 0",
        ),
        (
            lambda: Input(()),
            ValueError,
            "expected shape with at least one dimension. Received: ()",
        ),
        (
            lambda: Input((3,), batch_size=2),
            NotImplementedError,
            "Input(batch_size=...) is not built yet, only its default None",
        ),
    ],
)
def test_a_layer_says_what_is_wrong_with_its_arguments(make, error, message):
    with raises(error, message):
        make()


def test_defaults_of_keras_are_accepted():
    Dense(2, kernel_initializer="glorot_uniform", bias_initializer="zeros", kernel_regularizer=None)
