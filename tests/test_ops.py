"""What `fastnn.ops` computes, against plain NumPy in float64, at every level of the core."""

import numpy as np
import pytest

import oracle
from fastnn import ops
from messages import raises

pytestmark = pytest.mark.usefixtures("core")

DTYPES = [np.float32, np.float64]
# Digits that one rounding per operation leaves, with room for sums of a few hundred terms.
RTOL = {np.float32: 2e-6, np.float64: 1e-14}


def reference(name, x):
    x = np.asarray(x, np.float64)
    if name == "softmax":
        e = np.exp(x - x.max(axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)
    if name == "log_softmax":
        z = x - x.max(axis=-1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))
    if name == "sigmoid":
        e = np.exp(-np.abs(x))
        return np.where(x >= 0, 1 / (1 + e), e / (1 + e))
    return {"linear": x, "relu": x.clip(min=0), "tanh": np.tanh(x)}[name]


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n", "m", "p"),
    [
        (1, 1, 1), (1, 784, 10), (32, 128, 10), (32, 784, 128), (33, 17, 9), (200, 1, 300),
        (129, 257, 65), (300, 500, 1), (7, 0, 5), (0, 3, 5), (3, 5, 0), (0, 0, 0),
    ],
)  # fmt: skip
def test_matmul_is_the_matrix_product(n, m, p, dtype, rng):
    a = rng.normal(size=(n, m)).astype(dtype)
    b = rng.normal(size=(m, p)).astype(dtype)
    product = ops.matmul(a, b)
    assert product.dtype == dtype
    bound = RTOL[dtype] * (np.abs(a) @ np.abs(b))
    exact = a.astype(np.float64) @ b.astype(np.float64)
    assert product.shape == exact.shape
    assert (np.abs(product - exact) <= bound).all()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ([[1, 2], [3, 4]], [[1], [10]]),
        (np.array([[1, 2], [3, 4]], np.float32), np.array([[1.0], [10.0]])),
        (np.array([[1.0, 3], [2, 4]]).T, np.array([[1.0, 0], [10.0, 0]])[:, :1]),
        (np.array([[1.0, 2], [0, 0], [3, 4]])[::2], np.array([[1], [10]], np.uint8)),
    ],
    ids=["lists", "mixed dtypes", "strided columns", "strided rows"],
)
def test_matmul_takes_what_numpy_takes(a, b):
    product = ops.matmul(a, b)
    assert product.dtype == np.float64
    np.testing.assert_array_equal(product, [[21.0], [43.0]])


@pytest.mark.parametrize(
    ("a", "b", "error", "message"),
    [
        (np.ones((2, 3)), np.ones((2, 3)), ValueError,
         "expected b of shape (3, p). Received: (2, 3)"),
        (np.ones(3), np.ones((3, 2)), ValueError, "expected a of shape (n, m). Received: (3,)"),
        (np.ones((2, 3)), np.ones(3), ValueError, "expected b of shape (3, p). Received: (3,)"),
        ([["a"]], [[1.0]], TypeError, "expected a to hold numbers. Received dtype: <U1"),
        ([[1.0]], None, TypeError, "expected b to hold numbers. Received dtype: object"),
    ],
)  # fmt: skip
def test_matmul_says_what_does_not_fit(a, b, error, message):
    with raises(error, message) as caught:
        ops.matmul(a, b)
    assert caught.value.__context__ is None, "the error of the bindings shows in the traceback"


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["linear", "relu", "sigmoid", "tanh", "softmax", "log_softmax"])
@pytest.mark.parametrize("with_bias", [True, False])
def test_dense_is_a_product_a_bias_and_an_activation(name, with_bias, dtype, rng):
    x, w = rng.normal(size=(37, 20)).astype(dtype), rng.normal(size=(20, 11)).astype(dtype)
    b = rng.normal(size=11).astype(dtype) if with_bias else None
    out = ops.dense(x, w, b, activation=name)
    z = x.astype(np.float64) @ w.astype(np.float64) + (0 if b is None else b)
    assert out.dtype == dtype
    np.testing.assert_allclose(out, reference(name, z), rtol=20 * RTOL[dtype], atol=RTOL[dtype])


def test_dense_promotes_to_the_widest_of_its_three_arrays():
    ones = np.ones((2, 2), np.float32)
    assert ops.dense(ones, ones).dtype == np.float32
    assert ops.dense(ones, ones, np.ones(2, np.float32)).dtype == np.float32
    assert ops.dense(ones, ones, [1, 1]).dtype == np.float64


