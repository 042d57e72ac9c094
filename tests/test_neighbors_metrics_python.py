"""Metrics that scikit-learn or the user computes, and distances that are given."""

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix, dia_array
from sklearn.metrics import DistanceMetric, pairwise_distances

from distances import COMPUTED, named, nearest, rows_for
from fastnn.neighbors import KNeighborsTransformer, NearestNeighbors, _pairwise
from messages import raises

BOOLEAN = ["dice", "jaccard", "rogerstanimoto", "russellrao", "sokalsneath", "yule"]


@pytest.fixture
def rng():
    return np.random.default_rng(16)


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(60, 3))


@pytest.fixture(params=[1, 500, 1 << 23], ids=["a query a chunk", "few a chunk", "one chunk"])
def chunk(request, monkeypatch):
    monkeypatch.setattr(_pairwise, "_CHUNK", request.param)


@pytest.mark.usefixtures("chunk")
@pytest.mark.parametrize(("parameters", "pairwise"), named(COMPUTED))
def test_the_neighbors_of_a_metric_are_those_of_its_definition(parameters, pairwise, X, rng):
    Q = rows_for(parameters, rng, 20)
    neighbors = NearestNeighbors(n_neighbors=7, **parameters).fit(X)
    distances, indices = neighbors.kneighbors(Q)
    expected, expected_indices = nearest(pairwise(Q, X), 7)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected, rtol=1e-12, atol=1e-14)
    far, far_indices = neighbors.kneighbors(Q, farthest=True)
    expected, expected_indices = nearest(-pairwise(Q, X), 7)
    np.testing.assert_array_equal(far_indices, expected_indices)
    np.testing.assert_allclose(far, -expected, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("metric", BOOLEAN)
def test_metrics_of_sets_take_what_is_not_zero_as_true(metric, rng):
    X = rng.integers(3, size=(40, 6)) + np.eye(40, 6, dtype=int)  # no row is empty
    expected, expected_indices = nearest(pairwise_distances(X != 0, X[:] != 0, metric=metric), 40)
    for rows in (X, X != 0, X.astype(np.uint8), X.astype(float)):
        distances, indices = NearestNeighbors(n_neighbors=40, metric=metric).fit(rows).kneighbors(X)
        np.testing.assert_array_equal(indices, expected_indices)
        np.testing.assert_allclose(distances, expected, rtol=1e-14)


def test_metrics_that_only_a_tree_of_scikit_learn_knows_are_computed(X):
    metric_params = {"func": lambda x, y: abs(x - y).sum()}
    ours = NearestNeighbors(metric="pyfunc", metric_params=metric_params).fit(X)
    np.testing.assert_allclose(
        ours.kneighbors(X)[0], NearestNeighbors(metric="manhattan").fit(X).kneighbors(X)[0]
    )


def test_a_distance_metric_object_is_a_metric(X):
    metric = DistanceMetric.get_metric("minkowski", p=3)
    expected = NearestNeighbors(p=3).fit(X.astype(np.float32)).kneighbors(X)
    for algorithm in ("auto", "ball_tree", "kd_tree"):
        ours = NearestNeighbors(metric=metric, algorithm=algorithm).fit(X.astype(np.float32))
        np.testing.assert_array_equal(ours.kneighbors(X)[1], expected[1])


def test_a_function_gets_bytes_as_numbers_that_may_be_subtracted():
    X = np.array([[3], [5], [250]], dtype=np.uint8)
    neighbors = NearestNeighbors(n_neighbors=3, metric=lambda x, y: abs(x - y).sum()).fit(X)
    assert neighbors.kneighbors(X[:1])[0].tolist() == [[0.0, 2.0, 247.0]]


def test_undefined_distances_come_last():
    X = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0], [3.0, 1.0, 2.0], [2.0, 2.0, 2.0]])
    neighbors = NearestNeighbors(n_neighbors=4, metric="correlation").fit(X)
    for farthest, expected in ((False, [0, 2, 1, 3]), (True, [2, 0, 1, 3])):
        distances, indices = neighbors.kneighbors(X[:1], farthest=farthest)
        assert indices.tolist() == [expected]
        assert np.isnan(distances[0, 2:]).all()
    assert neighbors.radius_neighbors(X[:1], 9.0)[1][0].tolist() == [0, 2]


def test_the_progress_of_a_slow_search_is_told(X, monkeypatch):
    monkeypatch.setattr(_pairwise, "_REPORT_EVERY", 0)
    told = []
    index = NearestNeighbors(metric="correlation").fit(X)._rows.index
    index.search(X, 2, progress=told.append)
    assert told == sorted(told)
    assert (len(told), told[-1]) == (60, 1.0)


def test_a_function_that_raises_stops_the_search_and_leaves_the_estimator(X):
    calls = []

    def metric(x, y):
        calls.append(1)
        if len(calls) == 100:
            raise KeyboardInterrupt
        return abs(x - y).sum()

    neighbors = NearestNeighbors(metric=metric).fit(X)
    with pytest.raises(KeyboardInterrupt):
        neighbors.kneighbors(X)
    expected = NearestNeighbors(metric="manhattan").fit(X).kneighbors(X)[1]
    np.testing.assert_array_equal(neighbors.kneighbors(X)[1], expected)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"metric": "seuclidean"}, "'V' parameter is required"),
        ({"metric": "minkowski", "metric_params": {"w": [1.0]}}, "size"),
    ],
)
def test_parameters_that_the_metric_lacks_are_missed_when_fitting(parameters, message, X):
    with pytest.raises(ValueError, match=message):
        NearestNeighbors(**parameters).fit(X)


