"""KNeighborsClassifier votes as scikit-learn's does, and by its definition."""

import pickle

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import oracle
from fastnn.neighbors import KNeighborsClassifier
from messages import raises


def gaussian(distances):
    return np.exp(-(distances**2))


def inverse(distances):
    with np.errstate(divide="ignore"):
        return 1 / distances


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def rings(rng):
    """Points of three rings that overlap, with their ring's name."""
    angle, radius = rng.uniform(0, 6.28, 300), np.repeat([2.0, 5.0, 8.0], 100)
    X = np.column_stack([np.cos(angle), np.sin(angle)]) * (radius + rng.normal(size=300))[:, None]
    return X, np.repeat(["inner", "middle", "outer"], 100)


@pytest.mark.parametrize("k", [1, 4, 15])
@pytest.mark.parametrize("weights", ["uniform", None, "distance", gaussian])
@pytest.mark.parametrize("metric", ["minkowski", "sqeuclidean", "manhattan", "chebyshev"])
def test_votes_are_those_of_scikit_learn(metric, weights, k, rings):
    X, y = rings
    parameters = {"n_neighbors": k, "weights": weights, "metric": metric}
    ours = KNeighborsClassifier(**parameters).fit(X[::2], y[::2])
    theirs = sklearn.neighbors.KNeighborsClassifier(**parameters).fit(X[::2], y[::2])
    for queries in (X[1::2], None):
        np.testing.assert_array_equal(ours.predict(queries), theirs.predict(queries))
        np.testing.assert_allclose(
            ours.predict_proba(queries), theirs.predict_proba(queries), rtol=1e-9
        )
    assert ours.score(X[1::2], y[1::2]) == theirs.score(X[1::2], y[1::2])
    assert ours.score(None, y[::2]) == theirs.score(None, y[::2])


def test_digits_are_classified_as_by_scikit_learn_where_distances_differ():
    X, y = load_digits(return_X_y=True)
    train, labels, test = X[:1000], y[:1000], X[1000:]
    ours = KNeighborsClassifier(n_neighbors=3).fit(train, labels)
    theirs = sklearn.neighbors.KNeighborsClassifier(n_neighbors=3).fit(train, labels)
    distances, indices = ours.kneighbors(test, n_neighbors=4)
    decided = distances[:, 2] < distances[:, 3]  # else the third neighbour is one of several
    assert decided.sum() > 700
    np.testing.assert_array_equal(ours.predict(test[decided]), theirs.predict(test[decided]))
    np.testing.assert_array_equal(ours.predict(test), oracle.majority(labels, indices[:, :3]))


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_votes_are_those_of_the_definition(dtype, rng):
    X, Q = (rng.integers(9, size=(n, 3)).astype(dtype) for n in (200, 50))
    labels = rng.integers(7, size=200)
    classifier = KNeighborsClassifier(n_neighbors=6, weights="distance").fit(X, labels)
    distances, indices = oracle.neighbors(X, Q, 6)
    for share, of_query, voters in zip(
        classifier.predict_proba(Q), distances, indices, strict=True
    ):
        equal = of_query == 0
        weights = equal.astype(float) if equal.any() else 1 / of_query
        votes = [weights[labels[voters] == label].sum() for label in range(7)]
        np.testing.assert_allclose(share, votes / weights.sum(), rtol=1e-13)


@pytest.mark.usefixtures("core")
def test_a_tied_vote_goes_to_the_lowest_class():
    X, y = [[0.0], [1.0], [2.0], [3.0]], ["b", "a", "c", "a"]
    classifier = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    assert classifier.predict([[0.9]]).tolist() == ["a"]
    assert classifier.predict_proba([[0.9]]).tolist() == [[1 / 3, 1 / 3, 1 / 3]]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("weights", ["distance", inverse])
def test_rows_equal_to_the_query_are_the_only_ones_to_vote(weights):
    X, y = [[0.0], [0.0], [1.0], [1.0], [1.0]], [0, 1, 2, 2, 2]
    classifier = KNeighborsClassifier(n_neighbors=5, weights=weights).fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba([[0.0]]), [[0.5, 0.5, 0.0]])
    np.testing.assert_allclose(
        classifier.predict_proba([[0.2]]), [[4 / 11, 4 / 11, 3 / 11]], rtol=1e-14
    )


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_votes_that_are_counted_in_parts_decide_alike(weights, rings, monkeypatch):
    X, _ = rings
    labels = np.column_stack([np.arange(300) % 90, np.arange(300) % 7])
    classifier = KNeighborsClassifier(weights=weights).fit(X, labels)
    expected = classifier.predict(X + 0.1)
    monkeypatch.setattr("fastnn.neighbors._classification._VOTES_AT_ONCE", 1000)  # of 27,000
    np.testing.assert_array_equal(classifier.predict(X + 0.1), expected)


