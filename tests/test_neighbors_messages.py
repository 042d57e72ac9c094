"""What a user reads when a search cannot be, and what the estimator is afterwards."""

import re
import warnings

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import VALID_METRICS

from fastnn import neighbors
from fastnn.neighbors import KNeighborsTransformer, NearestNeighbors
from messages import raises

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 0, 0, 1, 1, 1])
METRICS = ", ".join(map(repr, sorted({"inner_product"}.union(*VALID_METRICS.values()))))
ALGORITHMS = "'auto', 'ball_tree', 'kd_tree', 'brute', 'pruned'"
ESTIMATORS = [
    "NearestNeighbors",
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
]

INVALID = [
    ({"n_neighbors": 0}, ValueError, "expected n_neighbors >= 1. Received: 0"),
    ({"n_neighbors": -3}, ValueError, "expected n_neighbors >= 1. Received: -3"),
    ({"n_neighbors": 2.0}, TypeError, "expected n_neighbors to be an integer. Received: 2.0"),
    ({"radius": -1.0}, ValueError, "expected radius >= 0. Received: -1.0"),
    ({"radius": np.nan}, ValueError, "expected radius >= 0. Received: nan"),
    ({"radius": "1"}, TypeError, "expected radius to be a number. Received: '1'"),
    ({"leaf_size": 0}, ValueError, "expected leaf_size >= 1. Received: 0"),
    ({"algorithm": "fast"}, ValueError,
     f"expected algorithm to be one of {ALGORITHMS}. Received: 'fast'"),
    ({"metric": "euclidian"}, ValueError,
     f"expected metric to be a callable or one of {METRICS}. Received: 'euclidian'"),
    ({"metric": None}, ValueError,
     f"expected metric to be a callable or one of {METRICS}. Received: None"),
    ({"metric": ["l2"]}, ValueError,
     f"expected metric to be a callable or one of {METRICS}. Received: ['l2']"),
    ({"p": 0}, ValueError, "expected p > 0. Received: 0"),
    ({"p": np.nan}, ValueError, "expected p > 0. Received: nan"),
    ({"p": "2"}, TypeError, "expected p to be a number. Received: '2'"),
    ({"p": None}, TypeError, "expected p to be a number. Received: None"),
    ({"p": 0.5, "algorithm": "kd_tree"}, ValueError,
     "expected p >= 1 with algorithm='kd_tree'. Received: 0.5"),
    ({"metric_params": 3}, TypeError,
     "expected metric_params to be a dict or None. Received: 3"),
    ({"n_jobs": 0}, ValueError, "expected n_jobs >= 1, or -1 for all. Received: 0"),
    ({"n_jobs": 1.5}, TypeError, "expected n_jobs to be an integer or None. Received: 1.5"),
    ({"verbose": 2}, TypeError, "expected verbose to be True or False. Received: 2"),
]  # fmt: skip


@pytest.mark.parametrize("name", ESTIMATORS)
@pytest.mark.parametrize(("parameters", "error", "message"), INVALID)
def test_parameters_are_checked_when_fitting(name, parameters, error, message):
    estimator = getattr(neighbors, name)()
    if not set(parameters) <= set(estimator.get_params()):
        with pytest.raises(TypeError, match="unexpected keyword argument"):
            type(estimator)(**parameters)
        return
    estimator.set_params(**parameters)
    with raises(error, message):
        estimator.fit(X, Y)
    assert vars(estimator).keys() == vars(getattr(neighbors, name)()).keys()


def test_given_distances_are_searched_by_brute_force_alone():
    with raises(ValueError, "expected algorithm with metric='precomputed' to be one of 'auto', "
                "'brute'. Received: 'ball_tree'"):  # fmt: skip
        NearestNeighbors(metric="precomputed", algorithm="ball_tree").fit(X[:2])


@pytest.mark.parametrize("transformer", [name for name in ESTIMATORS if "Transformer" in name])
def test_the_mode_of_a_transformer_is_checked_when_fitting(transformer):
    with raises(ValueError, "expected mode to be one of 'connectivity', 'distance'. Received: 'a'"):
        getattr(neighbors, transformer)(mode="a").fit(X)


