"""The estimators that ask all neighbours within a radius predict as scikit-learn's do."""

import pickle

import numpy as np
import pytest
import sklearn.neighbors
from sklearn.exceptions import NotFittedError

from fastnn.neighbors import RadiusNeighborsClassifier, RadiusNeighborsRegressor
from messages import raises

NO_NEIGHBORS = "One or more samples have no neighbors within specified radius; predicting NaN."


def quadratic(distances):
    """Return weights for an object array of arrays as well as for one array."""
    return (1 + distances) ** -2


def gaussian(distances):
    return [np.exp(-(of_query**2)) for of_query in distances]


@pytest.fixture
def rng():
    return np.random.default_rng(13)


@pytest.fixture
def cloud(rng):
    """Rows, labels and targets; queries that all have neighbours within 1; and one far away."""
    X = rng.normal(size=(300, 2))
    return X, rng.integers(3, 7, size=300), X[:, 0] ** 3 + rng.normal(size=300)


FAR = np.array([[50.0, 50.0]])


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("weights", ["uniform", None, "distance", quadratic])
@pytest.mark.parametrize("outlier_label", [5, -1, "most_frequent"])
@pytest.mark.filterwarnings("ignore:Outlier label -1 is not in training classes")
def test_votes_are_those_of_scikit_learn(outlier_label, weights, cloud):
    X, y, _ = cloud
    parameters = {"radius": 0.5, "weights": weights, "outlier_label": outlier_label}
    ours = RadiusNeighborsClassifier(**parameters).fit(X[::2], y[::2])
    theirs = sklearn.neighbors.RadiusNeighborsClassifier(**parameters).fit(X[::2], y[::2])
    assert ours.outlier_label_ == theirs.outlier_label_
    for queries in (X, np.vstack([X[:5], FAR]), None):
        np.testing.assert_array_equal(ours.predict(queries), theirs.predict(queries))
        np.testing.assert_allclose(
            ours.predict_proba(queries), theirs.predict_proba(queries), rtol=1e-9
        )
    assert ours.score(X, y) == theirs.score(X, y)


@pytest.mark.parametrize("outlier_label", [[5, 0], "most_frequent", 1])
@pytest.mark.filterwarnings("ignore:Outlier label 1 is not in training classes")
def test_several_outputs_are_voted_on_as_by_scikit_learn(outlier_label, cloud, rng):
    X, y, _ = cloud
    labels = np.column_stack([y, rng.integers(2, size=300)])
    parameters = {"radius": 0.5, "outlier_label": outlier_label}
    ours = RadiusNeighborsClassifier(**parameters).fit(X[::2], labels[::2])
    theirs = sklearn.neighbors.RadiusNeighborsClassifier(**parameters).fit(X[::2], labels[::2])
    queries = np.vstack([X, FAR])
    assert ours.outlier_label_ == theirs.outlier_label_
    np.testing.assert_array_equal(ours.predict(queries), theirs.predict(queries))
    for own, expected in zip(
        ours.predict_proba(queries), theirs.predict_proba(queries), strict=True
    ):
        np.testing.assert_allclose(own, expected, rtol=1e-12)


def test_a_label_that_is_no_class_marks_rows_without_neighbors():
    classifier = RadiusNeighborsClassifier(radius=1, outlier_label="nobody knows")
    classifier.fit([[0.0], [1.0]], ["a", "b"])
    with pytest.warns(UserWarning, match="Outlier label nobody knows is not in training classes"):
        assert classifier.predict([[0.1], [9.0]]).tolist() == ["a", "nobody knows"]
    with pytest.warns(UserWarning, match="probabilities of outliers will be assigned with 0"):
        assert classifier.predict_proba([[9.0]]).tolist() == [[0, 0]]


def test_a_negative_label_marks_rows_without_neighbors_where_labels_are_bytes():
    classifier = RadiusNeighborsClassifier(radius=1, outlier_label=-1)
    classifier.fit([[0.0], [1.0]], np.array([200, 7], dtype=np.uint8))
    with pytest.warns(UserWarning, match="Outlier label -1"):
        assert classifier.predict([[0.1], [9.0], [1.2]]).tolist() == [7, -1, 7]
    assert classifier.predict([[0.1]]).dtype == np.int64


def test_rows_without_neighbors_are_named_where_no_label_is_given(cloud):
    X, y, _ = cloud
    classifier = RadiusNeighborsClassifier(radius=2).fit(X, y)
    for predict in (classifier.predict, classifier.predict_proba):
        with raises(
            ValueError,
            "expected neighbors within radius=2 of every query, or an outlier_label. "
            "Received: queries without any, [1 3]",
        ):
            predict([X[0], FAR[0], X[1], FAR[0]])


@pytest.mark.parametrize(
    ("outlier_label", "error", "message"),
    [
        ("a", TypeError, "expected outlier_label to be a label like 3. Received: 'a'"),
        (1.5, TypeError, "expected outlier_label to be a label like 3. Received: 1.5"),
        ([[5]], TypeError, "expected outlier_label to be a label like 3. Received: [5]"),
        ([5, 5], ValueError, "expected outlier_label for 1 outputs. Received: [5, 5]"),
    ],
)
def test_outlier_labels_that_are_no_labels_are_refused(outlier_label, error, message, cloud):
    classifier = RadiusNeighborsClassifier(outlier_label=outlier_label)
    with raises(error, message.replace("like 3", f"like {np.int64(3)!r}")):
        classifier.fit(*cloud[:2])
    assert not hasattr(classifier, "classes_")
    assert not hasattr(classifier, "outlier_label_")


