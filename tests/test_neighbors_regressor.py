"""KNeighborsRegressor averages as scikit-learn's does, and by its definition."""

import pickle

import numpy as np
import pytest
import sklearn.neighbors
from scipy.sparse import csr_array
from sklearn.exceptions import NotFittedError

import oracle
from fastnn.neighbors import KNeighborsRegressor
from messages import raises


def gaussian(distances):
    return np.exp(-(distances**2))


@pytest.fixture
def rng():
    return np.random.default_rng(12)


@pytest.fixture
def wave(rng):
    """Points of a noisy wave over the plane."""
    X = rng.uniform(-3, 3, size=(300, 2))
    return X, np.sin(X[:, 0]) * X[:, 1] + 0.1 * rng.normal(size=300)


@pytest.mark.parametrize("k", [1, 4, 15])
@pytest.mark.parametrize("weights", ["uniform", None, "distance", gaussian])
@pytest.mark.parametrize("metric", ["minkowski", "manhattan"])
@pytest.mark.parametrize("n_outputs", [None, 1, 3])
def test_means_are_those_of_scikit_learn(n_outputs, metric, weights, k, wave):
    X, y = wave
    targets = y if n_outputs is None else np.column_stack([y ** (1 + j) for j in range(n_outputs)])
    parameters = {"n_neighbors": k, "weights": weights, "metric": metric}
    ours = KNeighborsRegressor(**parameters).fit(X[::2], targets[::2])
    theirs = sklearn.neighbors.KNeighborsRegressor(**parameters).fit(X[::2], targets[::2])
    for queries in (X[1::2], None):
        expected = theirs.predict(queries)
        np.testing.assert_allclose(ours.predict(queries), expected, rtol=1e-9, atol=1e-12)
        assert ours.predict(queries).shape == expected.shape
    score = theirs.score(X[1::2], targets[1::2])
    np.testing.assert_allclose(ours.score(X[1::2], targets[1::2]), score, rtol=1e-9)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_means_are_those_of_the_definition(weights, rng):
    X, Q = (rng.integers(9, size=(n, 2)).astype(np.float32) for n in (200, 60))
    targets = rng.normal(size=200)
    regressor = KNeighborsRegressor(n_neighbors=6, weights=weights).fit(X, targets)
    distances, indices = oracle.neighbors(X, Q, 6)
    for mean, of_query, averaged in zip(regressor.predict(Q), distances, indices, strict=True):
        if weights == "uniform":
            expected = targets[averaged].mean()
        elif (of_query == 0).any():
            expected = targets[averaged][of_query == 0].mean()
        else:
            expected = np.average(targets[averaged], weights=1 / of_query)
        assert mean == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.float32, object])
def test_targets_of_every_dtype_are_averaged_in_float64(dtype):
    targets = np.array([0, 1, 1, 1]).astype(dtype)
    regressor = KNeighborsRegressor(n_neighbors=3).fit([[0], [1], [2], [3]], targets)
    predicted = regressor.predict([[0.9]])
    assert predicted.dtype == np.float64
    assert predicted.tolist() == [2 / 3]


def test_targets_are_kept_as_they_were_when_fitted():
    targets = np.array([1.0, 2.0])
    regressor = KNeighborsRegressor(n_neighbors=1).fit([[0.0], [1.0]], targets)
    targets[:] = 99
    assert regressor.predict([[0.1]]).tolist() == [1]


def test_lists_frames_and_sparse_rows_are_averaged_as_arrays_are(wave):
    pandas = pytest.importorskip("pandas", reason="reads frames, which only pandas makes")
    X, y = wave
    expected = KNeighborsRegressor().fit(X, y).predict(X)
    frame = pandas.DataFrame(X, columns=["east", "north"])
    for rows, targets in (
        (X.tolist(), y.tolist()),
        (frame, pandas.Series(y)),
        (csr_array(X), y),
        (X, csr_array(y[:, np.newaxis])),
    ):
        found = KNeighborsRegressor().fit(rows, targets).predict(rows)
        np.testing.assert_allclose(found.ravel(), expected, rtol=1e-12)


def test_a_masked_mean_is_the_mean_of_the_rows_in_the_mask(wave, rng):
    X, y = wave
    mask = rng.uniform(size=300) < 0.3
    part = KNeighborsRegressor(weights="distance").fit(X[mask], y[mask])
    whole = KNeighborsRegressor(weights="distance").fit(X, y)
    np.testing.assert_array_equal(whole.predict(X, mask=mask), part.predict(X))


@pytest.mark.parametrize("n_outputs", [None, 2])
def test_rows_that_are_added_or_removed_count_as_if_fitted_so(n_outputs, wave):
    X, y = wave
    targets = y if n_outputs is None else np.column_stack([y, -y])
    regressor = KNeighborsRegressor()
    for part in np.array_split(np.arange(300), 4):
        regressor.partial_fit(X[part], targets[part])
    whole = KNeighborsRegressor().fit(X, targets)
    np.testing.assert_array_equal(regressor.predict(X), whole.predict(X))
    regressor.remove(np.arange(100, 200))
    kept = np.r_[0:100, 200:300]
    expected = KNeighborsRegressor().fit(X[kept], targets[kept])
    np.testing.assert_array_equal(regressor.predict(X), expected.predict(X))
    np.testing.assert_array_equal(regressor.predict(None), expected.predict(None))


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (None, ValueError,
         "This KNeighborsRegressor estimator requires y to be passed, but the target y is None"),
        (["a", "b"], ValueError, "expected y to hold numbers. Received dtype: <U1"),
        (np.empty((2, 0)), ValueError, None),
        ([1.0], ValueError, "Found input variables with inconsistent numbers of samples: [2, 1]"),
        ([1.0, np.nan], ValueError, None),
        ([1.0, 1j], ValueError, None),
    ],
)  # fmt: skip
def test_targets_that_have_no_mean_are_refused(y, error, message):
    regressor = KNeighborsRegressor(n_neighbors=1).fit([[0.0], [1.0]], [0.0, 1.0])
    before = dict(vars(regressor))
    for attempt in (regressor.fit, regressor.partial_fit):
        with pytest.raises(error) if message is None else raises(error, message):
            attempt([[0.0], [1.0]], y)
        assert vars(regressor) == before


def test_targets_of_another_shape_are_not_added():
    regressor = KNeighborsRegressor(n_neighbors=1).fit([[0.0]], [[1.0, 2.0]])
    with raises(ValueError, "expected y of shape (n_samples, 2), as before. Received: (1, 3)"):
        regressor.partial_fit([[0.0]], [[1.0, 2.0, 3.0]])
    assert regressor.predict([[0.0]]).tolist() == [[1.0, 2.0]]


def test_an_estimator_that_was_not_fitted_says_so():
    with pytest.raises(NotFittedError, match="This KNeighborsRegressor instance is not fitted"):
        KNeighborsRegressor().predict([[0.0]])


def test_a_pickled_regressor_averages_alike(wave):
    regressor = KNeighborsRegressor(n_neighbors=3).fit(*wave).remove([5])
    restored = pickle.loads(pickle.dumps(regressor))
    np.testing.assert_array_equal(restored.predict(wave[0]), regressor.predict(wave[0]))
