"""Logistic regression has scikit-learn's coefficients, probabilities and manners."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn.linear_model
from packaging.version import Version
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import fastnn
from fastnn.linear_model import LogisticRegression
from messages import raises

TIGHT = {"tol": 1e-9, "max_iter": 5000}
LOADERS = {"binary": load_breast_cancer, "multinomial": load_iris}


@pytest.fixture(params=LOADERS)
def data(request):
    """Standardised rows of two classes, and of three."""
    X, y = LOADERS[request.param](return_X_y=True)
    return StandardScaler().fit_transform(X), y


def both(X, y, sample_weight=None, **parameters):
    """Our estimator and scikit-learn's, fitted alike."""
    ours = LogisticRegression(**parameters).fit(X, y, sample_weight)
    return ours, sklearn.linear_model.LogisticRegression(**parameters).fit(X, y, sample_weight)


def assert_same_model(ours, theirs, tolerance=1e-6):
    assert ours.coef_.shape == theirs.coef_.shape
    assert ours.intercept_.shape == theirs.intercept_.shape
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=0, atol=tolerance)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=0, atol=tolerance)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("C", [1e-4, 0.1, 1.0, 10.0])
def test_coefficients_are_those_of_scikit_learn(data, C, fit_intercept):
    # The flatter the minimum, the farther from it the loss stops changing.
    tolerance = 1e-6 if C <= 1 else 3e-5
    assert_same_model(*both(*data, C=C, fit_intercept=fit_intercept, **TIGHT), tolerance)


@pytest.mark.filterwarnings("ignore:Setting penalty=None will ignore the C:UserWarning")  # of 1.8.0
@pytest.mark.parametrize("C", [1e4, np.inf])
def test_little_or_no_penalty_gives_scikit_learns_coefficients_where_classes_overlap(C):
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X[y > 0])[:, :2]
    assert_same_model(*both(X, y[y > 0], C=C, **TIGHT), tolerance=1e-5)


def test_the_way_to_the_minimum_is_that_of_scikit_learn(data):
    ours, theirs = both(*data)
    assert_same_model(ours, theirs, tolerance=1e-10)
    assert ours.n_iter_.tolist() == theirs.n_iter_.tolist()
    assert ours.n_iter_.dtype == theirs.n_iter_.dtype
    assert len(ours.loss_curve_) == ours.n_iter_[0]
    assert ours.loss_ == ours.loss_curve_[-1]


def test_predictions_are_those_of_scikit_learn(data):
    X, _ = data
    ours, theirs = both(*data, **TIGHT)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-8)
    logits = ours.decision_function(X)
    np.testing.assert_allclose(logits, theirs.decision_function(X), atol=1e-6)
    assert ours.score(*data) == theirs.score(*data)
    logarithms = ours.predict_log_proba(X)
    np.testing.assert_allclose(logarithms, theirs.predict_log_proba(X), atol=1e-5)


def test_logarithms_of_probabilities_stay_finite():
    classifier = LogisticRegression().fit([[0.0], [1.0]], ["no", "yes"])
    far = [[1e6]]
    assert classifier.predict_proba(far)[0, 0] == 0
    expected = -classifier.decision_function(far)[0]
    assert classifier.predict_log_proba(far)[0, 0] == pytest.approx(expected)


def test_loss_is_the_published_objective(data):
    X, y = data
    weights = np.random.default_rng(1).uniform(0.5, 2, len(y))
    classifier = LogisticRegression(C=0.3).fit(X, y, weights)
    log_loss = -classifier.predict_log_proba(X)[np.arange(len(y)), y]
    objective = 0.3 * weights @ log_loss + (classifier.coef_**2).sum() / 2
    assert classifier.loss_ == pytest.approx(objective / (0.3 * weights.sum()), rel=1e-12)


@pytest.mark.parametrize("class_weight", [None, "balanced", {0: 3.0, 1: 0.5}])
def test_weights_of_rows_and_classes_count_as_in_scikit_learn(data, class_weight):
    if class_weight == "balanced" and Version(sklearn.__version__) < Version("1.7"):
        pytest.skip("balanced classes count the weights of their rows from scikit-learn 1.7 on")
    weights = np.random.default_rng(2).integers(0, 4, len(data[1]))
    if class_weight != "balanced" and class_weight is not None and len(set(data[1])) == 3:
        class_weight = class_weight | {2: 1.0}
    assert_same_model(*both(*data, weights, class_weight=class_weight, **TIGHT))
    assert_same_model(*both(*data, class_weight=class_weight, **TIGHT))


def test_sparse_rows_give_the_coefficients_of_dense_ones(data):
    X, y = data
    X = np.where(X > 0, X, 0)
    dense = LogisticRegression(**TIGHT).fit(X, y)
    sparse = LogisticRegression(**TIGHT).fit(csr_array(X), y)
    assert_same_model(sparse, dense)
    np.testing.assert_allclose(
        sparse.predict_proba(csr_array(X)), dense.predict_proba(X), atol=1e-8
    )


