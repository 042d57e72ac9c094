"""Gradient descent takes the steps of a naive loop, and ends where it is told to."""

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn import config_context
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastnn import _core, _sparse, utils
from fastnn.linear_model import LogisticRegression
from messages import raises

LOADERS = {"binary": load_breast_cancer, "multinomial": load_iris}
FOREVER = {"n_iter_no_change": np.inf}


@pytest.fixture(params=LOADERS)
def data(request):
    """Standardised rows of two classes, and of three."""
    X, y = LOADERS[request.param](return_X_y=True)
    return StandardScaler().fit_transform(X), y


def descent(**parameters):
    """Gradient descent that no tolerance ends, unless asked to."""
    return LogisticRegression(solver="sgd", **(FOREVER | parameters))


def probabilities(X, w, b):
    """The logistic function for two classes, the softmax for several."""
    logits = X @ w.T + b
    if w.shape[0] == 1:
        p = 1 / (1 + np.exp(-logits))
        return np.hstack([1 - p, p])
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def naive_descent(X, y, orders, batch_size, learning_rate, C=1.0, weights=None, intercept=True):
    """Coefficients, intercepts, losses and accuracies of a loop over epochs and batches."""
    n_samples, n_classes = len(X), y.max() + 1
    n_outputs = n_classes if n_classes > 2 else 1
    weights = np.ones(n_samples) if weights is None else weights
    alpha = 1 / (C * weights.sum())
    weights = weights / weights.mean()
    w, b = np.zeros((n_outputs, X.shape[1])), np.zeros(n_outputs)
    losses, accuracies = [], []
    for order in orders:
        loss, right = 0.0, 0.0
        for begin in range(0, n_samples, batch_size):
            rows = order[begin : begin + batch_size]
            p = probabilities(X[rows], w, b)
            of_class = p[np.arange(len(rows)), y[rows]]
            penalty = alpha / 2 * (w**2).sum() * len(rows)
            loss += (weights[rows] * -np.log(of_class)).sum() + penalty
            right += (weights[rows] * (p.argmax(axis=1) == y[rows])).sum()
            error = p - np.eye(n_classes)[y[rows]]
            error = error[:, -n_outputs:] * weights[rows, np.newaxis] / len(rows)
            w = w - learning_rate * (error.T @ X[rows] + alpha * w)
            if intercept:
                b = b - learning_rate * error.sum(axis=0)
        losses.append(loss / n_samples)
        accuracies.append(right / weights.sum())
    return w, b, losses, accuracies


def assert_same_course(classifier, expected, tolerance=1e-9):
    w, b, losses, accuracies = expected
    np.testing.assert_allclose(classifier.coef_, w, rtol=0, atol=tolerance)
    np.testing.assert_allclose(classifier.intercept_, b, rtol=0, atol=tolerance)
    np.testing.assert_allclose(classifier.loss_curve_, losses, rtol=0, atol=tolerance)
    np.testing.assert_allclose(classifier.accuracy_curve_, accuracies, rtol=0, atol=1e-6)


@pytest.mark.parametrize("batch_size", [1, 32, None])
def test_steps_are_those_of_a_naive_loop(data, batch_size):
    X, y = data
    classifier = descent(batch_size=batch_size, shuffle=False, max_iter=7, learning_rate=0.05)
    orders = [np.arange(len(y))] * 7
    expected = naive_descent(X, y, orders, batch_size or len(y), 0.05)
    assert_same_course(classifier.fit(X, y), expected)
    assert classifier.n_iter_.tolist() == [7]


@pytest.mark.parametrize("batch_size", [1, 10, None])
def test_weights_and_the_penalty_count_as_in_a_naive_loop(data, batch_size):
    X, y = data
    weights = np.random.default_rng(3).integers(0, 3, len(y)).astype(float)
    settings = {"C": 0.01, "fit_intercept": False}
    classifier = descent(batch_size=batch_size, shuffle=False, max_iter=5, **settings)
    orders = [np.arange(len(y))] * 5
    expected = naive_descent(X, y, orders, batch_size or len(y), 0.01, 0.01, weights, False)
    assert_same_course(classifier.fit(X, y, weights), expected)


