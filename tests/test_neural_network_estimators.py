"""What users do with perceptrons beside training them."""

import copy
import pickle
import signal
import threading

import numpy as np
import pandas as pd
import pytest
import sklearn.neural_network
from joblib import Parallel, delayed
from scipy.sparse import csr_array, issparse
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import LabelBinarizer, StandardScaler

import fastnn
from fastnn.linear_model import LogisticRegression
from fastnn.neural_network import MLPClassifier, MLPRegressor
from messages import raises

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)


def small(estimator=MLPClassifier, **settings):
    defaults = {"hidden_layer_sizes": (8,), "max_iter": 5, "random_state": 2, "batch_size": 40}
    return estimator(**(defaults | settings))


def assert_same_weights(one, other):
    for expected, received in zip(
        [*one.coefs_, *one.intercepts_], [*other.coefs_, *other.intercepts_], strict=True
    ):
        np.testing.assert_array_equal(received, expected)


def forward(classifier, rows):
    """The logits, by NumPy from the arrays that the user sees."""
    (first, last), (shift, last_shift) = classifier.coefs_, classifier.intercepts_
    return np.maximum(rows @ first + shift, 0) @ last + last_shift


def test_weights_changed_in_place_or_replaced_are_those_that_predict():
    classifier = small().fit(X, Y)
    before = classifier.predict_proba(X)
    classifier.coefs_[1][:, 0] += 5.0
    classifier.intercepts_ = [np.zeros(8), [1, 2, 3]]
    logits = forward(classifier, X)
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(classifier.predict_proba(X), expected, 1e-12)
    assert np.abs(expected - before).max() > 0.1


LABELS = {
    "numbers": 3 * Y - 1,
    "strings": np.array(["x", "yy", "zzz"])[Y],
    "objects": np.array(["x", "yy", "zzz"], dtype=object)[Y],
    "two strings": np.array(["no", "yes"])[Y % 2],
    "booleans": Y > 0,
    "a single class": np.full(150, 7),
    "several labels": np.column_stack([Y == 0, Y != 1, X[:, 0] > 6]).astype(int),
    "several labels, sparse": csr_array(np.column_stack([Y == 0, Y != 1, Y == 2]).astype(int)),
}


@pytest.mark.parametrize("loss", ["log_loss", "hinge"])
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("ties", [False, True])
def test_labels_are_those_of_the_binarizer(kind, loss, ties):
    y = LABELS[kind]
    classifier = small(loss=loss).fit(X, y)
    if ties:
        classifier.coefs_[-1][:] = 0.0
        classifier.intercepts_[-1][:] = 0.0
    margin = loss == "hinge"
    outputs = classifier.decision_function(X) if margin else classifier.predict_proba(X)
    binarizer = LabelBinarizer().fit(y)
    if binarizer.y_type_ == "binary" and not margin:
        outputs = outputs[:, 1]
    expected = binarizer.inverse_transform(outputs, threshold=0.0 if margin else 0.5)
    received = classifier.predict(X)
    assert type(received) is type(expected)
    assert received.dtype == expected.dtype
    if issparse(expected):
        expected, received = expected.toarray(), received.toarray()
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize("kind", LABELS)
def test_a_network_learns_what_the_binarizer_makes_of_labels(kind):
    network = small()
    _, received = network._checked(X, LABELS[kind], incremental=False, reset=True)
    binarizer = LabelBinarizer().fit(LABELS[kind])
    expected = binarizer.transform(LABELS[kind])
    np.testing.assert_array_equal(received, expected.toarray() if issparse(expected) else expected)
    np.testing.assert_equal(vars(network._label_binarizer), vars(binarizer))
    assert network.classes_.dtype == binarizer.classes_.dtype


