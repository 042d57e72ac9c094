"""NearestNeighbors finds what scikit-learn's finds, and keeps the ways of its estimators."""

import copy
import inspect
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import sklearn.neighbors
from sklearn.base import clone

import fastnn.neighbors
import oracle
from distances import NATIVE, named, nearest, rows_for
from fastnn.neighbors import NearestNeighbors

METHODS = ["kneighbors", "kneighbors_graph", "radius_neighbors", "radius_neighbors_graph"]


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(80, 4))


def described(function):
    return [(p.name, p.default, p.kind) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("method", ["__init__", "fit", "transform", *METHODS])
@pytest.mark.parametrize(
    "name", ["NearestNeighbors", "KNeighborsTransformer", "RadiusNeighborsTransformer"]
)
def test_signatures_are_those_of_scikit_learn_with_ours_behind(name, method):
    ours, theirs = (getattr(module, name) for module in (fastnn.neighbors, sklearn.neighbors))
    if not hasattr(theirs, method):
        assert not hasattr(ours, method)
        return
    own, expected = described(getattr(ours, method)), described(getattr(theirs, method))
    assert own[: len(expected)] == expected
    further = own[len(expected) :]
    assert all(kind is inspect.Parameter.KEYWORD_ONLY for _, _, kind in further)
    assert {name for name, _, _ in further} <= {"verbose", "mask", "farthest"}


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(("parameters", "pairwise"), named(NATIVE))
def test_the_neighbors_of_a_metric_are_those_of_its_definition(parameters, pairwise, rng):
    X, Q = rows_for(parameters, rng, 60), rows_for(parameters, rng, 20)
    distances, indices = NearestNeighbors(n_neighbors=7, **parameters).fit(X).kneighbors(Q)
    expected_distances, expected_indices = nearest(pairwise(Q, X), 7)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"metric": "l2"},
        {"metric": "manhattan"},
        {"metric": "cosine"},
        {"metric": "jaccard"},
        {"p": 1},
        {"p": np.inf},
        {"p": 3},
        {"metric": "minkowski", "p": 2, "metric_params": {"w": np.ones(4)}},
        {"metric": "minkowski", "p": None, "metric_params": {"p": 1.5}},
        {"metric": "seuclidean", "metric_params": {"V": np.ones(4)}},
    ],
    ids=str,
)
def test_attributes_are_those_of_scikit_learn(parameters, X):
    ours, theirs = (
        module.NearestNeighbors(algorithm="brute", **parameters).fit(X)
        for module in (fastnn.neighbors, sklearn.neighbors)
    )
    for name in ("effective_metric_", "effective_metric_params_", "n_features_in_",
                 "n_samples_fit_"):  # fmt: skip
        assert getattr(ours, name) == getattr(theirs, name), name


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("algorithm", ["auto", "brute", "pruned", "kd_tree", "ball_tree"])
def test_every_algorithm_finds_the_same(algorithm, rng):
    X, Q = rng.normal(size=(3000, 6)).astype(np.float32), rng.normal(size=(50, 6))
    X[1000:1500] = X[:500]
    found = NearestNeighbors(n_neighbors=9, algorithm=algorithm).fit(X).kneighbors(Q)
    expected = oracle.neighbors(X, Q, 9)
    np.testing.assert_array_equal(found[1], expected[1])
    np.testing.assert_allclose(found[0], expected[0], rtol=1e-13)


def test_a_ball_tree_takes_the_metrics_that_that_of_scikit_learn_takes(rng):
    X = rng.integers(1, 5, size=(40, 2)).astype(np.float64)
    native = {str(arguments["metric"]) for arguments, _ in NATIVE}
    for metric in sorted(native & set(sklearn.neighbors.VALID_METRICS["ball_tree"])):
        expected = NearestNeighbors(metric=metric).fit(X).kneighbors(X)
        found = NearestNeighbors(metric=metric, algorithm="ball_tree").fit(X).kneighbors(X)
        np.testing.assert_array_equal(found, expected, err_msg=metric)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("k", [1, 5, 79])
def test_leaving_one_out_is_that_of_scikit_learn(k, X):
    ours = NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    theirs = sklearn.neighbors.NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    np.testing.assert_array_equal(ours[1], theirs[1])
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-12)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("farthest", [False, True])
def test_leaving_one_out_keeps_duplicates_by_distance_and_index(farthest, rng):
    X = rng.integers(2, size=(60, 3)).astype(np.float64)  # at most 8 distinct rows
    neighbors = NearestNeighbors(n_neighbors=4).fit(X)
    distances, indices = neighbors.kneighbors(farthest=farthest)
    for i, row in enumerate(X):
        others = np.delete(np.arange(60), i)
        wanted = np.linalg.norm(X[others] - row, axis=1)
        _, [places] = nearest(-wanted[np.newaxis] if farthest else wanted[np.newaxis], 4)
        np.testing.assert_array_equal(indices[i], others[places])
        np.testing.assert_allclose(distances[i], wanted[places], rtol=1e-13)