@pytest.mark.parametrize(
    "labels",
    [
        [3, 1, 3, 1],
        np.array([3, 1, 3, 1], dtype=np.uint8),
        [True, False, True, False],
        ["dog", "cat", "dog", "cat"],
        np.array(["dog", "cat", "dog", "cat"], dtype=object),
        [3.0, 1.0, 3.0, 1.0],
    ],
    ids=["integers", "bytes", "booleans", "strings", "objects", "whole floats"],
)
def test_labels_come_back_as_they_went_in(labels):
    classifier = KNeighborsClassifier(n_neighbors=1).fit([[0], [1], [2], [3]], labels)
    predicted = classifier.predict([[3.2], [1.9]])
    assert predicted.tolist() == [labels[3], labels[2]]
    assert predicted.dtype == classifier.classes_.dtype == np.unique(labels).dtype
    assert classifier.score([[3.2], [1.9]], [labels[3], labels[3]]) == 0.5


def test_a_column_of_labels_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        classifier = KNeighborsClassifier(n_neighbors=1).fit([[0], [1]], [[0], [1]])
    assert classifier.predict([[0.9]]).shape == (1,)


@pytest.mark.parametrize("sample_weight", [None, np.arange(150)])
@pytest.mark.parametrize("kind", [np.int64, np.uint8, bool, str, None])
def test_scores_are_those_of_scikit_learn(kind, sample_weight, rings):
    X, names = rings
    outer = (names == "outer").astype(np.int64)
    truth = outer.tolist() if kind is None else outer.astype(kind)
    ours = KNeighborsClassifier().fit(X[::2], truth[::2])
    theirs = sklearn.neighbors.KNeighborsClassifier().fit(X[::2], truth[::2])
    expected = theirs.score(X[1::2], truth[1::2], sample_weight)
    assert 0.5 < expected < 1
    assert ours.score(X[1::2], truth[1::2], sample_weight) == expected
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ours.score(X[1::2], truth[:149])


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("kind", ["binary", "classes", "strings"])
def test_several_outputs_are_voted_on_as_by_scikit_learn(kind, weights, rings, rng):
    X, names = rings
    labels = {
        "binary": rng.integers(2, size=(300, 3)),
        "classes": np.column_stack([rng.integers(4, size=300), rng.integers(5, 7, size=300)]),
        "strings": np.column_stack([names, np.where(X[:, 0] > 0, "east", "west")]),
    }[kind]
    ours = KNeighborsClassifier(weights=weights).fit(X[::2], labels[::2])
    theirs = sklearn.neighbors.KNeighborsClassifier(weights=weights).fit(X[::2], labels[::2])
    assert ours.outputs_2d_
    for own, expected in zip(ours.classes_, theirs.classes_, strict=True):
        np.testing.assert_array_equal(own, expected)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    for own, expected in zip(ours.predict_proba(X), theirs.predict_proba(X), strict=True):
        np.testing.assert_allclose(own, expected, rtol=1e-12)
    if kind == "binary":
        assert ours.score(X, labels) == theirs.score(X, labels)


