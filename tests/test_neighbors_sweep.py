"""A sweep scores every number of neighbours as fitting and scoring each would."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes

from fastnn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from messages import raises


def nearly_uniform(distances):
    return 1 / (1 + distances / distances.max(axis=1, keepdims=True))


FITTED = tuple(part[:300] for part in load_breast_cancer(return_X_y=True))


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("labels", ["integers", "strings", "binary outputs"])
@pytest.mark.parametrize("weights", ["uniform", "distance", nearly_uniform])
@pytest.mark.parametrize("leave_one_out", [False, True])
def test_a_classifier_is_scored_for_every_k_as_if_fitted_with_it(leave_one_out, weights, labels):
    X, y = load_breast_cancer(return_X_y=True)
    y = {
        "integers": y,
        "strings": np.where(y, "benign", "malignant"),
        "binary outputs": np.column_stack([y, X[:, 0] > 12]).astype(int),
    }[labels]
    classifier = KNeighborsClassifier(weights=weights).fit(X[:300], y[:300])
    queries, truth = (None, y[:300]) if leave_one_out else (X[300:], y[300:])
    expected = {k: classifier.set_params(n_neighbors=k).score(queries, truth) for k in range(1, 16)}
    found = classifier.sweep(queries, truth)
    assert found == expected
    assert list(found) == list(range(1, 16))
    assert len(set(found.values())) > 3


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_a_regressor_is_scored_for_every_k_as_if_fitted_with_it(weights):
    X, y = load_diabetes(return_X_y=True)
    regressor = KNeighborsRegressor(weights=weights).fit(X[:300], y[:300])
    expected = {
        k: regressor.set_params(n_neighbors=k).score(X[300:], y[300:]) for k in (20, 3, 300)
    }
    found = regressor.sweep(X[300:], y[300:], ks=[20, 3, 300])
    assert found == expected
    assert list(found) == [20, 3, 300]


def test_a_sweep_searches_once_and_leaves_the_estimator_as_it_was(monkeypatch):
    classifier = KNeighborsClassifier(n_neighbors=2).fit(*FITTED)
    searches = []

    def search(X, n_neighbors):
        searches.append(n_neighbors)
        return KNeighborsClassifier._nearest(classifier, X, n_neighbors)

    monkeypatch.setattr(classifier, "_nearest", search)
    before = dict(vars(classifier))
    classifier.sweep(*FITTED, ks=np.array([1, 40, 7]))
    assert searches == [40]
    assert vars(classifier) == before


@pytest.mark.parametrize(
    ("ks", "error", "message"),
    [
        ([], ValueError, "expected ks to hold at least one integer. Received: none"),
        (3, TypeError, "expected ks to be several integers. Received: 3"),
        ([1, 0], ValueError, "expected every k in ks >= 1. Received: 0"),
        ([1.5], TypeError, "expected every k in ks to be an integer. Received: 1.5"),
        ([1, 301], ValueError,
         "expected n_neighbors <= 300, the number of fitted rows. Received: 301"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("estimator", [KNeighborsClassifier, KNeighborsRegressor])
def test_numbers_of_neighbors_that_cannot_be_are_refused(estimator, ks, error, message):
    with raises(error, message):
        estimator().fit(*FITTED).sweep(*FITTED, ks=ks)


def test_labels_that_do_not_fit_the_rows_are_refused():
    with raises(
        ValueError, "Found input variables with inconsistent numbers of samples: [299, 300]"
    ):
        KNeighborsClassifier().fit(*FITTED).sweep(FITTED[0], FITTED[1][:-1])