@pytest.mark.parametrize(
    ("x", "w", "b", "activation", "message"),
    [
        ((2, 3), (4, 5), (5,), None, "expected w of shape (3, units). Received: (4, 5)"),
        ((2, 3), (3, 5), (4,), None, "expected b of shape (5,). Received: (4,)"),
        ((2, 3, 1), (3, 5), (5,), None,
         "expected x of shape (n_samples, n_features). Received: (2, 3, 1)"),
        ((2, 3), (3, 5), (5,), "swish", "expected activation to be one of 'linear', 'relu', "
         "'sigmoid', 'tanh', 'softmax', 'log_softmax'. Received: 'swish'"),
    ],
)  # fmt: skip
def test_dense_says_what_does_not_fit(x, w, b, activation, message):
    with raises(ValueError, message):
        ops.dense(np.ones(x), np.ones(w), np.ones(b), activation)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (7,), (1, 1), (5, 33), (1, 1000), (2, 3, 4), (2, 1, 3, 5)])
@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh"])
def test_elementwise_functions_take_any_shape(name, shape, dtype, rng):
    x = np.asarray(4 * rng.normal(size=shape), dtype)
    before = x.copy()
    y = getattr(ops, name)(x)
    assert (y.shape, y.dtype) == (shape, dtype)
    np.testing.assert_allclose(y, reference(name, x), rtol=RTOL[dtype])
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1,), (7,), (1, 1), (64, 10), (3, 1000), (2, 3, 4)])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax_runs_along_the_last_axis(name, shape, dtype, rng):
    x = (4 * rng.normal(size=shape)).astype(dtype)
    before = x.copy()
    y = getattr(ops, name)(x)
    assert (y.shape, y.dtype) == (shape, dtype)
    np.testing.assert_allclose(y, reference(name, x), rtol=4 * RTOL[dtype], atol=RTOL[dtype])
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("shape", [(0,), (0, 4), (4, 0), (0, 0), (2, 0, 3)])
@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "log_softmax"])
def test_empty_arrays_stay_empty(name, shape):
    assert getattr(ops, name)(np.empty(shape, np.float32)).shape == shape


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "log_softmax"])
def test_logits_of_ten_thousand_neither_overflow_nor_vanish(name, dtype):
    x = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4 - 1]], dtype)
    np.testing.assert_allclose(getattr(ops, name)(x), reference(name, x), rtol=4 * RTOL[dtype])


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "log_softmax"])
def test_nan_is_not_hidden(name):
    x = np.zeros((3, 20))
    x[1, 7] = np.nan
    y = getattr(ops, name)(x)
    assert np.isnan(y[1, 7])
    assert np.isfinite(y[[0, 2]]).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 10), (32, 10), (100, 2), (3, 1000)])
def test_cross_entropy_is_the_mean_negative_logarithm(shape, dtype, rng):
    logits = (3 * rng.normal(size=shape)).astype(dtype)
    labels = rng.integers(shape[1], size=shape[0])
    loss, grad = ops.softmax_cross_entropy(logits, labels)
    rows = np.arange(shape[0])
    expected = reference("softmax", logits)
    expected[rows, labels] -= 1
    assert isinstance(loss, float)
    assert grad.dtype == dtype
    assert loss == pytest.approx(
        -reference("log_softmax", logits)[rows, labels].mean(), rel=4 * RTOL[dtype], abs=1e-12
    )
    np.testing.assert_allclose(grad, expected / len(rows), rtol=8 * RTOL[dtype], atol=RTOL[dtype])


def test_cross_entropy_gradient_is_its_slope(rng):
    logits, labels = rng.normal(size=(4, 3)), [2, 0, 1, 1]
    _, grad = ops.softmax_cross_entropy(logits, labels)
    step = 1e-5
    for place in np.ndindex(logits.shape):
        nudge = np.zeros_like(logits)
        nudge[place] = step
        above, below = (ops.softmax_cross_entropy(logits + s * nudge, labels)[0] for s in (1, -1))
        assert grad[place] == pytest.approx((above - below) / (2 * step), abs=1e-9)


@pytest.mark.parametrize("dtype", DTYPES)
def test_cross_entropy_of_ten_thousand_is_exact(dtype):
    loss, grad = ops.softmax_cross_entropy(np.array([[1e4, -1e4], [1e4, -1e4]], dtype), [0, 1])
    assert loss == 10_000.0
    np.testing.assert_array_equal(grad, [[0.0, 0.0], [0.5, -0.5]])


