"""Every metric of the core has the distances of its definition, for every kind of rows."""

import numpy as np
import pytest

import oracle
from fastnn import _isa
from indices import ALGORITHMS, METRICS, algorithms_of, assert_neighbors, assert_same_bits, csr

KINDS = ["uint8", "float32", "float64", "sparse float32", "sparse float64"]
WAYS = [(metric, p, algorithm) for metric, p in METRICS for algorithm in algorithms_of(metric, p)]


@pytest.fixture
def rng():
    return np.random.default_rng(21)


def rows_for(metric, kind, rng, n, d=13):
    """Return rows that the metric is made for, dense."""
    dtype = np.dtype(kind.split()[-1])
    if metric == "haversine":
        return rng.uniform(-1.5, 1.5, size=(n, 2)).astype(dtype)
    if metric == "hamming":
        return rng.integers(3, size=(n, d)).astype(dtype)
    if dtype == np.uint8:
        return rng.integers(256, size=(n, d), dtype=np.uint8)
    rows = rng.normal(size=(n, d)).astype(dtype)
    if "sparse" in kind:
        rows[rng.uniform(size=(n, d)) < 0.4] = 0
        rows[::40] = 0
    if metric == "nan_euclidean":
        rows[rng.uniform(size=(n, d)) < 0.2] = np.nan
    return rows


def as_kind(rows, kind):
    return csr(rows) if "sparse" in kind else rows


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("metric", "p", "algorithm"), WAYS)
def test_neighbors_are_those_of_the_definition(metric, p, algorithm, kind, core, rng):
    if (metric, kind) == ("haversine", "uint8"):
        kind = "float64"  # angles are no bytes
    X, Q = rows_for(metric, kind, rng, 400), rows_for(metric, kind, rng, 25)
    X[100:150] = X[:50]
    index = core.Index(as_kind(X, kind), metric, p, algorithm)
    found = index.search(as_kind(Q, kind), 9)
    assert_neighbors(found, oracle.neighbors(X, Q, 9, metric, p))
    # A query of another kind has the same values.
    other = Q.astype(np.float64) if "sparse" in kind else csr(Q.astype(np.float64))
    assert_same_bits(index.search(other, 9), found)


@pytest.mark.parametrize(("metric", "p", "algorithm"), WAYS)
def test_the_farthest_rows_are_those_of_the_definition(metric, p, algorithm, core, rng):
    X, Q = (rows_for(metric, "float64", rng, n) for n in (300, 20))
    X[100:150] = X[:50]
    index = core.Index(X, metric, p, algorithm)
    for k in (1, 7, 300):
        found = index.search(Q, k, farthest=True)
        assert_neighbors(found, oracle.farthest(X, Q, k, metric, p))


@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize(("metric", "p", "algorithm"), WAYS)
def test_rows_within_a_radius_are_those_of_the_definition(metric, p, algorithm, sort, core, rng):
    X, Q = (rows_for(metric, "float64", rng, n) for n in (300, 20))
    wanted = oracle.distances(X, Q, metric, p)
    ranked = np.unique(wanted[np.isfinite(wanted)].round(12))
    gap = ranked[len(ranked) // 3 :][:2]  # its middle is apart from every distance
    offsets, distances, indices = core.Index(X, metric, p, algorithm).search_radius(
        Q, gap.mean(), sort=sort
    )
    near = [np.flatnonzero(row <= gap.mean()) for row in wanted]
    np.testing.assert_array_equal(np.diff(offsets), [len(rows) for rows in near])
    for i, rows in enumerate(near):
        order = rows[np.argsort(wanted[i, rows], kind="stable")] if sort else rows
        own = slice(*offsets[i : i + 2])
        np.testing.assert_array_equal(indices[own], order)
        np.testing.assert_allclose(distances[own], wanted[i, order], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("n_queries", [5, 110])
@pytest.mark.parametrize(("metric", "p", "algorithm"), WAYS)
def test_levels_and_threads_agree_in_every_bit(metric, p, algorithm, n_queries, rng):
    # Enough arithmetic for several threads to be given some, of queries or of rows.
    X, Q = (rows_for(metric, "float64", rng, n, d=30) for n in (1500, n_queries))
    X[700:1000] = X[:300]
    expected = None
    for level in _isa.supported_levels():
        index = _isa.load(level).Index(X, metric, p, algorithm)
        for n_threads in (1, 2, 3, 7):
            found = index.search(Q, 12, n_threads=n_threads)
            expected = expected or found
            assert_same_bits(found, expected, f"{level}, {n_threads=}")


@pytest.mark.parametrize("algorithm", [None, *ALGORITHMS])
@pytest.mark.parametrize(("metric", "p"), METRICS)
def test_ways_that_a_metric_cannot_be_searched_are_refused(metric, p, algorithm, core):
    if algorithm in algorithms_of(metric, p):
        assert core.Index(np.ones((3, 2)), metric, p, algorithm).n_rows == 3
    else:
        with pytest.raises(ValueError, match="expected algorithm"):
            core.Index(np.ones((3, 2)), metric, p, algorithm or "lsh")


@pytest.mark.parametrize("farthest", [False, True])
@pytest.mark.parametrize("metric", ["cosine", "inner_product", "canberra", "braycurtis"])
def test_a_distance_that_overflows_to_no_number_leaves_every_row_there(metric, farthest, core):
    X = np.array([[1e308, 1e308], [1.0, 2.0], [3.0, -4.0], [-1e308, 1e308]])
    Q = np.array([[1e308, -1e308], [1.0, 1.0]])
    _, indices = core.Index(X, metric).search(Q, 4, farthest=farthest)
    np.testing.assert_array_equal(np.sort(indices, axis=1), [[0, 1, 2, 3]] * 2)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("shape", [(0, 3), (0, 200), (4, 0), (1, 1), (2, 200), (20, 300)])
def test_rows_without_extent_are_searched_too(shape, algorithm, core, rng):
    X, Q = rng.normal(size=shape), rng.normal(size=(3, shape[1]))
    index = core.Index(X, "euclidean", 2.0, algorithm)
    offsets, _, indices = index.search_radius(Q, np.inf)
    assert indices.tolist() == 3 * list(range(shape[0]))
    assert offsets.tolist() == [0, shape[0], 2 * shape[0], 3 * shape[0]]
    more = index.add(rng.normal(size=(2, shape[1])))
    assert sorted(more.search(Q, shape[0] + 2)[1][0]) == list(range(shape[0] + 2))
    assert more.search(Q[:0], 1)[1].shape == (0, 1)
