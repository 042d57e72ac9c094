"""Saved estimators come back whole, from files that hold no code."""

import json
import mmap
import os

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_array, issparse
from sklearn.exceptions import NotFittedError

from fastnn import neighbors
from fastnn.neighbors import KNeighborsClassifier, NearestNeighbors
from messages import raises

LABELS = np.array(["low", "middle", "high"])


@pytest.fixture
def rng():
    return np.random.default_rng(15)


@pytest.fixture(name="X")
def rows(rng):
    return rng.normal(size=(60, 4))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "fitted.safetensors"


def saved_and_loaded(estimator, path, *, mmap=False):
    estimator.save(path)
    return type(estimator).load(path, mmap=mmap)


def refused():
    return pytest.raises(ValueError, match=r"^expected a file that NearestNeighbors\.save has writ")


def dense(result):
    return result.toarray() if issparse(result) else result


def is_mapped(array):
    while array is not None and not isinstance(array, mmap.mmap):
        array = getattr(array, "base", None)
    return array is not None


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("NearestNeighbors", "kneighbors"),
        ("NearestNeighbors", "radius_neighbors_graph"),
        ("KNeighborsClassifier", "predict_proba"),
        ("KNeighborsRegressor", "predict"),
        ("RadiusNeighborsClassifier", "predict"),
        ("RadiusNeighborsRegressor", "predict"),
        ("KNeighborsTransformer", "transform"),
        ("RadiusNeighborsTransformer", "transform"),
    ],
)
def test_every_estimator_answers_as_before_it_was_saved(name, use, mapped, X, rng, path):
    y = rng.normal(size=60) if "Regressor" in name else LABELS[rng.integers(3, size=60)]
    estimator = getattr(neighbors, name)().set_params(n_jobs=1)
    if "radius" in estimator.get_params():
        estimator.set_params(radius=9.0)
    estimator.fit(X[:40], y[:40]).partial_fit(X[40:], y[40:]).remove([3, 50])
    expected, parameters = getattr(estimator, use)(X), estimator.get_params()
    for _ in range(2):  # what was loaded can be saved where it came from
        estimator = saved_and_loaded(estimator, path, mmap=mapped)
        found = getattr(estimator, use)(X)
        np.testing.assert_array_equal(dense(found), dense(expected))
    assert estimator.get_params() == parameters
    assert estimator.n_samples_fit_ == 58
    assert estimator.n_features_in_ == 4


@pytest.mark.parametrize("metric", ["euclidean", "manhattan"])
def test_centroids_come_back(metric, X, rng, path):
    centroids = neighbors.NearestCentroid(metric=metric).fit(X, LABELS[rng.integers(3, size=60)])
    loaded = saved_and_loaded(centroids, path)
    assert loaded.predict(X).tolist() == centroids.predict(X).tolist()
    np.testing.assert_array_equal(loaded.centroids_, centroids.centroids_)


@pytest.mark.parametrize("name", ["classes_", "class_prior_", "centroids_"])
def test_centroids_that_do_not_fit_their_classes_are_refused(name, X, path):
    neighbors.NearestCentroid().fit(X, np.arange(60) % 3).save(path)
    changed(path, lambda tensors, *parts: tensors.update({name: tensors[name][:-1]}))
    with pytest.raises(ValueError, match=r"^expected a file that NearestCentroid\.save has writ"):
        neighbors.NearestCentroid.load(path)


@pytest.mark.parametrize(
    "labels",
    [
        ["dog", "cat", "dog"],
        np.array(["dog", "cat", "dog"], dtype=object),
        [True, False, True],
        np.array([3, 1, 3], dtype=np.uint16),
        [2.0, 1.0, 2.0],
        [["a", "x"], ["b", "y"], ["a", "y"]],
        [[1, 20], [2, 10], [1, 10]],
    ],
    ids=["strings", "objects", "booleans", "integers", "floats", "two columns", "two numbers"],
)
def test_labels_of_every_kind_come_back(labels, path):
    fitted = KNeighborsClassifier(n_neighbors=1).fit([[0.0], [1.0], [2.0]], labels)
    loaded = saved_and_loaded(fitted, path)
    predicted, expected = loaded.predict([[0.1], [1.1]]), fitted.predict([[0.1], [1.1]])
    assert predicted.dtype == expected.dtype
    assert predicted.tolist() == expected.tolist()
    for own, wanted in zip(loaded.classes_, fitted.classes_, strict=True):
        np.testing.assert_array_equal(own, wanted)


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"n_neighbors": np.int64(3), "radius": np.float32(0.5), "verbose": False},
        {"metric": "minkowski", "p": np.inf},
        {"metric": "minkowski", "p": 1.5, "algorithm": "brute", "leaf_size": 7, "n_jobs": -1},
        {"metric": "seuclidean", "metric_params": {"V": np.array([1.0, 2.0, 3.0, 4.0])}},
        {"metric": "minkowski", "metric_params": {"w": [1.0, 2.0, 3.0, 4.0]}},
    ],
    ids=str,
)
def test_parameters_come_back(parameters, X, path):
    fitted = NearestNeighbors(**parameters).fit(X)
    loaded = saved_and_loaded(fitted, path)
    np.testing.assert_equal(loaded.get_params(), fitted.get_params())
    np.testing.assert_equal(loaded.effective_metric_params_, fitted.effective_metric_params_)
    np.testing.assert_array_equal(loaded.kneighbors(X[:9]), fitted.kneighbors(X[:9]))


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_rows_keep_their_dtype_and_stay_in_the_file_if_mapped(dtype, mapped, rng, path):
    X = rng.integers(256, size=(50, 7)).astype(dtype)
    fitted = NearestNeighbors().fit(X[::2])
    loaded = saved_and_loaded(fitted, path, mmap=mapped)
    [rows] = loaded._rows.parts
    assert rows.dtype == dtype
    assert is_mapped(rows) == mapped
    np.testing.assert_array_equal(loaded.kneighbors(X), fitted.kneighbors(X))


