"""Correct answers out of 10,000 on real images, as computed independently of this project."""

import numpy as np
import pytest

import oracle
from fastnn.neighbors import KNeighborsClassifier

MNIST = {1: 9691, 3: 9705, 5: 9688, 7: 9694}
FASHION_MNIST = {1: 8497, 3: 8541, 5: 8554, 7: 8540}


def as_rows(images, dtype):
    return images.reshape(len(images), -1).astype(dtype, copy=False)


def search_once_for_seven(train, labels, test):
    """Return the fitted classifier and the neighbours that answer every smaller k as well."""
    classifier = KNeighborsClassifier(n_neighbors=7).fit(train, labels)
    return classifier, classifier.kneighbors(test, return_distance=False)


def correct_answers(indices, train_labels, test_labels, ks):
    return {
        k: int((oracle.majority(train_labels, indices[:, :k]) == test_labels).sum()) for k in ks
    }


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize(("data", "expected"), [("mnist", MNIST), ("fashion_mnist", FASHION_MNIST)])
def test_raw_pixels_give_the_published_counts(data, expected, dtype, request):
    (x_train, y_train), (x_test, y_test) = request.getfixturevalue(data)
    test = as_rows(x_test, dtype)
    classifier, indices = search_once_for_seven(as_rows(x_train, dtype), y_train, test)
    assert correct_answers(indices, y_train, y_test, expected) == expected
    some = slice(0, 200)
    np.testing.assert_array_equal(
        classifier.predict(test[some]), oracle.majority(y_train, indices[some])
    )


def test_standardised_pixels_give_the_published_counts(mnist):
    (x_train, y_train), (x_test, y_test) = mnist
    train, test = as_rows(x_train, np.float64), as_rows(x_test, np.float64)
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-8
    train, test = (train - mean) / deviation, (test - mean) / deviation
    _, indices = search_once_for_seven(train, y_train, test)
    assert correct_answers(indices, y_train, y_test, (3, 7)) == {3: 9452, 7: 9433}
