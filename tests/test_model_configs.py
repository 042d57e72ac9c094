"""Layers and models are described by JSON, from which equal ones are made."""

import json

import numpy as np
import pytest

import fastnn
from fastnn import activations, initializers, layers, regularizers
from fastnn.layers import Activation, Add, Concatenate, Dense, Dropout, Input, LeakyReLU
from fastnn.models import Model, Sequential, clone_model, model_from_json
from messages import raises

LAYERS = [
    lambda: Dense(3),
    lambda: Dense(
        3,
        "gelu",
        use_bias=False,
        kernel_initializer=initializers.HeNormal(seed=3),
        kernel_regularizer=regularizers.L1L2(0.1, 0.2),
        trainable=False,
        name="named",
    ),
    lambda: Dense(2, activation=LeakyReLU(0.3), kernel_initializer=np.ones((4, 2))),
    lambda: Activation("swish"),
    lambda: Activation(layers.ELU(0.5)),
    lambda: layers.ReLU(max_value=2.0, negative_slope=0.1, threshold=0.5),
    lambda: LeakyReLU(0.1),
    lambda: layers.ELU(0.4),
    lambda: layers.GELU(approximate=True),
    layers.SELU,
    layers.SiLU,
    layers.Sigmoid,
    layers.Softmax,
    layers.Softplus,
    layers.Softsign,
    layers.Tanh,
    lambda: Dropout(0.3, seed=5),
    lambda: Dropout(0.4),
    lambda: layers.BatchNormalization(
        momentum=0.5,
        epsilon=0.1,
        center=False,
        gamma_initializer=initializers.Constant(2.0),
        gamma_regularizer="l2",
    ),
    lambda: layers.LayerNormalization(epsilon=0.1, scale=False, beta_initializer="ones"),
    layers.Flatten,
    lambda: layers.Reshape((2, -1)),
    lambda: layers.Rescaling([1.0, 2.0, 3.0, 4.0], offset=0.5),
    lambda: layers.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[4.0, 3.0, 2.0, 1.0]),
    lambda: layers.Normalization(axis=None, mean=2.0, variance=0.5, invert=True),
    layers.Normalization,
    lambda: Add(name="sum"),
    Concatenate,
]


def through_json(config):
    return json.loads(json.dumps(config))


@pytest.fixture(name="x")
def rows():
    return np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)


@pytest.mark.parametrize("make", LAYERS)
def test_every_layer_comes_back_from_its_config(make, x):
    layer = make()
    inputs = [x, x] if isinstance(layer, (Add, Concatenate)) else x
    expected = layer(inputs)
    config = through_json(layer.get_config())
    again = type(layer).from_config(config)
    assert through_json(again.get_config()) == config
    assert (again.name, again.trainable) == (layer.name, layer.trainable)
    again(inputs)
    again.set_weights(layer.get_weights())
    np.testing.assert_array_equal(again(inputs), expected)
    described = through_json(layers.serialize(layer))
    assert through_json(layers.deserialize(described).get_config()) == config


def test_the_layers_of_the_package_are_all_described_here():
    made = {type(make()).__name__ for make in LAYERS}
    others = {"Input", "InputLayer", "Layer", "add", "concatenate", "deserialize", "serialize"}
    assert made == set(layers.__all__) - others


def test_a_config_has_the_arguments_of_keras():
    assert Dense(3, "relu", name="a", kernel_regularizer="l2", dtype="float64").get_config() == {
        "name": "a",
        "trainable": True,
        "dtype": "float64",
        "units": 3,
        "activation": "relu",
        "use_bias": True,
        "kernel_initializer": {
            "module": "keras.initializers",
            "class_name": "GlorotUniform",
            "config": {"seed": None, "input_axes": None, "output_axes": None},
            "registered_name": None,
        },
        "bias_initializer": {
            "module": "keras.initializers",
            "class_name": "Zeros",
            "config": {},
            "registered_name": None,
        },
        "kernel_regularizer": {
            "module": "keras.regularizers",
            "class_name": "L2",
            "config": {"l2": 0.01},
            "registered_name": None,
        },
        "bias_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
        "lora_rank": None,
        "lora_alpha": None,
        "quantization_config": None,
    }


