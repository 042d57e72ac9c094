"""What activations promise: Keras's values and derivatives, at every level of the core."""

import decimal
import math
from pathlib import Path

import numpy as np
import pytest

from activation_cases import (
    ALL,
    ELEMENTWISE,
    EXTREMES,
    POINTS,
    ROW_WISE,
    ROWS,
    SPARSEMAX,
    row_slopes,
)
from fastnn import activations, layers
from fastnn.layers import Activation, Dense, Input
from fastnn.models import Sequential
from messages import raises

pytestmark = pytest.mark.usefixtures("core")

DTYPES = ["float32", "float64"]
# Keras itself loses digits where it subtracts, hence the absolute part.
TOLERANCE = {"float32": {"rtol": 1e-5, "atol": 1e-6}, "float64": {"rtol": 1e-9, "atol": 1e-12}}


@pytest.fixture(scope="module")
def keras():
    """What Keras computes for each case: see fixtures/make_activations.py."""
    with np.load(Path(__file__).parent / "fixtures" / "activations.npz") as arrays:
        return dict(arrays)


def gradient(core, case, x, dy):
    """dL/dx through the core's network, for L with dL/dy = dy, row by row.

    A row is the bias of a layer whose kernel is zero; L is a mean squared error with the targets
    that give it the slope. Where rounding the targets moves them, dy moves: both are returned.
    """
    is_single = x.dtype == np.float32
    kind = core.NetworkFloat32 if is_single else core.NetworkFloat64
    layer = core.LayerFloat32 if is_single else core.LayerFloat64
    loss = core.WeightedLoss(core.Loss("mean_squared_error"))
    gradients, slopes = np.empty_like(x), np.empty_like(dy)
    for i, row in enumerate(x):
        dense = layer.dense(1, len(row), True)
        dense.set_parameters([np.zeros((1, len(row)), x.dtype), row])
        activation = layer.activation(len(row), case.name, case.arguments)
        network = kind([1], [dense, activation], [[0], [1]], [2], [True, True])
        nothing = np.zeros((1, 1), x.dtype)
        (y,) = network.predict([nothing])
        targets = y - dy[i : i + 1]
        _, (_, gradients[i]) = network.loss_and_gradients([nothing], [targets], [loss])
        slopes[i] = y[0] - targets[0]
        gradients[i] *= y.shape[1] / 2
    return gradients, slopes


