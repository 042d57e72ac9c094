"""Perceptrons with activations by layer, dropout and batch normalization."""

import copy
import pickle

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.special import softmax
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler

import fastnn
from fastnn import activations
from fastnn.neural_network import MLPClassifier, MLPRegressor
from messages import raises

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
RNG = np.random.default_rng(1)
SEVERAL = (RNG.random((150, 3)) < 0.4).astype(int)
CURVE = np.column_stack([X[:, 0] ** 2, X[:, 1] + X[:, 2]])
WEIGHTS = RNG.random(150) + 0.2


def small(estimator=MLPClassifier, **settings):
    defaults = {
        "hidden_layer_sizes": (8, 6),
        "max_iter": 5,
        "random_state": 2,
        "batch_size": 40,
        "learning_rate_init": 0.01,
    }
    return estimator(**(defaults | settings))


def assert_same_weights(one, other, rtol=0.0):
    pairs = zip(one._weights().arrays(), other._weights().arrays(), strict=True)
    for expected, received in pairs:
        np.testing.assert_allclose(received, expected, rtol, atol=rtol)


def assert_other_weights(one, other):
    with np.testing.assert_raises(AssertionError):
        assert_same_weights(one, other, 1e-3)


def copied(estimator):
    return pickle.loads(pickle.dumps(estimator))


ALL = {"dropout": (0.2, 0.0), "batch_normalization": True, "activation": ("gelu", "tanh")}


class TestActivations:
    def test_each_hidden_layer_has_its_own(self):
        classifier = small(activation=["softplus", "leaky_relu"]).fit(X, Y)
        rows = X
        functions = [activations.softplus, activations.leaky_relu, softmax]
        for function, coef, intercept in zip(
            functions, classifier.coefs_, classifier.intercepts_, strict=True
        ):
            sums = rows @ coef + intercept
            rows = softmax(sums, axis=1) if function is softmax else function(sums)
        np.testing.assert_allclose(classifier.predict_proba(X), rows, 1e-12)

    def test_one_for_all_and_the_same_one_by_one_train_alike(self):
        for name in ("logistic", "relu"):
            one, several = (small(activation=a).fit(X, Y) for a in (name, [name, name]))
            assert_same_weights(one, several)

    def test_first_weights_go_by_the_activation_of_their_layer(self):
        sizes = (300, 200)
        classifier = small(
            hidden_layer_sizes=sizes, activation=("logistic", "relu"), learning_rate_init=1e-12
        ).fit(X, Y)
        fans = [(4, 300), (300, 200), (200, 3)]
        for coef, (fan_in, fan_out), factor in zip(classifier.coefs_, fans, (2, 6, 6), strict=True):
            bound = np.sqrt(factor / (fan_in + fan_out))
            assert 0.97 * bound < np.abs(coef).max() <= bound * (1 + 1e-9)

    @pytest.mark.parametrize("solver", ["adam", "lbfgs"])
    def test_keras_names_of_scikit_learns_functions_train_alike(self, solver):
        for ours, keras in (("identity", "linear"), ("logistic", "sigmoid")):
            one, other = (small(activation=a, solver=solver).fit(X, Y) for a in (ours, keras))
            assert_same_weights(one, other)

    @pytest.mark.parametrize("name", ["elu", "selu", "silu", "mish", "softsign", "hard_tanh"])
    def test_lbfgs_learns_with_any(self, name):
        classifier = small(activation=name, solver="lbfgs", max_iter=100).fit(X, Y)
        assert classifier.score(X, Y) > 0.96

    def test_what_is_no_activation_of_single_numbers_is_refused(self):
        for name in ("softmax", "glu", "threshold", "swush"):
            with pytest.raises(ValueError, match=f"^expected activation .* Received: '{name}'$"):
                small(activation=name).fit(X, Y)
        message = "expected activation of 2 entries, one a hidden layer. Received: 1"
        with raises(ValueError, message):
            small(activation=["relu"]).fit(X, Y)


