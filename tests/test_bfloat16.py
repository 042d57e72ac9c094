"""Training with products of values rounded to bfloat16, and what it leaves alone."""

from itertools import pairwise

import numpy as np
import pytest

import fastnn
from fastnn import _core, datasets, losses, optimizers, utils
from fastnn.layers import Add, Dense, Dropout, Input
from fastnn.models import Model, Sequential
from messages import raises

needs_bfloat16 = pytest.mark.skipif(
    not _core.has_bfloat16(), reason="this CPU, or the core chosen for it, has no AVX512-BF16"
)
LOSS = losses.MeanSquaredError(reduction="sum")

# Rows, and the sizes from the inputs to the outputs, which are powers of two: the slope of the loss
# is then exact. One is below, at or beyond whole pairs, packets, panels and tiles.
SHAPES = [
    (1, (1, 1, 1)),
    (2, (3, 2, 1)),
    (5, (7, 17, 4)),
    (8, (16, 32, 16)),
    (9, (33, 31, 2)),
    (31, (32, 49, 33, 8)),
    (64, (65, 96, 64)),
    (70, (100, 97, 35, 16)),
    (3, (1500, 3, 64)),
    (1030, (300, 1, 64)),
    (1025, (3, 1030, 2)),
]


def rounded(x):
    """The nearest numbers of 8 significant bits, ties to even."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    odd = (bits >> 16) & 1
    return ((bits + 0x7FFF + odd) & 0xFFFF0000).view(np.float32).astype(np.float64)


def factors(rng, shape):
    """Numbers that round to 0, ±1 and ±2, many of them from halfway between two others."""
    values = rng.choice([0, 1, 2, 257 / 256, 511 / 256], size=shape)
    return (values * rng.choice([-1, 1], size=shape)).astype(np.float32)


def some_weights(rng, shapes):
    """Kernels, and biases so large that what leaves a layer needs rounding as well."""
    return [
        factors(rng, s) if len(s) == 2 else rng.integers(-300, 300, size=s).astype(np.float32)
        for s in shapes
    ]


def linear_model(rng, sizes, **compiled):
    model = Sequential([Input(sizes[:1]), *map(Dense, sizes[1:])])
    model.set_weights(some_weights(rng, [weight.shape for weight in model.get_weights()]))
    model.compile("sgd", LOSS, **compiled)
    return model


def gradients(model, x, y):
    return model._get_network(x).loss_and_gradients(
        [x], [y], [_core.WeightedLoss(LOSS._to_core())]
    )[1]


def pairs(weights):
    return list(zip(weights[::2], weights[1::2], strict=True))


def gradients_of_rounded(x, weights):
    """Those of the sum over rows of mean(y²), and how large what they sum is."""
    values = [x.astype(np.float64)]
    for kernel, bias in pairs(weights):
        values.append(rounded(values[-1]) @ rounded(kernel) + bias)
        assert np.all(values[-1] == values[-1].astype(np.float32)), "products must be exact"
    slope = 2 * values.pop() / bias.size
    found, sizes = [], []
    for kernel, _ in reversed(pairs(weights)):
        below = rounded(values.pop()).T
        found = [below @ rounded(slope), slope.sum(axis=0), *found]
        sizes = [abs(below) @ abs(rounded(slope)), abs(slope).sum(axis=0), *sizes]
        slope = rounded(slope) @ rounded(kernel).T
        assert np.all(slope == slope.astype(np.float32)), "products must be exact"
    return found, sizes


@needs_bfloat16
@pytest.mark.parametrize(("n_rows", "sizes"), SHAPES)
def test_gradients_are_those_of_rounded_factors_and_full_sums(n_rows, sizes):
    rng = np.random.default_rng(n_rows)
    model = linear_model(rng, sizes, compute_dtype="bfloat16")
    x = factors(rng, (n_rows, sizes[0]))
    expected, summed = gradients_of_rounded(x, model.get_weights())
    received = gradients(model, x, np.zeros((n_rows, sizes[-1]), np.float32))
    for one, other, size in zip(received, expected, summed, strict=True):
        assert np.all(abs(one - other) <= n_rows * 2.0**-23 * size)


@needs_bfloat16
def test_a_frozen_layer_changes_no_other_gradient():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(9, 12)).astype(np.float32), np.zeros((9, 4), np.float32)
    model = linear_model(rng, (12, 20, 8, 4), compute_dtype="bfloat16")
    expected = gradients(model, x, y)
    model.layers[1].trainable = False
    model.compile("sgd", LOSS, compute_dtype="bfloat16")
    received = gradients(model, x, y)
    for i in (0, 1, 4, 5):
        np.testing.assert_array_equal(received[i], expected[i])


@needs_bfloat16
def test_layers_that_read_the_same_values_have_the_gradients_they_have_alone():
    rng = np.random.default_rng(2)
    x, y = factors(rng, (10, 6)), np.zeros((10, 4), np.float32)
    entry = Input((6,))
    hidden = Dense(5)(entry)
    model = Model(entry, Add()([Dense(4)(hidden), Dense(4)(hidden)]))
    first, second, third = pairs(some_weights(rng, [w.shape for w in model.get_weights()]))
    # The kernels add up to another of a single bit, the biases to anything.
    second, third = [2 * second[0], second[1]], [-second[0], third[1]]
    model.set_weights([*first, *second, *third])
    model.compile("sgd", LOSS, compute_dtype="bfloat16")
    received = gradients(model, x, y)
    # y = h (U + V) + …, so both get the gradient of a single layer with the sum of the weights.
    together = [a + b for a, b in zip(second, third, strict=True)]
    expected, summed = gradients_of_rounded(x, [*first, *together])
    for i, j in ((2, 2), (3, 3), (4, 2), (5, 3)):
        assert np.all(abs(received[i] - expected[j]) <= 10 * 2.0**-23 * summed[j])


def trained(n_threads):
    """The weights of a core's network after steps of which the last has fewer rows."""
    rng = np.random.default_rng(3)
    sizes = (101, 203, 67, 10)
    dense = [_core.LayerFloat32.dense(m, n, True) for m, n in pairwise(sizes)]
    parts = []
    for layer in dense:
        shapes = [weight.shape for weight in layer.parameters()]
        layer.set_parameters([rng.normal(size=s).astype(np.float32) / 10 for s in shapes])
        parts += [layer, _core.LayerFloat32.activation(layer.output_size, "tanh")]
    places = range(len(parts))
    network = _core.NetworkFloat32(
        [101], parts, [[i] for i in places], [len(parts)], [True for _ in places], True
    )
    network.set_objective([_core.WeightedLoss(LOSS._to_core())], [], [])
    x = rng.normal(size=(333, 101)).astype(np.float32)
    network.train(
        [x],
        [rng.normal(size=(333, 10)).astype(np.float32)],
        [None],
        np.arange(333),
        100,
        optimizers.Adam()._to_core(),
        np.full(4, 0.01),
        _core.Tally(),
        None,
        n_threads,
    )
    return [weight for layer in dense for weight in layer.parameters()]


