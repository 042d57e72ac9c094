"""Rows come and go without a rebuild, and a search sees the rows there were when it began."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import csr_array

from distances import nearest
from fastnn.neighbors import NearestNeighbors, _rows
from messages import raises

METRICS = ["euclidean", "manhattan", "cosine", "correlation"]  # the last is scikit-learn's


@pytest.fixture
def rng():
    return np.random.default_rng(14)


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(120, 4))


def assert_same(found, expected):
    for own, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, wanted)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("algorithm", ["auto", "brute"])
def test_rows_that_are_added_are_found_as_if_fitted_with_the_others(metric, algorithm, X):
    parameters = {"n_neighbors": 6, "radius": 1.0, "metric": metric, "algorithm": algorithm}
    grown = NearestNeighbors(**parameters)
    for rows in (X[:50], X[50:51], X[51:]):
        assert grown.partial_fit(rows) is grown
    expected = NearestNeighbors(**parameters).fit(X)
    assert grown.n_samples_fit_ == 120
    for Q in (X[::7] + 0.1, None):
        assert_same(grown.kneighbors(Q), expected.kneighbors(Q))
        assert_same(grown.radius_neighbors(Q)[1].tolist(), expected.radius_neighbors(Q)[1].tolist())


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("metric", METRICS)
def test_removed_rows_are_not_found_and_the_others_keep_their_numbers(metric, X, rng):
    neighbors = NearestNeighbors(n_neighbors=5, radius=0.7, metric=metric).fit(X[:70])
    gone = rng.permutation(120)[:80]
    neighbors.remove(gone[gone < 70]).partial_fit(X[70:]).remove(gone[gone >= 70])
    kept = np.setdiff1d(np.arange(120), gone)
    assert neighbors.n_samples_fit_ == 40
    apart = NearestNeighbors(n_neighbors=5, radius=0.7, metric=metric).fit(X[kept])
    for Q in (X[::7] + 0.1, None):
        distances, places = apart.kneighbors(Q)
        assert_same(neighbors.kneighbors(Q), (distances, kept[places]))
        for own, wanted in zip(
            neighbors.radius_neighbors(Q)[1], apart.radius_neighbors(Q)[1], strict=True
        ):
            np.testing.assert_array_equal(own, kept[wanted])
    far = neighbors.kneighbors(X[:3], farthest=True)[1]
    assert_same(far, kept[apart.kneighbors(X[:3], farthest=True)[1]])


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("algorithm", ["auto", "brute", "pruned", "kd_tree"])
def test_many_additions_and_removals_leave_an_exact_search(algorithm, rng):
    rows, gone = np.empty((0, 5), np.float32), []
    neighbors = NearestNeighbors(n_neighbors=3, algorithm=algorithm)
    for _ in range(12):
        more = rng.integers(30, size=(rng.integers(1, 400), 5)).astype(np.float32)
        rows = np.concatenate([rows, more])
        neighbors.partial_fit(more)
        leaving = rng.permutation(np.setdiff1d(np.arange(len(rows)), gone))[: len(more) // 3]
        neighbors.remove(leaving)
        gone.extend(leaving)
    Q = rng.integers(30, size=(20, 5)).astype(np.float64)
    squared = ((Q[:, np.newaxis] - rows) ** 2).sum(axis=2)
    squared[:, gone] = np.inf
    expected, numbers = nearest(squared, 3)
    assert_same(neighbors.kneighbors(Q)[1], numbers)
    np.testing.assert_allclose(neighbors.kneighbors(Q)[0], np.sqrt(expected), rtol=1e-13)


def thirds(rng, n, dtype):
    """Return rows with zeros that only their own dtype, and larger ones, hold exactly."""
    rows = rng.integers(6, size=(n, 5))
    return rows.astype(np.uint8) if dtype == np.uint8 else (rows / 3).astype(dtype)


KINDS = {
    "float32": [(np.float32, np.array)],
    "uint8, float32": [(np.uint8, np.array), (np.float32, np.array)],
    "float64, float32, uint8": [(dtype, np.array) for dtype in (np.float64, np.float32, np.uint8)],
    "sparse": [(np.float32, csr_array)],
    "sparse, of two dtypes": [(np.float32, csr_array), (np.float64, csr_array)],
    "sparse, dense": [(np.float32, csr_array), (np.float64, np.array), (np.uint8, np.array)],
}


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("metric", ["euclidean", "canberra"])
def test_rows_that_come_few_at_a_time_are_found_as_if_fitted_at_once(metric, kinds, rng):
    grown = NearestNeighbors(n_neighbors=7, metric=metric)
    given, gone = [], []
    for i in range(70):
        dtype, container = kinds[i % len(kinds)]
        given.append(thirds(rng, rng.integers(1, 6), dtype).astype(np.float64))
        grown.partial_fit(container(given[-1].astype(dtype)))
        if i % 5 == 3:
            gone.append(rng.choice(np.setdiff1d(np.arange(grown._rows.index.n_rows), gone)))
            grown.remove(gone[-1])
    X = np.concatenate(given)
    expected = NearestNeighbors(n_neighbors=7, metric=metric).fit(X).remove(gone)
    for Q in (X[::9] + 0.1, None):
        assert_same(grown.kneighbors(Q), expected.kneighbors(Q))


SIZES = {
    "one by one": [1] * 300,
    "all of a size": [7] * 90,
    "ever fewer": range(60, 0, -1),
    "ever more": range(1, 60),
    "twice as many": [2**i for i in range(10)],
    "any number": np.random.default_rng(3).integers(1, 50, size=200).tolist(),
}


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_rows_that_add_up_are_few_parts_and_seldom_copied(sizes, rng, monkeypatch):
    join_rows, copied = _rows.join_rows, []

    def count_copied(parts):
        joined = join_rows(parts)
        copied.append(0 if joined is parts[-1] else len(joined))
        return joined

    monkeypatch.setattr(_rows, "join_rows", count_copied)
    X = rng.normal(size=(50, 2))
    neighbors = NearestNeighbors().fit(X)
    n_added = 0
    for size in sizes:
        neighbors.partial_fit(rng.normal(size=(size, 2)))
        n_added += size
        assert neighbors._rows.index.n_rows == 50 + n_added
        assert len(neighbors._rows.parts) <= 1 + np.log2(n_added + 1)
    assert sum(copied) <= n_added * (np.log2(n_added) + 1)
    assert np.shares_memory(neighbors._rows.parts[0], X), "the rows given to fit were copied"


def test_a_mask_counts_the_rows_that_are_left(X):
    neighbors = NearestNeighbors(n_neighbors=2).fit(X).remove(np.arange(4))
    mask = np.arange(120) < 6
    assert neighbors.kneighbors(X[:1], mask=mask)[1].tolist() == [
        sorted([4, 5], key=lambda i: np.linalg.norm(X[i] - X[0]))
    ]
    with raises(ValueError, "expected n_neighbors <= 2, the number of fitted rows in the mask. "
                "Received: 3"):  # fmt: skip
        neighbors.kneighbors(X[:1], 3, mask=mask)


def test_sparse_and_dense_rows_may_follow_each_other(X):
    X = np.where(abs(X) < 1, 0, X)
    grown = NearestNeighbors().fit(csr_array(X[:60])).partial_fit(X[60:]).remove(3)
    expected = NearestNeighbors().fit(X).remove(3)
    for Q in (X[:9], csr_array(X[:9]), None):
        assert_same(grown.kneighbors(Q), expected.kneighbors(Q))


def test_a_fit_starts_anew(X):
    neighbors = NearestNeighbors().fit(X).partial_fit(X).remove([1, 2]).fit(X[:30])
    assert neighbors.n_samples_fit_ == 30
    assert_same(neighbors.kneighbors(X), NearestNeighbors().fit(X[:30]).kneighbors(X))


def test_every_row_may_go_and_others_come(X):
    neighbors = NearestNeighbors(n_neighbors=1).fit(X[:3]).remove([0, 1, 2])
    assert neighbors.n_samples_fit_ == 0
    with raises(ValueError, "expected n_neighbors <= 0, the number of fitted rows. Received: 1"):
        neighbors.kneighbors(X[:1])
    assert [len(found) for found in neighbors.radius_neighbors(X[:2])[1]] == [0, 0]
    assert len(neighbors.radius_neighbors()[1]) == 0
    assert neighbors.partial_fit(X[:2]).kneighbors(X[:1])[1].tolist() == [[3]]
    assert neighbors.kneighbors()[1].tolist() == [[4], [3]]


INVALID_ROWS = [
    ([120], ValueError, "expected rows in [0, 120). Received: 120"),
    ([-1], ValueError, "expected rows in [0, 120). Received: -1"),
    ([4, 7], ValueError, "expected rows that were not removed before. Received: 7"),
    ([4, 5, 4], ValueError, "expected rows that differ. Received: 4 twice"),
    ([1.0], TypeError, "expected rows of an integer dtype. Received: float64"),
    (np.ones(120, bool), TypeError, "expected rows of an integer dtype. Received: bool"),
    ([[1, 2]], ValueError, "expected rows of shape (n_removed,). Received: (1, 2)"),
]


@pytest.mark.parametrize(("rows", "error", "message"), INVALID_ROWS)
def test_rows_that_cannot_be_removed_are_named_and_nothing_changes(rows, error, message, X):
    neighbors = NearestNeighbors().fit(X).remove([7])
    before = dict(vars(neighbors))
    with raises(error, message):
        neighbors.remove(rows)
    assert vars(neighbors) == before


def test_removing_nothing_changes_nothing(X):
    neighbors = NearestNeighbors().fit(X)
    assert neighbors.remove([]).n_samples_fit_ == 120


@pytest.mark.parametrize("rows", [np.full((2, 4), np.nan), np.zeros((2, 3)), [[1, 2, 3, "x"]]])
def test_an_addition_that_fails_changes_nothing(rows, X):
    neighbors = NearestNeighbors().fit(X)
    before = dict(vars(neighbors))
    with pytest.raises(ValueError, match=r"NaN|features|numeric"):
        neighbors.partial_fit(rows)
    assert vars(neighbors) == before


def test_eight_threads_search_while_another_adds_and_removes_rows(rng):
    # Row i lies at i, so that whatever is found tells when its search began.
    neighbors = NearestNeighbors(n_neighbors=3).fit(np.arange(100.0)[:, np.newaxis])
    done = False

    def search():
        rounds = 0
        while not done:
            before = neighbors.n_samples_fit_
            distances, [found] = neighbors.kneighbors([[1e6]])
            assert found[0] - found[2] == 2, "rows of two moments are mixed"
            assert found[0] >= before + 50 - 1
            np.testing.assert_array_equal(distances[0], 1e6 - found)
            rounds += 1
        return rounds

    neighbors.remove(np.arange(50))
    with ThreadPoolExecutor(max_workers=8) as pool:
        searches = [pool.submit(search) for _ in range(8)]
        try:
            for start in range(100, 400, 3):
                neighbors.partial_fit(np.arange(float(start), start + 3)[:, np.newaxis])
        finally:
            done = True
        assert all(each.result() > 0 for each in searches)
    assert neighbors.n_samples_fit_ == 350