@pytest.mark.parametrize("model", [small(), LogisticRegression()])
def test_arrays_and_whatever_else_holds_rows_are_learned_alike(model):
    expected = clone(model).fit(X, Y).predict_proba(X)
    model.fit(pd.DataFrame(X, columns=list("abcd")), Y)
    for rows, labels in ((X, Y), (X.tolist(), Y.tolist()), (X.astype(">f8"), Y.astype(">i8"))):
        model.fit(rows, labels)
        np.testing.assert_allclose(model.predict_proba(X), expected, 1e-12)
        assert model.n_features_in_ == 4
        assert not hasattr(model, "feature_names_in_")
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.fit(np.full((150, 4), np.nan), Y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X, Y[1:])
    model.fit(X, Y)


@pytest.mark.parametrize("model", [small(), LogisticRegression()])
def test_arrays_and_whatever_else_holds_rows_are_predicted_alike(model):
    model.fit(X, Y)
    expected = model.predict_proba(X)
    for rows in (X.tolist(), np.asfortranarray(X), X.astype(">f8"), csr_array(X)):
        np.testing.assert_allclose(model.predict_proba(rows), expected, 1e-12)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.predict(np.full((1, 4), np.nan))
    with pytest.raises(ValueError, match="X has 3 features, but"):
        model.predict(X[:, :3])
    model.fit(pd.DataFrame(X, columns=list("abcd")), Y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X)


def test_weights_changed_between_warm_starts_are_trained_on():
    theirs, ours = (
        small(module.neural_network.MLPClassifier, warm_start=True) for module in (sklearn, fastnn)
    )
    for estimator in (theirs, ours):
        estimator.fit(X, Y)
        estimator.coefs_[0] *= 0.5
        estimator.intercepts_[1][:] = 0.0
        estimator.fit(X, Y)
    for expected, received in zip(theirs.coefs_, ours.coefs_, strict=True):
        np.testing.assert_allclose(received, expected, 1e-9)


def test_weights_that_a_user_has_set_before_any_fit_are_trained_on():
    rows, first, last = np.array([[0.6, 0.8]]), np.array([[0.1, 0.2], [0.3, -0.1]]), [[0.4], [-0.2]]
    classifier = MLPClassifier(
        2, activation="tanh", solver="sgd", momentum=0, alpha=0, learning_rate_init=0.1
    )
    classifier.coefs_, classifier.intercepts_ = [first, np.array(last)], [np.zeros(2), np.zeros(1)]
    classifier.n_outputs_, classifier.n_features_in_, classifier.n_layers_ = 1, 2, 3
    classifier.out_activation_, classifier.t_, classifier.n_iter_ = "logistic", 0, 0
    classifier.loss_curve_, classifier.best_loss_ = [], np.inf
    classifier._no_improvement_count = 0
    classifier.partial_fit(rows, [0], classes=[0, 1])
    hidden = np.tanh(rows @ first)
    slope = 1 / (1 + np.exp(-hidden @ last))  # of the loss of class 0, by the logit
    np.testing.assert_allclose(classifier.coefs_[1], last - 0.1 * hidden.T * slope, 1e-12)
    back = slope * np.transpose(last) * (1 - hidden**2)
    np.testing.assert_allclose(classifier.coefs_[0], first - 0.1 * rows.T @ back, 1e-12)
    np.testing.assert_allclose(classifier.intercepts_[0], -0.1 * back[0], 1e-12)


def test_a_subclass_says_how_weights_begin():
    class Normal(MLPClassifier):
        def _init_coef(self, fan_in, fan_out, dtype):
            coef = self._random_state.normal(size=(fan_in, fan_out)).astype(dtype)
            return coef, np.zeros(fan_out, dtype)

    rng = np.random.RandomState(2)
    first, last = rng.normal(size=(4, 8)), rng.normal(size=(8, 3))
    classifier = small(Normal, learning_rate_init=1e-12, max_iter=1).fit(X, Y)
    for expected, received in zip((first, last), classifier.coefs_, strict=True):
        np.testing.assert_allclose(received, expected, atol=1e-10)


