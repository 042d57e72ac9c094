"""What `fastnn._validation` promises about arrays, numbers and messages."""

import numpy as np
import pytest

from fastnn._validation import (
    check_array,
    check_choice,
    check_class_indices,
    check_integer,
    common_dtype,
)
from messages import raises


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_that_fit_are_not_copied(dtype):
    x = np.ones((4, 6), dtype)
    assert check_array(x, "X", shape=("n_samples", 6)) is x


@pytest.mark.parametrize("rows", [slice(None, None, 2), slice(1, 3)])
def test_rows_may_lie_apart_in_memory(rows):
    x = np.arange(24.0).reshape(4, 6)[rows, :4]
    assert np.shares_memory(check_array(x, "X", shape=("n_samples", 4)), x)


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.T,
        lambda x: x[:, ::2],
        lambda x: x[::-1],
        lambda x: np.broadcast_to(x[0], x.shape),
        lambda x: x.astype(">f8"),
        lambda x: np.frombuffer(b"." + x.tobytes(), np.uint8)[1:].view(np.float64).reshape(4, 6),
    ],
    ids=["transposed", "columns apart", "reversed", "broadcast", "big-endian", "unaligned"],
)
def test_what_the_core_cannot_step_through_is_copied(view):
    x = view(np.arange(24.0).reshape(4, 6))
    checked = check_array(x, "X", shape=("n_rows", "n_columns"))
    np.testing.assert_array_equal(checked, x)
    assert checked.flags.c_contiguous
    assert checked.flags.aligned
    assert checked.dtype == np.float64


def test_read_only_arrays_and_memory_maps_are_read_in_place(tmp_path):
    np.save(tmp_path / "x.npy", np.ones((3, 2)))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    assert np.shares_memory(check_array(mapped, "X", shape=(3, 2)), mapped)


@pytest.mark.parametrize(
    ("value", "dtypes", "expected"),
    [
        ([1, 2], (np.float64, np.float32), np.float64),
        ([1, 2], (np.float32, np.float64), np.float64),  # float32 does not hold 64 bits
        ([True, False], (np.float32, np.float64), np.float32),
        (np.ones(2, np.float16), (np.float32, np.float64), np.float32),
        (np.ones(2, np.int16), (np.float32, np.float64), np.float32),
        (np.ones(2, np.int32), (np.float32, np.float64), np.float64),
        (np.ones(2, np.uint8), (np.float32, np.float64), np.float32),
        (np.ones(2, np.uint8), (np.float32, np.float64, np.uint8), np.uint8),
    ],
)
def test_other_numbers_become_the_first_dtype_that_holds_them(value, dtypes, expected):
    checked = check_array(value, "x", shape=(2,), dtypes=dtypes)
    assert checked.dtype == expected
    np.testing.assert_array_equal(checked, value)


@pytest.mark.parametrize(
    ("received", "shape", "expected"),
    [
        ((100, 28, 28), ("n_samples", 784), "(n_samples, 784)"),
        ((2, 3), ("n_samples", 784), "(n_samples, 784)"),
        ((2, 3), ("n_samples",), "(n_samples,)"),
        ((), ("n_samples", "n_features"), "(n_samples, n_features)"),
    ],
)
def test_a_wrong_shape_is_named_beside_the_expected_one(received, shape, expected):
    with raises(ValueError, f"expected X of shape {expected}. Received: {received}"):
        check_array(np.ones(received), "X", shape=shape)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ([[0.0, 1.0], [np.nan, np.inf]], "nan at row 1, column 0"),
        ([0.0, -np.inf], "-inf at index 1"),
        ([[[0.0, np.inf]]], "inf at index (0, 0, 1)"),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_first_nan_or_infinity_is_located(value, place, dtype):
    with raises(ValueError, f"expected X without NaN or infinity. Received: {place}"):
        check_array(np.array(value, dtype), "X", shape=None)


