"""What layers of activations promise: to be their functions, with Keras's names and defaults."""

import numpy as np
import pytest

from activation_cases import ALL, Case
from fastnn import activations, layers
from fastnn.layers import Activation, Dense, Input
from fastnn.models import Sequential


@pytest.mark.parametrize("case", [case for case in ALL if not case.keywords], ids=str)
def test_layers_take_names_and_functions(case):
    x = np.random.default_rng(10).normal(size=(3, 6))
    for activation in (case.name, getattr(activations, case.name)):
        alone = Sequential([Input((6,)), Activation(activation)], dtype="float64")
        np.testing.assert_array_equal(alone(x), case.value(x))
        dense = Sequential([Input((6,)), Dense(4, activation)], dtype="float64")
        linear = Sequential([Input((6,)), Dense(4)], dtype="float64")
        linear.set_weights(dense.get_weights())
        np.testing.assert_array_equal(dense(x), case.value(linear(x)))


@pytest.mark.parametrize(
    ("layer", "case"),
    [
        (layers.ReLU, Case("relu")),
        (
            lambda: layers.ReLU(3.0, 0.25, 1.0),
            Case("relu", {"max_value": 3.0, "negative_slope": 0.25, "threshold": 1.0}),
        ),
        (layers.LeakyReLU, Case("leaky_relu", {"negative_slope": 0.3})),
        (lambda: layers.LeakyReLU(0.01), Case("leaky_relu", {"negative_slope": 0.01})),
        (layers.ELU, Case("elu")),
        (lambda: layers.ELU(alpha=0.5), Case("elu", {"alpha": 0.5})),
        (layers.SELU, Case("selu")),
        (layers.GELU, Case("gelu")),
        (lambda: layers.GELU(approximate=True), Case("gelu", {"approximate": True})),
        (layers.SiLU, Case("silu")),
        (layers.Softplus, Case("softplus")),
        (layers.Softsign, Case("softsign")),
        (layers.Sigmoid, Case("sigmoid")),
        (layers.Tanh, Case("tanh")),
        (layers.Softmax, Case("softmax")),
    ],
)
def test_each_layer_is_its_function(layer, case):
    x = np.random.default_rng(11).normal(scale=3, size=(4, 5))
    model = Sequential([Input((5,)), layer()], dtype="float64")
    np.testing.assert_array_equal(model(x), case.value(x))
    assert model.count_params() == 0


def test_the_old_name_of_the_negative_slope_is_taken_with_a_warning():
    with pytest.warns(DeprecationWarning, match="negative_slope"):
        layer = layers.LeakyReLU(alpha=0.2)
    assert layer.negative_slope == 0.2


@pytest.mark.parametrize(
    ("kind", "name"),
    [(layers.ReLU, "re_lu"), (layers.LeakyReLU, "leaky_re_lu"), (layers.GELU, "gelu")],
)
def test_layers_are_named_as_keras_names_them(kind, name):
    assert kind().name.rstrip("_0123456789") == name


@pytest.mark.parametrize(
    "layer", [lambda: Activation("gelu"), lambda: layers.ReLU(max_value=1), layers.Softplus]
)
def test_elementwise_layers_take_images(layer):
    x = np.random.default_rng(12).normal(size=(2, 3, 4))
    flat = Sequential([Input((12,)), layer()])
    np.testing.assert_array_equal(
        Sequential([Input((3, 4)), layer()])(x).reshape(2, 12), flat(x.reshape(2, 12))
    )


def test_glu_halves_the_outputs():
    model = Sequential([Input((6,)), Dense(8, activation="glu"), Dense(4), Activation("glu")])
    assert [layer.count_params() for layer in model.layers] == [6 * 8 + 8, 4 * 4 + 4, 0]
    assert model.predict(np.ones((3, 6)), verbose=0).shape == (3, 2)