@pytest.mark.parametrize("mapped", [False, True])
def test_sparse_rows_come_back(mapped, X, path):
    X = np.where(abs(X) < 1, 0, X)
    fitted = NearestNeighbors().fit(csr_array(X)).partial_fit(X[:5])
    loaded = saved_and_loaded(fitted, path, mmap=mapped)
    np.testing.assert_array_equal(loaded.kneighbors(X), fitted.kneighbors(X))
    assert is_mapped(loaded._rows.parts[0].data) == mapped


def test_precomputed_distances_and_missing_values_come_back(X, path):
    distances = abs(X[:, :1] - X[:, :1].T)
    fitted = NearestNeighbors(metric="precomputed").fit(distances)
    np.testing.assert_array_equal(saved_and_loaded(fitted, path).kneighbors(), fitted.kneighbors())
    X[::5, 0] = np.nan
    fitted = NearestNeighbors(metric="nan_euclidean").fit(X)
    np.testing.assert_array_equal(saved_and_loaded(fitted, path).kneighbors(), fitted.kneighbors())


def test_names_of_columns_come_back(path):
    pandas = pytest.importorskip("pandas", reason="only frames name their columns")
    frame = pandas.DataFrame({"east": [0.0, 1.0], "north": [0.0, 1.0]})
    loaded = saved_and_loaded(NearestNeighbors(n_neighbors=1).fit(frame), path)
    assert loaded.feature_names_in_.tolist() == ["east", "north"]
    assert loaded.kneighbors(frame)[1].tolist() == [[0], [1]]


def test_the_file_is_one_that_safetensors_reads(X, path):
    NearestNeighbors().fit(X).partial_fit(X[:3]).remove([1]).save(path)
    tensors = load_file(path)
    assert {tuple(tensor.shape) for tensor in tensors.values()} == {(60, 4), (3, 4), (1,)}
    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["estimator"] == "NearestNeighbors"


def test_what_was_fitted_is_saved_and_not_what_was_set_since(X, path):
    fitted = NearestNeighbors(metric="manhattan").fit(X).set_params(metric="cosine")
    loaded = saved_and_loaded(fitted, path)
    assert loaded.metric == "cosine"
    assert loaded.effective_metric_ == "manhattan"
    np.testing.assert_array_equal(loaded.kneighbors(X), fitted.kneighbors(X))


