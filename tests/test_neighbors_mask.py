"""Searches of some of the rows: by mask, without removed ones, among rows that came in pieces."""

import numpy as np
import pytest

import oracle
from fastnn import _core
from indices import ALGORITHMS, assert_neighbors, low_rank

N_ROWS = 3100
FORMS = {
    "many features": lambda rng, n: low_rank(rng, n, 100),
    "few features": lambda rng, n: rng.integers(30, size=(n, 4)).astype(np.float32),
}
MASKS = {
    "random": lambda rng: rng.uniform(size=N_ROWS) < 0.5,
    "rare": lambda rng: rng.uniform(size=N_ROWS) < 0.01,
    "contiguous": lambda rng: (np.arange(N_ROWS) >= 1700) & (np.arange(N_ROWS) < 1850),
    "last": lambda rng: np.arange(N_ROWS) >= N_ROWS - 12,
    "all": lambda rng: np.ones(N_ROWS, bool),
    "all but one": lambda rng: np.arange(N_ROWS) != 40,
}
WAYS = pytest.mark.parametrize("algorithm", ALGORITHMS)


@pytest.fixture
def rng():
    return np.random.default_rng(51)


@pytest.fixture(params=FORMS.values(), ids=FORMS)
def searched(request, rng):
    rows = request.param(rng, N_ROWS + 30)
    X, Q = rows[:N_ROWS].copy(), rows[N_ROWS:]
    X[-300:] = X[:300]
    return X, Q


def among(wanted, allowed, k, farthest=False):
    """Return (distances, indices) of the first k columns of those allowed."""
    sign = -1 if farthest else 1
    distances, places = oracle.nearest(sign * wanted[:, allowed], k)
    return sign * distances, np.flatnonzero(allowed)[places]


def assert_within(found, wanted, allowed, radius):
    offsets, distances, indices = found
    query, row = np.nonzero((wanted <= radius) & allowed)
    np.testing.assert_array_equal(np.diff(offsets), np.bincount(query, minlength=len(wanted)))
    np.testing.assert_array_equal(indices, row)
    np.testing.assert_allclose(distances, wanted[query, row], rtol=1e-12)


@WAYS
@pytest.mark.parametrize("make_mask", MASKS.values(), ids=MASKS)
def test_a_mask_admits_its_rows_and_no_others(make_mask, algorithm, searched, rng):
    X, Q = searched
    mask = make_mask(rng)
    wanted = oracle.distances(X, Q, "sqeuclidean")
    index = _core.Index(X, "sqeuclidean", 2.0, algorithm)
    for k in (1, 10):
        assert_neighbors(index.search(Q, k, mask), among(wanted, mask, k))
        found = index.search(Q, k, mask, farthest=True)
        assert_neighbors(found, among(wanted, mask, k, farthest=True))
    radius = np.sort(wanted, axis=None)[20_000] * (1 + 1e-9)
    assert_within(index.search_radius(Q, radius, mask), wanted, mask, radius)


@WAYS
def test_a_single_row_is_found_wherever_it_is(algorithm, searched):
    X, Q = searched
    index = _core.Index(X, "euclidean", 2.0, algorithm)
    for row in (0, 48, N_ROWS - 1):
        distances, indices = index.search(Q, 1, np.arange(N_ROWS) == row)
        assert (indices == row).all()
        np.testing.assert_allclose(distances, oracle.distances(X[row : row + 1], Q), rtol=1e-12)


@WAYS
def test_removed_rows_are_not_found_with_a_mask_or_without(algorithm, core, searched, rng):
    X, Q = searched
    wanted = oracle.distances(X, Q, "sqeuclidean")
    whole = core.Index(X, "sqeuclidean", 2.0, algorithm)
    whole.search(Q, 3)  # what it has made is shared with those that lack rows
    gone = rng.permutation(N_ROWS)[:2200]
    index = whole.remove(gone[:1000]).remove(gone[1000:])
    present = ~np.isin(np.arange(N_ROWS), gone)
    assert (index.n_rows, index.n_present) == (N_ROWS, N_ROWS - 2200)
    mask = rng.uniform(size=N_ROWS) < 0.2
    radius = np.sort(wanted, axis=None)[20_000] * (1 + 1e-9)
    for argument, allowed in ((None, present), (mask, mask & present)):
        for farthest in (False, True):
            found = index.search(Q, 8, argument, farthest)
            assert_neighbors(found, among(wanted, allowed, 8, farthest))
        assert_within(index.search_radius(Q, radius, argument), wanted, allowed, radius)
    assert_neighbors(whole.search(Q, 8), oracle.nearest(wanted, 8))


