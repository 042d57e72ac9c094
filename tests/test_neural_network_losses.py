"""Perceptrons with other losses, weights of classes, and validation data."""

import numpy as np
import pytest
import sklearn.neural_network
from scipy.special import expit, softmax, xlogy
from sklearn import config_context
from sklearn.datasets import load_iris
from sklearn.metrics import accuracy_score, brier_score_loss, hinge_loss, r2_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.class_weight import compute_sample_weight

from fastnn.neural_network import MLPClassifier, MLPRegressor
from messages import raises

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
RNG = np.random.default_rng(1)
SEVERAL = np.column_stack([Y == 0, Y != 1, X[:, 0] > 0]).astype(int)
CURVE = np.column_stack([X[:, 0] ** 2, 3 * X[:, 1] + X[:, 2]])
WEIGHTS = RNG.random(150) + 0.2
TARGETS = {"multiclass": Y, "binary": (Y == 1).astype(int), "multilabel": SEVERAL}


def small(estimator=MLPClassifier, **settings):
    defaults = {"hidden_layer_sizes": (8, 6), "max_iter": 5, "random_state": 2, "batch_size": 40}
    return estimator(**(defaults | settings))


def logits(estimator, rows):
    """What comes into the last activation, by NumPy."""
    for coef, intercept in zip(estimator.coefs_[:-1], estimator.intercepts_[:-1], strict=True):
        rows = np.maximum(rows @ coef + intercept, 0)
    return rows @ estimator.coefs_[-1] + estimator.intercepts_[-1]


def one_hot(kind):
    y = TARGETS[kind]
    return np.eye(3)[y] if kind == "multiclass" else y.reshape(150, -1).astype(float)


def row_losses(loss, kind, z):
    """The loss of each row, by the formula."""
    t = one_hot(kind)
    p = softmax(z, axis=1) if kind == "multiclass" else expit(z)
    of_true = t * p + (1 - t) * (1 - p)
    if kind == "multiclass" and loss in ("log_loss", "focal"):
        of_true = np.where(t == 1, p, 1.0)
    sides = 2 * t - 1
    terms = {
        "log_loss": -np.log(of_true),
        "focal": -((1 - of_true) ** 2) * np.log(of_true),
        "squared_error": (p - t) ** 2,
        "hinge": np.maximum(1 - sides * z, 0),
        "squared_hinge": np.maximum(1 - sides * z, 0) ** 2,
    }
    return terms[loss].sum(axis=1)


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("loss", ["log_loss", "focal", "squared_error", "hinge", "squared_hinge"])
class TestLossesOfClassifiers:
    def test_the_validation_loss_is_the_weighted_mean_of_the_formula(self, kind, loss):
        y = TARGETS[kind]
        for solver in ("adam", "lbfgs"):
            classifier = small(loss=loss, solver=solver)
            classifier.fit(X, y, X_val=X, y_val=y, sample_weight_val=WEIGHTS)
            expected = np.average(row_losses(loss, kind, logits(classifier, X)), weights=WEIGHTS)
            assert classifier.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)

    def test_lbfgs_follows_the_gradient_of_that_loss(self, kind, loss):
        y = TARGETS[kind]
        settings = {"loss": loss, "solver": "lbfgs", "alpha": 0.0, "activation": "identity"}
        classifier = small(hidden_layer_sizes=(), max_iter=2000, tol=1e-9, **settings)
        classifier.set_params(max_fun=10**6, alpha=0.1)
        classifier.fit(X, y, WEIGHTS)
        total = WEIGHTS.sum()

        def objective(packed):
            coef, intercept = packed[: coefs.size].reshape(coefs.shape), packed[coefs.size :]
            losses = row_losses(loss, kind, X @ coef + intercept)
            return np.average(losses, weights=WEIGHTS) + 0.05 * (coef**2).sum() / total

        (coefs,), (intercepts,) = classifier.coefs_, classifier.intercepts_
        found = np.concatenate([coefs.ravel(), intercepts])
        assert classifier.loss_ == pytest.approx(objective(found), rel=1e-9)
        if loss not in ("hinge", "squared_error", "focal"):  # smooth and convex: it is the minimum
            for step in np.random.default_rng(0).normal(size=(20, found.size)) * 1e-3:
                assert objective(found + step) > classifier.loss_

    def test_it_is_learned(self, kind, loss):
        classifier = small(loss=loss, max_iter=300, learning_rate_init=0.01, batch_size=20)
        classifier.fit(X, TARGETS[kind])
        assert classifier.score(X, TARGETS[kind]) > 0.9