class TestDropout:
    def test_it_follows_the_seed_whatever_the_number_of_threads(self):
        settings = {"dropout": 0.3, "hidden_layer_sizes": (64, 48)}
        fits = []
        for n_threads in (1, 2):
            fastnn.set_num_threads(n_threads)
            fits.append(small(**settings).fit(X, Y))
        fastnn._core.set_num_threads(0)
        assert_same_weights(*fits)
        assert_other_weights(fits[0], small(**settings, random_state=3).fit(X, Y))

    def test_a_share_of_the_outputs_is_dropped_and_the_others_grow(self):
        # One step of plain descent from known weights: each output unit's intercept moves the same,
        # and the gradient of the last matrix is zero where a hidden unit was dropped in all rows.
        settings = {"solver": "sgd", "momentum": 0, "alpha": 0, "batch_size": 1, "shuffle": False}
        rows, y = np.ones((1, 4)), np.array([[0.5]])
        regressor = small(
            MLPRegressor, hidden_layer_sizes=(4000,), activation="identity", dropout=0.25,
            **settings,
        )  # fmt: skip
        regressor.set_params(learning_rate_init=1e-12).partial_fit(rows, y.ravel())
        hidden = rows @ regressor.coefs_[0] + regressor.intercepts_[0]
        before = regressor.coefs_[1].copy()
        regressor._descent.optimizer.learning_rate = 1.0
        regressor.partial_fit(rows, y.ravel())
        moved = (before - regressor.coefs_[1]).ravel()
        dropped = moved == 0
        assert 0.22 < dropped.mean() < 0.28
        slopes = moved[~dropped] / hidden[0, ~dropped]
        np.testing.assert_allclose(slopes, slopes[0], 1e-6)
        assert regressor.intercepts_[1][0] != 0

    def test_predictions_and_validation_drop_nothing(self):
        classifier = small(dropout=0.5).fit(X, Y, X_val=X, y_val=Y)
        plain = small()
        plain.fit(X, Y)
        plain.coefs_, plain.intercepts_ = classifier.coefs_, classifier.intercepts_
        np.testing.assert_array_equal(plain.predict_proba(X), classifier.predict_proba(X))
        expected = -np.log(plain.predict_proba(X)[np.arange(150), Y]).mean()
        assert classifier.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)

    def test_each_layer_has_its_share(self):
        first, none = (small(dropout=d).fit(X, Y) for d in ((0.4, 0.0), 0.0))
        assert_other_weights(first, none)
        assert_same_weights(none, small(dropout=[0, 0.0]).fit(X, Y))

    def test_warm_starts_drop_others(self):
        once = small(dropout=0.5, max_iter=1, shuffle=False, learning_rate_init=1e-9, tol=0.0)
        once.set_params(warm_start=True)
        for _ in range(3):  # the first draws its weights ahead of its seed
            once.fit(X, Y)
        assert abs(once.loss_curve_[1] - once.loss_curve_[2]) > 1e-3

    @pytest.mark.parametrize("share", [1.0, -0.1])
    def test_shares_are_below_one(self, share):
        with raises(ValueError, f"expected dropout in [0, 1). Received: {share}"):
            small(dropout=share).fit(X, Y)