def test_cross_entropy_of_no_rows_is_zero():
    loss, grad = ops.softmax_cross_entropy(np.empty((0, 3)), [])
    assert loss == 0.0
    assert grad.shape == (0, 3)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 3], ValueError, "expected labels in [0, 3). Received: 3 at index 1"),
        ([0], ValueError, "expected labels of shape (2,). Received: (1,)"),
        ([0.0, 1.0], TypeError, "expected labels of an integer dtype. Received: float64"),
    ],
)
def test_cross_entropy_refuses_labels_that_are_no_class_indices(labels, error, message):
    with raises(error, message):
        ops.softmax_cross_entropy(np.zeros((2, 3)), labels)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
@pytest.mark.parametrize(
    ("n", "m", "d"), [(1, 1, 1), (5, 7, 3), (70, 65, 33), (0, 3, 2), (3, 0, 2)]
)
def test_pairwise_distances_are_direct_sums(n, m, d, metric, dtype, rng):
    X, Y = rng.normal(size=(n, d)).astype(dtype), rng.normal(size=(m, d)).astype(dtype)
    difference = X[:, np.newaxis].astype(np.float64) - Y
    squared = (difference**2).sum(axis=-1)
    distances = ops.pairwise_distances(X, Y, metric)
    assert distances.dtype == dtype
    np.testing.assert_allclose(
        distances, squared if metric == "sqeuclidean" else np.sqrt(squared), rtol=RTOL[dtype]
    )


@pytest.mark.parametrize("dtype", DTYPES)
def test_pairwise_distances_survive_a_translation(dtype):
    steps = np.arange(0.0, 32.0, 0.5).reshape(-1, 1)  # exact in float32 beside 1e6
    far = (steps + 1e6).astype(dtype)
    np.testing.assert_array_equal(ops.pairwise_distances(far, far), np.abs(steps - steps.T))


@pytest.mark.parametrize(
    ("X", "Y", "metric", "message"),
    [
        ([[1.0, 2.0]], [[1.0]], "euclidean",
         "expected Y of shape (n_samples_Y, 2). Received: (1, 1)"),
        ([[np.nan]], [[1.0]], "euclidean",
         "expected X without NaN or infinity. Received: nan at row 0, column 0"),
        ([[1.0]], [[1.0], [np.inf]], "euclidean",
         "expected Y without NaN or infinity. Received: inf at row 1, column 0"),
        ([[1.0]], [[1.0]], "cosine",
         "expected metric to be one of 'euclidean', 'sqeuclidean'. Received: 'cosine'"),
    ],
)  # fmt: skip
def test_pairwise_distances_say_what_does_not_fit(X, Y, metric, message):
    with raises(ValueError, message):
        ops.pairwise_distances(X, Y, metric)


@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_knn_finds_the_neighbors_of_the_definition(dtype, metric, rng):
    X = rng.integers(256, size=(300, 20)).astype(dtype)
    Q = rng.integers(256, size=(40, 20)).astype(dtype)
    distances, indices = ops.knn(X, Q, 7, metric)
    expected_distances, expected_indices = oracle.neighbors(X, Q, 7, metric)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(distances, expected_distances)
    assert (distances.dtype, indices.dtype) == (np.float64, np.int64)


def test_knn_of_no_queries_is_empty():
    distances, indices = ops.knn([[1.0, 2.0]], np.empty((0, 2)), 1)
    assert distances.shape == indices.shape == (0, 1)


@pytest.mark.parametrize(
    ("X", "Q", "k", "error", "message"),
    [
        ([[1.0], [2.0]], [[1.0]], 3, ValueError,
         "expected k <= 2, the number of rows of X. Received: 3"),
        ([[1.0]], [[1.0]], 0, ValueError, "expected k >= 1. Received: 0"),
        ([[1.0]], [[1.0]], 1.0, TypeError, "expected k to be an integer. Received: 1.0"),
        ([[1.0]], [[1.0, 2.0]], 1, ValueError,
         "expected Q of shape (n_queries, 1). Received: (1, 2)"),
        (np.empty((0, 2)), np.ones((1, 2)), 1, ValueError,
         "expected X with at least one element. Received shape: (0, 2)"),
        ([[1.0]], [[np.nan]], 1, ValueError,
         "expected Q without NaN or infinity. Received: nan at row 0, column 0"),
        ([["a"]], [[1.0]], 1, TypeError, "expected X to hold numbers. Received dtype: <U1"),
    ],
)  # fmt: skip
def test_knn_says_what_does_not_fit(X, Q, k, error, message):
    with raises(error, message):
        ops.knn(X, Q, k)