def test_the_squared_error_of_probabilities_is_briers_score():
    classifier = small(loss="squared_error").fit(
        X, TARGETS["binary"], X_val=X, y_val=TARGETS["binary"]
    )
    expected = brier_score_loss(TARGETS["binary"], classifier.predict_proba(X)[:, 1])
    assert classifier.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)


def test_margins_are_told_in_the_place_of_probabilities():
    binary, classes = (small(loss="hinge").fit(X, TARGETS[k]) for k in ("binary", "multiclass"))
    margins = binary.decision_function(X)
    np.testing.assert_allclose(margins, logits(binary, X).ravel(), 1e-12)
    np.testing.assert_array_equal(binary.predict(X), (margins > 0).astype(int))
    np.testing.assert_array_equal(classes.predict(X), classes.decision_function(X).argmax(axis=1))
    assert binary.out_activation_ == "identity"
    for name in ("predict_proba", "predict_log_proba"):
        assert not hasattr(binary, name)
    assert not hasattr(small(), "decision_function")
    validated = small(loss="hinge").fit(X, TARGETS["binary"], X_val=X, y_val=TARGETS["binary"])
    expected = hinge_loss(TARGETS["binary"], validated.decision_function(X))
    assert validated.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("loss", ["squared_error", "poisson", "absolute_error", "huber"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_losses_of_regressors_follow_the_formula(loss, solver):
    y = np.abs(CURVE)
    regressor = small(MLPRegressor, loss=loss, solver=solver)
    regressor.fit(X, y, X_val=X, y_val=y, sample_weight_val=WEIGHTS)
    d = regressor.predict(X) - y
    terms = {
        "squared_error": 0.25 * d**2,  # the mean over two outputs, as scikit-learn tells it
        "poisson": xlogy(y, y / regressor.predict(X)) + d,
        "absolute_error": np.abs(d),
        "huber": np.where(np.abs(d) <= 1, d**2 / 2, np.abs(d) - 0.5),
    }
    expected = np.average(terms[loss].sum(axis=1), weights=WEIGHTS)
    assert regressor.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-9)


def test_the_absolute_error_finds_the_median():
    y = np.array([0.0, 1.0, 2.0, 3.0, 100.0])
    settings = {
        "hidden_layer_sizes": (),
        "alpha": 0.0,
        "max_iter": 3000,
        "n_iter_no_change": np.inf,
    }
    regressor = MLPRegressor(loss="absolute_error", learning_rate_init=0.01, **settings)
    assert abs(regressor.fit(np.zeros((5, 1)), y).predict([[0.0]])[0] - 2) < 0.1


@pytest.mark.parametrize("estimator", [MLPClassifier, MLPRegressor])
def test_unknown_losses_are_refused(estimator):
    with pytest.raises(ValueError, match=r"^expected loss to be one of .*\. Received: 'l0'$"):
        small(estimator, loss="l0").fit(X, Y)


class TestClassWeights:
    @pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
    @pytest.mark.parametrize("given", [None, WEIGHTS])
    @pytest.mark.parametrize("class_weight", ["balanced", {0: 0.5, 2: 3.0}])
    def test_they_multiply_sample_weights(self, class_weight, given, solver):
        rows = np.r_[0:50, 60:80, 100:150]
        x, y = X[rows], Y[rows]
        of_rows = None if given is None else given[rows]
        weights = compute_sample_weight(class_weight, y)
        theirs = small(sklearn.neural_network.MLPClassifier, solver=solver)
        theirs.fit(x, y, weights if of_rows is None else weights * of_rows)
        ours = small(solver=solver, class_weight=class_weight).fit(x, y, of_rows)
        for expected, received in zip(theirs.coefs_, ours.coefs_, strict=True):
            np.testing.assert_allclose(received, expected, 1e-8, atol=1e-9)

    def test_labels_have_one_dict_each(self):
        class_weight = [{0: 1.0, 1: 2.0}, {0: 3.0, 1: 0.5}, {0: 1.0, 1: 1.0}]
        weights = compute_sample_weight(class_weight, SEVERAL)
        expected = small().fit(X, SEVERAL, weights)
        received = small(class_weight=class_weight).fit(X, SEVERAL)
        np.testing.assert_array_equal(received.coefs_[0], expected.coefs_[0])

    def test_names_of_classes_are_their_keys(self):
        names = np.array(["a", "b", "c"])[Y]
        by_name = small(class_weight={"b": 4.0}).fit(X, names)
        by_number = small(class_weight={1: 4.0}).fit(X, Y)
        np.testing.assert_array_equal(by_name.coefs_[0], by_number.coefs_[0])

    def test_a_part_of_the_classes_may_come_to_partial_fit(self):
        weighted = small(class_weight={0: 2.0, 2: 3.0}, batch_size=10)
        plain = small(batch_size=10)
        rows = slice(20, 90)
        weighted.partial_fit(X[rows], Y[rows], classes=[0, 1, 2])
        plain.partial_fit(X[rows], Y[rows], np.where(Y[rows] == 0, 2.0, 1.0), classes=[0, 1, 2])
        np.testing.assert_array_equal(weighted.coefs_[0], plain.coefs_[0])

    def test_balanced_is_refused_by_partial_fit(self):
        with pytest.raises(ValueError, match=r"^expected class_weight .* Received: 'balanced'; "):
            small(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])
        message = "expected class_weight to be None, 'balanced' or a dict. Received: 'even'"
        with raises(ValueError, message):
            small(class_weight="even").fit(X, Y)