def test_the_mode_of_a_graph_is_checked():
    fitted = NearestNeighbors().fit(X)
    for graph in (fitted.kneighbors_graph, fitted.radius_neighbors_graph):
        with raises(ValueError, "expected mode to be one of 'connectivity', 'distance'. "
                    "Received: 'both'"):  # fmt: skip
            graph(X, mode="both")


@pytest.mark.parametrize(
    ("queries", "n_neighbors", "error", "message"),
    [
        (X, 7, ValueError,
         "expected n_neighbors <= 6, the number of fitted rows. Received: 7"),
        (None, 6, ValueError,
         "expected n_neighbors <= 5, the number of fitted rows without the query. Received: 6"),
        (X, 0, ValueError, "expected n_neighbors >= 1. Received: 0"),
        (X, 1.0, TypeError, "expected n_neighbors to be an integer. Received: 1.0"),
        (X[:, :1].copy(), 1, ValueError,
         "X has 1 features, but NearestNeighbors is expecting 2 features as input."),
        (csr_array(X[:, :1]), 1, ValueError,
         "X has 1 features, but NearestNeighbors is expecting 2 features as input."),
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_says_why(queries, n_neighbors, error, message):
    with raises(error, message):
        NearestNeighbors().fit(X).kneighbors(queries, n_neighbors)


@pytest.mark.parametrize(
    ("mask", "error", "message"),
    [
        (np.ones(6), TypeError, "expected mask of dtype bool. Received: float64"),
        ([1, 0, 1, 1, 1, 1], TypeError, "expected mask of dtype bool. Received: int64"),
        (np.ones(5, bool), ValueError, "expected mask of shape (6,). Received: (5,)"),
        (np.ones((6, 1), bool), ValueError, "expected mask of shape (6,). Received: (6, 1)"),
    ],
)
def test_a_mask_that_fits_no_row_is_refused(mask, error, message):
    fitted = NearestNeighbors(n_neighbors=1).fit(X)
    for search in (fitted.kneighbors, fitted.radius_neighbors):
        with raises(error, message):
            search(X, mask=mask)


def test_a_mask_that_leaves_too_few_rows_is_refused():
    mask = [True, True, False, False, False, False]
    counted = "the number of fitted rows in the mask"
    fitted = NearestNeighbors(n_neighbors=3).fit(X)
    with raises(ValueError, f"expected n_neighbors <= 2, {counted}. Received: 3"):
        fitted.kneighbors(X, mask=mask)
    with raises(ValueError, f"expected n_neighbors <= 1, {counted} without the query. Received: 3"):
        fitted.kneighbors(mask=mask)


def test_results_cannot_be_sorted_by_distances_that_are_not_returned():
    with raises(ValueError, "expected return_distance=True where sort_results=True"):
        NearestNeighbors().fit(X).radius_neighbors(X, return_distance=False, sort_results=True)


@pytest.mark.parametrize("radius", [-0.1, np.nan])
def test_a_radius_that_no_distance_compares_with_is_refused(radius):
    with raises(ValueError, f"expected radius >= 0. Received: {radius}"):
        NearestNeighbors().fit(X).radius_neighbors(X, radius)


@pytest.mark.parametrize(
    ("rows", "error", "part"),
    [
        ([[np.nan, 0.0]], ValueError, "Input X contains NaN."),
        (np.array([[np.nan, 0.0]]), ValueError, "Input X contains NaN."),
        (np.array([[np.inf, 0.0]], np.float32), ValueError, "Input X contains infinity"),
        (np.empty((0, 2)), ValueError, "Found array with 0 sample(s)"),
        (np.empty((1, 0)), ValueError, "Found array with 0 feature(s)"),
        ([1.0, 2.0], ValueError, "Expected 2D array, got 1D array instead"),
        (np.zeros((1, 2, 2)), ValueError, "Found array with dim 3"),
        (np.array([["a", "b"]], dtype=object), ValueError, "could not convert string to float"),
        (np.array([["a", "b"]]), ValueError, "not compatible with arrays of bytes/strings"),
        (np.array([[1j, 0]]), ValueError, "Complex data not supported"),
        (csr_array([[np.nan, 0.0]]), ValueError, "Input X contains NaN."),
        (csr_array([[1j, 0]]), ValueError, "Complex data not supported"),
    ],
)
def test_rows_that_are_no_matrix_of_numbers_are_refused_everywhere(rows, error, part):
    fitted = NearestNeighbors(n_neighbors=1).fit(X)
    before = dict(vars(fitted))
    for attempt in (fitted.kneighbors, fitted.radius_neighbors, fitted.partial_fit, fitted.fit):
        with pytest.raises(error, match=re.escape(part)):
            attempt(rows)
        assert vars(fitted) == before


@pytest.mark.parametrize(
    "use",
    [
        "kneighbors",
        "radius_neighbors",
        "kneighbors_graph",
        "radius_neighbors_graph",
        "remove",
        "save",
    ],
)
def test_an_estimator_that_was_not_fitted_says_so(use):
    with pytest.raises(NotFittedError, match="This NearestNeighbors instance is not fitted"):
        getattr(NearestNeighbors(), use)(X)
    assert not hasattr(NearestNeighbors(), "n_samples_fit_")


def test_a_transformer_that_was_not_fitted_says_so():
    with pytest.raises(NotFittedError, match="This KNeighborsTransformer instance is not fitted"):
        KNeighborsTransformer().transform(X)
    with pytest.raises(NotFittedError, match="This KNeighborsTransformer instance is not fitted"):
        KNeighborsTransformer().get_feature_names_out()


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("metric", ["euclidean", "sqeuclidean"])
def test_distances_beyond_float64_are_refused_rather_than_ranked(metric):
    fitted = NearestNeighbors(n_neighbors=2, metric=metric).fit([[0.0], [1e200]])
    with pytest.raises(ValueError, match=r"distances below 1\.8e308"):
        fitted.kneighbors([[0.0]])
    with pytest.raises(ValueError, match=r"distances below 1\.8e308"):
        fitted.kneighbors([[0.0]], n_neighbors=1, farthest=True)
    assert fitted.kneighbors([[0.0]], n_neighbors=1)[1].tolist() == [[0]]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("columns", [1, 3])
def test_haversine_takes_latitude_and_longitude_alone(columns):
    with pytest.raises(ValueError, match="haversine"):
        NearestNeighbors(metric="haversine").fit(np.ones((3, columns)))


def test_powers_below_one_are_searched_by_brute_force():
    distances = NearestNeighbors(n_neighbors=2, p=0.5).fit([[0.0, 0.0], [1.0, 4.0]])
    assert distances.kneighbors([[0.0, 0.0]])[0].tolist() == [[0.0, 9.0]]


def test_a_power_in_metric_params_counts_with_a_warning():
    with pytest.warns(SyntaxWarning, match="p stands in metric_params"):
        fitted = NearestNeighbors(metric_params={"p": 1}).fit(X)
    assert fitted.effective_metric_ == "manhattan"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        NearestNeighbors(p=None, metric_params={"p": 1}).fit(X)


@pytest.mark.parametrize(
    ("parameters", "rows"),
    [
        ({"metric": "nothing"}, X),
        ({"algorithm": "pruned", "metric": "hamming"}, X),
        ({"metric": "haversine"}, np.ones((3, 3))),
        ({"metric": "seuclidean"}, X[:, :1]),
        ({"metric": "precomputed"}, abs(X)),
        ({"n_neighbors": 0}, X[:, :1]),
    ],
)
def test_a_fit_that_fails_leaves_the_estimator_as_it_was(parameters, rows):
    fitted = NearestNeighbors(n_neighbors=1).fit(X).set_params(**parameters)
    before = dict(vars(fitted))
    with pytest.raises(ValueError, match=r".+"):
        fitted.fit(rows)
    assert vars(fitted) == before
    assert fitted.kneighbors(X, 1)[1].ravel().tolist() == [0, 1, 2, 3, 4, 5]
    new = NearestNeighbors(**parameters)
    with pytest.raises(ValueError, match=r".+"):
        new.fit(rows)
    assert vars(new) == vars(NearestNeighbors(**parameters))