def test_parameters_may_be_set_after_construction():
    classifier = small()
    classifier.max_iter, classifier.warm_start = 1, True
    for n in range(1, 4):
        classifier.fit(X, Y)
        assert len(classifier.loss_curve_) == n
    assert classifier.n_iter_ == 1
    assert classifier.t_ == 3 * len(X)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_copies_and_pickles_train_on_as_the_original_does(solver, copied):
    original = small(solver=solver).fit(X, Y)
    other = copied(original)
    np.testing.assert_array_equal(other.predict_proba(X), original.predict_proba(X))
    original.partial_fit(X, Y)
    with np.testing.assert_raises(AssertionError):
        assert_same_weights(original, other)
    assert_same_weights(original, other.partial_fit(X, Y))


def test_the_optimizer_goes_on_where_the_activation_is_another_now():
    theirs, ours = (small(module.neural_network.MLPClassifier) for module in (sklearn, fastnn))
    for estimator in (theirs, ours):
        estimator.partial_fit(X, Y, classes=[0, 1, 2])
        estimator.set_params(activation="tanh").partial_fit(X, Y)
    for expected, received in zip(theirs.coefs_, ours.coefs_, strict=True):
        np.testing.assert_allclose(received, expected, 1e-9)


def test_a_clone_is_not_fitted():
    with pytest.raises(NotFittedError):
        clone(small().fit(X, Y)).predict(X)


def test_frames_are_known_by_their_columns():
    frame = pd.DataFrame(X, columns=list("abcd"))
    classifier = small().fit(frame, Y)
    assert classifier.feature_names_in_.tolist() == list("abcd")
    np.testing.assert_array_equal(classifier.predict(frame), classifier.predict(frame.copy()))
    with pytest.raises(ValueError, match="feature names"):
        classifier.predict(frame[list("dcba")])


def test_a_grid_search_in_two_processes_finds_what_one_finds():
    pipeline = make_pipeline(StandardScaler(), small(solver="lbfgs"))
    grid = {"mlpclassifier__alpha": [1e-4, 10.0], "mlpclassifier__hidden_layer_sizes": [(3,), (6,)]}
    one, two = (GridSearchCV(pipeline, grid, cv=3, n_jobs=n).fit(X, Y) for n in (1, 2))
    for name in ("mean_test_score", "rank_test_score"):
        np.testing.assert_array_equal(two.cv_results_[name], one.cv_results_[name])


