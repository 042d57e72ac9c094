"""All ways through the rows find the same, on rows for which each of them is made.

A search by quantised rows needs thousands of rows, and a projection some hundred features that
depend on each other, before it does what it was made for.
"""

import numpy as np
import pytest

import oracle
from fastnn import _core, _isa
from indices import ALGORITHMS, assert_neighbors, assert_same_bits, clusters, csr, low_rank

N_ROWS = 3200
N_QUERIES = 90


def pixels(rng, n):
    """Return bytes that hang together as those of a picture do, many of them 0."""
    return np.clip(60 * low_rank(rng, n, 196, rank=8, noise=0.2) / 2, 0, 255).astype(np.uint8)


DATA = {
    "clusters": lambda rng, n: clusters(rng, n, 128).astype(np.float32),
    "low rank": lambda rng, n: low_rank(rng, n, 300),
    "noise": lambda rng, n: rng.normal(size=(n, 64)).astype(np.float32),
    "pixels": pixels,
    "few features": lambda rng, n: rng.normal(size=(n, 4)),
    "one feature": lambda rng, n: rng.normal(size=(n, 1)).astype(np.float32),
    "ties": lambda rng, n: rng.integers(2, size=(n, 110)).astype(np.float64),
}


@pytest.fixture(scope="module", params=DATA.values(), ids=DATA)
def searched(request):
    """(rows, queries, squared distances by definition): some queries are among the rows."""
    rng = np.random.default_rng(31)
    rows = request.param(rng, N_ROWS + N_QUERIES)
    X, Q = rows[:N_ROWS].copy(), rows[N_ROWS:].copy()
    Q[::5] = X[: len(Q[::5])]
    X[-500:] = X[:500]
    return X, Q, oracle.distances(X, Q, "sqeuclidean")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_way_finds_the_neighbors_of_the_definition(algorithm, core, searched):
    X, Q, wanted = searched
    for n_queries in (1, N_QUERIES):
        index = core.Index(X, "sqeuclidean", 2.0, algorithm)
        for k in (1, 6, 150):
            found = index.search(Q[:n_queries], k)
            assert_neighbors(found, oracle.nearest(wanted[:n_queries], k), f"{n_queries=}, {k=}")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_way_finds_all_rows_within_a_radius(algorithm, searched):
    X, Q, wanted = searched
    index = _core.Index(X, "sqeuclidean", 2.0, algorithm)
    ranked = np.sort(wanted, axis=None)
    for n_found in (500, 40_000):
        radius = ranked[n_found : n_found + 2].mean() * (1 + 1e-9)  # that of ties, or in a gap
        near = [np.flatnonzero(row <= radius) for row in wanted]
        offsets, distances, indices = index.search_radius(Q, radius)
        np.testing.assert_array_equal(np.diff(offsets), [len(rows) for rows in near])
        np.testing.assert_array_equal(indices, np.concatenate(near))
        np.testing.assert_allclose(distances, wanted[wanted <= radius], rtol=1e-12)


@pytest.mark.parametrize("metric", ["euclidean", "cosine"])
def test_ways_levels_and_threads_agree_in_every_bit(metric, searched):
    X, Q, _ = searched
    algorithms = ALGORITHMS if metric == "euclidean" else ["auto", "brute", "pruned"]
    expected = _isa.load(_isa.supported_levels()[0]).Index(X, metric).search(Q, 20, n_threads=1)
    for level in _isa.supported_levels():
        for algorithm in algorithms:
            for n_threads in (1, 7):
                index = _isa.load(level).Index(X, metric, 2.0, algorithm)
                found = index.search(Q, 20, n_threads=n_threads)
                assert_same_bits(found, expected, f"{level}, {algorithm}, {n_threads=}")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n_queries", [1, 2, 5])
def test_few_queries_are_shared_by_many_threads(n_queries, algorithm, searched):
    X, Q, wanted = searched
    index = _core.Index(X, "sqeuclidean", 2.0, algorithm)
    expected = oracle.nearest(wanted[:n_queries], 9)
    for n_threads in (1, 2, 3, 7):
        found = index.search(Q[:n_queries], 9, n_threads=n_threads)
        assert_neighbors(found, expected, f"{n_threads=}")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_sparse_rows_are_searched_as_dense_ones_are(algorithm, searched):
    X, Q, _ = searched
    X, Q = X.astype(np.float64), Q[:30]
    expected = _core.Index(X, "euclidean", 2.0, algorithm).search(Q, 6)
    index = _core.Index(csr(X), "euclidean", 2.0, algorithm)
    assert_same_bits(index.search(Q, 6), expected)
    assert_same_bits(index.search(csr(Q.astype(np.float64)), 6), expected)


@pytest.mark.parametrize("algorithm", ["auto", "brute"])
def test_answers_stay_the_same_as_searches_add_up(algorithm, searched):
    # An index takes another way, and makes what it needs, once queries have been many.
    X, Q, wanted = searched
    index = _core.Index(X, "sqeuclidean", 2.0, algorithm)
    expected = oracle.nearest(wanted, 6)
    for n_queries in (1, 1, 2, 5, 20, N_QUERIES, 1, N_QUERIES, 3, 1):
        found = index.search(Q[:n_queries], 6)
        assert_neighbors(found, [part[:n_queries] for part in expected], f"{n_queries=}")
    many = [np.concatenate([part] * 12) for part in expected]
    for _ in range(2):
        assert_neighbors(index.search(np.concatenate([Q] * 12), 6), many)
    assert_neighbors(index.search(Q[:1], 6), [part[:1] for part in expected])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("n_rows", [47, 48, 49, 95, 97, 383, 385, 4095, 4097])
def test_rows_that_do_not_fill_a_panel_count_as_the_others_do(n_rows, algorithm, core):
    rng = np.random.default_rng(n_rows)
    X = rng.integers(20, size=(n_rows, 99)).astype(np.float32)
    Q = X[-3:] + np.float32(0.5)
    for k in (1, 47, n_rows):
        found = core.Index(X, "sqeuclidean", 2.0, algorithm).search(Q, k)
        assert_neighbors(found, oracle.neighbors(X, Q, k, "sqeuclidean"), f"{k=}")
