"""Whatever holds the rows, they are searched as the numbers they are, and not copied in vain."""

import warnings

import numpy as np
import pytest
from scipy.sparse import bsr_array, coo_array, csc_array, csr_array, csr_matrix, lil_array

from distances import NATIVE, named, rows_for
from fastnn.neighbors import NearestNeighbors, _input
from messages import raises

SPARSE = [csr_array, csc_array, coo_array, lil_array, bsr_array, csr_matrix]


@pytest.fixture
def rng():
    return np.random.default_rng(17)


@pytest.fixture(name="X")
def rows(rng):
    return rng.integers(256, size=(50, 6)).astype(np.float64)


def fitted_rows(X):
    [rows] = NearestNeighbors().fit(X)._rows.parts
    return rows


def assert_same_answers(rows, queries, X):
    """Check that `rows` and `queries` are searched as the float64 matrix X is."""
    found = NearestNeighbors(n_neighbors=4).fit(rows).kneighbors(queries)
    np.testing.assert_array_equal(found, NearestNeighbors(n_neighbors=4).fit(X).kneighbors(X))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("step", [1, 2])
def test_rows_are_kept_as_they_are_without_a_copy(step, dtype, X):
    given = X.astype(dtype)[::step]
    rows = fitted_rows(given)
    assert rows.dtype == dtype
    assert np.shares_memory(rows, given)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
def test_a_memory_map_is_kept_as_it_is_without_a_copy(dtype, X, tmp_path):
    np.save(tmp_path / "rows.npy", X.astype(dtype))
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    assert np.shares_memory(fitted_rows(mapped), mapped)
    assert_same_answers(mapped, mapped, X)


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        (bool, np.uint8),
        (np.int8, np.float32),
        (np.uint16, np.float32),
        (np.float16, np.float32),
        (np.int32, np.float64),
        (np.int64, np.float64),
        (">f8", np.float64),
        (">f4", np.float32),
        (np.longdouble, np.float64),
        (object, np.float64),
    ],
)
def test_other_numbers_become_the_smallest_type_that_holds_them(dtype, kept, rng):
    X = rng.integers(2, size=(50, 6)).astype(np.float64)
    given = X.astype(dtype)
    rows = fitted_rows(given)
    assert rows.dtype == kept
    assert rows.dtype.isnative
    np.testing.assert_array_equal(rows, X)
    assert_same_answers(given, given, X)


def test_lists_are_rows(X):
    assert_same_answers(X.tolist(), X.tolist(), X)


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_that_need_no_check_elsewhere_are_checked_here_alone(order, X, monkeypatch):
    called = []
    checked = _input.validate_data
    monkeypatch.setattr(
        _input, "validate_data", lambda *args, **how: called.append(1) or checked(*args, **how)
    )
    for dtype in (np.uint8, np.float32, np.float64):
        given = np.asarray(X.astype(dtype), order=order)
        NearestNeighbors().fit(given).kneighbors(given)
    assert len(called) == (0 if order == "C" else 6)


def test_a_fit_to_an_array_forgets_the_names_of_a_frame():
    pandas = pytest.importorskip("pandas", reason="only frames name their columns")
    frame = pandas.DataFrame({"east": [0.0, 1.0], "north": [0.0, 1.0]})
    array = np.ascontiguousarray(frame.to_numpy())
    neighbors = NearestNeighbors(n_neighbors=1).fit(frame)
    assert neighbors.feature_names_in_.tolist() == ["east", "north"]
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        neighbors.kneighbors(array)
    neighbors.fit(array)
    assert not hasattr(neighbors, "feature_names_in_")
    assert neighbors.n_features_in_ == 2


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32, np.float64])
def test_frames_are_rows_with_names(dtype, library, X):
    module = pytest.importorskip(library, reason=f"frames of {library} are tested where it is")
    frame = module.DataFrame(X.astype(dtype), **{
        "columns" if library == "pandas" else "schema": list("abcdef")
    })  # fmt: skip
    neighbors = NearestNeighbors(n_neighbors=4).fit(frame)
    assert neighbors.feature_names_in_.tolist() == list("abcdef")
    assert_same_answers(frame, frame, X)
    with pytest.raises(ValueError, match="feature names"):
        neighbors.kneighbors(frame.rename(columns={"a": "z"}) if library == "pandas"
                             else frame.rename({"a": "z"}))  # fmt: skip


@pytest.fixture(name="holes")
def mostly_zero(X):
    return np.where(X < 200, 0, X)


@pytest.mark.usefixtures("core")
@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("container", SPARSE)
def test_sparse_rows_are_searched_as_dense_ones(container, dtype, holes):
    sparse = container(holes.astype(dtype))
    assert_same_answers(sparse, sparse, holes)
    assert_same_answers(sparse, holes.astype(np.float32), holes)
    assert_same_answers(holes, sparse, holes)