@needs_bfloat16
@pytest.mark.parametrize("n_threads", [2, 3, 4])
def test_weights_do_not_depend_on_the_number_of_threads(n_threads):
    for one, other in zip(trained(n_threads), trained(1), strict=True):
        np.testing.assert_array_equal(one, other)


@needs_bfloat16
def test_a_short_last_batch_is_trained_on_like_any_other():
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(19, 30)), rng.normal(size=(19, 4))

    def model():
        return linear_model(np.random.default_rng(5), (30, 21, 4), compute_dtype="bfloat16")

    at_once, in_steps, alone = model(), model(), model()
    for each in (at_once, in_steps, alone):
        each.optimizer.learning_rate = 1e-9
    at_once.fit(x, y, batch_size=12, epochs=1, shuffle=False, verbose=0)
    in_steps.train_on_batch(x[:12], y[:12])
    alone.set_weights(in_steps.get_weights())
    alone.train_on_batch(x[12:], y[12:])
    for one, other in zip(at_once.get_weights(), alone.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@needs_bfloat16
def test_predict_and_evaluate_round_nothing():
    rng = np.random.default_rng(6)
    x, y = rng.normal(size=(40, 50)), rng.normal(size=(40, 4))
    model = linear_model(np.random.default_rng(7), (50, 30, 4), compute_dtype="bfloat16")
    exact = linear_model(np.random.default_rng(7), (50, 30, 4))
    np.testing.assert_array_equal(model.predict(x, verbose=0), exact.predict(x, verbose=0))
    assert model.evaluate(x, y, verbose=0) == exact.evaluate(x, y, verbose=0)
    assert model.train_on_batch(x, y) != exact.train_on_batch(x, y)


def accuracy_on_digits(compute_dtype):
    (x, y), (x_test, y_test) = datasets.digits.load_data()
    utils.set_random_seed(0)
    model = Sequential(
        [Input((64,)), Dense(128, "relu"), Dropout(0.1), Dense(64, "relu"), Dense(10, "softmax")]
    )
    model.compile(
        "rmsprop",
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
        compute_dtype=compute_dtype,
    )
    model.fit(x.reshape(-1, 64) / 16, y, epochs=20, verbose=0)
    return model.evaluate(x_test.reshape(-1, 64) / 16, y_test, verbose=0)[1]


@needs_bfloat16
def test_digits_are_learned_as_well_as_in_float32():
    assert accuracy_on_digits("bfloat16") >= max(accuracy_on_digits(None) - 0.01, 0.95)


@needs_bfloat16
def test_compiling_again_without_it_rounds_no_more():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(8, 5)).astype(np.float32), np.zeros((8, 2), np.float32)
    model = linear_model(rng, (5, 7, 2))
    expected = gradients(model, x, y)
    model.compile("sgd", LOSS, compute_dtype="bfloat16")
    gradients(model, x, y)
    model.compile("sgd", LOSS)
    for one, other in zip(gradients(model, x, y), expected, strict=True):
        np.testing.assert_array_equal(one, other)