@pytest.mark.parametrize("algorithm", ["kd_tree", "pruned"])
def test_no_tree_is_grown_from_a_function(algorithm, X):
    message = (
        "expected algorithm with metric='correlation' to be one of 'auto', 'brute', 'ball_tree'. "
        f"Received: '{algorithm}'"
    )
    with raises(ValueError, message):
        NearestNeighbors(metric="correlation", algorithm=algorithm).fit(X)


@pytest.mark.parametrize("container", [csr_array, csc_array, coo_array, csr_matrix])
def test_sparse_rows_are_given_to_functions_and_refused_by_metrics_that_cannot(container, X):
    sparse = container(np.where(abs(X) < 1, 0, X))
    ours = NearestNeighbors(metric=lambda x, y: abs(x - y).sum()).fit(sparse)
    expected = NearestNeighbors(metric="manhattan").fit(sparse)
    np.testing.assert_allclose(ours.kneighbors(sparse)[0], expected.kneighbors(sparse)[0])
    message = "expected dense X with metric='correlation'. Received: sparse X"
    with raises(ValueError, message):
        NearestNeighbors(metric="correlation").fit(sparse)
    with raises(ValueError, message):
        NearestNeighbors(metric="correlation").fit(X).kneighbors(sparse)


@pytest.fixture(name="D")
def given_distances(X):
    return pairwise_distances(X, X, metric="manhattan")


def test_given_distances_are_searched(D, X):
    ours = NearestNeighbors(n_neighbors=4, radius=1.5, metric="precomputed").fit(D)
    computed = NearestNeighbors(n_neighbors=4, radius=1.5, metric="manhattan").fit(X)
    for Q in (slice(None), slice(3, 9)):
        np.testing.assert_allclose(ours.kneighbors(D[Q]), computed.kneighbors(X[Q]), atol=1e-14)
    np.testing.assert_allclose(ours.kneighbors(), computed.kneighbors(), atol=1e-14)
    assert (ours.radius_neighbors_graph() != computed.radius_neighbors_graph()).nnz == 0
    ours.remove([4, 5])
    computed.remove([4, 5])
    np.testing.assert_allclose(ours.kneighbors(), computed.kneighbors(), atol=1e-14)
    mask = np.arange(60) % 2 == 0
    np.testing.assert_allclose(
        ours.kneighbors(D[:3], mask=mask), computed.kneighbors(X[:3], mask=mask), atol=1e-14
    )


@pytest.mark.parametrize("container", [csr_array, csc_array, coo_array, csr_matrix])
def test_the_entries_of_sparse_distances_are_what_is_found(container, D, X):
    farthest = np.sort(D, axis=1)[:, [12]]
    kept = np.where(farthest > D, D, 0)
    graph = container(kept + np.eye(60))
    graph.setdiag(0)  # an explicit zero: each row is its own neighbour
    ours = NearestNeighbors(n_neighbors=4, radius=0.8, metric="precomputed").fit(graph)
    theirs = sklearn.neighbors.NearestNeighbors(n_neighbors=4, radius=0.8, metric="precomputed")
    sorted_graph = sklearn.neighbors.sort_graph_by_row_values(
        csr_array(graph), warn_when_not_sorted=False
    )
    theirs.fit(sorted_graph)
    for Q, theirs_Q in ((None, None), (graph, sorted_graph)):
        np.testing.assert_array_equal(ours.kneighbors(Q), theirs.kneighbors(theirs_Q))
        found = ours.radius_neighbors(Q, sort_results=True)[1]
        for own, wanted in zip(found, theirs.radius_neighbors(theirs_Q)[1], strict=True):
            np.testing.assert_array_equal(own, wanted)


def test_a_graph_of_neighbors_is_found_again(X):
    graph = KNeighborsTransformer(n_neighbors=6).fit_transform(X)
    found = NearestNeighbors(n_neighbors=5, metric="precomputed").fit(graph).kneighbors()
    np.testing.assert_array_equal(found, NearestNeighbors(n_neighbors=5).fit(X).kneighbors())


@pytest.mark.parametrize(
    ("distances", "queries", "message"),
    [
        (np.ones((3, 2)), None, "expected X of shape (n_samples, n_samples) with "
         "metric='precomputed'. Received: (3, 2)"),
        (np.ones((3, 3)), np.ones((2, 2)),
         "X has 2 features, but NearestNeighbors is expecting 3 features as input."),
        (np.ones((3, 3)) - 2, None, "Negative values in data passed to X in NearestNeighbors."),
        (csr_array([[0.0, 1.0], [1.0, 0.0]]), csr_array([[1.0, 0.0]]),
         "expected distances from each query to at least 2 rows. Received: 1 for query 0"),
    ],
)  # fmt: skip
def test_given_distances_that_cannot_be_searched_are_refused(distances, queries, message):
    with raises(ValueError, message):
        NearestNeighbors(n_neighbors=2, metric="precomputed").fit(distances).kneighbors(queries)


def test_formats_that_drop_explicit_zeros_are_refused():
    with raises(TypeError, "expected a sparse matrix of distances in one of the formats csr, csc, "
                "coo, lil, which keep explicit zeros. Received: dia"):  # fmt: skip
        NearestNeighbors(metric="precomputed").fit(dia_array(np.eye(3)))


def test_given_distances_cannot_grow(D):
    neighbors = NearestNeighbors(metric="precomputed").fit(D)
    with raises(ValueError, "expected a metric other than 'precomputed' to add rows. "
                "Received: 'precomputed'"):  # fmt: skip
        neighbors.partial_fit(D)
    assert neighbors.n_samples_fit_ == 60
