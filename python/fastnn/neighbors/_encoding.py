"""Values of an estimator as JSON beside arrays, and back.

What JSON has stands for itself; everything else is an object of one key that says what it is,
such as ``{"tuple": [1, 2]}``, or ``{"tensor": "_rows.2.0"}`` for an array that is kept elsewhere.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from fastnn._estimators import DENSE
from fastnn._validation import Array, with_contiguous_columns
from fastnn.neighbors._input import Csr, Rows, as_csr, is_finite, n_columns_of, n_rows_of
from fastnn.neighbors._parameters import Metric
from fastnn.neighbors._rows import FittedRows
from fastnn.neighbors._targets import ClassTargets


def encode(value: object, name: str, tensors: dict[str, Array]) -> Any:
    """Return `value` as what JSON can hold, with its arrays put into `tensors`.

    Parameters
    ----------
    value : object
    name : str
        What it is called in messages and in `tensors`.
    tensors : dict of str to ndarray
        Gets the arrays of numbers.

    Raises
    ------
    ValueError
        If `value` is, or holds, what only code could restore.

    Examples
    --------
    >>> tensors = {}
    >>> encode({"p": 2, "w": np.ones(3)}, "params", tensors)
    {'dict': {'p': 2, 'w': {'tensor': 'params.w'}}}
    >>> tensors
    {'params.w': array([1., 1., 1.])}
    """
    if isinstance(value, np.generic):
        value = value.item()
    encoded: Any
    match value:
        case float() if not math.isfinite(value):
            encoded = {"float": repr(value)}
        case None | bool() | int() | float() | str():
            encoded = value
        case np.ndarray():
            encoded = _encode_array(value, name, tensors)
        case Metric() | Csr() | ClassTargets() | FittedRows():
            encoded = {type(value).__name__: _encode_all(_arguments(value), name, tensors)}
        case tuple():
            encoded = {"tuple": _encode_all(value, name, tensors)}
        case list():
            encoded = _encode_all(value, name, tensors)
        case Mapping() if all(isinstance(key, str) for key in value):
            items = {key: encode(item, f"{name}.{key}", tensors) for key, item in value.items()}
            encoded = {"dict": items}
        case _:
            raise ValueError(
                f"expected {name} to be what a file without code can hold: numbers, strings, "
                f"arrays. Received: {value!r}"
            )
    return encoded


def decode(encoded: Any, tensor: Callable[[str], Array]) -> Any:
    """Return the value that `encode` was given; `tensor` returns an array by its name.

    Raises
    ------
    ValueError, TypeError, KeyError
        If `encoded` is nothing that `encode` returns.

    Examples
    --------
    >>> decode({"tuple": [1, {"float": "inf"}]}, {}.get)
    (1, inf)
    """
    value: Any
    match encoded:
        case None | bool() | int() | float() | str():
            value = encoded
        case list():
            value = [decode(item, tensor) for item in encoded]
        case {"dict": items}:
            value = {key: decode(item, tensor) for key, item in items.items()}
        case {"float": text}:
            value = float(text)
        case {"tensor": name}:
            value = tensor(name)
        case {"array": [dtype, items]}:
            value = _array(dtype, decode(items, tensor))
        case {"tuple": items}:
            value = tuple(decode(items, tensor))
        case {**record}:
            [(kind, arguments)] = record.items()
            value = _MAKERS[str(kind)](*decode(arguments, tensor))
        case _:
            raise ValueError(f"nothing is encoded as {encoded!r}")
    return value


def _encode_all(values: Sequence[Any], name: str, tensors: dict[str, Array]) -> list[Any]:
    return [encode(value, f"{name}.{i}", tensors) for i, value in enumerate(values)]


def _encode_array(x: Array, name: str, tensors: dict[str, Array]) -> dict[str, Any]:
    if x.dtype.kind in "biuf" and x.dtype.itemsize <= 8:
        tensors[name] = np.ascontiguousarray(x, dtype=x.dtype.newbyteorder("="))
        return {"tensor": name}
    if x.dtype.kind in "OU" and x.ndim == 1:
        return {"array": [x.dtype.str, _encode_all(x.tolist(), name, tensors)]}
    raise ValueError(
        f"expected {name} to be an array of numbers or a row of strings. "
        f"Received: dtype {x.dtype}, shape {x.shape}"
    )


def _array(dtype: str, items: list[Any]) -> Array:
    array = np.empty(len(items), dtype=np.dtype(dtype))
    array[:] = items
    return array


def _arguments(value: Metric | Csr | ClassTargets | FittedRows) -> tuple[Any, ...]:
    match value:
        case FittedRows():
            return value.metric, value.algorithm, value.parts, value.removed
        case ClassTargets():
            return value.classes, value.codes, value.is_2d
    return tuple(value)


def _rows(metric: Metric, algorithm: str, parts: tuple[Rows, ...], removed: Array) -> FittedRows:
    """Build what searches `parts`, which may be anything, from a file that anybody wrote."""
    parts = tuple(map(_checked_rows, parts))
    if not metric.allows_nan and not all(map(is_finite, parts)):
        raise ValueError("rows hold NaN or infinity")
    n_rows = sum(map(n_rows_of, parts))
    if len(set(map(n_columns_of, parts))) != 1:
        raise ValueError("rows differ in their number of columns")
    in_order = removed.dtype == np.int64 and (np.diff(removed) > 0).all()
    if not in_order or (len(removed) and not 0 <= removed[0] <= removed[-1] < n_rows):
        raise ValueError("the removed rows are not among the rows")
    return FittedRows.build(metric, algorithm, parts, removed)


def _checked_rows(rows: Any) -> Rows:
    if isinstance(rows, Csr):
        return rows
    if not isinstance(rows, np.ndarray) or rows.ndim != 2 or rows.dtype not in DENSE:
        raise ValueError("rows are no matrix")
    return with_contiguous_columns(rows)


def _csr(data: Array, indices: Array, indptr: Array, n_columns: int) -> Csr:
    matrix = csr_array((data, indices, indptr), shape=(len(indptr) - 1, n_columns))
    matrix.check_format(full_check=True)
    return as_csr(matrix)


_MAKERS: dict[str, Callable[..., Any]] = {
    "Metric": Metric,
    "Csr": _csr,
    "ClassTargets": ClassTargets.checked,
    "FittedRows": _rows,
}