def test_nan_is_found_in_rows_that_lie_apart_and_only_there():
    x = np.zeros((4, 6))
    x[1], x[:, 5] = np.nan, np.nan
    check_array(x[::2, :5], "X", shape=(2, 5))
    with raises(ValueError, "expected X without NaN or infinity. Received: nan at row 1, column 0"):
        check_array(x[:2, :5], "X", shape=(2, 5))


def test_nan_passes_where_it_is_not_refused():
    assert np.isnan(check_array([np.nan], "x", shape=(1,), finite=False)).all()


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        (np.array([1, "a"], dtype=object), "object"),
        (np.array(["1", "2"]), "<U1"),
        (np.array([1j]), "complex128"),
        (np.array(["2020-01-01"], "datetime64[D]"), "datetime64[D]"),
        (None, "object"),
    ],
)
def test_what_holds_no_real_numbers_is_a_type_error(value, dtype):
    with raises(TypeError, f"expected X to hold numbers. Received dtype: {dtype}"):
        check_array(value, "X", shape=None)


def test_numbers_that_no_dtype_holds_are_a_type_error():
    with raises(TypeError, "expected X of dtype float32. Received: int64"):
        check_array(np.array([1]), "X", shape=None, dtypes=(np.float32,))


def test_rows_of_different_lengths_are_a_value_error():
    with pytest.raises(ValueError, match=r"^expected X to be a regular array\. Received: "):
        check_array([[1, 2], [3]], "X", shape=("n_samples", 2))


@pytest.mark.parametrize("shape", [(0, 4), (4, 0)])
def test_empty_arrays_pass_unless_refused(shape):
    x = np.empty(shape)
    assert check_array(x, "X", shape=("n", "m")) is x
    with raises(ValueError, f"expected X with at least one element. Received shape: {shape}"):
        check_array(x, "X", shape=("n", "m"), allow_empty=False)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3)])
def test_every_kind_of_integer_counts(value):
    checked = check_integer(value, "k", minimum=1)
    assert (checked, type(checked)) == (3, int)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "expected k >= 1. Received: 0"),
        (2.0, TypeError, "expected k to be an integer. Received: 2.0"),
        (True, TypeError, "expected k to be an integer. Received: True"),
        (None, TypeError, "expected k to be an integer. Received: None"),
        ("3", TypeError, "expected k to be an integer. Received: '3'"),
    ],
)
def test_other_than_an_integer_large_enough_is_named(value, error, message):
    with raises(error, message):
        check_integer(value, "k", minimum=1)


@pytest.mark.parametrize("value", ["c", None, ["a"]])
def test_an_unknown_choice_is_answered_with_the_known_ones(value):
    with raises(ValueError, f"expected mode to be one of 'a', 'b'. Received: {value!r}"):
        check_choice(value, "mode", ("a", "b"))


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64])
def test_class_indices_become_int64(dtype):
    labels = check_class_indices(np.array([0, 2], dtype), "labels", n_samples=2, n_classes=3)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 2]


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        ([0, 3], ValueError, "expected labels in [0, 3). Received: 3 at index 1"),
        ([-1, 2], ValueError, "expected labels in [0, 3). Received: -1 at index 0"),
        ([0], ValueError, "expected labels of shape (2,). Received: (1,)"),
        ([[0, 1]], ValueError, "expected labels of shape (2,). Received: (1, 2)"),
        ([0.0, 1.0], TypeError, "expected labels of an integer dtype. Received: float64"),
        (["a", "b"], TypeError, "expected labels to hold numbers. Received dtype: <U1"),
    ],
)
def test_labels_that_are_no_class_indices_are_named(labels, error, message):
    with raises(error, message):
        check_class_indices(labels, "labels", n_samples=2, n_classes=3)


def test_float32_is_common_only_to_float32():
    single, double = np.ones(1, np.float32), np.ones(1)
    assert common_dtype(single, single) == np.float32
    assert common_dtype(single, double) == np.float64
