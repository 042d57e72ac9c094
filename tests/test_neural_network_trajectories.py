"""Training takes the steps of scikit-learn's perceptrons, weight by weight."""

import itertools

import numpy as np
import pytest
import sklearn.neural_network
from scipy.sparse import csc_matrix, csr_array

import fastnn.neural_network
from fastnn import _sparse

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    pytest.mark.filterwarnings("ignore:Got `batch_size`:UserWarning"),
]

RNG = np.random.default_rng(0)
N_ROWS = 230
X = RNG.normal(size=(N_ROWS, 12))
X[RNG.random(X.shape) < 0.4] = 0
WEIGHTS = RNG.random(N_ROWS) + 0.1
LABELS = RNG.integers(0, 3, N_ROWS)
CURVE = X[:, 0] ** 2 + X[:, 1]
COUNTS = RNG.poisson(2, (N_ROWS, 2))
TARGETS = {
    "multiclass": LABELS,
    "binary": np.array(["no", "yes"])[LABELS % 2],
    "multilabel": (RNG.random((N_ROWS, 4)) < 0.4).astype(int),
    "numbers": CURVE,
    "several numbers": np.column_stack([CURVE, X[:, 2], 2 * X[:, 3]]),
    "counts": COUNTS[:, 0],
    "several counts": COUNTS,
}
SETTINGS = {
    "hidden_layer_sizes": (9, 7),
    "batch_size": 50,  # the last batch has 30 rows
    "max_iter": 6,
    "alpha": 0.3,
    "learning_rate_init": 0.004,
    "random_state": 3,
    "n_iter_no_change": 2,
    "tol": 1e-2,
}
SOLVERS = [
    {"solver": "adam", "early_stopping": True},
    {"solver": "adam", "shuffle": False, "beta_1": 0.8, "beta_2": 0.99, "epsilon": 1e-4},
    {"solver": "sgd", "learning_rate": "constant", "momentum": 0.7},
    {"solver": "sgd", "learning_rate": "invscaling", "nesterovs_momentum": False},
    {"solver": "sgd", "learning_rate": "adaptive", "early_stopping": True},
    {"solver": "sgd", "learning_rate": "adaptive", "tol": 10.0, "max_iter": 30, "momentum": 0},
    {"solver": "lbfgs"},
]


def pair(kind, **settings):
    """scikit-learn's estimator and ours."""
    settings = SETTINGS | settings
    name = "MLPRegressor"
    if kind in ("multiclass", "binary", "multilabel"):
        name = "MLPClassifier"
    elif "counts" in kind:
        settings |= {"loss": "poisson"}
    return [getattr(m.neural_network, name)(**settings) for m in (sklearn, fastnn)]


def assert_same(theirs, ours, rtol=1e-9):
    for name in ("n_iter_", "t_", "n_layers_", "n_outputs_", "out_activation_", "n_features_in_"):
        assert getattr(ours, name) == getattr(theirs, name), name
    for name in ("coefs_", "intercepts_"):
        for expected, received in zip(getattr(theirs, name), getattr(ours, name), strict=True):
            assert received.dtype == expected.dtype
            np.testing.assert_allclose(received, expected, rtol, atol=rtol, err_msg=name)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=rtol)
    if theirs.solver == "lbfgs":
        return
    np.testing.assert_allclose(ours.loss_curve_, theirs.loss_curve_, rtol)
    for name in ("validation_scores_", "best_validation_score_", "best_loss_"):
        expected, received = getattr(theirs, name), getattr(ours, name)
        assert (received is None) == (expected is None), name
        if expected is not None:
            np.testing.assert_allclose(received, expected, rtol, err_msg=name)


def assert_same_answers(theirs, ours, rtol=1e-8):
    if hasattr(theirs, "classes_"):
        np.testing.assert_array_equal(ours.classes_, theirs.classes_)
        np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
        expected = theirs.predict_proba(X)
        np.testing.assert_allclose(ours.predict_proba(X), expected, rtol, atol=rtol)
        np.testing.assert_allclose(ours.predict_log_proba(X), np.log(expected), rtol, atol=rtol)
    else:
        np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol, atol=rtol)


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: "-".join(map(str, s.values())))
@pytest.mark.parametrize("kind", TARGETS)
def test_every_solver_follows_scikit_learn_for_every_kind_of_target(kind, solver):
    for activation, weights in itertools.product(["relu", "tanh"], [None, WEIGHTS]):
        theirs, ours = pair(kind, activation=activation, **solver)
        for estimator in (theirs, ours):
            estimator.fit(X, TARGETS[kind], weights)
        assert_same(theirs, ours)
        assert_same_answers(theirs, ours)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("sizes", [(), 5, [4, 3, 6]])
