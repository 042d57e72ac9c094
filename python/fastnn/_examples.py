"""Rows and their targets, checked before a network may learn from them or be judged by them."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from fastnn._validation import Array, check_array, check_integer, check_shape

if TYPE_CHECKING:
    from fastnn.losses import Loss

SAMPLES: tuple[type, ...] = (np.float32, np.float64, np.uint8)


class Examples(NamedTuple):
    """Rows and targets as the core reads them."""

    x: list[Array]  # for each input (n_samples, n_features), uint8, float32 or float64
    y: Array  # (n_samples,) int64, or (n_samples, n_outputs) of the network's dtype

    @property
    def n_rows(self) -> int:
        """How many there are."""
        return len(self.x[0])


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
    flat = rows.reshape(len(rows), math.prod(input_shape))
    flat = check_array(flat, name, shape=flat.shape, dtypes=SAMPLES)
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
    limit = np.finfo(dtype).max
    if values.dtype.itemsize <= np.dtype(dtype).itemsize or values.size == 0:
        return
    largest = max(values.max(), -values.min())
    if largest > limit:
        raise ValueError(
            f"expected {name} within ±{limit:.4g}, the range of {np.dtype(dtype)}. "
            f"Received a magnitude of {largest:.4g}"
        )


def check_examples(
    x: object,
    y: object,
    *,
    names: tuple[str, str],
    input_shapes: Sequence[tuple[int, ...]],
    n_outputs: int,
    loss: "Loss",
    dtype: DTypeLike,
) -> Examples:
    """Return rows and targets for `loss`, at least one, or say what is wrong with them."""
    rows = check_inputs(x, names[0], input_shapes, dtype)
    n_rows = len(rows[0])
    if n_rows == 0:
        raise ValueError(f"expected {names[0]} with at least one row. Received: 0 rows")
    return Examples(rows, loss._check_targets(y, names[1], (n_rows, n_outputs), dtype))


def split_examples(examples: Examples, fraction: float) -> tuple[Examples, Examples]:
    """Split off the last rows, as many as Keras: ``floor(n_samples * (1 - fraction))`` stay."""
    n_samples = examples.n_rows
    n_training = math.floor(n_samples * (1.0 - fraction))
    if n_training in (0, n_samples):
        raise ValueError(
            f"expected validation_split to leave rows on both sides of {n_samples}. "
            f"Received: {fraction}"
        )
    first, last = slice(n_training), slice(n_training, None)
    x, y = examples
    return Examples([a[first] for a in x], y[first]), Examples([a[last] for a in x], y[last])