def test_workers_of_joblib_share_the_cores():
    counts = Parallel(n_jobs=2)(delayed(fastnn.get_num_threads)() for _ in range(2))
    assert all(n <= max(1, fastnn.get_num_threads() // 2) for n in counts)


def test_threads_predict_with_one_model_at_once():
    classifier = small().fit(X, Y)
    expected = classifier.predict_proba(X)
    results = Parallel(n_jobs=4, backend="threading")(
        delayed(classifier.predict_proba)(X) for _ in range(40)
    )
    for received in results:
        np.testing.assert_array_equal(received, expected)


@pytest.mark.usefixtures("heard_sigint")
def test_ctrl_c_ends_training_with_the_weights_of_the_last_whole_batch():
    rng = np.random.default_rng(0)
    rows, labels = rng.random((2000, 300)), rng.integers(0, 10, 2000)
    classifier = small(hidden_layer_sizes=(200,), max_iter=1, warm_start=True).fit(rows, labels)
    before = [coef.copy() for coef in classifier.coefs_]
    classifier.set_params(max_iter=1_000_000, n_iter_no_change=np.inf)
    timer = threading.Timer(0.3, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.warns(UserWarning, match=r"^Training interrupted by user\.$"):
        classifier.fit(rows, labels)
    assert np.abs(classifier.coefs_[0] - before[0]).max() > 0
    assert len(classifier.loss_curve_) == classifier.t_ / len(rows)
    assert np.isfinite(classifier.predict_proba(rows)).all()


def test_early_stopping_keeps_the_best_weights():
    classifier = small(early_stopping=True, max_iter=40, n_iter_no_change=50, tol=0.0)
    classifier.set_params(learning_rate_init=0.3, solver="sgd").fit(X, Y)
    scores = classifier.validation_scores_
    assert classifier.best_validation_score_ == max(scores) > scores[-1]
    shorter = clone(classifier).set_params(max_iter=int(np.argmax(scores)) + 1).fit(X, Y)
    assert_same_weights(shorter, classifier)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_max_iter_warns_that_there_is_more_to_learn(solver):
    with pytest.warns(ConvergenceWarning):
        small(solver=solver, max_iter=2).fit(X, Y)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_verbose_tells_the_loss_of_each_iteration(solver, capsys):
    classifier = small(solver=solver, verbose=True).fit(X, Y)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"Iteration {n}" for n in range(1, 6)]
    assert lines[-1].endswith(f"loss = {classifier.loss_:.8f}")


def test_diverging_training_is_an_error():
    message = (
        "expected weights that stay finite in training. Received: NaN or infinity; scale X, "
        "or lower the learning rate"
    )
    with raises(ValueError, message):
        small(MLPRegressor, solver="sgd", learning_rate_init=1e9).fit(X, X[:, 0])


@pytest.mark.parametrize(
    ("parameter", "value", "error", "message"),
    [
        (
            "solver",
            "newton",
            ValueError,
            "'lbfgs', 'sgd', 'adam', 'rmsprop', 'adamw'. Received: 'newton'",
        ),
        ("hidden_layer_sizes", (3, 0), ValueError, "each of hidden_layer_sizes >= 1. Received: 0"),
        ("alpha", -1, ValueError, "alpha in [0, inf). Received: -1"),
        ("momentum", 1.5, ValueError, "momentum in [0, 1]. Received: 1.5"),
        ("beta_1", 1.0, ValueError, "beta_1 in [0, 1). Received: 1.0"),
        ("learning_rate_init", 0, ValueError, "learning_rate_init in (0, inf). Received: 0"),
        ("max_iter", 2.5, TypeError, "max_iter to be an integer. Received: 2.5"),
        ("batch_size", 0, ValueError, "batch_size >= 1. Received: 0"),
        ("n_iter_no_change", 0, ValueError, "n_iter_no_change >= 1. Received: 0"),
        ("shuffle", "no", TypeError, "shuffle to be True or False. Received: 'no'"),
        ("verbose", -1, ValueError, "verbose in [0, inf). Received: -1"),
    ],
)
def test_parameters_that_are_not_valid_are_named(parameter, value, error, message):
    with pytest.raises(error) as raised:
        small(**{parameter: value}).fit(X, Y)
    assert str(raised.value).startswith("expected ")
    assert str(raised.value).endswith(message)


@pytest.mark.parametrize(
    ("method", "settings", "y", "message"),
    [
        (
            "fit",
            {"warm_start": True},
            Y % 2,
            "expected y with the classes [0 1 2]. Received: [0 1]",
        ),
        ("partial_fit", {}, Y + 1, "expected y with the classes [0 1 2]. Received: [1 2 3]"),
        (
            "partial_fit",
            {"early_stopping": True},
            Y,
            "expected early_stopping=False for partial_fit. Received: True",
        ),
        (
            "fit",
            {"early_stopping": True, "validation_fraction": 0.001},
            Y,
            "expected validation_fraction to hold out at least 2 rows. Received: 0.001 of 150 rows",
        ),
    ],
)
def test_targets_that_do_not_fit_are_named(method, settings, y, message):
    classifier = small().fit(X, Y).set_params(**settings)
    with raises(ValueError, message):
        getattr(classifier, method)(X, y)


def test_partial_fit_asks_for_the_classes_first():
    with raises(ValueError, "expected classes in the first call of partial_fit. Received: None"):
        small().partial_fit(X, Y)
    with raises(ValueError, "expected classes [0 1 2]. Received: [0, 1]"):
        small().fit(X, Y).partial_fit(X, Y, classes=[0, 1])


def test_there_is_no_partial_fit_for_lbfgs():
    assert not hasattr(small(solver="lbfgs"), "partial_fit")
    assert not hasattr(small(MLPRegressor, solver="lbfgs"), "partial_fit")
