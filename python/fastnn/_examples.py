"""Rows and their targets, checked before a network may learn from them or be judged by them."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import DTypeLike

from fastnn._arguments import check_finite
from fastnn._validation import Array, check_array, check_integer, check_shape

if TYPE_CHECKING:
    from fastnn.losses import Loss

# What the core converts a batch at a time.
SAMPLES: tuple[type, ...] = (np.float32, np.float64, np.uint8, np.float16, np.int64)


class Examples(NamedTuple):
    """Rows, targets and weights as the core reads them."""

    x: list[Array]  # for each input (n_samples, n_features), of a type in SAMPLES
    # For each output (n_samples,) int64, or (n_samples, n_outputs) of the network's dtype; None
    # where nobody looks at them.
    y: list[Array | None]
    weights: list[Array | None]  # for each output (n_samples,) of the network's dtype

    @property
    def n_rows(self) -> int:
        """How many there are."""
        return len(self.x[0])

    def rows(self, rows: slice | Array) -> "Examples":
        """Return these rows."""
        y, weights = (
            [None if array is None else array[rows] for array in arrays]
            for arrays in (self.y, self.weights)
        )
        return Examples([x[rows] for x in self.x], y, weights)


class Given(NamedTuple):
    """What a user gives for one output, and what it is for."""

    y: object
    y_name: str  # in messages
    weights: object
    weights_name: str
    n_outputs: int  # of a row
    loss: "Loss | None"  # whose targets they are; None where nobody looks at them


def check_input_shape(value: object, name: str) -> tuple[int, ...]:
    """Return the shape of one row as a tuple of positive ints.

    >>> check_input_shape([28, 28], "input_shape")
    (28, 28)
    """
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"expected {name} to be a tuple of integers. Received: {value!r}")
    if not value:
        raise ValueError(f"expected {name} with at least one dimension. Received: {value!r}")
    return tuple(check_integer(length, f"each length in {name}", minimum=1) for length in value)


def row_shape(x: object, name: str) -> tuple[int, ...]:
    """Return the shape of one row of `x`, for a model that has not been told its input shape."""
    rows = _as_rows(x, name)
    if rows.ndim < 2:
        raise ValueError(
            f"expected {name} of shape (n_samples, n_features). Received: {rows.shape}"
        )
    return check_input_shape(rows.shape[1:], f"the shape of the rows of {name}")


def check_rows(x: object, name: str, input_shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return `x` as the core reads it: (n_samples, n_features), where possible without a copy.

    Numbers of one feature may come without their column, as Keras allows.
    """
    rows = _as_rows(x, name)
    if input_shape == (1,) and rows.ndim == 1:
        rows = rows[:, np.newaxis]
    check_shape(rows, name, ("n_samples", *input_shape))
    flat = rows if rows.ndim == 2 else rows.reshape(len(rows), math.prod(input_shape))
    flat = check_array(flat, name, shape=None, dtypes=SAMPLES)
    check_fits(flat, name, dtype)
    return flat


def check_inputs(
    x: object, name: str, input_shapes: Sequence[tuple[int, ...]], dtype: DTypeLike
) -> list[Array]:
    """Return what the core reads for each input of a model: `x`, or its entries for several."""
    if len(input_shapes) == 1:
        if isinstance(x, list) and len(x) == 1 and isinstance(x[0], np.ndarray):
            (x,) = x
        return [check_rows(x, name, input_shapes[0], dtype)]
    if not isinstance(x, (list, tuple)) or len(x) != len(input_shapes):
        raise ValueError(f"expected {name} to be a list of {len(input_shapes)} arrays")
    rows = [
        check_rows(entry, f"{name}[{index}]", shape, dtype)
        for index, (entry, shape) in enumerate(zip(x, input_shapes, strict=True))
    ]
    if len({len(entry) for entry in rows}) > 1:
        raise ValueError(
            f"expected as many rows in each entry of {name}. Received: {[len(r) for r in rows]}"
        )
    return rows


def _as_rows(x: object, name: str) -> Array:
    # An array is checked later, as (n_samples, n_features): images with rows apart stay a view.
    if isinstance(x, np.ndarray):
        return x
    return check_array(x, name, shape=None, dtypes=SAMPLES, finite=False)


def check_fits(values: Array, name: str, dtype: DTypeLike) -> None:
    """Raise ValueError if a finite value would become infinite in `dtype`."""
    if values.dtype.itemsize <= np.dtype(dtype).itemsize or values.size == 0:
        return
    limit = np.finfo(dtype).max
    largest = max(values.max(), -values.min())
    if largest > limit:
        raise ValueError(
            f"expected {name} within ±{limit:.4g}, the range of {np.dtype(dtype)}. "
            f"Received a magnitude of {largest:.4g}"
        )


def check_examples(
    x: object,
    name: str,
    of_outputs: Sequence[Given],
    input_shapes: Sequence[tuple[int, ...]],
    dtype: DTypeLike,
) -> Examples:
    """Return rows, targets and weights, at least one row, or say what is wrong with them."""
    rows = check_inputs(x, name, input_shapes, dtype)
    n_rows = len(rows[0])
    if n_rows == 0:
        raise ValueError(f"expected {name} with at least one row. Received: 0 rows")
    y = [
        None
        if given.loss is None
        else given.loss._check_targets(given.y, given.y_name, (n_rows, given.n_outputs), dtype)
        for given in of_outputs
    ]
    return Examples(rows, y, [_check_row_weights(given, n_rows, dtype) for given in of_outputs])


def _check_row_weights(given: Given, n_rows: int, dtype: DTypeLike) -> Array | None:
    if given.weights is None:
        return None
    has_column = np.shape(cast(Any, given.weights)) == (n_rows, 1)  # as Keras allows
    shape = (n_rows, 1) if has_column else (n_rows,)
    weights = check_array(given.weights, given.weights_name, shape=shape).reshape(n_rows)
    check_fits(weights, given.weights_name, dtype)
    return np.ascontiguousarray(weights, dtype=dtype)


def class_weights(y: Array, weights: object, dtype: DTypeLike) -> Array:
    """Return the weight of each row's class: 1 where `weights`, a dict, names none.

    The class of a row is its label, the largest of several targets, or the one target rounded.

    >>> class_weights(np.array([0, 2, 1]), {2: 5.0}, np.float32)
    array([1., 5., 1.], dtype=float32)
    """
    if not isinstance(weights, Mapping):
        raise TypeError(
            f"expected class_weight to be a dict of classes and weights. Received: {weights!r}"
        )
    if y.ndim == 1:
        classes = y
    else:
        classes = y.argmax(axis=1) if y.shape[1] > 1 else np.round(y[:, 0]).astype(np.int64)
    row_weights = np.ones(len(y), dtype=dtype)
    for kind, weight in weights.items():
        label = check_integer(kind, "each class in class_weight", minimum=0)
        row_weights[classes == label] = check_finite(weight, f"class_weight[{label}]")
    return row_weights


def split_examples(examples: Examples, fraction: float) -> tuple[Examples, Examples]:
    """Split off the last rows, as many as Keras: ``floor(n_samples * (1 - fraction))`` stay."""
    n_samples = examples.n_rows
    n_training = math.floor(n_samples * (1.0 - fraction))
    if n_training in (0, n_samples):
        raise ValueError(
            f"expected validation_split to leave rows on both sides of {n_samples}. "
            f"Received: {fraction}"
        )
    return examples.rows(slice(n_training)), examples.rows(slice(n_training, None))
