"""Labels follow their rows: added, removed, and asked for while they change."""

import threading

import numpy as np
import pytest

from fastnn.neighbors import KNeighborsClassifier
from fastnn.neighbors._targets import ClassTargets
from messages import raises


@pytest.fixture
def rng():
    return np.random.default_rng(19)


@pytest.fixture
def blobs(rng):
    """Points around three centres that overlap, with the name of the centre."""
    X = rng.normal(size=(300, 2)) + np.repeat([[0, 0], [2, 0], [0, 2]], 100, axis=0)
    return X, np.repeat(["inner", "middle", "outer"], 100)


def test_rows_that_are_added_vote_as_rows_that_were_there(blobs):
    X, y = blobs
    order = np.argsort(y, kind="stable")[::-1]  # "outer" first, new classes in later calls
    X, y = X[order], y[order]
    whole = KNeighborsClassifier().fit(X, y)
    grown = KNeighborsClassifier()
    for part in np.array_split(np.arange(300), 7):
        grown.partial_fit(X[part], y[part])
    assert grown.n_samples_fit_ == 300
    np.testing.assert_array_equal(grown.classes_, whole.classes_)
    np.testing.assert_array_equal(grown.predict_proba(X), whole.predict_proba(X))


def test_classes_that_are_foretold_have_their_column_from_the_start():
    classifier = KNeighborsClassifier(n_neighbors=1)
    classifier.partial_fit([[0.0]], ["b"], classes=["c", "b", "a"])
    assert classifier.predict_proba([[5.0]]).tolist() == [[0, 1, 0]]
    classifier.partial_fit([[1.0]], ["longer"], classes=["d"])
    assert classifier.classes_.tolist() == ["a", "b", "c", "d", "longer"]
    assert classifier.predict([[0.9], [0.1]]).tolist() == ["longer", "b"]


def test_several_outputs_grow_with_classes_of_their_own():
    classifier = KNeighborsClassifier(n_neighbors=1)
    classifier.partial_fit([[0.0], [1.0]], [[0, 5], [1, 6]], classes=[[0, 1], [5, 6, 7]])
    classifier.partial_fit([[2.0]], [[3, 5]])
    assert [classes.tolist() for classes in classifier.classes_] == [[0, 1, 3], [5, 6, 7]]
    assert classifier.predict([[2.1], [0.9]]).tolist() == [[3, 5], [1, 6]]


