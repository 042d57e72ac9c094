"""What a user reads when a search cannot be, and what the estimator is afterwards."""

import re

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

from fastnn.neighbors import KNeighborsClassifier, NearestNeighbors
from messages import raises

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 0, 0, 1, 1, 1])
METRICS = "'minkowski', 'euclidean', 'l2', 'sqeuclidean'"

INVALID = [
    ({"n_neighbors": 0}, ValueError, "expected n_neighbors >= 1. Received: 0"),
    ({"n_neighbors": -3}, ValueError, "expected n_neighbors >= 1. Received: -3"),
    ({"n_neighbors": 2.0}, TypeError, "expected n_neighbors to be an integer. Received: 2.0"),
    ({"leaf_size": 0}, ValueError, "expected leaf_size >= 1. Received: 0"),
    ({"algorithm": "fast"}, ValueError, "expected algorithm to be one of "
     "'auto', 'ball_tree', 'kd_tree', 'brute'. Received: 'fast'"),
    ({"algorithm": "kd_tree"}, NotImplementedError,
     "algorithm='kd_tree' is not built yet. Built: 'auto', 'brute'"),
    ({"algorithm": "ball_tree"}, NotImplementedError,
     "algorithm='ball_tree' is not built yet. Built: 'auto', 'brute'"),
    ({"metric": "euclidian"}, ValueError,
     f"expected metric to be one of {METRICS}. Received: 'euclidian'"),
    ({"metric": None}, ValueError, f"expected metric to be one of {METRICS}. Received: None"),
    ({"metric": "cosine"}, NotImplementedError,
     f"metric='cosine' is not built yet. Built: {METRICS}"),
    ({"metric": "precomputed"}, NotImplementedError,
     f"metric='precomputed' is not built yet. Built: {METRICS}"),
    ({"metric": max}, NotImplementedError,
     f"metric=<built-in function max> is not built yet. Built: {METRICS}"),
    ({"p": 1}, NotImplementedError, "p=1 is not built yet. Built: 2"),
    ({"p": 0}, ValueError, "expected p > 0. Received: 0"),
    ({"p": np.nan}, ValueError, "expected p > 0. Received: nan"),
    ({"p": "2"}, TypeError, "expected p to be a number. Received: '2'"),
    ({"metric_params": {"w": [1, 2]}}, NotImplementedError,
     "metric_params={'w': [1, 2]} is not built yet. Built: None"),
    ({"metric_params": 3}, TypeError,
     "expected metric_params to be a dict or None. Received: 3"),
    ({"n_jobs": 0}, ValueError, "expected n_jobs >= 1, or -1 for all. Received: 0"),
    ({"n_jobs": 1.5}, TypeError, "expected n_jobs to be an integer or None. Received: 1.5"),
]  # fmt: skip


@pytest.mark.parametrize("estimator", [NearestNeighbors, KNeighborsClassifier])
@pytest.mark.parametrize(("parameters", "error", "message"), INVALID)
def test_parameters_are_checked_when_fitting(estimator, parameters, error, message):
    with raises(error, message):
        estimator(**parameters).fit(X, Y)


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ("inverse", ValueError,
         "expected weights to be one of 'uniform', 'distance'. Received: 'inverse'"),
        (np.exp, NotImplementedError,
         "weights=<ufunc 'exp'> is not built yet. Built: 'uniform', 'distance'"),
    ],
)  # fmt: skip
def test_weights_are_checked_when_fitting_and_predicting(weights, error, message):
    with raises(error, message):
        KNeighborsClassifier(weights=weights).fit(X, Y)
    classifier = KNeighborsClassifier().fit(X, Y).set_params(weights=weights)
    with raises(error, message):
        classifier.predict(X)


@pytest.mark.parametrize(
    ("radius", "error", "message"),
    [
        (-1.0, ValueError, "expected radius >= 0. Received: -1.0"),
        ("1", TypeError, "expected radius to be a number. Received: '1'"),
    ],
)
def test_radius_is_checked_when_fitting(radius, error, message):
    with raises(error, message):
        NearestNeighbors(radius=radius).fit(X)


@pytest.mark.parametrize(
    "method", ["kneighbors_graph", "radius_neighbors", "radius_neighbors_graph"]
)
def test_methods_that_are_not_built_say_so(method):
    with raises(NotImplementedError, f"{method} is not built yet. Built: kneighbors"):
        getattr(NearestNeighbors().fit(X), method)()