def test_the_activation_of_a_layer_is_a_function():
    assert Dense(2, "relu").activation is activations.relu
    assert Activation("tanh").activation.__name__ == "tanh"
    assert Dense(2).activation.__name__ == "linear"


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        (LeakyReLU(0.3), lambda z: np.where(z > 0, z, 0.3 * z)),
        (layers.ReLU(max_value=1.0), lambda z: np.clip(z, 0, 1)),
        (layers.ELU(0.5), lambda z: np.where(z > 0, z, 0.5 * np.expm1(z))),
    ],
)
def test_a_layer_serves_as_activation(activation, function, x):
    dense = Dense(3, activation=activation, dtype="float64")
    y = dense(x)
    np.testing.assert_allclose(y, function(x.astype(float) @ dense.get_weights()[0]), rtol=1e-12)
    np.testing.assert_allclose(Activation(activation)(x), function(x), rtol=1e-6)


@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (np.sin, "activation <ufunc 'sin'> is not built: the core has the gradients of those in "
         "fastnn.activations alone"),
        (Dropout(0.5), "a layer Dropout as an activation is not built, only one of an activation "
         "function"),
    ],
)  # fmt: skip
def test_other_functions_are_refused_as_activations(activation, message):
    with raises(NotImplementedError, message):
        Dense(3, activation=activation)


def branches():
    """Two inputs, a shared layer, a model within, several outputs."""
    a, b = Input((4,), name="a"), Input((4,), name="b")
    shared = Dense(3, "relu", name="shared")
    inner = Sequential([Input((3,)), Dense(5, LeakyReLU(0.2)), Dropout(0.2)], name="inner")
    h, g = shared(a), shared(b)
    pair = Input((3,), name="pair")
    both = Model(pair, [Dense(2)(pair), Dense(4)(pair)], name="both")
    p, q = both(h)
    merged = Concatenate(name="merged")([inner(h), inner(g), p])
    return Model([a, b], [Dense(2, "softmax", name="end")(merged), q], name="whole")


def chain():
    return Sequential([Input((4,)), Dense(3, "relu"), Sequential([Dense(2)], name="deep")])


def two_floors():
    x = Input((4,))
    return Model(x, branches()([x, Dense(4)(x)])[0])