def test_rows_that_are_removed_do_not_vote(blobs):
    X, y = blobs
    removed = np.arange(0, 300, 3)
    classifier = KNeighborsClassifier().fit(X, y).remove(removed)
    kept = np.delete(np.arange(300), removed)
    expected = KNeighborsClassifier().fit(X[kept], y[kept])
    np.testing.assert_array_equal(classifier.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(classifier.predict(None), expected.predict(None))
    classifier.partial_fit(X[removed], y[removed])
    np.testing.assert_array_equal(
        classifier.predict(X), KNeighborsClassifier().fit(X, y).predict(X)
    )


def test_predictions_while_another_thread_adds_rows_are_by_the_rows_of_some_moment(rng):
    X = rng.normal(size=(400, 2))
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X[:100], np.full(100, 50))
    reference = KNeighborsClassifier(n_neighbors=1).fit(X[:100], np.full(100, 50))
    queries = rng.normal(size=(20, 2))
    moments = {reference.predict(queries).tobytes()}
    batches = [(X[i : i + 10], np.full(10, 100 - i // 4)) for i in range(100, 400, 10)]
    for batch in batches:  # every label is new and sorts before the others: the codes move
        moments.add(reference.partial_fit(*batch).predict(queries).tobytes())
    seen, done = [], threading.Event()

    def predict():
        while not done.is_set():
            seen.append(classifier.predict(queries).tobytes())

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for batch in batches:
        classifier.partial_fit(*batch)
    done.set()
    for thread in threads:
        thread.join()
    assert len(moments) > 10
    assert set(seen) <= moments


@pytest.mark.parametrize(
    ("rows", "labels", "error", "message"),
    [
        ([[0.0, 1.0]], ["x"], ValueError,
         "expected labels of dtype int64, as before. Received: <U1"),
        ([[0.0, 1.0]], [1.0], ValueError,
         "expected labels of dtype int64, as before. Received: float64"),
        ([[0.0, 1.0]], np.array([2**63], dtype=np.uint64), ValueError,
         "expected labels of dtype int64, as before. Received: uint64"),
        ([[0.0, 1.0]], [[1, 2]], ValueError,
         "expected y of shape (n_samples,), as before. Received: (1, 2)"),
        ([[0.0, 1.0]], [0, 1], ValueError,
         "Found input variables with inconsistent numbers of samples: [1, 2]"),
        ([[0.0]], [0], ValueError,
         "X has 1 features, but KNeighborsClassifier is expecting 2 features as input."),
    ],
)  # fmt: skip
def test_rows_that_do_not_fit_are_not_added(rows, labels, error, message, blobs):
    X, _ = blobs
    classifier = KNeighborsClassifier().fit(X, np.arange(300) % 3)
    before = dict(vars(classifier))
    with raises(error, message):
        classifier.partial_fit(rows, labels)
    assert vars(classifier) == before


@pytest.mark.parametrize(
    ("before", "after", "classes"),
    [
        ([1, 2], np.array([300], dtype=np.uint16), [1, 2, 300]),
        ([True, False], [7], [0, 1, 7]),
        ([1.0, 2.0], [3], [1.0, 2.0, 3.0]),
        (["a", "b"], np.array(["longer"], dtype=object), ["a", "b", "longer"]),
    ],
    ids=["bytes", "booleans", "whole floats", "objects"],
)
def test_labels_of_related_dtypes_become_one(before, after, classes):
    classifier = KNeighborsClassifier(n_neighbors=1).fit([[0.0], [1.0]], before)
    classifier.partial_fit([[2.0]], after)
    assert classifier.classes_.tolist() == classes
    assert classifier.predict([[0.0], [1.0], [2.0]]).tolist() == [*before, *after]


@pytest.mark.parametrize("added", [False, True])
def test_an_interrupted_addition_leaves_rows_and_labels_together(added, blobs, monkeypatch):
    X, y = blobs
    classifier = KNeighborsClassifier(n_neighbors=1).fit(X[::2], y[::2])

    def interrupted(rows):
        if added:
            KNeighborsClassifier._add_rows(classifier, rows)
        raise KeyboardInterrupt

    monkeypatch.setattr(classifier, "_add_rows", interrupted)
    with pytest.raises(KeyboardInterrupt):
        classifier.partial_fit([[50.0, 50.0]], ["far"])
    monkeypatch.undo()
    assert classifier.n_samples_fit_ == 150 + added
    classifier.partial_fit([[90.0, 90.0]], ["farther"])
    assert classifier.predict([[90.0, 90.0]]).tolist() == ["farther"]
    assert (classifier.predict([[50.0, 50.0]]) == "far") == added
    np.testing.assert_array_equal(classifier.predict(X[::2]), y[::2])


@pytest.mark.parametrize(
    ("classes", "codes", "is_2d", "message"),
    [
        ((["a", "b"],), [[0, 1]], False, "the labels of the rows are no codes of classes"),
        ((np.array([3, 5]),), np.zeros((1, 2)), False,
         "the labels of the rows are no codes of classes"),
        ((np.array([3, 5]),), np.array([0, 1]), False,
         "the labels of the rows are no codes of classes"),
        ((np.array([3, 5]),), np.array([[0, 1], [0, 1]]), True,
         "the labels of the rows are not of as many outputs as the classes"),
        ((np.array([3, 5]), np.array([0])), np.array([[0, 1], [0, 0]]), False,
         "the labels of the rows are not of as many outputs as the classes"),
        ((np.array([5, 3]),), np.array([[0, 1]]), False, "the classes are not sorted"),
        ((np.array([3, 5]),), np.array([[0, 2]]), False,
         "the labels of the rows are not among the classes"),
        ((np.array([3, 5]),), np.array([[-1, 0]]), False,
         "the labels of the rows are not among the classes"),
    ],
)  # fmt: skip
def test_labels_from_a_file_that_cannot_be_are_refused(classes, codes, is_2d, message):
    with raises(ValueError, message):
        ClassTargets.checked(classes, codes, is_2d)
