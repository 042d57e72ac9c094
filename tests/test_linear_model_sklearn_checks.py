"""scikit-learn's checks of every estimator hold for fastnn.linear_model."""

import inspect

import pytest
import sklearn.linear_model
from packaging.version import Version
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastnn.linear_model import LogisticRegression

BEYOND = (
    "batch_size",
    "learning_rate",
    "shuffle",
    "loss_threshold",
    "accuracy_threshold",
    "validation_fraction",
    "n_iter_no_change",
)
# That zero weights remove a row, and weight 2 repeats it, is true of batches of all rows alone.
NOT_IN_BATCHES = {
    f"check_sample_weight_equivalence_on_{kind}_data": "a batch is of rows, not of weights"
    for kind in ("dense", "sparse")
}
ESTIMATORS = (
    LogisticRegression(),
    LogisticRegression(class_weight="balanced", C=10),
    LogisticRegression(solver="sgd"),
    LogisticRegression(solver="sgd", batch_size=8),
    LogisticRegression(solver="sgd", batch_size=None),
)


def expected_failures(estimator):
    return NOT_IN_BATCHES if estimator.batch_size == 8 else {}  # they have about 30 rows


# The checks themselves lower max_iter to what cannot be enough.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@parametrize_with_checks(list(ESTIMATORS), expected_failed_checks=expected_failures)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.skipif(
    Version(sklearn.__version__) < Version("1.8"),
    reason="penalty is deprecated for l1_ratio from scikit-learn 1.8 on",
)
def test_the_constructor_takes_what_that_of_scikit_learn_takes_and_further_keywords():
    ours, theirs = described(LogisticRegression), described(sklearn.linear_model.LogisticRegression)
    assert ours[: len(theirs)] == theirs
    assert [name for name, *_ in ours[len(theirs) :]] == list(BEYOND)
    assert {kind for *_, kind in ours[len(theirs) :]} == {inspect.Parameter.KEYWORD_ONLY}


@pytest.mark.parametrize(
    "method", ["decision_function", "predict", "predict_proba", "predict_log_proba", "score"]
)
def test_methods_take_what_those_of_scikit_learn_take(method):
    ours = described(getattr(LogisticRegression, method))
    assert ours == described(getattr(sklearn.linear_model.LogisticRegression, method))


def test_fit_takes_validation_rows_as_keywords():
    *common, X_val, y_val, weights = described(LogisticRegression.fit)
    assert common == described(sklearn.linear_model.LogisticRegression.fit)
    for given, name in ((X_val, "X_val"), (y_val, "y_val"), (weights, "sample_weight_val")):
        assert given == (name, None, inspect.Parameter.KEYWORD_ONLY)


def described(function):
    """Return name, default and kind of every parameter."""
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]