def test_float32_rows_are_computed_with_in_float32(data):
    X, y = data
    ours = LogisticRegression().fit(X.astype(np.float32), y)
    assert ours.coef_.dtype == ours.intercept_.dtype == np.float32
    assert ours.predict_proba(X.astype(np.float32)).dtype == np.float32
    assert ours.predict_proba(X).dtype == np.float64
    assert_same_model(ours, sklearn.linear_model.LogisticRegression().fit(X, y), tolerance=1e-4)


def test_in_float32_a_minimum_that_digits_cannot_reach_is_no_failure():
    X, y = load_iris(return_X_y=True)
    X = StandardScaler().fit_transform(X).astype(np.float32)
    classifier = LogisticRegression(tol=1e-12, max_iter=1000, C=1e-4).fit(X, y)
    assert classifier.score(X, y) > 0.8


def test_warm_start_goes_on_where_the_last_fit_ended(data):
    X, y = data
    classifier = LogisticRegression(warm_start=True, **TIGHT).fit(X, y)
    first = classifier.coef_
    classifier.fit(X, y)
    assert classifier.n_iter_[0] <= 1
    np.testing.assert_allclose(classifier.coef_, first, atol=1e-6)
    with raises(
        ValueError,
        "expected classes and columns as in the last fit with warm_start=True, coef_ of shape "
        f"{first.shape}. Received: those of {(len(first), 2)}",
    ):
        classifier.fit(X[:, :2], y)


def test_a_warm_start_without_intercept_leaves_the_one_before_behind(data):
    X, y = data
    classifier = LogisticRegression(warm_start=True, **TIGHT).fit(X, y)
    classifier.set_params(fit_intercept=False).fit(X, y)
    anew = LogisticRegression(fit_intercept=False, **TIGHT).fit(X, y)
    assert_same_model(classifier, anew, tolerance=1e-5)  # from another side
    assert not classifier.intercept_.any()


def test_too_few_iterations_are_told(data):
    X, y = data
    with pytest.warns(ConvergenceWarning, match=r"^expected lbfgs to converge in max_iter=2 "):
        classifier = LogisticRegression(max_iter=2).fit(X, y)
    assert classifier.n_iter_.tolist() == [2]


def test_labels_that_look_like_numbers_are_told():
    X, numbers = np.random.default_rng(3).normal(size=(30, 2)), np.arange(30)
    with pytest.warns(UserWarning, match="unique classes is greater than 50%"):
        LogisticRegression().fit(X, numbers)


def test_penalty_is_deprecated_as_in_scikit_learn(data):
    X, y = data
    unpenalised = LogisticRegression(C=np.inf, max_iter=5).set_params
    with pytest.warns(FutureWarning, match=r"^penalty is deprecated"):
        l2 = LogisticRegression("l2").fit(X, y)
    assert_same_model(l2, LogisticRegression().fit(X, y), 0)
    with pytest.warns(FutureWarning), pytest.warns(ConvergenceWarning):
        none = unpenalised(penalty=None, C=1.0).fit(X, y)
    with pytest.warns(ConvergenceWarning):
        assert_same_model(none, unpenalised(penalty="deprecated", C=np.inf).fit(X, y), 0)
    with pytest.warns(FutureWarning, match="l1_ratio=None"):
        LogisticRegression(l1_ratio=None).fit(X, y)
    with pytest.warns(FutureWarning, match="n_jobs has no effect"):
        LogisticRegression(n_jobs=2).fit(X, y)
    with pytest.warns(FutureWarning), pytest.warns(UserWarning, match=r"penalty=None leaves C=2.0"):
        LogisticRegression(None, C=2.0, max_iter=1000).fit(X[:, :2], np.arange(len(y)) % 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"solver": "saga"}, "solver 'saga' is not built yet, only 'lbfgs', 'sgd'"),
        ({"solver": "liblinear"}, "solver 'liblinear' is not built yet, only 'lbfgs', 'sgd'"),
        (
            {"l1_ratio": 0.5},
            "LogisticRegression(l1_ratio=...) is not built yet, only its default 0.0",
        ),
        ({"dual": True}, "LogisticRegression(dual=...) is not built yet, only its default False"),
        (
            {"intercept_scaling": 2},
            "LogisticRegression(intercept_scaling=...) is not built yet, only its default 1.0",
        ),
    ],
)
def test_what_is_not_built_is_refused_by_name(parameters, message):
    with raises(NotImplementedError, message):
        LogisticRegression(**parameters).fit([[0], [1]], [0, 1])