def test_functions_are_refused_and_no_file_is_left(X, tmp_path):
    with pytest.raises(ValueError, match="expected metric to be what a file without code can hold"):
        NearestNeighbors(metric=lambda x, y: abs(x - y).sum()).fit(X).save(tmp_path / "file")
    classifier = KNeighborsClassifier(weights=np.exp).fit(X, np.arange(60) % 2)
    with pytest.raises(ValueError, match="expected weights to be what a file without code can"):
        classifier.save(tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_an_estimator_that_was_not_fitted_is_not_saved(path):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        NearestNeighbors().save(path)


def test_a_save_that_fails_leaves_the_file_that_was_there(X, path, monkeypatch):
    NearestNeighbors().fit(X[:9]).save(path)
    before = path.read_bytes()

    def fail(tensors, name, metadata):
        name.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("safetensors.numpy.save_file", fail)
    with pytest.raises(KeyboardInterrupt):
        NearestNeighbors().fit(X).save(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


def test_a_mapped_estimator_survives_that_its_file_is_replaced(X, path):
    loaded = saved_and_loaded(NearestNeighbors().fit(X), path, mmap=True)
    expected = loaded.kneighbors(X)
    NearestNeighbors().fit(X[:9] + 1).save(path)
    np.testing.assert_array_equal(loaded.kneighbors(X), expected)


def test_a_file_of_another_estimator_is_refused(X, path):
    NearestNeighbors().fit(X).save(path)
    with raises(ValueError, f"expected a file that KNeighborsClassifier.save has written. "
                f"Received: {path} (of NearestNeighbors)"):  # fmt: skip
        KNeighborsClassifier.load(path)


def test_a_file_that_is_not_there_is_said_not_to_be(path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        NearestNeighbors.load(path)


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_a_file_that_was_cut_off_is_refused(kept, mapped, X, path):
    NearestNeighbors().fit(X).save(path)
    path.write_bytes(path.read_bytes()[:kept])
    with refused():
        NearestNeighbors.load(path, mmap=mapped)


def changed(path, change):
    """Write the file anew with what `change` makes of its tensors, parameters and attributes."""
    with safe_open(path, framework="numpy") as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    parts = [json.loads(header[name]) for name in ("parameters", "attributes")]
    change(tensors, *parts)
    header |= {"parameters": json.dumps(parts[0]), "attributes": json.dumps(parts[1])}
    save_file(tensors, path, header)


def set_parts(*names):
    def change(tensors, parameters, attributes):
        attributes["_rows"]["FittedRows"][2] = {"tuple": [{"tensor": name} for name in names]}

    return change


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        lambda tensors, parameters, attributes: parameters.update(n_clusters=3),
        lambda tensors, parameters, attributes: attributes.update(more={"exec": ["1"]}),
        lambda tensors, parameters, attributes: attributes.update(more={"tensor": "nothing"}),
        lambda tensors, parameters, attributes: attributes.update(more={}),
        lambda tensors, parameters, attributes: attributes.pop("_rows"),
        lambda tensors, parameters, attributes: tensors["_rows.2.0"].fill(np.nan),
        lambda tensors, parameters, attributes: tensors.update({"_rows.2.0": np.arange(9.0)}),
        lambda tensors, parameters, attributes: tensors.update({"_rows.2.0": np.ones((3, 4), int)}),
        lambda tensors, parameters, attributes: tensors.update({"_rows.3": np.array([60])}),
        lambda tensors, parameters, attributes: tensors.update({"_rows.3": np.array([-1])}),
        lambda tensors, parameters, attributes: tensors.update({"_rows.3": np.array([2, 1])}),
        lambda tensors, parameters, attributes: tensors.update({"_rows.3": np.array([1.0])}),
        lambda tensors, parameters, attributes: attributes.update(n_features_in_=3),
        set_parts(),
        set_parts("_rows.3"),
    ],
)
def test_a_file_that_was_tampered_with_is_refused(change, mapped, X, path):
    NearestNeighbors().fit(X).save(path)
    changed(path, change)
    with refused():
        NearestNeighbors.load(path, mmap=mapped)


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize(
    "targets",
    [
        lambda targets: targets[..., :-1],
        lambda targets: targets[..., :0],
        lambda targets: np.append(targets, targets[..., :1], axis=-1),
        lambda targets: targets.astype(np.float32),
        lambda targets: np.full(targets.shape, np.nan),
        lambda targets: targets.reshape(1, 1, -1),
        lambda targets: targets.ravel()[0].reshape(()),
    ],
    ids=["one fewer", "none", "one more", "float32", "not finite", "three axes", "no axis"],
)
@pytest.mark.parametrize(
    "estimator",
    [
        neighbors.KNeighborsClassifier, neighbors.KNeighborsRegressor,
        neighbors.RadiusNeighborsClassifier, neighbors.RadiusNeighborsRegressor,
    ],
)  # fmt: skip
def test_targets_that_are_not_those_of_the_rows_are_refused(estimator, targets, mapped, X, path):
    def change(tensors, *parts):
        [name] = tensors.keys() & {"_targets", "_targets.1"}  # numbers, or codes of classes
        tensors[name] = np.ascontiguousarray(targets(tensors[name]))

    estimator().fit(X, np.arange(60) % 3).save(path)
    changed(path, lambda *parts: None)
    assert len(estimator.load(path, mmap=mapped).remove([0]).predict(X)) == 60
    changed(path, change)
    expected = rf"^expected a file that {estimator.__name__}\.save has written"
    with pytest.raises(ValueError, match=expected):
        estimator.load(path, mmap=mapped)


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (1, np.array([0, 9], np.int32)),
        (1, np.array([-1, 1], np.int32)),
        (2, np.array([0, 5, 2], np.int32)),
        (2, np.array([0, 1, 9], np.int32)),
        (2, np.array([1, 1, 2], np.int32)),
    ],
)
def test_sparse_rows_that_point_elsewhere_are_refused(place, values, path):
    NearestNeighbors(n_neighbors=1).fit(csr_array([[1.0, 0.0], [0.0, 2.0]])).save(path)
    changed(path, lambda tensors, *parts: tensors.update({f"_rows.2.0.{place}": values}))
    with refused():
        NearestNeighbors.load(path)