@pytest.mark.parametrize(
    ("queries", "n_neighbors", "error", "message"),
    [
        (X, 7, ValueError,
         "expected n_neighbors <= 6, the number of fitted rows. Received: 7"),
        (None, 6, ValueError,
         "expected n_neighbors <= 5, the number of fitted rows without the query. Received: 6"),
        (X, 0, ValueError, "expected n_neighbors >= 1. Received: 0"),
        (X, 1.0, TypeError, "expected n_neighbors to be an integer. Received: 1.0"),
        (csr_array(X), 1, NotImplementedError, "sparse X is not built yet. Built: dense arrays"),
        (X[:, :1], 1, ValueError,
         "X has 1 features, but NearestNeighbors is expecting 2 features as input."),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_says_why(queries, n_neighbors, error, message):
    with raises(error, message):
        NearestNeighbors().fit(X).kneighbors(queries, n_neighbors)


def test_too_many_neighbors_are_refused_when_predicting():
    with raises(ValueError, "expected n_neighbors <= 6, the number of fitted rows. Received: 7"):
        KNeighborsClassifier(n_neighbors=7).fit(X, Y).predict(X)


@pytest.mark.parametrize(
    ("rows", "error", "part"),
    [
        ([[np.nan, 0.0]], ValueError, "Input X contains NaN."),
        ([[np.inf, 0.0]], ValueError, "Input X contains infinity"),
        (np.empty((0, 2)), ValueError, "Found array with 0 sample(s)"),
        (np.empty((1, 0)), ValueError, "Found array with 0 feature(s)"),
        ([1.0, 2.0], ValueError, "Expected 2D array, got 1D array instead"),
        (np.zeros((1, 2, 2)), ValueError, "Found array with dim 3"),
        (np.array([["a", "b"]], dtype=object), ValueError, "could not convert string to float"),
        (np.array([["a", "b"]]), ValueError, "not compatible with arrays of bytes/strings"),
        (np.array([[1j, 0]]), ValueError, "Complex data not supported"),
    ],
)
def test_rows_that_are_no_matrix_of_numbers_are_refused_in_fit_and_search(rows, error, part):
    fitted = NearestNeighbors(n_neighbors=1).fit(X)
    for attempt in (NearestNeighbors().fit, fitted.kneighbors):
        with pytest.raises(error, match=re.escape(part)):
            attempt(rows)


@pytest.mark.parametrize(
    ("y", "error", "part"),
    [
        (Y + 0.5, ValueError, "Unknown label type: continuous"),
        (Y[:5], ValueError, "inconsistent numbers of samples: [6, 5]"),
        (None, ValueError, "requires y to be passed"),
        ([0, 1, np.nan, 0, 1, 0], ValueError, "Input y contains NaN."),
        (np.column_stack([Y, Y]), NotImplementedError,
         "multi-output y of shape (6, 2) is not built yet. Built: y of shape (n_samples,)"),
    ],
)  # fmt: skip
def test_labels_that_no_vote_can_be_held_on_are_refused(y, error, part):
    with pytest.raises(error, match=re.escape(part)):
        KNeighborsClassifier().fit(X, y)


def test_sparse_rows_are_named_as_not_built():
    with raises(NotImplementedError, "sparse X is not built yet. Built: dense arrays"):
        KNeighborsClassifier().fit(csr_array(X), Y)


@pytest.mark.parametrize("use", ["kneighbors", "predict", "predict_proba"])
def test_an_estimator_that_was_not_fitted_says_so(use):
    with pytest.raises(NotFittedError, match="This KNeighborsClassifier instance is not fitted"):
        getattr(KNeighborsClassifier(), use)(X)


def test_distances_beyond_float64_are_refused_rather_than_ranked():
    neighbors = NearestNeighbors(n_neighbors=2).fit([[0.0], [1e200]])
    with pytest.raises(ValueError, match=r"squared distances below 1\.8e308"):
        neighbors.kneighbors([[0.0]])
    assert neighbors.kneighbors([[0.0]], n_neighbors=1)[1].tolist() == [[0]]


@pytest.mark.parametrize(
    ("parameters", "bad_X", "bad_y"),
    [
        ({"metric": "cosine"}, X, Y),
        ({}, X[:, :1] * np.nan, Y),
        ({}, X[:, :1], Y + 0.5),
        ({}, X[:, :1], Y[:3]),
    ],
)
def test_a_fit_that_fails_leaves_the_estimator_as_it_was(parameters, bad_X, bad_y):
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X, Y)
    classifier.set_params(**parameters)
    before = dict(vars(classifier))
    with pytest.raises((ValueError, NotImplementedError)):
        classifier.fit(bad_X, bad_y)
    assert vars(classifier) == before
    assert classifier.predict(X).tolist() == Y.tolist()
