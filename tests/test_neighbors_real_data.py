"""Published figures on real data come out, and elsewhere the answers of scikit-learn.

Correct answers out of 10,000 images were computed independently of this project; the other figures
are those of R. Kneusel, *Practical Deep Learning*, 2nd edition.
"""

import os
from pathlib import Path

import numpy as np
import pytest
import sklearn.neighbors
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA

import oracle
from fastnn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    NearestCentroid,
    NearestNeighbors,
)

MNIST = {1: 9691, 3: 9705, 5: 9688, 7: 9694}
FASHION_MNIST = {1: 8497, 3: 8541, 5: 8554, 7: 8540}
BREAST_CANCER = {1: 0.951301, 3: 0.966282, 5: 0.965998, 7: 0.96520, 9: 0.967011, 11: 0.965069,
                 13: 0.962400, 15: 0.959976}  # fmt: skip


def as_rows(images, dtype):
    return images.reshape(len(images), -1).astype(dtype, copy=False)


def correct_answers(train, labels, test, truth, ks):
    """Return how many rows of `test` each k classifies rightly."""
    accuracies = KNeighborsClassifier().fit(train, labels).sweep(test, truth, ks=ks)
    return {k: round(accuracy * len(truth)) for k, accuracy in accuracies.items()}


def file_of(folder, name):
    root = os.environ.get("FASTNN_DATA_DIR")
    if root is None or not Path(root, folder, name).is_file():
        pytest.skip(f"needs the file {folder}/{name} in FASTNN_DATA_DIR, which is {root!r}")
    return Path(root, folder, name)


@pytest.fixture(scope="module")
def standardised(mnist):
    """MNIST in columns of mean 0 and deviation 1, as the book makes them."""
    (x_train, y_train), (x_test, y_test) = mnist
    train, test = as_rows(x_train, np.float64), as_rows(x_test, np.float64)
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-8
    return (train - mean) / deviation, y_train, (test - mean) / deviation, y_test


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(("data", "expected"), [("mnist", MNIST), ("fashion_mnist", FASHION_MNIST)])
def test_raw_pixels_give_the_published_counts(data, expected, dtype, request):
    (x_train, y_train), (x_test, y_test) = request.getfixturevalue(data)
    train, test = as_rows(x_train, dtype), as_rows(x_test, dtype)
    assert correct_answers(train, y_train, test, y_test, expected) == expected