@pytest.mark.filterwarnings("ignore:penalty is deprecated:FutureWarning")
def test_the_l1_penalty_is_refused():
    with raises(NotImplementedError, "penalty 'l1' is not built yet, only 'l2'"):
        LogisticRegression("l1").fit([[0], [1]], [0, 1])


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"C": 0}, ValueError, "expected C in (0, inf). Received: 0"),
        ({"tol": -1.0}, ValueError, "expected tol in [0, inf). Received: -1.0"),
        ({"max_iter": 0}, ValueError, "expected max_iter >= 1. Received: 0"),
        ({"verbose": -1}, ValueError, "expected verbose >= 0. Received: -1"),
        ({"warm_start": 1}, TypeError, "expected warm_start to be True or False. Received: 1"),
        (
            {"solver": "newton"},
            ValueError,
            "expected solver to be one of 'lbfgs', 'sgd'. Received: 'newton'",
        ),
        (
            {"class_weight": "even"},
            ValueError,
            "expected class_weight to be None, 'balanced' or a dict. Received: 'even'",
        ),
        (
            {"class_weight": [1, 2]},
            TypeError,
            "expected class_weight to be None, 'balanced' or a dict. Received: [1, 2]",
        ),
        (
            {"learning_rate": 0.1},
            ValueError,
            "expected learning_rate=0.01 with solver='lbfgs', which does not read it: take "
            "solver='sgd'. Received: 0.1",
        ),
    ],
)
def test_parameters_are_checked_when_fit_is_called(parameters, error, message):
    with raises(error, message):
        LogisticRegression(**parameters).fit([[0], [1]], [0, 1])


@pytest.mark.parametrize(
    ("sample_weight", "message"),
    [
        ([1.0], "expected sample_weight of shape (2,). Received: (1,)"),
        (
            [1.0, -1.0],
            "expected sample_weight of at least 0, not all of them zero. "
            "Received: a least weight of -1.0",
        ),
    ],
)
def test_sample_weights_are_checked(sample_weight, message):
    with raises(ValueError, message):
        LogisticRegression().fit([[0], [1]], [0, 1], sample_weight)


def test_a_fit_that_fails_leaves_the_estimator_as_it_was(data):
    X, y = data
    classifier = LogisticRegression().fit(X, y)
    before = classifier.__dict__.copy()
    with raises(ValueError, "expected y of at least 2 classes. Received one class: np.int64(7)"):
        classifier.fit(X[:, :2], np.full(len(y), 7))
    assert classifier.__dict__ == before


def test_copies_predict_alike(data):
    X, y = data
    classifier = LogisticRegression(C=0.5).fit(X, y)
    copy = pickle.loads(pickle.dumps(classifier))
    np.testing.assert_array_equal(copy.predict_proba(X), classifier.predict_proba(X))
    assert clone(classifier).get_params() == classifier.get_params()


def test_a_grid_search_finds_what_it_finds_with_scikit_learn():
    X, y = load_breast_cancer(return_X_y=True)
    searches = [
        GridSearchCV(
            make_pipeline(StandardScaler(), model.LogisticRegression()),
            {"logisticregression__C": [1e-4, 1e-2, 1.0]},
            n_jobs=2,
        ).fit(X, y)
        for model in (fastnn.linear_model, sklearn.linear_model)
    ]
    ours, theirs = (search.cv_results_["mean_test_score"] for search in searches)
    np.testing.assert_array_equal(ours, theirs)


def test_frames_and_their_names_are_taken():
    X, y = load_iris(return_X_y=True, as_frame=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = make_pipeline(StandardScaler().set_output(transform="pandas"), LogisticRegression())
    model.fit(X, names)
    assert model[-1].feature_names_in_.tolist() == list(X.columns)
    assert model.predict(X[:2]).tolist() == ["setosa", "setosa"]
    with pytest.raises(ValueError, match="feature names"):
        model[-1].predict(pd.DataFrame(np.zeros((1, 4)), columns=list("abcd")))


def test_results_do_not_depend_on_thread_count():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(5000, 60)), rng.integers(0, 5, 5000)
    before = fastnn.get_num_threads()
    coefficients = []
    for n_threads in (1, 2, 5):
        fastnn.set_num_threads(n_threads)
        coefficients.append(LogisticRegression().fit(X, y).coef_)
    fastnn.set_num_threads(before)
    np.testing.assert_array_equal(coefficients[1], coefficients[0])
    np.testing.assert_array_equal(coefficients[2], coefficients[0])


def test_a_line_is_printed_for_each_iteration_only_if_asked(capsys):
    X, y = [[0.0], [1.0], [2.0]], [0, 0, 1]
    LogisticRegression().fit(X, y)
    assert capsys.readouterr().out == ""
    classifier = LogisticRegression(verbose=1).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"Iteration {len(lines)}/100: loss {classifier.loss_:.6g}"
    assert [len(lines)] == classifier.n_iter_.tolist()
