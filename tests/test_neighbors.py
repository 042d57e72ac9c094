"""The estimators behave as scikit-learn's do, to the letter where both are exact."""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
import sklearn.neighbors
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

import oracle
from fastnn.neighbors import KNeighborsClassifier, NearestNeighbors

NOT_BUILT = dict.fromkeys(
    ["check_estimator_sparse_tag", "check_estimator_sparse_array", "check_estimator_sparse_matrix"],
    "sparse X is not built yet and says so with a NotImplementedError",
)


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture
def rings(rng):
    angle, radius = rng.uniform(0, 6.28, 300), np.repeat([2.0, 5.0, 8.0], 100)
    X = np.column_stack([np.cos(angle), np.sin(angle)]) * (radius + rng.normal(size=300))[:, None]
    return X, np.repeat(["inner", "middle", "outer"], 100)


@parametrize_with_checks(
    [NearestNeighbors(), KNeighborsClassifier()], expected_failed_checks=lambda _: NOT_BUILT
)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", ["NearestNeighbors", "KNeighborsClassifier"])
def test_signatures_are_those_of_scikit_learn(name):
    ours = {"NearestNeighbors": NearestNeighbors, "KNeighborsClassifier": KNeighborsClassifier}
    theirs = getattr(sklearn.neighbors, name)
    for method in ("__init__", "fit", "kneighbors", "kneighbors_graph"):
        described = [
            [(p.name, p.default, p.kind) for p in inspect.signature(f).parameters.values()]
            for f in (getattr(ours[name], method), getattr(theirs, method))
        ]
        assert described[0] == described[1], method


@pytest.mark.parametrize(
    ("k", "weights", "metric"),
    [
        (1, "uniform", "minkowski"),
        (4, "uniform", "euclidean"),
        (15, None, "l2"),
        (1, "distance", "minkowski"),
        (4, "distance", "sqeuclidean"),
        (15, "distance", "minkowski"),
    ],
)
def test_predictions_are_those_of_scikit_learn(k, weights, metric, rings):
    X, y = rings
    parameters = {"n_neighbors": k, "weights": weights, "metric": metric}
    ours = KNeighborsClassifier(**parameters).fit(X[::2], y[::2])
    theirs = sklearn.neighbors.KNeighborsClassifier(**parameters, algorithm="brute")
    theirs.fit(X[::2], y[::2])
    np.testing.assert_array_equal(ours.predict(X[1::2]), theirs.predict(X[1::2]))
    np.testing.assert_allclose(
        ours.predict_proba(X[1::2]), theirs.predict_proba(X[1::2]), rtol=1e-12
    )
    assert ours.score(X[1::2], y[1::2]) == theirs.score(X[1::2], y[1::2])


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


@pytest.mark.parametrize("k", [1, 5])
def test_leaving_one_out_is_that_of_scikit_learn(k, rings):
    X, y = rings
    ours = KNeighborsClassifier(n_neighbors=k).fit(X, y)
    theirs = sklearn.neighbors.KNeighborsClassifier(n_neighbors=k).fit(X, y)
    for found, wanted in zip(ours.kneighbors(), theirs.kneighbors(), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-12)
    np.testing.assert_array_equal(ours.predict(None), theirs.predict(None))
    assert ours.score(None, y) == theirs.score(None, y)


def test_leaving_one_out_keeps_duplicates_by_distance_and_index(rng):
    X = rng.integers(2, size=(60, 3)).astype(np.float64)  # at most 8 distinct rows
    distances, indices = NearestNeighbors(n_neighbors=4).fit(X).kneighbors()
    for i, row in enumerate(X):
        others = np.delete(np.arange(60), i)
        expected_distances, places = oracle.neighbors(X[others], [row], 4)
        np.testing.assert_array_equal(indices[i], others[places[0]])
        np.testing.assert_array_equal(distances[i], expected_distances[0])


@pytest.mark.usefixtures("core")
def test_a_tied_vote_goes_to_the_lowest_class():
    X, y = [[0.0], [1.0], [2.0], [3.0]], ["b", "a", "c", "a"]
    classifier = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    assert classifier.predict([[0.9]]).tolist() == ["a"]
    assert classifier.predict_proba([[0.9]]).tolist() == [[1 / 3, 1 / 3, 1 / 3]]


@pytest.mark.usefixtures("core")
def test_rows_equal_to_the_query_are_the_only_ones_to_vote_by_distance():
    X, y = [[0.0], [0.0], [1.0], [1.0], [1.0]], [0, 1, 2, 2, 2]
    classifier = KNeighborsClassifier(n_neighbors=5, weights="distance").fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba([[0.0]]), [[0.5, 0.5, 0.0]])
    np.testing.assert_allclose(
        classifier.predict_proba([[0.2]]), [[4 / 11, 4 / 11, 3 / 11]], rtol=1e-14
    )