def test_rows_are_shuffled_anew_in_each_epoch_by_the_random_state(data):
    X, y = data
    classifier = descent(batch_size=20, max_iter=4, random_state=5).fit(X, y)
    seed = np.random.RandomState(5).randint(2**31)
    orders = [_core.permutation(len(y), seed, epoch) for epoch in range(4)]
    assert_same_course(classifier, naive_descent(X, y, orders, 20, 0.01))
    again = descent(batch_size=20, max_iter=4, random_state=5).fit(X, y)
    np.testing.assert_array_equal(again.coef_, classifier.coef_)
    other = descent(batch_size=20, max_iter=4, random_state=6).fit(X, y)
    assert not np.array_equal(other.coef_, classifier.coef_)


def test_without_a_random_state_fastnns_seed_decides_and_numpys_is_left_alone(data):
    state = np.random.get_state()[1].copy()  # noqa: NPY002  this is the state in question
    coefficients = []
    for seed in (1, 1, 2):
        utils.set_random_seed(seed)
        coefficients.append(descent(max_iter=2).fit(*data).coef_)
    np.testing.assert_array_equal(coefficients[0], coefficients[1])
    assert not np.array_equal(coefficients[0], coefficients[2])
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_float32_rows_take_the_same_steps_in_float32(data):
    X, y = data
    classifier = descent(shuffle=False, max_iter=5).fit(X.astype(np.float32), y)
    assert classifier.coef_.dtype == classifier.intercept_.dtype == np.float32
    expected = naive_descent(X, y, [np.arange(len(y))] * 5, 32, 0.01)
    assert_same_course(classifier, expected, tolerance=1e-5)


def test_enough_steps_end_at_the_minimum_of_lbfgs(data):
    X, y = data
    C = 0.1
    classifier = descent(batch_size=None, learning_rate=1.0, max_iter=5000, C=C).fit(X, y)
    minimum = LogisticRegression(C=C, tol=1e-9, max_iter=1000).fit(X, y)
    np.testing.assert_allclose(classifier.coef_, minimum.coef_, rtol=0, atol=1e-5)
    assert classifier.loss_ == pytest.approx(minimum.loss_, rel=1e-9)


@pytest.mark.parametrize("batch_size", [7, None])
def test_sparse_rows_take_the_steps_of_dense_ones(data, batch_size, monkeypatch):
    X, y = data
    monkeypatch.setattr(_sparse, "_DENSE_SIZE", 20 * X.shape[1])  # two batches of 7
    X = np.where(X > 0, X, 0)
    weights = np.random.default_rng(3).uniform(0.5, 2, len(y))
    classifier = descent(batch_size=batch_size, max_iter=3, random_state=1)
    dense = classifier.fit(X, y, weights).coef_
    curve = classifier.loss_curve_
    classifier.fit(csr_array(X), y, weights)
    np.testing.assert_array_equal(classifier.coef_, dense)
    np.testing.assert_allclose(classifier.loss_curve_, curve, rtol=1e-12)


def test_the_first_epoch_below_the_loss_threshold_is_the_last(data):
    X, y = data
    curve = descent(max_iter=10, random_state=0).fit(X, y).loss_curve_
    classifier = descent(max_iter=10, random_state=0, loss_threshold=curve[4] + 1e-6).fit(X, y)
    assert classifier.loss_curve_ == curve[:5]
    assert classifier.loss_ == curve[4]


def test_the_first_epoch_above_the_accuracy_threshold_is_the_last(data):
    X, y = data
    classifier = descent(accuracy_threshold=0.8, max_iter=1000).fit(X, y)
    *before, last = classifier.accuracy_curve_
    assert last >= 0.8
    assert all(accuracy < 0.8 for accuracy in before)


def test_training_ends_when_the_loss_is_lessened_no_more_than_tol(data):
    X, y = data
    settings = {"batch_size": None, "learning_rate": 0.1, "max_iter": 2000}
    classifier = descent(tol=1e-3, n_iter_no_change=3, **settings).fit(X, y)
    gains = -np.diff(classifier.loss_curve_)
    assert (gains[:-3] >= 1e-3).all()
    assert (gains[-3:] < 1e-3).all()


