"""Models go to Keras and come from it, and compute the same."""

import json
import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="models are compared with Keras's own")

import fastnn  # noqa: E402
from fastnn import layers  # noqa: E402
from fastnn.layers import Dense, Dropout, Input  # noqa: E402
from fastnn.models import Model, Sequential, from_keras, model_from_json, to_keras  # noqa: E402
from messages import raises  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's, and those of its backend

TOLERANCE = {"rtol": 2e-5, "atol": 2e-6}


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def randomized(model, rng):
    """Give a model of either library weights of which none is as it began."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            randomized(layer, rng)
        elif layer.get_weights():
            shapes = [weight.shape for weight in layer.get_weights()]
            layer.set_weights([rng.uniform(0.1, 1.0, size=shape) for shape in shapes])
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
    return model


def assert_same_predictions(one, other, inputs):
    for mine, theirs in zip(predictions(one, inputs), predictions(other, inputs), strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, **TOLERANCE)


def predictions(model, inputs):
    outputs = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    return outputs if isinstance(outputs, list) else [outputs]


def chain(source):
    dense = source.layers.Dense
    return source.Sequential(
        [
            source.Input((4, 2)),
            source.layers.Flatten(),
            source.layers.Normalization(),
            source.layers.Rescaling(0.5, offset=0.25),
            dense(6, source.layers.LeakyReLU(negative_slope=0.2)),
            source.layers.BatchNormalization(momentum=0.8, epsilon=0.01),
            source.layers.Dropout(0.3),
            source.layers.ReLU(max_value=1.0, negative_slope=0.1),
            dense(5, "gelu"),
            source.layers.LayerNormalization(epsilon=0.1, scale=False),
            source.layers.ELU(alpha=0.5),
            source.layers.Activation("mish"),
            source.layers.Reshape((5,)),
            dense(3),
            source.layers.Softmax(),
        ]
    )


def branches(source):
    dense = source.layers.Dense
    a, b = source.Input((4,), name="a"), source.Input((4,), name="b")
    shared = dense(3, "tanh")
    inner = source.Sequential([source.Input((3,)), dense(5, "silu"), source.layers.Dropout(0.2)])
    p, q = source.Input((3,)), shared(a)
    both = source.Model(p, [dense(2)(p), dense(3)(p)])
    first, second = both(q)
    merged = source.layers.Concatenate()([inner(q), inner(shared(b)), first])
    return source.Model([a, b], [dense(2)(merged), source.layers.Add()([second, q])])


def floors(source):
    """A model of which an output is that of a model, which Keras counts in its own way."""
    x = source.Input((3,))
    inner = source.Model(x, [source.layers.Dense(2)(x), source.layers.Dense(4)(x)])
    y = source.Input((4,))
    first, second = inner(source.layers.Dense(3, "relu")(y))
    third, _ = inner(source.layers.Dense(3, "tanh")(second))
    return source.Model(y, [third, first])


MODELS = [(chain, [(9, 4, 2)]), (branches, [(9, 4), (9, 4)]), (floors, [(9, 4)])]


@pytest.mark.parametrize(("make", "shapes"), MODELS)
def test_a_model_of_keras_predicts_the_same_here(make, shapes, rng):
    theirs = randomized(make(keras), rng)
    converted = from_keras(theirs)
    inputs = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    assert_same_predictions(converted, theirs, inputs)
    assert converted.count_params() == theirs.count_params()
    assert converted.name == theirs.name


@pytest.mark.parametrize(("make", "shapes"), MODELS)
def test_a_model_predicts_the_same_in_keras(make, shapes, rng):
    model = randomized(make(fastnn), rng)
    converted = to_keras(model)
    inputs = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    assert_same_predictions(model, converted, inputs)
    assert_same_predictions(from_keras(converted), model, inputs)


def test_layers_that_keras_lacks_become_activations(rng):
    lacking = [layers.GELU, layers.SELU, layers.SiLU, layers.Sigmoid, layers.Softplus]
    lacking += [layers.Softsign, layers.Tanh]
    x = rng.normal(size=(9, 4)).astype(np.float32)
    for kind in lacking:
        model = Sequential([Input((4,)), Dense(4, activation=kind()), kind(name="last")])
        converted = to_keras(model)
        assert converted.layers[-1].name == "last"
        assert_same_predictions(model, converted, [x])
    with pytest.raises(NotImplementedError, match=r"Keras has no layer for GELU\(approximate=True"):
        to_keras(Sequential([Input((4,)), layers.GELU(approximate=True)]))


def test_arrays_as_initializers_do_not_stand_in_the_way():
    model = Sequential([Input((2,)), Dense(2, kernel_initializer=np.eye(2))])
    np.testing.assert_array_equal(to_keras(model).get_weights()[0], np.eye(2))


@pytest.mark.parametrize("make", [chain, branches, floors])
def test_json_goes_to_keras_and_back_and_stays_the_same(make):
    theirs = keras.models.model_from_json(make(fastnn).to_json()).to_json()
    again = keras.models.model_from_json(model_from_json(theirs).to_json()).to_json()
    assert json.loads(again) == json.loads(theirs)


@pytest.mark.parametrize(
    "layer",
    [
        Dense(3, "relu", kernel_regularizer="l2", trainable=False),
        layers.Activation("tanh"),
        layers.ReLU(max_value=2.0),
        layers.LeakyReLU(0.1),
        layers.ELU(0.4),
        layers.Softmax(),
        Dropout(0.3, seed=5),
        layers.BatchNormalization(center=False),
        layers.LayerNormalization(scale=False),
        layers.Flatten(),
        layers.Reshape((2, -1)),
        layers.Rescaling(2.0),
        layers.Normalization(mean=[1.0], variance=[2.0]),
        layers.Add(),
        layers.Concatenate(),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_a_config_has_every_argument_that_keras_writes(layer):
    config = json.loads(json.dumps(layer.get_config())) | {"dtype": "float32"}
    kind = getattr(keras.layers, type(layer).__name__)
    for name in ("lora_rank", "lora_alpha"):  # which Keras writes only where they are used
        config.pop(name, None)
    theirs = json.loads(json.dumps(kind.from_config(config).get_config()))
    theirs["dtype"] = theirs["dtype"]["config"]["name"]
    if "axis" in theirs and isinstance(theirs["axis"], list):
        (theirs["axis"],) = theirs["axis"]
    assert config == theirs


def test_float64_stays_float64():
    inputs = keras.Input((3,), dtype="float64")
    theirs = keras.Model(inputs, keras.layers.Dense(2, dtype="float64")(inputs))
    assert from_keras(theirs).dtype == "float64"


def test_the_first_layer_that_is_not_built_is_named():
    theirs = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="eye"), keras.layers.Flatten()]
    )
    with raises(
        NotImplementedError,
        "layer 'eye' of class 'Conv2D' is not built, only those of fastnn.layers",
    ):
        from_keras(theirs)


def test_the_first_layer_with_an_argument_that_is_not_built_is_named():
    def own(x):
        return x

    for arguments, message in (
        ({"kernel_constraint": "non_neg"}, "Dense(kernel_constraint=...) is not built yet, only "
         "its default None"),
        ({"activation": own}, "activation 'own' is not built: the core has the gradients of those "
         "in fastnn.activations alone"),
    ):  # fmt: skip
        dense = keras.layers.Dense(2, name="odd", **arguments)
        with raises(NotImplementedError, f"layer 'odd': {message}"):
            from_keras(keras.Sequential([keras.Input((3,)), dense]))


def test_what_is_no_model_of_keras_is_refused():
    with raises(TypeError, "expected a model of Keras. Received: 3"):
        from_keras(3)
    with raises(ValueError, "expected a model that is built. Received: one without weights"):
        from_keras(keras.Sequential([keras.layers.Dense(2)]))
    with pytest.raises(ValueError, match="to be built"):
        to_keras(Sequential([Dense(2)]))
    assert isinstance(
        from_keras(keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])), Model
    )
