"""Searches of the core's index itself, every way, and how they must answer."""

import numpy as np
from scipy.sparse import csr_array, issparse

import oracle

METRICS = [
    ("euclidean", 2.0), ("sqeuclidean", 2.0), ("manhattan", 2.0), ("chebyshev", 2.0),
    ("minkowski", 1.5), ("minkowski", 2.5), ("minkowski", 3.0), ("minkowski", 0.5),
    ("cosine", 2.0), ("inner_product", 2.0), ("hamming", 2.0), ("canberra", 2.0),
    ("braycurtis", 2.0), ("nan_euclidean", 2.0), ("haversine", 2.0),
]  # fmt: skip
ALGORITHMS = ["auto", "brute", "direct", "float32", "pruned", "kd_tree"]

_IN_FLOAT32 = {"euclidean", "sqeuclidean", "cosine", "inner_product", "manhattan", "chebyshev"}
_PRUNED = {"euclidean", "sqeuclidean", "cosine"}
_IN_TREES = {"euclidean", "sqeuclidean", "manhattan", "chebyshev", "minkowski"}


def algorithms_of(metric, p=2.0):
    """Return the names of the ways that a metric can be searched."""
    float32 = ["float32"] if metric in _IN_FLOAT32 else []
    pruned = ["pruned"] if metric in _PRUNED else []
    tree = ["kd_tree"] if metric in _IN_TREES and p >= 1 else []
    return ["auto", "brute", "direct", *float32, *pruned, *tree]


def csr(rows):
    """Return the rows as the core takes sparse ones."""
    sparse = rows if issparse(rows) else csr_array(rows)
    return sparse.data, sparse.indices, sparse.indptr, sparse.shape[1]


def assert_neighbors(found, expected, how=""):
    """Expect (distances, indices) that are those of the oracle, to the last few bits."""
    np.testing.assert_array_equal(found[1], expected[1], err_msg=how)
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-12, atol=1e-15, err_msg=how)
    assert (found[0].dtype, found[1].dtype) == (np.float64, np.int64)


def assert_same_bits(found, expected, how=""):
    """Expect two searches to agree in every bit of distances and indices."""
    for own, wanted in zip(found, expected, strict=True):
        np.testing.assert_array_equal(own, wanted, err_msg=how)


def low_rank(rng, n, d, rank=10, noise=0.01):
    """Return rows near a space of few dimensions, which projections and integers serve well."""
    space = rng.normal(size=(rank, d))
    return rng.normal(size=(n, rank)) @ space + noise * rng.normal(size=(n, d))


def clusters(rng, n, d, count=40, spread=0.05):
    """Return rows around a few centres."""
    centers = rng.normal(size=(count, d))
    return centers[rng.integers(count, size=n)] + spread * rng.normal(size=(n, d))


def assert_exact(core, X, Q, k, algorithm, metric="sqeuclidean", p=2.0):
    """Search for the k rows of X nearest to each of Q and expect those of the definition."""
    found = core.Index(X, metric, p, algorithm).search(Q, k)
    assert_neighbors(found, oracle.neighbors(X, Q, k, metric, p), f"{algorithm}, {k=}")