@needs_bfloat16
def test_a_saved_model_goes_on_with_it(tmp_path):
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(20, 30)), rng.normal(size=(20, 4))
    model = linear_model(rng, (30, 10, 4), compute_dtype="bfloat16")
    model.optimizer.learning_rate = 1e-9
    model.train_on_batch(x, y)
    model.save(tmp_path / "model.safetensors")
    loaded = fastnn.models.load_model(tmp_path / "model.safetensors")
    for each in (model, loaded):
        each.train_on_batch(x, y)
    for one, other in zip(loaded.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@needs_bfloat16
def test_a_saved_model_goes_on_in_float32_where_the_cpu_has_no_bfloat16(tmp_path, monkeypatch):
    x, y = np.ones((3, 5)), np.ones((3, 2))
    model = linear_model(np.random.default_rng(0), (5, 2), compute_dtype="bfloat16")
    model.save(tmp_path / "model.safetensors")
    monkeypatch.setattr(_core, "has_bfloat16", lambda: False)
    with pytest.warns(UserWarning, match="go on training in float32"):
        loaded = fastnn.models.load_model(tmp_path / "model.safetensors")
    exact = linear_model(np.random.default_rng(0), (5, 2))
    assert loaded.train_on_batch(x, y) == exact.train_on_batch(x, y)


def test_what_cannot_be_computed_is_refused(core, monkeypatch):
    model = Sequential([Input((3,)), Dense(2)])
    with raises(ValueError, "expected compute_dtype to be None or 'bfloat16'. Received: 'float16'"):
        model.compile("sgd", "mse", compute_dtype="float16")
    in_double = Sequential([Input((3,)), Dense(2)], dtype="float64")
    with raises(
        ValueError, "expected a float32 model for compute_dtype='bfloat16'. Received: float64"
    ):
        in_double.compile("sgd", "mse", compute_dtype="bfloat16")
    monkeypatch.setattr(core, "has_bfloat16", lambda: False)
    with raises(
        RuntimeError,
        "expected a CPU with AVX512-BF16 for compute_dtype='bfloat16'. Received: one without, "
        f"or the core for x86-64-{core.isa}",
    ):
        model.compile("sgd", "mse", compute_dtype="bfloat16")


def test_the_core_refuses_what_it_cannot_compute(core):
    def network(dtype):
        layer = getattr(core, f"Layer{dtype}").dense(3, 2, True)
        return getattr(core, f"Network{dtype}")([3], [layer], [[0]], [1], [True], True)

    message = "expected float32 and a processor with bfloat16"
    with raises(ValueError, message):
        network("Float64")
    if core.has_bfloat16():
        assert network("Float32").output_sizes == [2]
    else:
        with raises(ValueError, message):
            network("Float32")
