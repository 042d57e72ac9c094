"""Rows made to break the bounds by which a search passes over most of them.

A bound that is too sharp by a hair loses a neighbour where distances nearly tie, where coordinates
leave the range of 8 bits, where a projection leaves next to nothing out. Whole numbers keep the
distances of the definition free of rounding, so that every index and every bit must fit.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import oracle
from fastnn import _core
from indices import ALGORITHMS, assert_exact, assert_same_bits, clusters, low_rank

WAYS = pytest.mark.parametrize("algorithm", ALGORITHMS)
BOUNDS = [("sqeuclidean", algorithm) for algorithm in ALGORITHMS]
BOUNDS += [("manhattan", "float32"), ("chebyshev", "float32")]
EACH_BOUND = pytest.mark.parametrize(("metric", "algorithm"), BOUNDS)


@pytest.fixture
def rng():
    return np.random.default_rng(41)


@EACH_BOUND
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("exponent", [10, 15, 20, 25])
def test_distances_that_differ_in_their_last_bits_decide(
    exponent, dtype, metric, algorithm, core, rng
):
    # Squared distances from the origin are 4^exponent + 0, 1, 4, 9, …, in no order.
    n, d = 3000, 200
    X = np.zeros((n, d), dtype)
    rows = np.arange(n)
    X[rows, rng.integers(d // 2, size=n)] = rng.choice([-1.0, 1.0], size=n) * 2.0**exponent
    X[rows, d // 2 + rng.integers(d // 2, size=n)] = rng.permutation(n) // 3
    Q = np.zeros((3, d), dtype)
    Q[1, 0] = 1
    Q[2] = X[5]
    for k in (1, 40, 600):
        assert_exact(core, X, Q, k, algorithm, metric)


@WAYS
@pytest.mark.parametrize("d", [40, 100])
def test_nearly_equal_directions_are_told_apart_alike(d, algorithm, rng):
    # 1 - cos is rounded to steps of 1e-16, and these are a few hundred steps apart at most.
    if algorithm == "kd_tree":
        algorithm = "auto"
    direction = rng.normal(size=d)
    X = direction + 1e-7 * rng.normal(size=(3000, d))
    X *= rng.uniform(1, 100, size=(3000, 1))
    Q = direction + 1e-7 * rng.normal(size=(8, d))
    found = _core.Index(X, "cosine", 2.0, algorithm).search(Q, 30)
    one_by_one = [_core.Index(X, "cosine").search(query[np.newaxis], 30) for query in Q]
    assert_same_bits(found, [np.concatenate(part) for part in zip(*one_by_one, strict=True)])
    wanted = oracle.distances(X, Q, "cosine")
    chosen = np.take_along_axis(wanted, found[1], axis=1)
    np.testing.assert_allclose(found[0], chosen, rtol=0, atol=1e-14)
    np.testing.assert_allclose(found[0], oracle.nearest(wanted, 30)[0], rtol=0, atol=1e-14)


@WAYS
@pytest.mark.parametrize("d", [6, 60, 200])
def test_rows_far_out_of_the_range_of_the_others_are_found(d, algorithm, rng):
    X = rng.integers(-40, 40, size=(4000, d)).astype(np.float64)
    for count, size in ((2, 2.0**20), (3, 2.0**14), (60, 1000.0)):
        X[rng.integers(4000, size=count)] += size * rng.choice([-1.0, 1.0], size=(count, d))
        X[rng.integers(4000, size=count), 3] = size
    far = np.flatnonzero(np.abs(X).max(axis=1) > 100)
    Q = np.concatenate([X[far[::7]] + 1, X[:5], 2.0**20 + X[:2], np.zeros((1, d))])
    for k in (1, 90):
        assert_exact(_core, X, Q, k, algorithm)


@EACH_BOUND
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rank", [1, 2, 20])
def test_rows_in_a_line_plane_or_space_exactly_are_searched_exactly(
    rank, dtype, metric, algorithm, core, rng
):
    space = rng.integers(-8, 9, size=(rank, 200))
    X = (rng.integers(-200, 200, size=(2500, rank)) @ space).astype(dtype)
    inside = rng.integers(-200, 200, size=(6, rank)) @ space
    outside = inside + rng.integers(-3, 4, size=(6, 200))
    assert_exact(core, X, np.concatenate([inside, outside]).astype(dtype), 25, algorithm, metric)


@EACH_BOUND
def test_features_of_very_different_scales_count_in_full(metric, algorithm, core, rng):
    scales = 2.0 ** rng.integers(-10, 11, size=110)
    X = rng.integers(-4, 5, size=(2500, 110)) * scales
    X[:, 60:] = X[:1, 60:]  # these decide nothing among rows, the next only among few
    X[::9, 60] += 2.0**-9
    assert_exact(core, X, X[:12] + 2.0**-10, 30, algorithm, metric)


@WAYS
@pytest.mark.parametrize("n_distinct", [1, 2, 5])
@pytest.mark.parametrize("d", [3, 120])
def test_few_distinct_rows_come_by_index(d, n_distinct, algorithm, rng):
    distinct = rng.integers(-9, 9, size=(n_distinct, d)).astype(np.float32)
    X = distinct[rng.integers(n_distinct, size=2500)]
    Q = np.concatenate([distinct, distinct[:1] + 1, np.full((1, d), 1e6, np.float32)])
    for k in (1, 700, 2500):
        assert_exact(_core, X, Q, k, algorithm)


@EACH_BOUND
@pytest.mark.parametrize(("d", "values"), [(2, 12), (5, 3), (120, 2)])
def test_the_index_decides_among_massive_ties(d, values, metric, algorithm, core, rng):
    X = rng.integers(values, size=(2500, d)).astype(np.uint8)
    Q = rng.integers(values, size=(10, d)).astype(np.float64)
    for k in (1, 17, 333):
        assert_exact(core, X, Q, k, algorithm, metric)


@EACH_BOUND
@pytest.mark.parametrize("size", [1e3, 1e6, 1e20, 1e150])
def test_columns_that_vary_in_queries_alone_change_no_order(size, metric, algorithm, core, rng):
    # As in standardised pictures: pixels that are blank in all rows but not in some query.
    X = np.zeros((2500, 130))
    X[:, :100] = rng.integers(-9, 10, size=(2500, 5)) @ rng.integers(-3, 4, size=(5, 100))
    Q = X[:6] + 1
    Q[::2, 100:] = 0
    Q[1::2, 100:] = size
    assert_exact(core, X, Q, 12, algorithm, metric)


@WAYS
@pytest.mark.parametrize("distance", [2.0**12, 2.0**22, 2.0**60])
def test_queries_far_away_from_all_rows_are_answered_exactly(distance, algorithm, rng):
    X = rng.integers(-30, 30, size=(3000, 110)).astype(np.float64)
    Q = np.full((3, 110), distance)
    Q[1, ::2] *= -1
    Q[2, 1:] = 0
    found = _core.Index(X, "sqeuclidean", 2.0, algorithm).search(Q, 15)
    one_by_one = [_core.Index(X, "sqeuclidean").search(query[np.newaxis], 15) for query in Q]
    assert_same_bits(found, [np.concatenate(part) for part in zip(*one_by_one, strict=True)])
    if distance < 2.0**24:  # beyond it the sums are rounded, and equal more often than not
        assert_exact(_core, X, Q, 15, algorithm)


SCALES = [
    (np.float64, 2.0**-498), (np.float64, 2.0**-530), (np.float64, 2.0**498),
    (np.float32, 2.0**-100), (np.float32, 2.0**-145), (np.float32, 2.0**100),
]  # fmt: skip


@EACH_BOUND
@pytest.mark.parametrize("d", [5, 120])
@pytest.mark.parametrize(("dtype", "scale"), SCALES)
def test_huge_and_tiny_rows_are_searched_exactly(dtype, scale, d, metric, algorithm, core, rng):
    # The tiniest are denormal themselves, or their squares are.
    whole = rng.integers(-12, 13, size=(3000, 6)) @ rng.integers(-2, 3, size=(6, d))
    X = (whole * scale).astype(dtype)
    assert_exact(core, X, X[:8] + dtype(scale), 20, algorithm, metric)


@WAYS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [clusters, low_rank])
def test_a_translation_by_a_million_changes_no_neighbor(rows, dtype, algorithm, rng):
    # Multiples of 1/8 are exact in float32 beside 1e6.
    X = np.round(8 * rows(rng, 2500, 110)).clip(-800, 800) / 8
    near = _core.Index(X.astype(dtype), "euclidean", 2.0, algorithm).search(X[:20] + 0.125, 9)
    moved = (X + 1e6).astype(dtype)
    far = _core.Index(moved, "euclidean", 2.0, algorithm).search(X[:20] + 1000000.125, 9)
    assert_same_bits(far, near)
    assert_exact(_core, moved, moved[:20], 9, algorithm)


@WAYS
@pytest.mark.parametrize("d", [2, 30, 120])
def test_rows_on_the_radius_itself_are_within_it(d, algorithm, rng):
    X = rng.integers(-3, 4, size=(2500, d)).astype(np.float32)
    Q = X[:9]
    for metric in ("sqeuclidean", "euclidean"):
        wanted = oracle.distances(X, Q, metric)
        index = _core.Index(X, metric, 2.0, algorithm)
        for radius in np.unique(wanted)[[0, 1, 4, 9]]:
            offsets, distances, indices = index.search_radius(Q, radius)
            query, row = np.nonzero(wanted <= radius)
            np.testing.assert_array_equal(np.diff(offsets), np.bincount(query, minlength=len(Q)))
            np.testing.assert_array_equal(indices, row)
            np.testing.assert_array_equal(distances, wanted[query, row])
            below = index.search_radius(Q, np.nextafter(radius, -1))
            assert len(below[2]) == np.count_nonzero(wanted < radius)


@pytest.mark.parametrize("algorithm", ["auto", "brute", "pruned"])
@pytest.mark.parametrize("d", [5, 130])
def test_rows_of_length_zero_are_one_away_by_cosine(d, algorithm, rng):
    X = low_rank(rng, 3000, d, rank=3)
    X[::7] = 0
    Q = np.concatenate([X[:10], np.zeros((1, d))])
    index = _core.Index(X, "cosine", 2.0, algorithm)
    for k in (5, 2900):
        distances, indices = index.search(Q, k)
        wanted = np.take_along_axis(oracle.distances(X, Q, "cosine"), indices, axis=1)
        np.testing.assert_allclose(distances, wanted, rtol=0, atol=1e-14)
        assert (distances[indices % 7 == 0] == 1).all()
    np.testing.assert_array_equal(indices[0], np.arange(2900))  # of the query that is zero


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("algorithm", ["auto", "brute"])
def test_missing_values_count_as_the_others_do_on_average(algorithm, dtype, rng):
    X, Q = (rng.normal(size=(n, 9)).astype(dtype) for n in (900, 40))
    X[rng.uniform(size=X.shape) < 0.4] = np.nan
    Q[rng.uniform(size=Q.shape) < 0.4] = np.nan
    X[5], Q[3] = np.nan, np.nan
    wanted = oracle.distances(X, Q, "nan_euclidean")
    # Rows that share no feature with the query have no distance and come last.
    assert np.isnan(wanted).any(axis=1).all()
    index = _core.Index(X, "nan_euclidean", 2.0, algorithm)
    for sign in (1, -1):
        distances, indices = index.search(Q, 900, farthest=sign < 0)
        np.testing.assert_array_equal(indices, np.argsort(sign * wanted, axis=1, kind="stable"))
        np.testing.assert_allclose(distances, sign * np.sort(sign * wanted, axis=1), rtol=1e-12)
        nearest, first = index.search(Q, 3, farthest=sign < 0)
        np.testing.assert_array_equal(first, indices[:, :3])
        np.testing.assert_array_equal(nearest, distances[:, :3])


def test_an_outlier_whose_square_overflows_does_not_hide_the_others(rng):
    for algorithm in ALGORITHMS:
        for size in (1e160, 1e200, 1e300):
            X = rng.integers(-9, 10, size=(3000, 110)).astype(np.float64)
            X[7], X[2000] = size, -size
            Q = X[:6] + 1
            with np.errstate(over="ignore"):
                expected = oracle.neighbors(X, Q, 2998, "sqeuclidean")
            found = _core.Index(X, "sqeuclidean", 2.0, algorithm).search(Q, 2998)
            assert_same_bits(found, expected, f"{algorithm}, {size}")


@st.composite
def searches(draw):
    """Draw (rows, queries, k) of whole numbers times a power of two, moved away from the origin."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32), "seed"))
    n = draw(st.integers(1, 1500), "n")
    d = draw(st.integers(1, 240), "d")
    rank = draw(st.sampled_from([1, 3, d]), "rank")
    most = draw(st.sampled_from([1, 3, 40]), "most")
    mix = np.eye(d) if rank == d else rng.integers(-2, 3, size=(rank, d))
    rows = rng.integers(-most, most + 1, size=(n + 9, rank)) @ mix
    n_duplicates = draw(st.integers(0, n), "duplicates")
    rows[:n_duplicates] = rows[rng.integers(n + 9, size=n_duplicates)]
    rows[:, rng.uniform(size=d) < draw(st.sampled_from([0, 0.5]), "constant columns")] = 7
    rows[rng.integers(n, size=draw(st.integers(0, 3), "outliers"))] *= 2**8
    dtype = draw(st.sampled_from([np.float32, np.float64]), "dtype")
    scale = draw(st.sampled_from([2.0**-100, 1.0, 2.0**90]), "scale")
    offset = draw(st.sampled_from([0.0, 2.0**20]), "offset")
    rows = (scale * (rows + offset)).astype(dtype)
    return rows[:n], rows[n:], draw(st.integers(1, n), "k")


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(search=searches(), bound=st.sampled_from(BOUNDS))
def test_any_whole_numbers_are_searched_exactly(search, bound, core):
    X, Q, k = search
    metric, algorithm = bound
    expected = oracle.neighbors(X, Q, k, metric)
    assert_same_bits(core.Index(X, metric, 2.0, algorithm).search(Q, k), expected)