def test_the_most_frequent_label_is_that_of_the_rows_there_are(cloud):
    X, _, _ = cloud
    y = np.repeat([0, 1], [140, 160])
    classifier = RadiusNeighborsClassifier(outlier_label="most_frequent").fit(X, y)
    assert classifier.predict(FAR) == [1]
    assert classifier.remove(np.arange(200, 300)).predict(FAR) == [0]
    assert classifier.partial_fit(X[200:], y[200:]).predict(FAR) == [1]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("weights", ["uniform", None, "distance", quadratic])
@pytest.mark.parametrize("n_outputs", [None, 1, 3])
@pytest.mark.filterwarnings(f"ignore:{NO_NEIGHBORS}")
def test_means_are_those_of_scikit_learn(n_outputs, weights, cloud):
    X, _, y = cloud
    targets = y if n_outputs is None else np.column_stack([y + j for j in range(n_outputs)])
    parameters = {"radius": 0.7, "weights": weights}
    ours = RadiusNeighborsRegressor(**parameters).fit(X[::2], targets[::2])
    theirs = sklearn.neighbors.RadiusNeighborsRegressor(**parameters).fit(X[::2], targets[::2])
    for queries in (X, np.vstack([FAR, X[:5]]), FAR, None):
        np.testing.assert_allclose(ours.predict(queries), theirs.predict(queries), rtol=1e-9)
        assert ours.predict(queries).shape == theirs.predict(queries).shape


def test_rows_without_neighbors_are_not_a_number_also_where_targets_are_integers():
    regressor = RadiusNeighborsRegressor(radius=1).fit([[0.0], [1.0]], [3, 4])
    with pytest.warns(UserWarning, match=NO_NEIGHBORS):
        np.testing.assert_array_equal(regressor.predict([[9.0], [0.5]]), [np.nan, 3.5])


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("weights", ["distance", gaussian])
def test_each_query_is_weighed_by_itself(weights, cloud):
    X, y, t = cloud
    X = np.round(X, 1)  # some rows are equal
    distances = np.linalg.norm(X[:, np.newaxis] - X[:40], axis=2)
    within = distances <= 1
    with np.errstate(divide="ignore"):
        expected = 1 / distances if weights == "distance" else np.exp(-(distances**2))
    if weights == "distance":  # every query is a row, and only rows equal to it count
        expected = np.isinf(expected).astype(float)
    expected = np.where(within, expected, 0)
    means = (expected * t[:, np.newaxis]).sum(axis=0) / expected.sum(axis=0)
    found = RadiusNeighborsRegressor(radius=1, weights=weights).fit(X, t).predict(X[:40])
    np.testing.assert_allclose(found, means, rtol=1e-9)
    votes = np.stack([expected[y == label].sum(axis=0) for label in range(3, 7)], axis=1)
    shares = RadiusNeighborsClassifier(radius=1, weights=weights).fit(X, y).predict_proba(X[:40])
    np.testing.assert_allclose(shares, votes / votes.sum(axis=1, keepdims=True), rtol=1e-9)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (lambda d: [w[:1] for w in d],
         "expected weights of the shape of the distances, [(2,), (1,)]. Received: [(1,), (1,)]"),
        (lambda d: [0 * w for w in d],
         "expected weights whose sum over the neighbours of a query is positive and finite. "
         "Received: 0.0 for query 0"),
        ("inverse", "expected weights to be one of 'uniform', 'distance'. Received: 'inverse'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("estimator", [RadiusNeighborsClassifier, RadiusNeighborsRegressor])
def test_weights_that_decide_nothing_are_refused(estimator, weights, message):
    fitted = estimator(radius=1).fit([[0.0], [1.0], [9.0]], [0, 1, 2]).set_params(weights=weights)
    with raises(ValueError, message):
        fitted.predict([[0.5], [9.0]])


@pytest.mark.parametrize("estimator", [RadiusNeighborsClassifier, RadiusNeighborsRegressor])
def test_rows_that_are_added_removed_or_masked_count_as_if_fitted_so(estimator, cloud, rng):
    X, y, _ = cloud
    grown = estimator(radius=2)
    for part in np.array_split(np.argsort(y), 4):
        grown.partial_fit(X[part], y[part])
    queries = X[np.linalg.norm(X, axis=1) < 1]
    whole = estimator(radius=2).fit(X, y)
    np.testing.assert_allclose(grown.predict(queries), whole.predict(queries), rtol=1e-12)
    mask = rng.uniform(size=300) < 0.5
    part = estimator(radius=2).fit(X[mask], y[mask])
    np.testing.assert_array_equal(whole.predict(queries, mask=mask), part.predict(queries))
    whole.remove(np.flatnonzero(~mask))
    np.testing.assert_array_equal(whole.predict(queries), part.predict(queries))
    restored = pickle.loads(pickle.dumps(whole))
    np.testing.assert_array_equal(restored.predict(queries), part.predict(queries))


@pytest.mark.parametrize("estimator", [RadiusNeighborsClassifier, RadiusNeighborsRegressor])
def test_an_estimator_that_was_not_fitted_says_so(estimator):
    with pytest.raises(NotFittedError, match=f"This {estimator.__name__} instance is not fitted"):
        estimator().predict([[0.0]])