class TestValidationData:
    def test_scores_are_those_of_predict(self):
        classifier = small().fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
        assert len(classifier.validation_scores_) == len(classifier.validation_loss_curve_) == 5
        assert classifier.validation_scores_[-1] == classifier.score(X[1::2], Y[1::2])
        assert classifier.best_validation_score_ == max(classifier.validation_scores_)
        regressor = small(MLPRegressor).fit(
            X, CURVE, X_val=X, y_val=CURVE, sample_weight_val=WEIGHTS
        )
        expected = r2_score(CURVE, regressor.predict(X), sample_weight=WEIGHTS)
        assert regressor.validation_scores_[-1] == pytest.approx(expected)

    @pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
    def test_it_changes_nothing_in_training(self, solver):
        plain = small(solver=solver).fit(X, Y)
        watched = small(solver=solver).fit(X, Y, X_val=X[:9], y_val=Y[:9])
        for expected, received in zip(plain.coefs_, watched.coefs_, strict=True):
            np.testing.assert_array_equal(received, expected)
        assert plain.loss_ == watched.loss_
        if solver != "lbfgs":
            assert plain.validation_loss_curve_ is plain.validation_scores_ is None
            assert watched.best_loss_ == plain.best_loss_

    def test_early_stopping_goes_by_it(self):
        settings = {"early_stopping": True, "max_iter": 40, "learning_rate_init": 0.3}
        classifier = small(solver="sgd", n_iter_no_change=50, tol=0.0, **settings)
        classifier.fit(X[::2], Y[::2], X_val=X[1::2], y_val=Y[1::2])
        scores = classifier.validation_scores_
        assert classifier.best_validation_score_ == max(scores) > scores[-1]
        assert accuracy_score(Y[1::2], classifier.predict(X[1::2])) == max(scores)
        assert classifier.t_ == len(scores) * 75  # none are split off

    def test_rows_that_are_split_off_have_a_curve_too(self):
        classifier = small(early_stopping=True).fit(X, Y)
        assert len(classifier.validation_loss_curve_) == len(classifier.validation_scores_) == 5

    def test_a_pipeline_scales_it_with_the_rows(self):
        raw = 7 * X + 30
        with config_context(enable_metadata_routing=True):
            classifier = small().set_fit_request(X_val=True, y_val=True)
            pipeline = make_pipeline(StandardScaler(), classifier, transform_input=["X_val"])
            pipeline.fit(raw[::2], Y[::2], X_val=raw[1::2], y_val=Y[1::2])
        scaler = StandardScaler().fit(raw[::2])
        alone = small().fit(scaler.transform(raw[::2]), Y[::2])
        assert pipeline[-1].validation_scores_[-1] == alone.score(
            scaler.transform(raw[1::2]), Y[1::2]
        )
        assert pipeline[-1].validation_scores_[-1] > 0.3

    def test_a_grid_goes_over_what_scikit_learn_lacks(self):
        grid = {
            "activation": ["gelu", ("relu", "tanh")],
            "dropout": [0.0, (0.1, 0.2)],
            "batch_normalization": [False, True],
            "class_weight": [None, "balanced"],
        }
        search = GridSearchCV(small(max_iter=2), grid, cv=2).fit(X, Y)
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()
        assert len(search.cv_results_["params"]) == 16

    def test_what_does_not_fit_is_named(self):
        with raises(ValueError, "expected X_val and y_val together. Received: no y_val"):
            small().fit(X, Y, X_val=X)
        with raises(ValueError, "expected y_val with the classes [0 1 2]. Received: [1 2 3]"):
            small().fit(X, Y, X_val=X, y_val=Y + 1)
        with raises(ValueError, "expected y_val of 2 outputs. Received: 1"):
            small(MLPRegressor).fit(X, CURVE, X_val=X, y_val=CURVE[:, 0])
        with pytest.raises(ValueError, match="features"):
            small().fit(X, Y, X_val=X[:, :3], y_val=Y)