@pytest.mark.parametrize(
    "labels",
    [
        [3, 1, 3, 1],
        [True, False, True, False],
        ["dog", "cat", "dog", "cat"],
        np.array(["dog", "cat", "dog", "cat"], dtype=object),
        [3.0, 1.0, 3.0, 1.0],
    ],
    ids=["integers", "booleans", "strings", "objects", "whole floats"],
)
def test_labels_come_back_as_they_went_in(labels):
    classifier = KNeighborsClassifier(n_neighbors=1).fit([[0], [1], [2], [3]], labels)
    predicted = classifier.predict([[3.2], [1.9]])
    assert predicted.tolist() == [labels[3], labels[2]]
    assert predicted.dtype == classifier.classes_.dtype == np.unique(labels).dtype


def test_a_column_of_labels_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        classifier = KNeighborsClassifier(n_neighbors=1).fit([[0], [1]], [[0], [1]])
    assert classifier.predict([[0.9]]).shape == (1,)


def test_attributes_are_those_of_scikit_learn(rings):
    ours = KNeighborsClassifier().fit(*rings)
    theirs = sklearn.neighbors.KNeighborsClassifier().fit(*rings)
    for name in ("n_features_in_", "n_samples_fit_", "outputs_2d_", "effective_metric_",
                 "effective_metric_params_"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)


def test_names_of_columns_are_kept():
    pandas = pytest.importorskip("pandas", reason="only pandas' frames name their columns")
    frame = pandas.DataFrame({"east": [0.0, 1.0], "north": [0.0, 1.0]})
    assert NearestNeighbors().fit(frame).feature_names_in_.tolist() == ["east", "north"]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_rows_are_kept_as_they_are_without_a_copy(dtype):
    X = np.ones((20, 6), dtype)[::2]
    fitted = NearestNeighbors().fit(X)._fit_X
    assert fitted.dtype == dtype
    assert np.shares_memory(fitted, X)


@pytest.mark.parametrize("dtype", [np.int64, np.float16, bool, ">f8", object])
def test_other_numbers_are_searched_as_float64(dtype):
    X = np.array([[0, 1], [1, 1], [0, 0]]).astype(dtype)
    distances, indices = NearestNeighbors(n_neighbors=3).fit(X).kneighbors(X[:1])
    assert indices.tolist() == [[0, 1, 2]]
    assert distances.tolist() == [[0.0, 1.0, 1.0]]


def test_the_rows_outlive_their_name(rng):
    def fitted():
        return NearestNeighbors(n_neighbors=1).fit(rng.normal(size=(1000, 50)))

    neighbors = fitted()
    queries = neighbors._fit_X[::100].copy()
    assert neighbors.kneighbors(queries)[1].ravel().tolist() == list(range(0, 1000, 100))


def test_a_pickled_estimator_answers_alike_and_carries_only_its_rows(rings):
    X, y = rings
    classifier = KNeighborsClassifier(n_neighbors=3).fit(X, y)
    pickled = pickle.dumps(classifier)
    restored = pickle.loads(pickled)
    assert len(pickled) < 2 * X.nbytes
    np.testing.assert_array_equal(restored.predict_proba(X), classifier.predict_proba(X))
    np.testing.assert_array_equal(restored.kneighbors()[1], classifier.kneighbors()[1])


def test_a_clone_has_the_parameters_and_nothing_else(rings):
    classifier = KNeighborsClassifier(n_neighbors=3, weights="distance", n_jobs=2).fit(*rings)
    copy = clone(classifier)
    assert copy.get_params() == classifier.get_params()
    assert not hasattr(copy, "classes_")


def test_parameters_set_after_fit_are_obeyed(rings):
    X, y = rings
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X, y)
    classifier.n_neighbors, classifier.weights = 7, "distance"
    expected = KNeighborsClassifier(n_neighbors=7, weights="distance").fit(X, y)
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))


def test_grid_search_and_cross_validation_of_scikit_learn_run_on_it(rings):
    X, y = rings
    grid = GridSearchCV(KNeighborsClassifier(), {"n_neighbors": [1, 5], "n_jobs": [2]}, cv=3)
    expected = sklearn.neighbors.KNeighborsClassifier(grid.fit(X, y).best_params_["n_neighbors"])
    np.testing.assert_array_equal(
        cross_val_score(grid.best_estimator_, X, y), cross_val_score(expected, X, y)
    )


def test_scikit_learn_is_loaded_with_the_estimators_alone():
    script = (
        "import sys, fastnn, fastnn.ops; assert 'sklearn' not in sys.modules;"
        "import fastnn.neighbors; assert 'sklearn' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
