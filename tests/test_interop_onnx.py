"""Models as graphs of ONNX predict the same in onnxruntime."""

import numpy as np
import pytest

from activation_cases import DEFAULTS
from fastnn import layers
from fastnn.layers import Activation, Dense, Dropout, Input
from fastnn.models import Model, Sequential
from messages import raises
from test_model_configs import branches

onnx = pytest.importorskip("onnx", reason="it writes the graphs")
onnxruntime = pytest.importorskip("onnxruntime", reason="it computes the graphs")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.onnx"


@pytest.fixture
def rng():
    return np.random.default_rng(13)


def runtime_of(model, path):
    model.to_onnx(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)


def assert_same_predictions(model, path, inputs, tolerance=2e-6):
    session = runtime_of(model, path)
    names = [entry.name for entry in session.get_inputs()]
    received = session.run(None, dict(zip(names, inputs, strict=True)))
    expected = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0)
    expected = expected if isinstance(expected, list) else [expected]
    for mine, theirs in zip(expected, received, strict=True):
        assert (mine.shape, mine.dtype) == (theirs.shape, theirs.dtype)
        np.testing.assert_allclose(theirs, mine, rtol=10 * tolerance, atol=tolerance)


def chain(dtype):
    normalization = layers.Normalization()
    normalization.adapt(np.random.default_rng(2).normal(1.0, 2.0, size=(50, 6)))
    return Sequential(
        [
            Input((3, 2)),
            layers.Flatten(),
            normalization,
            Dense(8, "relu"),
            layers.BatchNormalization(center=False),
            Dropout(0.5),
            layers.Rescaling(0.5, offset=0.1),
            Dense(6, "tanh", use_bias=False),
            layers.LayerNormalization(scale=False),
            layers.BatchNormalization(scale=False),
            layers.LayerNormalization(center=False),
            Dense(4, layers.ReLU(max_value=1.0, negative_slope=0.1, threshold=0.2)),
            layers.Reshape((2, 2)),
            layers.Sigmoid(),
            layers.Flatten(),
            layers.Softmax(),
        ],
        dtype=dtype,
    )


# ONNX knows the epsilon of a normalization in float32 alone.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 1e-8)])
@pytest.mark.parametrize("n_rows", [0, 1, 9])
def test_a_chain_predicts_the_same(n_rows, dtype, tolerance, rng, path):
    model = chain(dtype)
    weights = [weight + rng.uniform(0.1, 0.5, weight.shape) for weight in model.get_weights()]
    model.set_weights(weights)
    x = rng.normal(size=(n_rows, 3, 2)).astype(dtype)
    assert_same_predictions(model, path, [x], tolerance)


def test_several_inputs_and_outputs_predict_the_same(rng, path):
    inputs = [rng.normal(size=(7, 4)).astype(np.float32) for _ in range(2)]
    assert_same_predictions(branches(), path, inputs)


def test_inputs_and_outputs_have_the_names_of_their_layers(path):
    session = runtime_of(branches(), path)
    assert [entry.name for entry in session.get_inputs()] == ["a", "b"]
    assert [entry.name for entry in session.get_outputs()] == ["end", "both"]
    assert session.get_inputs()[0].shape == ["n_samples", 4]


def test_an_input_may_be_an_output(rng, path):
    x = Input((3,), name="x")
    assert_same_predictions(Model(x, [x, Dense(2)(x)]), path, [np.ones((2, 3), np.float32)])


@pytest.mark.parametrize("name", [*DEFAULTS.split(), "softmax", "log_softmax", "glu"])
def test_every_activation_predicts_the_same(name, rng, path):
    x = rng.normal(scale=4, size=(50, 6)).astype(np.float32)
    assert_same_predictions(Sequential([Input((6,)), Activation(name)]), path, [x])


@pytest.mark.parametrize(
    "layer",
    [
        layers.LeakyReLU(0.3),
        layers.ELU(0.5),
        layers.GELU(approximate=True),
        layers.ReLU(max_value=2.0),
        layers.ReLU(threshold=1.0),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_arguments_of_activations_arrive(layer, rng, path):
    x = rng.normal(scale=4, size=(50, 6)).astype(np.float32)
    assert_same_predictions(Sequential([Input((6,)), layer]), path, [x])


def test_what_has_no_operator_is_named_and_leaves_no_file(path):
    model = Sequential([Input((3,)), Dense(3, "sparsemax", name="end")])
    with raises(
        NotImplementedError,
        "layer 'end': sparsemax has no counterpart among the operators of ONNX",
    ):
        model.to_onnx(path)
    assert not list(path.parent.iterdir())