def test_every_activation_and_depth_follows_scikit_learn(activation, solver, sizes):
    theirs, ours = pair(
        "multiclass", activation=activation, solver=solver, hidden_layer_sizes=sizes
    )
    for estimator in (theirs, ours):
        estimator.fit(X, LABELS)
    assert_same(theirs, ours)


@pytest.mark.parametrize("solver", SOLVERS, ids=lambda s: "-".join(map(str, s.values())))
@pytest.mark.parametrize("kind", ["multiclass", "binary", "several numbers"])
def test_warm_starts_follow_scikit_learn(kind, solver):
    theirs, ours = pair(kind, warm_start=True, **(solver | {"early_stopping": False}))
    for max_iter, alpha in ((2, 0.3), (1, 0.0), (1, 0.5), (3, 0.5)):
        for estimator in (theirs, ours):
            estimator.set_params(max_iter=max_iter, alpha=alpha).fit(X, TARGETS[kind], WEIGHTS)
        assert_same(theirs, ours)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("kind", ["multiclass", "binary", "several numbers"])
def test_lbfgs_goes_on_from_the_weights_of_another_solver(kind, solver):
    theirs, ours = pair(kind, solver=solver, warm_start=True)
    for estimator in (theirs, ours):
        estimator.fit(X, TARGETS[kind])
    found = [array.copy() for array in ours.coefs_]
    for estimator in (theirs, ours):
        estimator.set_params(solver="lbfgs", max_iter=5).fit(X, TARGETS[kind])
    assert_same(theirs, ours)
    assert all((ours.coefs_[i] != found[i]).any() for i in range(3))


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("kind", TARGETS)
def test_partial_fits_follow_scikit_learn(kind, solver):
    theirs, ours = pair(kind, solver=solver, learning_rate="invscaling")
    y = TARGETS[kind]
    classes = {"multiclass": [0, 1, 2], "binary": ["no", "yes"], "multilabel": range(4)}
    for begin in (0, 60, 150):
        rows = slice(begin, begin + 80)
        for estimator in (theirs, ours):
            known = [classes[kind]] if kind in classes and begin == 0 else []
            estimator.partial_fit(X[rows], y[rows], WEIGHTS[rows], *known)
        assert_same(theirs, ours)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_partial_fit_goes_on_where_fit_was(solver):
    theirs, ours = pair("multiclass", solver=solver, learning_rate="invscaling")
    for estimator in (theirs, ours):
        estimator.fit(X, LABELS).partial_fit(X, LABELS).partial_fit(X[:100], LABELS[:100])
    assert_same(theirs, ours)


@pytest.mark.parametrize("form", [csr_array, csc_matrix])
@pytest.mark.parametrize(
    "solver", [{"solver": "adam", "early_stopping": True}, {"solver": "lbfgs"}]
)
def test_sparse_rows_follow_scikit_learn(form, solver, monkeypatch):
    monkeypatch.setattr(_sparse, "_DENSE_SIZE", 1300)  # two batches of rows
    theirs, ours = pair("multiclass", **solver)
    for estimator in (theirs, ours):
        estimator.fit(form(X), LABELS, WEIGHTS)
    assert_same(theirs, ours)
    np.testing.assert_allclose(ours.predict_proba(form(X)), theirs.predict_proba(X), 1e-9)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_float32_is_trained_as_scikit_learn_trains_it(solver):
    theirs, ours = pair("multiclass", solver=solver)
    rows = X.astype(np.float32)
    for estimator in (theirs, ours):
        estimator.fit(rows, LABELS)
    assert_same(theirs, ours, rtol=1e-4)
    received, expected = ours.predict_proba(rows), theirs.predict_proba(rows)
    assert received.dtype == expected.dtype
    np.testing.assert_allclose(received, expected, 1e-4)


def test_a_batch_larger_than_the_rows_takes_all_of_them():
    theirs, ours = pair("multiclass", batch_size=1000)
    theirs.fit(X, LABELS)
    message = "^expected batch_size of at most the 230 rows. Received: 1000; all are used$"
    with pytest.warns(UserWarning, match=message):
        ours.fit(X, LABELS)
    assert_same(theirs, ours)


def test_rows_in_any_order_of_memory_train_alike():
    theirs, ours = pair("multiclass")
    theirs.fit(X, LABELS)
    wide = np.hstack([X, X])
    for rows in (np.asfortranarray(X), wide[:, : X.shape[1]]):
        assert_same(theirs, ours.fit(rows, LABELS))