class TestBatchNormalization:
    def test_predictions_follow_the_formula(self):
        classifier = small(batch_normalization=True).fit(X, Y)
        rows = X
        for coef, intercept, norm in zip(
            classifier.coefs_, classifier.intercepts_, classifier.batch_norms_, strict=False
        ):
            sums = rows @ coef + intercept
            normalized = (sums - norm.moving_mean) / np.sqrt(norm.moving_variance + norm.epsilon)
            rows = np.maximum(norm.gamma * normalized + norm.beta, 0)
        expected = softmax(rows @ classifier.coefs_[2] + classifier.intercepts_[2], axis=1)
        np.testing.assert_allclose(classifier.predict_proba(X), expected, 1e-10)

    def test_running_means_follow_the_batches(self):
        classifier = small(
            hidden_layer_sizes=(5,), batch_normalization=True, learning_rate_init=1e-12,
            max_iter=3, batch_size=150, tol=0.0,
        ).fit(X, Y)  # fmt: skip
        sums = X @ classifier.coefs_[0] + classifier.intercepts_[0]
        (norm,) = classifier.batch_norms_
        share = 0.9**3
        np.testing.assert_allclose(norm.moving_mean, (1 - share) * sums.mean(axis=0), 1e-9)
        expected = share + (1 - share) * sums.var(axis=0)
        np.testing.assert_allclose(norm.moving_variance, expected, 1e-9)

    def test_the_user_may_change_it(self):
        classifier = small(batch_normalization=True).fit(X, Y)
        before = classifier.predict_proba(X)
        classifier.batch_norms_[1].gamma[:] = 0.0
        classifier.batch_norms_[1].beta[:] = -1.0
        assert np.ptp(classifier.predict_proba(X), axis=0).max() == 0
        assert np.ptp(before) > 0

    def test_it_cannot_come_or_go_between_fits(self):
        classifier = small(batch_normalization=True, warm_start=True).fit(X, Y)
        message = "expected batch_normalization=True, as in the fit before. Received: False"
        with raises(ValueError, message):
            classifier.set_params(batch_normalization=False).fit(X, Y)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("kind", ["classes", "labels", "numbers"])
class TestAllTogether:
    def make(self, kind, **settings):
        estimator = MLPRegressor if kind == "numbers" else MLPClassifier
        return small(estimator, **(ALL | settings))

    def targets(self, kind):
        return {"classes": Y, "labels": SEVERAL, "numbers": CURVE}[kind]

    def test_copies_and_pickles_train_on_as_the_original_does(self, kind, dtype):
        rows, y = X.astype(dtype), self.targets(kind)
        original = self.make(kind).fit(rows, y)
        others = [copied(original), copy.deepcopy(original)]
        predicted = original.predict(rows)
        original.partial_fit(rows, y)
        for other in others:
            np.testing.assert_array_equal(other.predict(rows), predicted)
            assert_other_weights(original, other)
            assert_same_weights(original, other.partial_fit(rows, y))
        assert all(array.dtype == dtype for array in original._weights().arrays())

    def test_sparse_rows_train_alike(self, kind, dtype):
        rows, y = X.astype(dtype), self.targets(kind)
        dense, sparse = (
            self.make(kind).fit(r, y, X_val=r, y_val=y) for r in (rows, csr_array(rows))
        )
        assert_same_weights(dense, sparse)
        assert sparse.validation_loss_curve_ == dense.validation_loss_curve_

    def test_partial_fits_are_the_epochs_of_a_fit(self, kind, dtype):
        rows, y = X.astype(dtype), self.targets(kind)
        whole = self.make(kind, shuffle=False, max_iter=3, tol=0.0).fit(rows, y)
        parts = clone(whole)
        first = (
            {}
            if kind == "numbers"
            else {"classes": np.unique(y) if kind == "classes" else range(3)}
        )
        parts.partial_fit(rows, y, **first)
        for _ in range(2):
            parts.partial_fit(rows, y)
        assert_same_weights(whole, parts)

    def test_a_warm_start_goes_on_from_all_weights(self, kind, dtype):
        rows, y = X.astype(dtype), self.targets(kind)
        estimator = self.make(kind, warm_start=True).fit(rows, y)
        before = copy.deepcopy(estimator._weights())
        estimator.set_params(learning_rate_init=1e-12, max_iter=1).fit(rows, y)
        for old, new in zip(before.coefs, estimator.coefs_, strict=True):
            np.testing.assert_allclose(new, old, atol=1e-6)
        for old, new in zip(before.batch_norms, estimator.batch_norms_, strict=True):
            np.testing.assert_allclose(new.gamma, old.gamma, atol=1e-6)
            assert np.abs(new.moving_mean - old.moving_mean).max() > 0