def test_a_row_that_is_not_nearest_to_itself_is_no_neighbor_of_itself():
    X = [[1.0, 0.0], [3.0, 1.0], [2.0, 2.0]]
    indices = NearestNeighbors(n_neighbors=2, metric="inner_product").fit(X).kneighbors()[1]
    assert indices.tolist() == [[1, 2], [2, 0], [1, 0]]


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("algorithm", ["auto", "brute", "pruned", "kd_tree"])
@pytest.mark.parametrize("farthest", [False, True])
def test_a_masked_search_is_a_search_of_the_rows_in_the_mask(farthest, algorithm, rng):
    X, Q = rng.normal(size=(2000, 5)), rng.normal(size=(30, 5))
    neighbors = NearestNeighbors(n_neighbors=6, algorithm=algorithm).fit(X)
    for share in (0.01, 0.3, 1.0):
        mask = rng.uniform(size=2000) < share
        found = neighbors.kneighbors(Q, mask=mask, farthest=farthest)
        rows = np.flatnonzero(mask)
        apart = NearestNeighbors(n_neighbors=6, algorithm="brute").fit(X[rows])
        distances, places = apart.kneighbors(Q, farthest=farthest)
        np.testing.assert_array_equal(found[1], rows[places])
        np.testing.assert_array_equal(found[0], distances)


def test_a_masked_search_leaves_the_query_out(X):
    mask = np.arange(80) % 4 == 0
    indices = NearestNeighbors(n_neighbors=19).fit(X).kneighbors(mask=mask)[1]
    for i, found in enumerate(indices):
        allowed = set(range(0, 80, 4)) - {i}
        assert set(found) <= allowed
    assert NearestNeighbors().fit(X).kneighbors(mask=mask)[1].shape == (80, 5)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize(("parameters", "pairwise"), named(NATIVE))
def test_the_farthest_rows_are_those_of_the_largest_distance(parameters, pairwise, rng):
    X, Q = rows_for(parameters, rng, 50), rows_for(parameters, rng, 9)
    neighbors = NearestNeighbors(n_neighbors=4, **parameters).fit(X)
    distances, indices = neighbors.kneighbors(Q, farthest=True)
    expected, expected_indices = nearest(-pairwise(Q, X), 4)
    np.testing.assert_array_equal(indices, expected_indices)
    np.testing.assert_allclose(distances, -expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(
    "restored",
    [
        lambda fitted: pickle.loads(pickle.dumps(fitted)),
        copy.copy,
        copy.deepcopy,
        lambda fitted: joblib.Parallel(n_jobs=2)([joblib.delayed(lambda it: it)(fitted)])[0],
    ],
    ids=["pickle", "copy", "deepcopy", "joblib"],
)
def test_a_copied_estimator_answers_alike(restored, X):
    fitted = NearestNeighbors(n_neighbors=3).fit(X[:50]).partial_fit(X[50:]).remove([2, 60])
    other = restored(fitted)
    for found, expected in zip(other.kneighbors(), fitted.kneighbors(), strict=True):
        np.testing.assert_array_equal(found, expected)
    assert other.partial_fit(X[:1]).n_samples_fit_ == 79
    assert fitted.n_samples_fit_ == 78


def test_a_pickle_carries_the_rows_and_not_the_index(X):
    rows = np.tile(X, (200, 1))
    assert len(pickle.dumps(NearestNeighbors().fit(rows))) < rows.nbytes + 2000


def test_a_clone_has_the_parameters_and_nothing_else(X):
    neighbors = NearestNeighbors(n_neighbors=3, verbose=True, algorithm="pruned").fit(X)
    copied = clone(neighbors)
    assert copied.get_params() == neighbors.get_params()
    assert not hasattr(copied, "n_samples_fit_")
    assert not hasattr(copied, "effective_metric_")


def test_parameters_set_after_fit_are_obeyed(X):
    neighbors = NearestNeighbors(n_neighbors=1, radius=0.1).fit(X)
    neighbors.set_params(n_neighbors=7, radius=2.0, n_jobs=2)
    expected = NearestNeighbors(n_neighbors=7, radius=2.0).fit(X)
    np.testing.assert_array_equal(neighbors.kneighbors(X)[1], expected.kneighbors(X)[1])
    found, wanted = (each.radius_neighbors_graph(X) for each in (neighbors, expected))
    assert (found != wanted).nnz == 0


def test_the_metric_is_that_of_the_fit(X):
    neighbors = NearestNeighbors().fit(X)
    expected = neighbors.kneighbors(X)
    np.testing.assert_array_equal(neighbors.set_params(metric="cosine").kneighbors(X), expected)


def test_the_rows_outlive_their_name(rng):
    def fitted():
        return NearestNeighbors(n_neighbors=1).fit(rng.normal(size=(1000, 50)))

    neighbors = fitted()
    assert neighbors.kneighbors(neighbors._rows.parts[0].copy())[1].ravel().tolist() == [
        *range(1000)
    ]


def test_a_long_search_draws_a_bar_if_asked(X, monkeypatch, capsys):
    monkeypatch.setattr("fastnn.neighbors._verbosity._DELAY", 0)
    neighbors = NearestNeighbors().fit(X)
    neighbors.kneighbors(X)
    neighbors.radius_neighbors(X)
    assert capsys.readouterr().err == ""
    neighbors.set_params(verbose=True)
    expected = neighbors.set_params(verbose=False).kneighbors(X)
    np.testing.assert_array_equal(neighbors.set_params(verbose=True).kneighbors(X), expected)
    assert "80/80" in capsys.readouterr().err
    neighbors.radius_neighbors(X[:7])
    assert "7/7" in capsys.readouterr().err


def test_scikit_learn_is_loaded_with_the_estimators_alone():
    script = (
        "import sys, fastnn, fastnn.ops; assert 'sklearn' not in sys.modules;"
        "import fastnn.neighbors; assert 'sklearn' in sys.modules;"
        "assert 'safetensors' not in sys.modules and 'tqdm' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