@pytest.mark.parametrize("make", [branches, chain, two_floors])
def test_models_come_back_from_their_config(make, rng):
    model = make()
    config = through_json(model.get_config())
    again = type(model).from_config(config)
    assert through_json(again.get_config()) == config
    x = [rng.normal(size=(5, 4)) for _ in model.inputs]
    again.set_weights(model.get_weights())
    for one, other in zip(computed(model, x), computed(again, x), strict=True):
        np.testing.assert_array_equal(one, other)
    assert [layer.name for layer in again.layers] == [layer.name for layer in model.layers]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def computed(model, x):
    outputs = model.predict(x if len(x) > 1 else x[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def test_a_model_that_begins_and_ends_within_another_comes_back(x):
    a = Input((4,))
    h = Dense(3, "tanh")(a)
    tail = Model(h, Dense(2)(h))
    again = Model.from_config(through_json(tail.get_config()))
    again.set_weights(tail.get_weights())
    np.testing.assert_array_equal(again(x[:, :3]), tail(x[:, :3]))


def test_frozen_layers_stay_frozen():
    model = Sequential([Input((4,)), Dense(3, name="frozen"), Dense(2)])
    model.get_layer("frozen").trainable = False
    again = Sequential.from_config(model.get_config())
    assert [layer.trainable for layer in again.layers] == [False, True]
    assert again.trainable
    model.trainable = False
    assert not Sequential.from_config(model.get_config()).trainable


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_comes_back(dtype):
    model = Sequential([Input((4,)), Dense(3)], dtype=dtype)
    assert Sequential.from_config(model.get_config()).dtype == dtype
    assert Dense.from_config(model.layers[0].get_config()).get_config()["dtype"] == dtype


def test_json_makes_the_architecture_again():
    model = branches()
    again = model_from_json(model.to_json())
    assert again.to_json() == model.to_json()
    assert json.loads(model.to_json())["class_name"] == "Functional"


def test_functions_and_classes_of_ones_own_come_back_by_their_names():
    def halves(shape, dtype=None):
        return np.full(shape, 0.5, dtype=dtype)

    class Ramp(initializers.Initializer):
        def __call__(self, shape, dtype=None):
            return np.arange(np.prod(shape), dtype=dtype).reshape(shape)

    model = Sequential([Input((2,)), Dense(2, kernel_initializer=halves, bias_initializer=Ramp())])
    own = {"halves": halves, "Ramp": Ramp}
    again = model_from_json(model.to_json(), custom_objects=own)
    for one, other in zip(again.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    with raises(
        ValueError,
        f"layer '{model.layers[0].name}': expected custom_objects to hold the initializer "
        "'halves', which is a function",
    ):
        model_from_json(model.to_json())


def test_a_clone_has_layers_of_its_own_and_new_weights(x):
    model = chain()
    clone = clone_model(model)
    assert clone.get_config() == model.get_config()
    assert not set(map(id, clone.layers)) & set(map(id, model.layers))
    assert (clone.get_weights()[0] != model.get_weights()[0]).all()


def test_a_clone_function_makes_the_layers_anew():
    model = Sequential([Input((4,)), Dense(3), Dropout(0.5)])
    same = {layer.name: layer for layer in model.layers}

    def clone_function(layer):
        return Activation("linear") if isinstance(layer, Dropout) else same[layer.name]

    clone = clone_model(model, clone_function=clone_function)
    assert clone.layers[0] is model.layers[0]
    assert isinstance(clone.layers[1], Activation)


def test_models_within_are_cloned_layer_by_layer_if_asked():
    seen = []

    def clone_function(layer):
        seen.append(type(layer).__name__)
        return type(layer).from_config(layer.get_config())

    clone_model(chain(), clone_function=clone_function)
    assert seen == ["Dense", "Sequential"]
    seen.clear()
    clone_model(chain(), clone_function=clone_function, recursive=True)
    assert seen == ["Dense", "Dense"]


def test_a_layer_on_two_levels_is_refused():
    x = Input((3,))
    shared = Dense(3)
    inner = Model(x, shared(x), name="inner")
    model = Model(x, shared(inner(x)), name="outer")
    with raises(
        NotImplementedError,
        "a description of 'outer' is not built: a layer of one of its models is in it a second "
        "time, and a description would make two of it",
    ):
        model.get_config()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda layers: layers[1].update(class_name="Conv2D"),
            NotImplementedError,
            "layer 'shared' of class 'Conv2D' is not built, only those of fastnn.layers",
        ),
        (
            lambda layers: layers[1]["inbound_nodes"][0]["kwargs"].update(training=True),
            NotImplementedError,
            "calls of layers with {'training': True} are not built",
        ),
    ],
)
def test_descriptions_of_what_is_not_built_are_refused(change, error, message):
    x = Input((4,), name="x")
    config = Model(x, Dense(3, name="shared")(x)).get_config()
    change(config["layers"])
    with raises(error, message):
        Model.from_config(config)


def test_a_graph_with_a_circle_is_refused():
    x = Input((3,), name="x")
    config = Model(x, Dense(3, name="b")(Dense(3, name="a")(x))).get_config()
    to_b = config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]
    to_b["keras_history"] = ["b", 0, 0]
    with raises(ValueError, "expected a graph without a circle. Received one through 'b'"):
        Model.from_config(config)


def test_keras_functions_have_fastnns_names():
    for name in ("clone_model", "load_model", "model_from_json", "save_model"):
        assert callable(getattr(fastnn.models, name))
    assert fastnn.saving.load_model is fastnn.models.load_model


def test_models_of_another_dtype_are_refused_within_a_model():
    inner = Sequential([Input((4,)), Dense(3)], name="inner")
    with raises(
        NotImplementedError,
        "models of different dtypes in one model are not built yet: expected float64 for 'inner'. "
        "Received: float32",
    ):
        inner(Input((4,), dtype="float64"))


def test_a_name_is_a_string():
    with raises(TypeError, "expected name to be a string. Received: 3"):
        Dense(2, name=3)