def sparsemax(x):
    """By sorting, as Martins and Astudillo have it, row by row."""
    y = np.empty_like(x)
    for i, row in enumerate(x):
        descending = np.sort(row)[::-1]
        sums = descending.cumsum() - 1
        k = np.flatnonzero(descending > sums / np.arange(1, len(row) + 1))[-1]
        y[i] = np.maximum(row - sums[k] / (k + 1), 0)
    return y


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
def test_values_are_those_of_keras(keras, case, dtype):
    x = POINTS.astype(dtype)
    y = case.value(x)
    assert y.dtype == dtype
    with np.errstate(over="ignore"):
        expected = keras[str(case)][0].astype(dtype)
    np.testing.assert_allclose(y, expected, **TOLERANCE[dtype])
    np.testing.assert_array_equal(x, POINTS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
def test_slopes_are_those_of_keras_at_corners_too(core, keras, case, dtype):
    finite = np.abs(keras[str(case)][0]) < 1e30  # what trains no further, has no slope to speak of
    x = POINTS[finite].astype(dtype)[np.newaxis]
    dx, dy = gradient(core, case, x, np.ones_like(x))
    np.testing.assert_allclose(
        dx[0], dy[0] * keras[str(case)][1][finite].astype(dtype), **TOLERANCE[dtype]
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ROW_WISE, ids=str)
def test_functions_of_rows_are_those_of_keras(core, keras, case, dtype):
    x = ROWS.astype(dtype)
    y, dx = np.split(keras[str(case)], [-ROWS.shape[1]], axis=1)
    np.testing.assert_allclose(case.value(x), y, **TOLERANCE[dtype])
    ours, slopes = gradient(core, case, x, row_slopes(y.shape[1]).astype(dtype))
    # Rounding the targets of outputs of -20,000 moves the slopes; the rows are linear in them.
    tolerance = TOLERANCE[dtype] | {"atol": 20 * np.abs(slopes - row_slopes(y.shape[1])).max()}
    np.testing.assert_allclose(ours[:-1], dx[:-1], **TOLERANCE[dtype])
    np.testing.assert_allclose(ours[-1], dx[-1], **tolerance)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("scale", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("n", [1, 2, 7, 16, 33, 200])
def test_sparsemax_is_the_projection_onto_the_simplex(core, n, scale, dtype):
    rng = np.random.default_rng(n)
    x = scale * rng.normal(size=(5, n)).astype(dtype)
    x[0] = 1.0  # all tied
    y = activations.sparsemax(x)
    np.testing.assert_allclose(y.sum(axis=1), 1, rtol=TOLERANCE[dtype]["rtol"])
    np.testing.assert_allclose(y, sparsemax(x.astype(np.float64)), **TOLERANCE[dtype])
    dx, dy = gradient(core, SPARSEMAX, x, rng.normal(size=(5, n)).astype(dtype))
    inside = y > 0
    mean = (dy * inside).sum(axis=1, keepdims=True) / inside.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(dx, np.where(inside, dy - mean, 0), **TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
def test_sparsemax_of_ten_thousand_loses_no_digits(dtype):
    x = np.array([[1e4, 1e4 - 0.5, -1e4], [-1e4, -1e4, -1e4]], dtype)
    expected = [[0.75, 0.25, 0.0], [1 / 3] * 3]
    np.testing.assert_allclose(activations.sparsemax(x), expected, rtol=1e-6)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_slopes_are_differences_of_values(core, case):
    x = np.random.default_rng(4).normal(scale=2, size=(3, 10))
    dy = np.random.default_rng(5).normal(size=case.value(x).shape)
    dx, dy = gradient(core, case, x, dy)
    step = 1e-6
    for place in np.ndindex(x.shape):
        nudge = np.zeros_like(x)
        nudge[place] = step
        difference = (case.value(x + nudge) - case.value(x - nudge)) / (2 * step)
        assert dx[place] == pytest.approx((dy * difference).sum(), rel=1e-6, abs=1e-8)


def tanh_shrink(x):
    with decimal.localcontext(prec=50):
        e = (2 * decimal.Decimal(x)).exp()
        return float(decimal.Decimal(x) - (e - 1) / (e + 1))


def softplus(x):
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


# By formulas that lose no digits.
EXACT = {
    "gelu": lambda x: 0.5 * x * math.erfc(-x / math.sqrt(2)),
    "silu": lambda x: x * math.exp(-softplus(-x)),
    "softplus": softplus,
    "log_sigmoid": lambda x: -softplus(-x),
    "mish": lambda x: x * math.tanh(softplus(x)),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "squareplus": lambda x: (math.hypot(x, 2) + x) / 2 if x > 0 else 2 / (math.hypot(x, 2) - x),
    "tanh_shrink": tanh_shrink,
    "exponential": math.exp,
}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 2e-6), ("float64", 2e-14)])
@pytest.mark.parametrize("name", EXACT)
def test_small_results_keep_their_digits(name, dtype, tolerance):
    rng = np.random.default_rng(6)
    x = np.concatenate(
        [rng.normal(size=100), -(10.0 ** rng.uniform(-6, 0.85, 200)), [-1e3]]
    ).astype(dtype)
    expected = np.array([EXACT[name](float(number)) for number in x])
    # Results under the smallest normal number are rounded to zero.
    np.testing.assert_allclose(
        getattr(activations, name)(x), expected, rtol=tolerance, atol=np.finfo(dtype).tiny
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
def test_infinity_is_as_in_keras_and_nan_stays_nan(keras, case, dtype):
    """Keras has NaN itself where the function would be infinity times zero; that is left open."""
    expected = keras[f"{case} at extremes"][:2]
    known = ~np.isnan(expected)
    y = case.value(EXTREMES.astype(dtype))
    np.testing.assert_allclose(y[:2][known], expected[known].astype(dtype), rtol=1e-6, atol=1e-30)
    assert np.isnan(y[2])


@pytest.mark.parametrize("case", [*ROW_WISE, SPARSEMAX], ids=str)
def test_nan_in_a_row_is_not_hidden(case):
    x = np.zeros((3, 20))
    x[1, 7] = np.nan
    y = case.value(x)
    assert np.isnan(y[1, 7])
    assert np.isfinite(y[[0, 2]]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", ELEMENTWISE, ids=str)
def test_an_element_does_not_depend_on_its_place(core, case, dtype):
    x = np.random.default_rng(7).normal(scale=3, size=(1, 33)).astype(dtype)
    alone = [case.value(x[:, i : i + 1])[0, 0] for i in range(33)]
    alone_dx = [gradient(core, case, x[:, i : i + 1], x[:, :1])[0][0, 0] for i in range(16)]
    for n in (1, 7, 16, 17, 33):
        np.testing.assert_array_equal(case.value(x[:, :n])[0], alone[:n])
    for n in (1, 2, 4, 8, 16):  # over which a mean does not round
        dx, _ = gradient(core, case, x[:, :n], np.repeat(x[:, :1], n, axis=1))
        np.testing.assert_array_equal(dx[0], alone_dx[:n])


@pytest.mark.parametrize("shape", [(), (7,), (0,), (1, 1), (2, 3, 4), (0, 4), (4, 0)])
@pytest.mark.parametrize("name", ["gelu", "relu", "squareplus"])
def test_elementwise_functions_take_any_shape(name, shape):
    x = np.random.default_rng(8).normal(size=shape)
    y = getattr(activations, name)(x)
    assert y.shape == shape
    for place in np.ndindex(shape):
        assert y[place] == getattr(activations, name)(x[place])


@pytest.mark.parametrize("axis", [0, 1, 2, -1, -2, -3])
@pytest.mark.parametrize("name", ["softmax", "log_softmax", "sparsemax", "glu"])
def test_functions_of_rows_take_any_axis(name, axis):
    x = np.random.default_rng(9).normal(size=(4, 6, 2))
    function = getattr(activations, name)
    expected = np.moveaxis(function(np.ascontiguousarray(np.moveaxis(x, axis, -1))), -1, axis)
    np.testing.assert_array_equal(function(x, axis=axis), expected)
    if name != "glu":
        assert function(x, axis).shape == x.shape


def test_integers_and_lists_are_taken_as_float64():
    assert activations.elu([1, -2]).dtype == np.float64
    np.testing.assert_allclose(activations.elu([1, -2]), [1, math.expm1(-2)], rtol=1e-14)


def test_functions_are_found_by_their_names():
    for case in ALL:
        assert activations.get(case.name) is getattr(activations, case.name)
        assert activations.serialize(activations.get(case.name)) == case.name
    assert activations.get("swish") is activations.silu
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.get(None) is activations.linear
    assert activations.get(np.sin) is np.sin
    assert activations.deserialize("mish") is activations.mish
    assert activations.serialize(activations.swish) == "silu"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: activations.get(3),
            TypeError,
            "expected activation to be a name or a function. Received: 3",
        ),
        (
            lambda: activations.softmax([[1.0, 2.0]], axis=2),
            ValueError,
            "expected axis < 2 for x of shape (1, 2). Received: 2",
        ),
        (
            lambda: activations.softmax([[1.0, 2.0]], axis=-3),
            ValueError,
            "expected axis >= -2. Received: -3",
        ),
        (
            lambda: activations.glu([1.0, 2.0, 3.0]),
            ValueError,
            "expected an even number of inputs for glu. Received: 3",
        ),
        (
            lambda: activations.relu([1.0], max_value=-1.0),
            ValueError,
            "expected max_value in [0, inf). Received: -1.0",
        ),
        (
            lambda: activations.celu([1.0], alpha=0.0),
            ValueError,
            "expected alpha in (0, inf). Received: 0.0",
        ),
        (
            lambda: activations.gelu([1.0], approximate="tanh"),
            TypeError,
            "expected approximate to be True or False. Received: 'tanh'",
        ),
        (
            lambda: activations.gelu(["a"]),
            TypeError,
            "expected x to hold numbers. Received dtype: <U1",
        ),
        (
            lambda: activations.deserialize("relu", {"mine": abs}),
            NotImplementedError,
            "deserialize(custom_objects=...) is not built yet, only its default None",
        ),
        (
            lambda: Dense(3, activation=abs),
            NotImplementedError,
            "activation <built-in function abs> is not built: the core has the gradients of those "
            "in fastnn.activations alone",
        ),
        (
            lambda: Activation("threshold"),
            ValueError,
            "expected an activation that needs no further arguments. Received: 'threshold'",
        ),
        (
            lambda: layers.ReLU(negative_slope=-0.1),
            ValueError,
            "expected negative_slope in [0, inf). Received: -0.1",
        ),
        (
            lambda: layers.LeakyReLU(None),
            TypeError,
            "expected negative_slope to be a number. Received: None",
        ),
        (
            lambda: layers.Softmax(axis=1),
            NotImplementedError,
            "Softmax(axis=...) is not built yet, only its default -1",
        ),
        (
            lambda: Sequential([Input((3,)), Activation("glu")]),
            ValueError,
            "expected an even number of features for glu. Received: 3",
        ),
        (
            lambda: Sequential([Input((2, 4)), Activation("sparsemax")]),
            NotImplementedError,
            "sparsemax over the last dimension of (n_samples, 2, 4) is not built yet: "
            "put Flatten() before it",
        ),
    ],
)
def test_what_does_not_fit_is_said(make, error, message):
    with raises(error, message):
        make()


def test_the_core_refuses_names_and_arguments_it_does_not_know(core):
    x = np.ones((1, 1))
    with raises(ValueError, "expected the name of an activation. Received: reluu"):
        core.activate(x, "reluu")
    with raises(ValueError, "expected at most 1 arguments of elu. Received: 2"):
        core.activate(x, "elu", [1.0, 2.0])
