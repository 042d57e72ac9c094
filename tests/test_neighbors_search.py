"""The neighbours found are those of the definition, at every level, with any number of threads."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import oracle
from fastnn import _isa
from fastnn.neighbors import NearestNeighbors

DTYPES = [np.uint8, np.float32, np.float64]
THREADS = [1, 2, 3, 7]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def search(X, Q, k, n_jobs=None, metric="euclidean"):
    return NearestNeighbors(n_neighbors=k, n_jobs=n_jobs, metric=metric).fit(X).kneighbors(Q)


def assert_exact(X, Q, k, metric="euclidean"):
    distances, indices = search(X, Q, k, metric=metric)
    expected_distances, expected_indices = oracle.neighbors(X, Q, k, metric)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-13)
    assert (distances.dtype, indices.dtype) == (np.float64, np.int64)


def random_rows(rng, n, d, dtype):
    return (
        rng.integers(256, size=(n, d), dtype=np.uint8)
        if dtype == np.uint8
        else rng.normal(size=(n, d)).astype(dtype)
    )


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("n", "q", "d", "k"),
    [
        (1, 1, 1, 1), (1, 5, 3, 1), (2, 3, 1, 2), (9, 1, 7, 9), (127, 129, 33, 3),
        (513, 65, 8, 20), (700, 3, 17, 700), (1300, 130, 64, 1), (1025, 40, 300, 6),
    ],
)  # fmt: skip
def test_neighbors_are_those_of_the_definition(n, q, d, k, dtype, rng):
    assert_exact(random_rows(rng, n, d, dtype), random_rows(rng, q, d, dtype), k)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("query_dtype", DTYPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_rows_and_queries_may_differ_in_dtype(dtype, query_dtype, rng):
    X = rng.integers(256, size=(400, 30)).astype(dtype)
    Q = rng.integers(256, size=(50, 30)).astype(query_dtype)
    assert_exact(X, Q, 5)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e30])
def test_scale_does_not_change_the_neighbors(scale, dtype, rng):
    assert_exact(
        (scale * rng.normal(size=(600, 24))).astype(dtype),
        (scale * rng.normal(size=(40, 24))).astype(dtype),
        8,
    )


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 5, 40])
def test_a_translation_by_a_million_does_not_change_the_neighbors(d, dtype, rng):
    # Multiples of 1/8 are exact in float32 beside 1e6, so both searches see equal differences.
    X = (rng.integers(-80, 80, size=(500, d)) / 8).astype(dtype)
    Q = (rng.integers(-80, 80, size=(60, d)) / 8).astype(dtype)
    near = search(X, Q, 10)
    far = search(X + dtype(1e6), Q + dtype(1e6), 10)
    np.testing.assert_array_equal(far[1], near[1])
    np.testing.assert_array_equal(far[0], near[0])
    assert_exact(X, Q, 10)


@pytest.mark.usefixtures("core")
def test_rows_far_from_the_origin_and_close_together_keep_their_order(rng):
    center = 1e6 * rng.normal(size=30)
    assert_exact(center + 1e-3 * rng.normal(size=(500, 30)), center + np.zeros((1, 30)), 20)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", DTYPES)
def test_duplicate_rows_come_by_index(dtype, rng):
    distinct = rng.integers(4, size=(20, 3)).astype(dtype)
    X = distinct[rng.integers(20, size=1000)]
    assert_exact(X, distinct, 300)
    assert_exact(np.ones((400, 6), dtype), np.zeros((3, 6), dtype), 33)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", DTYPES)
def test_constant_columns_change_nothing(dtype, rng):
    varying = rng.integers(256, size=(300, 9)).astype(dtype)
    X = np.hstack([np.full((300, 5), 200, dtype), varying, np.zeros((300, 3), dtype)])
    _, expected = search(varying, varying[:50], 6)
    assert_exact(X, X[:50], 6)
    np.testing.assert_array_equal(search(X, X[:50], 6)[1], expected)


@pytest.mark.usefixtures("core")
def test_one_outlier_does_not_blur_the_others(rng):
    X = rng.normal(size=(400, 12)).astype(np.float32)
    X[17] = 1e30
    assert_exact(X, rng.normal(size=(20, 12)).astype(np.float32), 400)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("metric", ["minkowski", "euclidean", "l2", "sqeuclidean"])
def test_every_metric_that_is_built_is_the_one_it_names(metric, rng):
    X = rng.normal(size=(50, 4))
    assert_exact(X, X, 3, metric=metric)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "view",
    [
        lambda rows: rows[::2, 3:30],
        lambda rows: np.asfortranarray(rows)[::2, 3:30],
        lambda rows: rows[::2, 3:30][::-1].copy()[::-1],
    ],
    ids=["rows apart", "columns apart", "reversed"],
)
def test_views_are_searched_as_their_copies_are(view, dtype, rng):
    rows = rng.integers(256, size=(400, 40)).astype(dtype)
    assert_exact(view(rows), view(rows[::-1]), 5)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", DTYPES)
def test_read_only_memory_maps_are_searched(dtype, rng, tmp_path):
    np.save(tmp_path / "rows.npy", rng.integers(256, size=(300, 40)).astype(dtype))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert_exact(mapped[:200], mapped[200:], 5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_levels_and_threads_agree_in_every_bit(dtype, rng):
    # Enough arithmetic for each of seven threads to be given some.
    X, Q = random_rows(rng, 1500, 50, dtype), random_rows(rng, 1500, 50, dtype)
    X[700:1000] = X[:300]
    results = {
        (level, n): _isa.load(level).Index(X, "euclidean").search(Q, 12, n_threads=n)
        for level in _isa.supported_levels()
        for n in THREADS
    }
    (_, expected), *others = results.items()
    for how, found in others:
        assert found[0].tobytes() == expected[0].tobytes(), f"distances differ for {how}"
        assert found[1].tobytes() == expected[1].tobytes(), f"indices differ for {how}"


@pytest.mark.parametrize("n_queries", [1, 2, 5])
def test_few_queries_agree_for_every_number_of_threads(n_queries, rng):
    X, Q = rng.normal(size=(3000, 20)), rng.normal(size=(n_queries, 20))
    expected = oracle.neighbors(X, Q, 9)[1]
    for n_jobs in (*THREADS, -1, None):
        np.testing.assert_array_equal(search(X, Q, 9, n_jobs)[1], expected, err_msg=f"{n_jobs=}")


def grids(n_features):
    shape = st.tuples(st.integers(1, 40), st.just(n_features))
    return arrays(np.float64, shape, elements=st.integers(0, 3))


@pytest.mark.usefixtures("core")
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_small_grid_is_searched_exactly(data):
    d = data.draw(st.integers(1, 12), "n_features")
    dtype = data.draw(st.sampled_from([np.float32, np.float64]), "dtype")
    scale = data.draw(st.sampled_from([2.0**-100, 1.0, 2.0**100]), "scale")
    offset = data.draw(st.sampled_from([0.0, 2.0**20]), "offset")
    # Powers of two keep every square and sum exact, at scales whose squares float32 cannot hold.
    X, Q = ((scale * (data.draw(grids(d), name) + offset)).astype(dtype) for name in ("X", "Q"))
    k = data.draw(st.integers(1, len(X)), "k")
    distances, indices = search(X, Q, k)
    expected_distances, expected_indices = oracle.neighbors(X, Q, k)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_array_equal(distances, expected_distances)