@pytest.mark.parametrize(("parameters", "pairwise"), named(NATIVE))
def test_every_metric_takes_sparse_rows(parameters, pairwise, rng):
    X = rows_for(parameters, rng, 30)
    if not np.isnan(X).any():
        X = np.where(abs(X) < 0.5, 0, X)
    dense = NearestNeighbors(radius=0.5, **parameters).fit(X)
    sparse = NearestNeighbors(radius=0.5, **parameters).fit(csr_array(X))
    np.testing.assert_array_equal(sparse.kneighbors(csr_array(X)), dense.kneighbors(X))
    np.testing.assert_array_equal(sparse.kneighbors(), dense.kneighbors())
    difference = sparse.radius_neighbors_graph() != dense.radius_neighbors_graph()
    assert difference.nnz == 0


@pytest.mark.parametrize("index_dtype", [np.int32, np.int64])
def test_sparse_rows_are_not_copied(index_dtype, holes):
    sparse = csr_array(holes)
    sparse.indices, sparse.indptr = (
        each.astype(index_dtype) for each in (sparse.indices, sparse.indptr)
    )
    rows = fitted_rows(sparse)
    for ours, theirs in zip(rows, (sparse.data, sparse.indices, sparse.indptr), strict=False):
        assert np.shares_memory(ours, theirs)
        assert ours.dtype == theirs.dtype


@pytest.mark.parametrize("wrong", [2**32 + 1, 2**31, 2**32 - 1, -1, 3, -(2**32), -(2**63)])
@pytest.mark.parametrize("rest", [[], [2]])
def test_wide_numbers_of_columns_are_not_taken_for_others(wrong, rest, core):
    def csr_of(column, n_columns=3):
        numbers = np.array([0, column, *rest], dtype=np.int64)
        return np.ones(len(numbers)), numbers, np.array([0, len(numbers)]), n_columns

    assert core.Index(csr_of(1), "euclidean").search(np.zeros((1, 3)), 1)[1].tolist() == [[0]]
    with raises(ValueError, "expected indices from 0 to 2"):
        core.Index(csr_of(wrong), "euclidean")


def test_sparse_rows_of_more_columns_than_the_core_counts_are_refused():
    wide = csr_array(([1.0], ([0], [2**32 + 1])), shape=(2, 2**33))
    assert wide.indices.dtype == np.int64
    with raises(ValueError, "expected sparse rows of at most 2147483647 columns. "
                f"Received: {2**33}"):  # fmt: skip
        NearestNeighbors().fit(wide)


@pytest.mark.usefixtures("core")
def test_int64_numbers_of_columns_are_those_of_int32(holes):
    sparse = csr_array(holes)
    sparse.indices, sparse.indptr = sparse.indices.astype(np.int64), sparse.indptr.astype(np.int64)
    assert_same_answers(sparse, sparse, holes)


def test_entries_out_of_order_or_given_twice_are_put_right_in_a_copy():
    data, indices, indptr = np.array([1.0, 2.0, 3.0, 4.0]), np.array([2, 0, 1, 1]), [0, 2, 4]
    sparse = csr_array((data, indices, indptr), shape=(2, 3))
    neighbors = NearestNeighbors(n_neighbors=1).fit(sparse)
    assert neighbors.kneighbors([[2.0, 0.0, 1.0], [0.0, 7.0, 0.0]])[0].tolist() == [[0.0], [0.0]]
    assert sparse.indices.tolist() == [2, 0, 1, 1]


@pytest.mark.parametrize("algorithm", ["kd_tree", "ball_tree"])
def test_a_tree_for_sparse_rows_is_brute_force_with_a_warning(algorithm, holes):
    neighbors = NearestNeighbors(algorithm=algorithm)
    with pytest.warns(UserWarning, match=f"no {algorithm} for sparse rows: brute force is used"):
        neighbors.fit(csr_array(holes))
    expected = NearestNeighbors().fit(holes).kneighbors(holes)
    np.testing.assert_array_equal(neighbors.kneighbors(holes), expected)


def test_missing_values_are_rows_of_the_metric_for_them_alone(X):
    X[0, 0] = np.nan
    found = NearestNeighbors(n_neighbors=1, metric="nan_euclidean").fit(X).kneighbors(X)[1]
    assert found.ravel().tolist() == list(range(50))
    with pytest.raises(ValueError, match="NaN"):
        NearestNeighbors().fit(X)
    X[0, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        NearestNeighbors(metric="nan_euclidean").fit(X)


def test_nothing_is_written_to_the_rows(X):
    for rows in (X, csr_array(X)):
        frozen = [rows] if isinstance(rows, np.ndarray) else [rows.data, rows.indices, rows.indptr]
        for array in frozen:
            array.flags.writeable = False
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            NearestNeighbors().fit(rows).partial_fit(rows).remove([1]).kneighbors(rows)