@WAYS
@pytest.mark.parametrize("metric", ["euclidean", "cosine", "manhattan", "inner_product"])
def test_rows_that_came_in_pieces_are_searched_as_if_they_came_at_once(
    metric, algorithm, searched, rng
):
    X, Q = searched
    ways = ALGORITHMS if metric == "euclidean" else ["auto", "brute"]
    if algorithm not in ways:
        algorithm = "auto"
    starts = np.cumsum([1, 1, 1, 500, 1, 47, 1, 1000, 48, 1, 49, 1])
    pieces = np.split(X, starts)
    index = _core.Index(pieces[0], metric, 2.0, algorithm)
    removed = []
    for piece in pieces[1:]:
        index = index.add(piece)
        index.search(Q[:2], 1)
        leaving = rng.permutation(np.setdiff1d(np.arange(index.n_rows - 1), removed))
        leaving = leaving[: len(piece) // 3]
        index = index.remove(leaving)
        removed.extend(leaving)
    assert index.n_present == N_ROWS - len(removed)
    kept = np.setdiff1d(np.arange(N_ROWS), removed)
    fresh = _core.Index(X[kept], metric, 2.0, algorithm)
    for n_threads in (1, 3):
        for k in (1, 30):
            for farthest in (False, True):
                found = index.search(Q, k, farthest=farthest, n_threads=n_threads)
                distances, places = fresh.search(Q, k, farthest=farthest)
                np.testing.assert_array_equal(found[0], distances)
                np.testing.assert_array_equal(found[1], kept[places])
    radius = np.median(fresh.search(Q, 40)[0])
    offsets, distances, indices = fresh.search_radius(Q, radius, sort=True)
    for own, expected in zip(
        index.search_radius(Q, radius, sort=True), (offsets, distances, kept[indices]), strict=True
    ):
        np.testing.assert_array_equal(own, expected)


@WAYS
def test_an_index_stays_as_it_is_when_others_are_made_of_it(algorithm, searched):
    X, Q = searched
    index = _core.Index(X[:2000], "euclidean", 2.0, algorithm)
    before = index.search(Q, 5)
    index.add(X[2000:]).remove(np.arange(1000)).search(Q, 5)
    assert (index.n_rows, index.n_present, index.n_features) == (2000, 2000, X.shape[1])
    assert_neighbors(index.search(Q, 5), before)


@WAYS
@pytest.mark.parametrize("farthest", [False, True])
def test_more_neighbors_than_rows_that_may_be_found_are_refused(farthest, algorithm, searched):
    X, Q = searched
    index = _core.Index(X[:50], "euclidean", 2.0, algorithm)
    fewer = index.remove(np.arange(20))
    mask = np.arange(50) < 23
    for searching, argument, there in (
        (index, None, 50), (fewer, None, 30), (index, mask, 23), (fewer, mask, 3),
        (fewer, np.zeros(50, bool), 0),
    ):  # fmt: skip
        for k in (there + 1, 0, -1):
            with pytest.raises(ValueError, match=f"expected k from 1 to {there}, .*Received: {k}$"):
                searching.search(Q, k, argument, farthest)
        if there:
            assert searching.search(Q, there, argument, farthest)[1].shape == (len(Q), there)


def test_masks_and_rows_that_do_not_fit_are_refused(searched):
    X, Q = searched
    index = _core.Index(X, "euclidean").remove(np.array([7]))
    for mask in (np.ones(N_ROWS - 1, bool), np.ones((1, N_ROWS), bool)):
        for search in (index.search, index.search_radius):
            with pytest.raises(ValueError, match="expected mask of shape"):
                search(Q, 1, mask)
    for rows in ([N_ROWS], [-1], [7], [3, 3]):
        with pytest.raises(ValueError, match="expected rows"):
            index.remove(np.array(rows))
    with pytest.raises(ValueError, match="expected rows of shape"):
        index.add(X[:, :3].copy())
    with pytest.raises(ValueError, match="expected queries of shape"):
        index.search(Q[:, :3].copy(), 1)
    assert index.n_present == N_ROWS - 1
