"""Whole matrices of distances by SciPy and scikit-learn, to compare searches with."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from sklearn.metrics import DistanceMetric
from sklearn.metrics.pairwise import haversine_distances, nan_euclidean_distances


def _by(name, **parameters):
    return lambda Q, X: cdist(Q, X, name, **parameters)


# The constructor's arguments for each metric that the core knows, and the same elsewhere.
NATIVE = [
    ({"metric": "euclidean"}, _by("euclidean")),
    ({"metric": "l2"}, _by("euclidean")),
    ({"metric": "sqeuclidean"}, _by("sqeuclidean")),
    ({"metric": "manhattan"}, _by("cityblock")),
    ({"metric": "l1"}, _by("cityblock")),
    ({"metric": "cityblock"}, _by("cityblock")),
    ({"metric": "chebyshev"}, _by("chebyshev")),
    ({"metric": "infinity"}, _by("chebyshev")),
    ({"metric": "minkowski", "p": 1}, _by("cityblock")),
    ({"metric": "minkowski", "p": 2}, _by("euclidean")),
    ({"metric": "minkowski", "p": 3.5}, _by("minkowski", p=3.5)),
    ({"metric": "minkowski", "p": np.inf}, _by("chebyshev")),
    ({"metric": "cosine"}, _by("cosine")),
    ({"metric": "inner_product"}, lambda Q, X: -(Q @ X.T)),
    ({"metric": "canberra"}, _by("canberra")),
    # SciPy divides by |x + y|, scikit-learn's neighbours by |x| + |y|.
    ({"metric": "braycurtis"}, DistanceMetric.get_metric("braycurtis").pairwise),
    ({"metric": "hamming"}, _by("hamming")),
    ({"metric": "nan_euclidean"}, nan_euclidean_distances),
    ({"metric": "haversine"}, haversine_distances),
]

# The same for metrics that scikit-learn computes.
COMPUTED = [
    ({"metric": "correlation"}, _by("correlation")),
    ({"metric": "seuclidean", "metric_params": {"V": [1.0, 2.0, 0.5]}},
     _by("seuclidean", V=[1.0, 2.0, 0.5])),
    ({"metric": "minkowski", "p": 3, "metric_params": {"w": [1.0, 2.0, 0.5]}},
     _by("minkowski", p=3, w=[1.0, 2.0, 0.5])),
    ({"metric": "canberra", "metric_params": {"w": [1.0, 2.0, 0.5]}},
     _by("canberra", w=[1.0, 2.0, 0.5])),
    ({"metric": lambda x, y: abs(x - y).max()}, _by("chebyshev")),
]  # fmt: skip


def named(cases):
    """Return the cases as parameters of a test, named after their metric."""
    return [
        pytest.param(arguments, pairwise, id=" ".join(map(_name, arguments.values())))
        for arguments, pairwise in cases
    ]


def _name(value):
    return "callable" if callable(value) else str(value)


def rows_for(parameters, rng, n):
    """Return rows that the metric is made for."""
    match parameters["metric"]:
        case "hamming":
            return rng.integers(3, size=(n, 3)).astype(np.float64)
        case "haversine":
            return rng.uniform(-1.5, 1.5, size=(n, 2))
        case "nan_euclidean":
            rows = rng.normal(size=(n, 3))
            rows[::3, 0] = np.nan
            return rows
    return rng.normal(size=(n, 3))


def nearest(distances, k):
    """Return (distances, columns) of the k smallest of each row by (distance, column)."""
    columns = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(distances, columns, axis=1), columns
