"""NearestCentroid is scikit-learn's, with predictions that no offset changes."""

import pickle

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array
from sklearn.datasets import load_iris
from sklearn.exceptions import NotFittedError

from fastnn.neighbors import NearestCentroid

ATTRIBUTES = ("classes_", "centroids_", "class_prior_", "deviations_", "within_class_std_dev_",
              "n_features_in_")  # fmt: skip


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return X, np.array(["setosa", "versicolor", "virginica"])[y]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
@pytest.mark.parametrize("shrink_threshold", [None, 0.5])
@pytest.mark.parametrize("priors", ["uniform", "empirical", [0.1, 0.8, 0.1]])
def test_everything_is_as_in_scikit_learn(priors, shrink_threshold, metric, iris):
    X, y = iris
    X, y = X[10:], y[10:]  # classes of different sizes
    parameters = {"metric": metric, "shrink_threshold": shrink_threshold, "priors": priors}
    ours = NearestCentroid(**parameters).fit(X, y)
    theirs = sklearn.neighbors.NearestCentroid(**parameters).fit(X, y)
    for name in ATTRIBUTES:
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.score(X, y) == theirs.score(X, y)
    if metric == "euclidean":
        np.testing.assert_array_equal(ours.predict_proba(X), theirs.predict_proba(X))


@pytest.mark.parametrize("convert", [np.asfortranarray, csr_array, np.float32, np.ndarray.tolist])
def test_rows_of_every_form_are_classified_alike(convert, iris):
    X, y = iris
    expected = NearestCentroid().fit(X, y).predict(X)
    np.testing.assert_array_equal(NearestCentroid().fit(X, y).predict(convert(X)), expected)
    np.testing.assert_array_equal(NearestCentroid().fit(convert(X), y).predict(X), expected)


def test_an_offset_of_the_data_changes_no_prediction():
    rng = np.random.default_rng(14)
    X = rng.integers(-4, 5, size=(200, 784)).astype(np.float64)
    y = np.arange(200) % 50
    expected = NearestCentroid().fit(X, y).predict(X)
    offset = 2.0**26  # the sums stay exact
    moved = NearestCentroid().fit(X + offset, y)
    np.testing.assert_array_equal(moved.predict(X + offset), expected)


@pytest.mark.parametrize(
    ("X", "y", "part"),
    [
        ([[0.0], [1.0]], [1, 1], "number of classes has to be greater than one"),
        ([[0.0], [0.0], [0.0]], [1, 2, 2], "All features have zero variance"),
        ([[0.0], [np.nan]], [1, 2], "Input X contains NaN"),
    ],
)
@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has at least 1 zero")
def test_a_fit_that_fails_leaves_the_estimator_as_it_was(X, y, part, iris):
    classifier = NearestCentroid().fit(*iris)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match=part):
        classifier.fit(X, y)
    assert vars(classifier) == before


def test_queries_that_do_not_fit_are_refused(iris):
    with pytest.raises(NotFittedError, match="This NearestCentroid instance is not fitted"):
        NearestCentroid().predict(iris[0])
    with pytest.raises(ValueError, match="X has 3 features, but NearestCentroid is expecting 4"):
        NearestCentroid().fit(*iris).predict(iris[0][:, :3])


def test_a_restored_classifier_answers_alike(iris, tmp_path):
    X, y = iris
    classifier = NearestCentroid(priors="empirical").fit(X, y)
    classifier.save(tmp_path / "centroids")
    for restored in (
        pickle.loads(pickle.dumps(classifier)),
        NearestCentroid.load(tmp_path / "centroids"),
    ):
        np.testing.assert_array_equal(restored.predict_proba(X), classifier.predict_proba(X))
        assert restored.predict(X).dtype == y.dtype
