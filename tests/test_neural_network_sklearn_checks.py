"""scikit-learn's checks of every estimator hold for all of fastnn.neural_network."""

import inspect

import pytest
import sklearn.neural_network
from packaging.version import Version
from sklearn.utils.estimator_checks import parametrize_with_checks

import fastnn.neural_network
from fastnn.neural_network import MLPClassifier, MLPRegressor
from fastnn.optimizers import Adam
from fastnn.optimizers.schedules import PolynomialDecay

NAMES = fastnn.neural_network.__all__
METHODS = ("fit", "partial_fit", "predict", "predict_proba", "predict_log_proba", "score")
ESTIMATORS = [
    MLPClassifier(max_iter=30),
    MLPRegressor(max_iter=30),
    MLPClassifier(solver="lbfgs", max_iter=100),
    MLPRegressor(solver="sgd", learning_rate="adaptive", max_iter=30),
    MLPClassifier(dropout=0.1, class_weight="balanced", solver="rmsprop", max_iter=30),
    MLPClassifier(batch_normalization=True, activation="gelu", max_iter=30),
    MLPClassifier(loss="hinge", solver="adamw", max_iter=30),
    MLPClassifier(loss="focal", solver=Adam(PolynomialDecay(0.01, 100)), max_iter=30),
    MLPRegressor(loss="huber", dropout=0.1, max_iter=30),
    MLPRegressor(loss="absolute_error", batch_normalization=True, max_iter=30),
]


WEIGHTED = (
    "check_sample_weight_equivalence_on_dense_data",
    "check_sample_weight_equivalence_on_sparse_data",
)
PARTIAL_FITS = (
    "check_fit_score_takes_y",
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
)


def failures(estimator):
    """The checks that cannot hold, and why."""
    reasons = {}
    if estimator.dropout:
        reasons |= dict.fromkeys(WEIGHTED, "a row that is there twice is dropped from twice")
    if estimator.batch_normalization:
        reasons |= dict.fromkeys(WEIGHTED, "rows of weight 0 count in the means of a batch")
    if getattr(estimator, "class_weight", None) == "balanced":
        reasons |= dict.fromkeys(PARTIAL_FITS, "refused in partial_fit, as in SGDClassifier")
    return reasons


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS, expected_failed_checks=failures)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.skipif(
    Version(sklearn.__version__) < Version("1.7"),
    reason="loss and fit's sample_weight are new in scikit-learn 1.7",
)
@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_those_of_scikit_learn_and_further_keywords(name):
    ours, theirs = getattr(fastnn.neural_network, name), getattr(sklearn.neural_network, name)
    assert_begins_with(ours, theirs)
    common = [method for method in METHODS if hasattr(theirs, method)]
    assert "fit" in common
    for method in common:
        assert_begins_with(getattr(ours, method), getattr(theirs, method))


def assert_begins_with(ours, theirs):
    expected, received = described(theirs), described(ours)
    assert received[: len(expected)] == expected
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for *_, kind in received[len(expected) :])


def described(function):
    """Return name, default and kind of every parameter."""
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]