def test_scaled_pixels_give_the_published_counts(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    train, test = as_rows(x_train, np.float32) / 256, as_rows(x_test, np.float32) / 256
    assert correct_answers(train, y_train, test, y_test, (3, 7)) == {3: 9705, 7: 9694}


def test_standardised_pixels_give_the_published_counts(standardised):
    assert correct_answers(*standardised, (3, 7)) == {3: 9452, 7: 9433}


def test_fifteen_principal_components_give_the_published_accuracies(standardised):
    train, y_train, test, y_test = standardised
    components = PCA(15, svd_solver="covariance_eigh").fit(train)
    train, test = components.transform(train), components.transform(test)
    accuracies = KNeighborsClassifier().fit(train, y_train).sweep(test, y_test, ks=(3, 7))
    accuracies["centroid"] = NearestCentroid().fit(train, y_train).score(test, y_test)
    # The book's components came from a randomised solver, unseeded. Its figures differ by up to
    # 0.0016 from seed to seed; these are of the exact components.
    assert accuracies == pytest.approx({3: 0.9355, 7: 0.9370, "centroid": 0.7523}, abs=8e-4)


@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has at least 1 zero")
def test_nearest_centroids_give_the_published_accuracies(mnist, standardised):
    (x_train, y_train), (x_test, y_test) = mnist
    train, test = as_rows(x_train, np.float32), as_rows(x_test, np.float32)
    assert NearestCentroid().fit(train, y_train).score(test, y_test) == 0.8203
    assert NearestCentroid().fit(train / 256, y_train).score(test / 256, y_test) == 0.8203
    train, y_train, test, y_test = standardised
    assert NearestCentroid().fit(train, y_train).score(test, y_test) == 0.8092


def test_threes_and_fives_are_confused_as_published(mnist):
    (x_train, y_train), (x_test, y_test) = (
        (as_rows(x, np.uint8)[(y == 3) | (y == 5)], y[(y == 3) | (y == 5)] == 5) for x, y in mnist
    )
    predicted = KNeighborsClassifier(n_neighbors=3).fit(x_train, y_train).predict(x_test)
    confusion = [
        int((predicted[y_test == truth] == answer).sum())
        for truth in (False, True)
        for answer in (False, True)
    ]
    assert confusion == [994, 16, 14, 878]  # TN, FP, FN, TP


def test_scrambled_pixels_change_no_answer(mnist):
    (x_train, y_train), (x_test, _) = mnist
    train, test = as_rows(x_train, np.uint8), as_rows(x_test, np.uint8)[:1000]
    scrambled = np.random.default_rng(15).permutation(784)
    expected = KNeighborsClassifier().fit(train, y_train).kneighbors(test)
    moved = np.ascontiguousarray(train[:, scrambled])
    found = KNeighborsClassifier().fit(moved, y_train).kneighbors(test[:, scrambled])
    np.testing.assert_array_equal(found, expected)


def test_breast_cancer_gives_the_published_mean_accuracies():
    X, y = load_breast_cancer(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    rng = np.random.default_rng(16)
    accuracies = []
    for _ in range(200):
        order = rng.permutation(569)
        for test in order[:565].reshape(5, 113):
            train = np.setdiff1d(order, test)
            classifier = KNeighborsClassifier().fit(X[train], y[train])
            of_each_k = classifier.sweep(X[test], y[test], ks=BREAST_CANCER)
            centroids = NearestCentroid().fit(X[train], y[train])
            accuracies.append([*of_each_k.values(), centroids.score(X[test], y[test])])
    of_reshuffles = np.reshape(accuracies, (200, 5, -1)).mean(axis=1)
    error = of_reshuffles.std(axis=0) / np.sqrt(200)
    published = np.array([*BREAST_CANCER.values(), 0.929905])
    assert (np.abs(of_reshuffles.mean(axis=0) - published) < 3 * error).all()
    assert error.max() < 4e-4


def test_letters_have_the_neighbors_of_the_definition_among_many_equally_far():
    path = file_of("letter", "letter-recognition.data")
    y = np.loadtxt(path, dtype="U1", delimiter=",", usecols=0)
    X = np.loadtxt(path, dtype=np.uint8, delimiter=",", usecols=range(1, 17))
    classifier = KNeighborsClassifier(n_neighbors=4).fit(X[:16000], y[:16000])
    distances, indices = classifier.kneighbors(X[16000:])
    expected_distances, expected = oracle.neighbors(X[:16000], X[16000:16300], 4)
    np.testing.assert_array_equal(indices[:300], expected)
    np.testing.assert_array_equal(distances[:300], expected_distances)
    assert (distances[:, 2] == distances[:, 3]).mean() > 0.2
    theirs = sklearn.neighbors.NearestNeighbors(n_neighbors=4).fit(X[:16000])
    np.testing.assert_allclose(distances, theirs.kneighbors(X[16000:])[0], rtol=1e-14)
    assert 0.955 < classifier.set_params(n_neighbors=1).score(X[16000:], y[16000:]) < 0.965


def test_forests_are_classified_as_by_scikit_learn():
    path = file_of("covertype", "covertype_16pct_scaled.csv.gz")
    data = np.loadtxt(path, dtype=np.float32, delimiter=",", skiprows=1)
    order = np.random.default_rng(17).permutation(len(data))
    X, y = data[order, :-1], data[order, -1].astype(np.int64)
    train, test = slice(200, None), slice(0, 200)
    for metric in ("euclidean", "manhattan"):
        parameters = {"n_neighbors": 5, "weights": "distance", "metric": metric}
        ours = KNeighborsClassifier(**parameters).fit(X[train], y[train])
        theirs = sklearn.neighbors.KNeighborsClassifier(**parameters, algorithm="brute")
        theirs.fit(X[train].astype(np.float64), y[train])
        distances, _ = ours.kneighbors(X[test], 6)
        expected, _ = theirs.kneighbors(X[test].astype(np.float64), 6)
        np.testing.assert_allclose(distances, expected, rtol=1e-6)
        decided = distances[:, 4] < distances[:, 5]
        assert decided.mean() > 0.9
        np.testing.assert_allclose(
            ours.predict_proba(X[test][decided]), theirs.predict_proba(X[test][decided]), rtol=1e-6
        )


def test_proteins_are_regressed_as_by_scikit_learn():
    data = np.loadtxt(file_of("casp", "CASP.csv"), delimiter=",", skiprows=1)
    X, y = data[:, 1:], data[:, 0]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    order = np.random.default_rng(18).permutation(len(X))
    train, test = order[5000:], order[:5000]
    for weights in ("uniform", "distance"):
        ours = KNeighborsRegressor(weights=weights).fit(X[train], y[train])
        theirs = sklearn.neighbors.KNeighborsRegressor(weights=weights, n_jobs=2)
        theirs.fit(X[train], y[train])
        distances, _ = ours.kneighbors(X[test], 6)
        decided = test[distances[:, 4] < distances[:, 5]]
        assert len(decided) > 4500
        expected = theirs.predict(X[decided])
        np.testing.assert_allclose(ours.predict(X[decided]), expected, rtol=1e-10)
        scores = ours.sweep(X[test], y[test], ks=(1, 5))
        assert scores[5] == ours.score(X[test], y[test])
        assert 0.6 < scores[5] < 0.75


def test_sift_descriptors_have_their_published_neighbors():
    base, queries = (
        np.fromfile(file_of("siftsmall", f"siftsmall_{part}.fvecs"), np.float32).reshape(-1, 129)
        for part in ("base", "query")
    )
    published = np.fromfile(file_of("siftsmall", "siftsmall_groundtruth.ivecs"), np.int32)
    published = published.reshape(100, 101)[:, 1:]
    X, Q = base[:, 1:], queries[:, 1:]
    distances, indices = (
        NearestNeighbors(n_neighbors=100, metric="sqeuclidean").fit(X).kneighbors(Q)
    )
    of_published = ((X[published].astype(np.float64) - Q[:, np.newaxis]) ** 2).sum(axis=2)
    np.testing.assert_array_equal(distances, of_published)
    alone = np.diff(distances, axis=1, prepend=-1, append=np.inf) > 0
    alone = alone[:, 1:] & alone[:, :-1]  # no other row is as far away
    alone[:, -1] = False  # nor, perhaps, the row that came next
    assert alone.mean() > 0.9
    np.testing.assert_array_equal(indices[alone], published[alone])
