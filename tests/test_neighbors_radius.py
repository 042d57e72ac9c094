"""A search within a radius finds every row at that distance or less, and no other."""

import numpy as np
import pytest
from sklearn.metrics import pairwise_distances

from distances import NATIVE, named, rows_for
from fastnn.neighbors import NearestNeighbors


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture(name="X")
def rows(rng):
    return rng.integers(6, size=(90, 3)).astype(np.float64)  # many equal distances


def within(wanted, radius, sort=False):
    """Return (distances, indices) of each row of `wanted`, a matrix of distances."""
    found = []
    for row in wanted:
        numbers = np.flatnonzero(row <= radius)
        if sort:
            numbers = numbers[np.argsort(row[numbers], kind="stable")]
        found.append((row[numbers], numbers))
    return found


def assert_found(found, expected):
    distances, indices = found
    assert distances.shape == indices.shape == (len(expected),)
    assert distances.dtype == indices.dtype == object
    for own_distances, own_indices, (wanted_distances, wanted) in zip(
        distances, indices, expected, strict=True
    ):
        np.testing.assert_array_equal(own_indices, wanted)
        np.testing.assert_allclose(own_distances, wanted_distances, rtol=1e-10, atol=1e-12)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("sort", [False, True])
@pytest.mark.parametrize(("parameters", "pairwise"), named(NATIVE))
def test_all_rows_within_the_radius_are_found(parameters, pairwise, sort, rng):
    X, Q = rows_for(parameters, rng, 70), rows_for(parameters, rng, 15)
    wanted = pairwise(Q, X)
    radius = np.sort(wanted, axis=None)[300] + 1e-9  # apart from every distance
    neighbors = NearestNeighbors(radius=radius, **parameters).fit(X)
    assert_found(neighbors.radius_neighbors(Q, sort_results=sort), within(wanted, radius, sort))


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("algorithm", ["auto", "brute", "kd_tree"])
@pytest.mark.parametrize("metric", ["sqeuclidean", "manhattan", "chebyshev"])
def test_rows_at_the_radius_itself_are_found(metric, algorithm, X):
    wanted = pairwise_distances(X, X, metric=metric)
    neighbors = NearestNeighbors(metric=metric, algorithm=algorithm).fit(X)
    for radius in (0, 1, 2, 5, 100, np.inf):
        found = neighbors.radius_neighbors(X, radius=radius, sort_results=True)
        assert_found(found, within(wanted, radius, sort=True))


@pytest.mark.usefixtures("core")
def test_no_neighbor_is_an_empty_array(X):
    distances, indices = NearestNeighbors(radius=0.5).fit(X).radius_neighbors([[99.0, 0.0, 0.0]])
    assert (distances[0].shape, distances[0].dtype) == ((0,), np.float64)
    assert (indices[0].shape, indices[0].dtype) == ((0,), np.int64)


def test_leaving_one_out_finds_the_others_alone(X):
    wanted = pairwise_distances(X, X)
    np.fill_diagonal(wanted, np.inf)
    neighbors = NearestNeighbors(radius=2.5).fit(X)
    for sort in (False, True):
        assert_found(neighbors.radius_neighbors(sort_results=sort), within(wanted, 2.5, sort))


def test_indices_come_alone_if_distances_are_not_asked_for(X):
    neighbors = NearestNeighbors(radius=1.5).fit(X)
    indices = neighbors.radius_neighbors(X[:4], return_distance=False)
    expected = neighbors.radius_neighbors(X[:4])[1]
    for found, wanted in zip(indices, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.usefixtures("core")
def test_a_masked_search_finds_only_rows_in_the_mask(X, rng):
    mask = rng.uniform(size=len(X)) < 0.3
    neighbors = NearestNeighbors(radius=2).fit(X)
    for Q in (X[:20], None):
        _, everything = neighbors.radius_neighbors(Q)
        _, found = neighbors.radius_neighbors(Q, mask=mask)
        for own, wanted in zip(found, everything, strict=True):
            np.testing.assert_array_equal(own, wanted[mask[wanted]])


def test_an_inner_product_may_be_asked_for_with_a_negative_radius(rng):
    X = rng.normal(size=(50, 3))
    neighbors = NearestNeighbors(metric="inner_product", radius=-1.0).fit(X)
    found = neighbors.radius_neighbors(X, return_distance=False)
    for own, products in zip(found, X @ X.T, strict=True):
        np.testing.assert_array_equal(own, np.flatnonzero(products >= 1.0))