def noisy_rows():
    """Few rows, many columns and wrong labels: what is learned by heart does not generalise."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(240, 60))
    return X, (X[:, 0] + rng.normal(size=240) > 0).astype(int)


def test_the_weights_kept_are_those_of_the_least_validation_loss():
    X, y = noisy_rows()
    settings = {"C": np.inf, "learning_rate": 0.3, "shuffle": False, "tol": 0.0}
    judges = X[120:], y[120:]
    classifier = descent(n_iter_no_change=4, max_iter=200, **settings)
    classifier.fit(X[:120], y[:120], X_val=judges[0], y_val=judges[1])
    curve = classifier.validation_loss_curve_
    best = int(np.argmin(curve))
    assert len(curve) == classifier.n_iter_[0] == best + 1 + 4
    log_loss = -classifier.predict_log_proba(judges[0])[np.arange(120), judges[1]].mean()
    assert log_loss == pytest.approx(curve[best], rel=1e-12)
    shorter = descent(max_iter=best + 1, **settings).fit(X[:120], y[:120])
    np.testing.assert_array_equal(shorter.coef_, classifier.coef_)


def test_a_fraction_of_the_rows_judges_as_rows_given_do(data):
    X, y = data
    settings = {"max_iter": 5, "random_state": 3}
    by_fraction = descent(validation_fraction=0.2, **settings).fit(X, y)
    seed = np.random.RandomState(3).randint(2**31)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.2, random_state=seed, stratify=y
    )
    given = descent(**settings).fit(X_train, y_train, X_val=X_test, y_val=y_test)
    np.testing.assert_array_equal(by_fraction.coef_, given.coef_)
    assert by_fraction.validation_loss_curve_ == given.validation_loss_curve_


def test_validation_rows_weigh_as_they_are_given_to():
    X, y = noisy_rows()
    weights = np.repeat([1.0, 0.0], 60)
    settings = {"max_iter": 3, "shuffle": False}
    weighted = descent(**settings).fit(
        X, y, X_val=X[:120], y_val=y[:120], sample_weight_val=weights
    )
    fewer = descent(**settings).fit(X, y, X_val=X[:60], y_val=y[:60])
    np.testing.assert_allclose(
        weighted.validation_loss_curve_, fewer.validation_loss_curve_, rtol=1e-12
    )


def test_what_is_not_recorded_is_none(data):
    X, y = data
    classifier = descent(max_iter=2, validation_fraction=0.3).fit(X, y)
    assert len(classifier.validation_loss_curve_) == len(classifier.accuracy_curve_) == 2
    classifier.set_params(validation_fraction=None).fit(X, y)
    assert classifier.validation_loss_curve_ is None
    classifier.set_params(solver="lbfgs", max_iter=100).fit(X, y)
    assert classifier.accuracy_curve_ is None


def test_only_a_criterion_that_was_not_met_is_told(data):
    X, y = data
    with pytest.warns(ConvergenceWarning, match=r"^expected a criterion to end training in max_"):
        descent(max_iter=2, loss_threshold=0.0).fit(X, y)
    with pytest.warns(ConvergenceWarning):
        descent(max_iter=2, n_iter_no_change=5).fit(X, y)
    assert len(descent(max_iter=2).fit(X, y).loss_curve_) == 2  # and no warning, which would raise


def test_warm_start_goes_on_with_the_descent(data):
    X, y = data
    settings = {"batch_size": None, "learning_rate": 0.1}
    whole = descent(max_iter=6, **settings).fit(X, y)
    halves = descent(max_iter=3, warm_start=True, **settings).fit(X, y).fit(X, y)
    np.testing.assert_allclose(halves.coef_, whole.coef_, rtol=0, atol=1e-12)


def test_weights_that_are_not_finite_are_an_error():
    X = np.array([[1e200], [-1e200], [1e200]])
    with pytest.raises(ValueError, match=r"^expected a learning_rate with which weights stay fin"):
        descent(learning_rate=1e150, batch_size=1, C=1e-9).fit(X, [0, 1, 1])


def test_figures_of_each_epoch_are_printed_if_asked(data, capsys):
    X, y = data
    classifier = descent(max_iter=2, verbose=True, validation_fraction=0.5).fit(X, y)
    figures = zip(
        classifier.loss_curve_,
        classifier.accuracy_curve_,
        classifier.validation_loss_curve_,
        strict=True,
    )
    assert capsys.readouterr().out.splitlines() == [
        f"Epoch {epoch}/2: loss {loss:.6g}, accuracy {accuracy:.6g}, validation_loss {judged:.6g}"
        for epoch, (loss, accuracy, judged) in enumerate(figures, 1)
    ]


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "expected batch_size >= 1. Received: 0"),
        ({"learning_rate": 0}, ValueError, "expected learning_rate in (0, inf). Received: 0"),
        ({"shuffle": None}, TypeError, "expected shuffle to be True or False. Received: None"),
        (
            {"loss_threshold": -0.1},
            ValueError,
            "expected loss_threshold in [0, inf). Received: -0.1",
        ),
        (
            {"accuracy_threshold": 90},
            ValueError,
            "expected accuracy_threshold in [0, 1]. Received: 90",
        ),
        (
            {"validation_fraction": 1.0},
            ValueError,
            "expected validation_fraction in (0, 1). Received: 1.0",
        ),
        ({"n_iter_no_change": 0}, ValueError, "expected n_iter_no_change >= 1. Received: 0"),
    ],
)
def test_parameters_are_checked_when_fit_is_called(parameters, error, message):
    with raises(error, message):
        descent(**parameters).fit([[0], [1]], [0, 1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"X_val": [[0.0]]}, "expected X_val and y_val together. Received: no y_val"),
        ({"y_val": [0]}, "expected X_val and y_val together. Received: no X_val"),
        ({"sample_weight_val": [1]}, "expected X_val and y_val together. Received: no X_val"),
        (
            {"X_val": [[0.0], [1]], "y_val": [2, 0]},
            "expected y_val with the classes [0 1]. Received: [0 2]",
        ),
        (
            {"X_val": [[0.0]], "y_val": [1], "sample_weight_val": [0]},
            "expected sample_weight_val of at least 0, not all of them zero. "
            "Received: a least weight of 0.0",
        ),
        (
            {"X_val": [[0.0, 1.0]], "y_val": [1]},
            "X has 2 features, but LogisticRegression is expecting 1 features as input.",
        ),
    ],
)
def test_validation_rows_are_checked(given, message):
    with raises(ValueError, message):
        descent().fit([[0], [1]], [0, 1], **given)


def test_a_pipeline_scales_validation_rows_with_the_rows():
    raw, y = load_iris(return_X_y=True)
    with config_context(enable_metadata_routing=True):
        classifier = descent(max_iter=5, random_state=0).set_fit_request(X_val=True, y_val=True)
        pipeline = make_pipeline(StandardScaler(), classifier, transform_input=["X_val"])
        pipeline.fit(raw[::2], y[::2], X_val=raw[1::2], y_val=y[1::2])
    scaler = StandardScaler().fit(raw[::2])
    alone = descent(max_iter=5, random_state=0).fit(scaler.transform(raw[::2]), y[::2])
    logarithms = alone.predict_log_proba(scaler.transform(raw[1::2]))
    expected = -logarithms[np.arange(75), y[1::2]].mean()
    assert pipeline[-1].validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)


def test_rows_to_judge_by_come_from_one_place():
    X, y = noisy_rows()
    with raises(ValueError, "expected X_val or validation_fraction. Received: both"):
        descent(validation_fraction=0.1).fit(X, y, X_val=X, y_val=y)
    message = "expected no X_val with solver='lbfgs', which does not read it: take solver='sgd'"
    with raises(ValueError, message):
        LogisticRegression().fit(X, y, X_val=X, y_val=y)