def test_attributes_are_those_of_scikit_learn(rings):
    ours = KNeighborsClassifier().fit(*rings)
    theirs = sklearn.neighbors.KNeighborsClassifier().fit(*rings)
    for name in ("n_features_in_", "n_samples_fit_", "outputs_2d_", "effective_metric_",
                 "effective_metric_params_"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


def test_lists_frames_and_sparse_rows_are_voted_on_as_arrays_are(rings):
    pandas = pytest.importorskip("pandas", reason="reads frames, which only pandas makes")
    X, y = rings
    expected = KNeighborsClassifier().fit(X, y).predict_proba(X)
    frame = pandas.DataFrame(X, columns=["east", "north"])
    for rows, labels in (
        (X.tolist(), y.tolist()),
        (frame, pandas.Series(y)),
        (csr_array(X), y),
        (np.asfortranarray(X), y.astype(object)),
    ):
        found = KNeighborsClassifier().fit(rows, labels).predict_proba(rows)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_a_masked_vote_is_a_vote_of_the_rows_in_the_mask(weights, rings, rng):
    X, y = rings
    mask = rng.uniform(size=300) < 0.3
    whole = KNeighborsClassifier(weights=weights).fit(X, y)
    part = KNeighborsClassifier(weights=weights).fit(X[mask], y[mask])
    np.testing.assert_array_equal(whole.predict(X, mask=mask), part.predict(X))
    np.testing.assert_array_equal(whole.predict_proba(X, mask=mask), part.predict_proba(X))
    assert (whole.predict_proba(X, mask=y == "outer")[:, 2] == 1).all()


@pytest.mark.parametrize(
    ("y", "error", "part"),
    [
        (np.arange(6) + 0.5, ValueError, "Unknown label type: continuous"),
        (np.arange(5), ValueError, "inconsistent numbers of samples: [6, 5]"),
        (None, ValueError, "requires y to be passed, but the target y is None"),
        ([0, 1, np.nan, 0, 1, 0], ValueError, "Input y contains NaN."),
    ],
)
def test_labels_that_no_vote_can_be_held_on_are_refused(y, error, part):
    X = np.arange(12.0).reshape(6, 2)
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X, [0, 0, 0, 1, 1, 1])
    before = dict(vars(classifier))
    for attempt in (classifier.fit, classifier.partial_fit):
        with pytest.raises(error) as caught:
            attempt(X, y)
        assert part in str(caught.value)
        assert vars(classifier) == before


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("inverse", "expected weights to be one of 'uniform', 'distance'. Received: 'inverse'"),
        (lambda d: d[:, :1],
         "expected weights of the shape of the distances, (6, 5). Received: (6, 1)"),
        (np.zeros_like,
         "expected weights whose sum over the neighbours of a query is positive and finite. "
         "Received: 0.0 for query 0"),
        (lambda d: np.where(d > 9, np.nan, 1),
         "expected weights whose sum over the neighbours of a query is positive and finite. "
         "Received: nan for query 0"),
    ],
)  # fmt: skip
def test_weights_that_decide_nothing_are_refused(weights, message):
    X, y = np.arange(12.0).reshape(6, 2), [0, 0, 0, 1, 1, 1]
    classifier = KNeighborsClassifier().fit(X, y).set_params(weights=weights)
    for predict in (classifier.predict, classifier.predict_proba):
        with raises(ValueError, message):
            predict(X)
    if weights == "inverse":
        with raises(ValueError, message):
            classifier.fit(X, y)


def test_negative_distances_are_no_weights():
    classifier = KNeighborsClassifier(metric="inner_product", weights="distance", n_neighbors=1)
    classifier.fit([[1.0], [2.0]], [0, 1])
    with raises(
        ValueError,
        "expected distances >= 0 with weights='distance'. "
        "Received: -6.0; give a function of the distances instead",
    ):
        classifier.predict([[3.0]])


@pytest.mark.parametrize("use", ["predict", "predict_proba", "kneighbors", "explain"])
def test_an_estimator_that_was_not_fitted_says_so(use):
    with pytest.raises(NotFittedError, match="This KNeighborsClassifier instance is not fitted"):
        getattr(KNeighborsClassifier(), use)([[0.0]])


def test_a_fit_that_fails_leaves_the_estimator_as_it_was(rings):
    classifier = KNeighborsClassifier(n_neighbors=1).fit(*rings)
    before = dict(vars(classifier))
    with pytest.raises(ValueError, match="NaN"):
        classifier.fit([[np.nan], [1.0]], [3, 4])
    assert vars(classifier) == before


def test_parameters_set_after_fit_are_obeyed(rings):
    X, y = rings
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X, y)
    classifier.n_neighbors, classifier.weights = 7, "distance"
    expected = KNeighborsClassifier(n_neighbors=7, weights="distance").fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))


def test_a_restored_classifier_votes_alike(rings, tmp_path):
    X, y = rings
    classifier = KNeighborsClassifier(n_neighbors=3).fit(X[:200], y[:200])
    classifier.partial_fit(X[200:], y[200:]).remove([0, 250])
    pickled = pickle.dumps(classifier)
    assert len(pickled) < 2 * X.nbytes
    classifier.save(tmp_path / "classifier")
    for restored in (
        pickle.loads(pickled),
        KNeighborsClassifier.load(tmp_path / "classifier"),
        KNeighborsClassifier.load(tmp_path / "classifier", mmap=True),
    ):
        np.testing.assert_array_equal(restored.predict_proba(X), classifier.predict_proba(X))
        np.testing.assert_array_equal(restored.classes_, classifier.classes_)


def test_a_clone_has_the_parameters_and_nothing_else(rings):
    classifier = KNeighborsClassifier(n_neighbors=3, weights=gaussian, n_jobs=2).fit(*rings)
    copy = clone(classifier)
    assert copy.get_params() == classifier.get_params()
    assert not hasattr(copy, "classes_")


def test_grid_search_and_cross_validation_of_scikit_learn_run_on_it(rings):
    X, y = rings
    grid = GridSearchCV(
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {"kneighborsclassifier__n_neighbors": [1, 5]},
        cv=3,
        n_jobs=2,
    ).fit(X, y)
    found = cross_val_score(grid.best_estimator_, X, y, n_jobs=2)
    best = grid.best_params_["kneighborsclassifier__n_neighbors"]
    expected = make_pipeline(StandardScaler(), sklearn.neighbors.KNeighborsClassifier(best))
    np.testing.assert_array_equal(found, cross_val_score(expected, X, y))
