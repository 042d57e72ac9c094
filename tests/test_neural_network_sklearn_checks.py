"""scikit-learn's checks of every estimator hold for all of fastnn.neural_network."""

import inspect

import pytest
import sklearn.neural_network
from packaging.version import Version
from sklearn.utils.estimator_checks import parametrize_with_checks

import fastnn.neural_network
from fastnn.neural_network import MLPClassifier, MLPRegressor

NAMES = fastnn.neural_network.__all__
METHODS = ("fit", "partial_fit", "predict", "predict_proba", "predict_log_proba", "score")
ESTIMATORS = [
    MLPClassifier(max_iter=30),
    MLPRegressor(max_iter=30),
    MLPClassifier(solver="lbfgs", max_iter=100),
    MLPRegressor(solver="sgd", learning_rate="adaptive", max_iter=30),
]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(ESTIMATORS)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.skipif(
    Version(sklearn.__version__) < Version("1.7"),
    reason="loss and fit's sample_weight are new in scikit-learn 1.7",
)
@pytest.mark.parametrize("name", NAMES)
def test_signatures_are_those_of_scikit_learn(name):
    ours, theirs = getattr(fastnn.neural_network, name), getattr(sklearn.neural_network, name)
    assert described(ours) == described(theirs)
    common = [method for method in METHODS if hasattr(theirs, method)]
    assert "fit" in common
    for method in common:
        assert described(getattr(ours, method)) == described(getattr(theirs, method)), method


def described(function):
    """Return name, default and kind of every parameter."""
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]
