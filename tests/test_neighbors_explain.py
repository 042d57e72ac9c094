"""An explanation names the voters, and what comes of them is what is predicted."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

import oracle
from fastnn.neighbors import KNeighborsClassifier
from messages import raises


@pytest.fixture(scope="module")
def digits():
    X, y = load_digits(return_X_y=True)
    return X[:1000], y[:1000], X[1000:1020]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("names", [False, True])
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_the_voters_are_the_nearest_rows_with_their_labels(weights, names, digits):
    X, y, queries = digits
    y = np.array([f"digit {label}" for label in y]) if names else y
    classifier = KNeighborsClassifier(n_neighbors=7, weights=weights).fit(X, y)
    distances, indices = oracle.neighbors(X, queries, 7)
    shares = classifier.predict_proba(queries)
    for i, query in enumerate(queries):
        voters = classifier.explain(query)
        np.testing.assert_array_equal(voters.indices, indices[i])
        np.testing.assert_allclose(voters.distances, distances[i], rtol=1e-13)
        np.testing.assert_array_equal(voters.labels, y[indices[i]])
        assert voters.prediction == classifier.predict([query])[0]
        for label, share in zip(classifier.classes_, shares[i], strict=True):
            assert voters.weights[voters.labels == label].sum() == pytest.approx(share)


def test_a_printed_explanation_lists_the_voters():
    classifier = KNeighborsClassifier(n_neighbors=3, weights="distance")
    classifier.fit([[0.0], [1.0], [1234.5]], ["cat", "dog", "cat"])
    assert repr(classifier.explain([0.25])) == "\n".join(
        [
            "prediction: cat",
            " row  distance  weight  label",
            "   0      0.25   0.750  cat",
            "   1      0.75   0.250  dog",
            "   2   1234.25   0.000  cat",
        ]
    )


def test_several_outputs_have_a_label_each():
    classifier = KNeighborsClassifier(n_neighbors=2).fit([[0.0], [1.0]], [[1, 5], [2, 6]])
    voters = classifier.explain([0.1])
    assert voters.prediction.tolist() == [1, 5]
    assert voters.labels.tolist() == [[1, 5], [2, 6]]


def test_a_query_may_be_a_row_of_a_matrix_or_of_a_frame(digits):
    pandas = pytest.importorskip("pandas", reason="reads frames, which only pandas makes")
    X, y, queries = digits
    frame = pandas.DataFrame(X, columns=[f"pixel {i}" for i in range(64)])
    classifier = KNeighborsClassifier().fit(X, y)
    expected = classifier.explain(queries[3])
    for fitted, query in (
        (X, queries[3:4]),
        (X, queries[3].tolist()),
        (frame, pandas.DataFrame(queries[3:4], columns=frame.columns)),
    ):
        voters = KNeighborsClassifier().fit(fitted, y).explain(query)
        np.testing.assert_array_equal(voters.indices, expected.indices)


def test_a_mask_restricts_the_voters(digits):
    X, y, queries = digits
    classifier = KNeighborsClassifier().fit(X, y)
    voters = classifier.explain(queries[0], mask=y == 4)
    assert (voters.labels == 4).all()
    assert voters.prediction == 4


def test_several_rows_are_refused(digits):
    X, y, _ = digits
    with raises(ValueError, "expected x to be one row. Received: 3 rows"):
        KNeighborsClassifier().fit(X, y).explain(X[:3])
