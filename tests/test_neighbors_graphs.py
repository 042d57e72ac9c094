"""Neighbours as sparse matrices: the graphs, and the transformers that make them."""

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import isspmatrix
from sklearn.cluster import DBSCAN
from sklearn.pipeline import make_pipeline

import fastnn.neighbors
from fastnn.neighbors import (
    KNeighborsClassifier,
    KNeighborsTransformer,
    NearestNeighbors,
    RadiusNeighborsTransformer,
)


@pytest.fixture(name="X")
def rows():
    return np.random.default_rng(13).normal(size=(60, 3))


def assert_same(ours, theirs):
    assert ours.format == theirs.format == "csr"
    assert ours.dtype == theirs.dtype
    assert isspmatrix(ours) == isspmatrix(theirs)
    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-10, atol=1e-12)


def both(name, **parameters):
    return [getattr(module, name)(**parameters) for module in (fastnn.neighbors, sklearn.neighbors)]


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize("leave_one_out", [False, True])
def test_graphs_are_those_of_scikit_learn(leave_one_out, mode, X):
    ours, theirs = (
        estimator.fit(X)
        for estimator in both("NearestNeighbors", n_neighbors=4, radius=0.9, algorithm="brute")
    )
    Q = None if leave_one_out else X[:9] + 0.1
    assert_same(ours.kneighbors_graph(Q, mode=mode), theirs.kneighbors_graph(Q, mode=mode))
    assert_same(ours.kneighbors_graph(Q, 2, mode), theirs.kneighbors_graph(Q, 2, mode))
    for sort in (False, True):
        ours_within, theirs_within = (
            each.radius_neighbors_graph(Q, mode=mode, sort_results=sort) for each in (ours, theirs)
        )
        if not sort or mode == "connectivity":  # scikit-learn then keeps no order
            ours_within.sort_indices()
            theirs_within.sort_indices()
        assert_same(ours_within, theirs_within)


@pytest.mark.parametrize("interface", ["sparray", "spmatrix"])
def test_graphs_are_of_the_kind_that_scikit_learn_is_set_to(interface, X):
    if "sparse_interface" not in sklearn.get_config():
        pytest.skip("this scikit-learn has no sparse_interface to set")
    with sklearn.config_context(sparse_interface=interface):
        graph = NearestNeighbors().fit(X).kneighbors_graph()
    assert isspmatrix(graph) == (interface == "spmatrix")


def test_a_graph_keeps_columns_for_removed_rows(X):
    neighbors = NearestNeighbors(n_neighbors=3).fit(X).remove([5, 59])
    graph = neighbors.kneighbors_graph()
    assert graph.shape == (58, 60)
    assert graph[:, [5, 59]].nnz == 0
    assert neighbors.radius_neighbors_graph().shape == (58, 60)


@pytest.mark.parametrize("mode", ["connectivity", "distance"])
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("KNeighborsTransformer", {"n_neighbors": 4}),
        ("RadiusNeighborsTransformer", {"radius": 0.9}),
    ],
)
def test_transformers_are_those_of_scikit_learn(name, parameters, mode, X):
    ours, theirs = both(name, mode=mode, **parameters)
    for found, expected in (
        (ours.fit_transform(X), theirs.fit_transform(X)),
        (ours.transform(X[:5] + 0.1), theirs.transform(X[:5] + 0.1)),
    ):
        if mode == "connectivity":  # scikit-learn then keeps no order
            found.sort_indices()
            expected.sort_indices()
        assert_same(found, expected)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()


def test_a_transformer_feeds_what_takes_distances(X):
    labels = np.where(X[:, 0] > 0, "right", "left")
    pipeline = make_pipeline(
        KNeighborsTransformer(n_neighbors=9), KNeighborsClassifier(metric="precomputed")
    )
    expected = KNeighborsClassifier().fit(X, labels).predict(X[:20] + 0.01)
    assert pipeline.fit(X, labels).predict(X[:20] + 0.01).tolist() == expected.tolist()
    clusters = make_pipeline(RadiusNeighborsTransformer(radius=0.9), DBSCAN(metric="precomputed"))
    expected = DBSCAN(eps=0.9).fit_predict(X)
    expected_too = clusters.set_params(dbscan__eps=0.9).fit_predict(X)
    assert expected_too.tolist() == expected.tolist()


def test_a_transformer_grows_and_shrinks(X):
    transformer = KNeighborsTransformer(n_neighbors=2).fit(X[:40]).partial_fit(X[40:])
    expected = KNeighborsTransformer(n_neighbors=2).fit(X)
    assert_same(transformer.transform(X), expected.transform(X))
    assert transformer.remove([0]).transform(X)[:, [0]].nnz == 0
    assert len(transformer.get_feature_names_out()) == 60
