"""scikit-learn's checks of every estimator hold for all of fastnn.neighbors."""

import inspect

import pytest
import sklearn.neighbors
from sklearn.utils.estimator_checks import parametrize_with_checks

import fastnn.neighbors

NAMES = fastnn.neighbors.__all__
METHODS = (
    "fit",
    "predict",
    "predict_proba",
    "score",
    "transform",
    "fit_transform",
    "kneighbors",
    "kneighbors_graph",
    "radius_neighbors",
    "radius_neighbors_graph",
)


def estimators():
    """Every estimator as it comes, and some that go other ways inside."""
    for name in NAMES:
        yield getattr(fastnn.neighbors, name)()
    yield fastnn.neighbors.KNeighborsClassifier(n_neighbors=2, weights="distance")
    yield fastnn.neighbors.KNeighborsClassifier(metric="nan_euclidean")
    yield fastnn.neighbors.KNeighborsRegressor(algorithm="brute", metric="manhattan")
    yield fastnn.neighbors.RadiusNeighborsRegressor(radius=3, weights="distance")
    yield fastnn.neighbors.KNeighborsClassifier(metric="precomputed")
    yield fastnn.neighbors.RadiusNeighborsRegressor(metric="precomputed")


def expected_failures(estimator):
    if estimator.metric != "precomputed":
        return {}
    reason = "partial_fit: given distances do not reach rows that are yet to come, and it says so"
    return {"check_fit_score_takes_y": reason}


@parametrize_with_checks(list(estimators()), expected_failed_checks=expected_failures)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", NAMES)
def test_constructors_take_what_those_of_scikit_learn_take_and_verbose_last(name):
    parameters = described(getattr(fastnn.neighbors, name))
    if name != "NearestCentroid":  # it searches a few centroids, which is over at once
        assert parameters.pop() == ("verbose", False, inspect.Parameter.KEYWORD_ONLY)
    assert parameters == described(getattr(sklearn.neighbors, name))


@pytest.mark.parametrize("name", NAMES)
def test_methods_take_what_those_of_scikit_learn_take_and_further_keywords(name):
    ours, theirs = getattr(fastnn.neighbors, name), getattr(sklearn.neighbors, name)
    common = [method for method in METHODS if hasattr(theirs, method)]
    assert common
    for method in common:
        expected = described(getattr(theirs, method))
        parameters = described(getattr(ours, method))
        assert parameters[: len(expected)] == expected, method
        for _, default, kind in parameters[len(expected) :]:
            keyword = kind == inspect.Parameter.KEYWORD_ONLY and default in (None, False)
            assert keyword or kind == inspect.Parameter.VAR_KEYWORD, method


def described(function):
    """Return name, default and kind of every parameter."""
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]
