"""The weights of a model as tensors of a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fastnn._graph import Shape
from fastnn._validation import Array
from fastnn._weights import check_weights

if TYPE_CHECKING:
    from fastnn.models import Model

_NAME = re.compile(r"weights/(\d{1,9})\.[^/]*/(\d{1,9})")
_FLOATS = ("F32", "F64")


def named_weights(model: Model) -> dict[str, Array]:
    """Return all weights by the number and the name of their layer, and their own number."""
    return {
        f"weights/{i}.{leaf.name.replace('/', '|')}/{k}": weight
        for i, leaf in enumerate(model._leaves())
        for k, weight in enumerate(leaf.get_weights())
    }


def read_weights(model: Model, file: Any) -> list[list[Array]]:
    """Return the weights of each layer; nothing is read before all of them are known to fit.

    What they are called does not count, so that layers may have other names than in the file.
    """
    stored = {}
    for name in file.keys():  # noqa: SIM118  the file is no dict
        match = _NAME.fullmatch(name)
        if match:
            stored[int(match[1]), int(match[2])] = name
    shapes = dict(_weight_shapes(model))
    if stored.keys() != shapes.keys():
        raise ValueError(f"weights of other layers: {len(stored)} in place of {len(shapes)}")
    for place, name in stored.items():
        _check_tensor(file, name, shapes[place])
    weights: list[list[Array]] = [[] for _ in model._leaves()]
    for place in sorted(stored):
        weights[place[0]].append(as_floats(file.get_tensor(stored[place]), model.dtype))
    return weights


def read_tensor(file: Any, name: str, dtype: str) -> Array:
    """Return a tensor of the file that the caller knows to be there."""
    _check_tensor(file, name, None)
    return as_floats(file.get_tensor(name), dtype)


def as_floats(tensor: Array, dtype: str) -> Array:
    """Return an array of `dtype`; whole numbers stay."""
    return tensor if tensor.dtype.kind == "i" else check_weights([tensor], [tensor.shape], dtype)[0]


def _weight_shapes(model: Model) -> Iterator[tuple[tuple[int, int], Shape]]:
    for i, leaf in enumerate(model._leaves()):
        for k, shape in enumerate(leaf._shapes):
            yield (i, k), shape


def _check_tensor(file: Any, name: str, shape: Shape | None) -> None:
    tensor = file.get_slice(name)
    dtype, received = tensor.get_dtype(), tuple(tensor.get_shape())
    if shape is not None and received != shape:
        raise ValueError(f"expected {name} of shape {shape}, not {received}")
    if dtype not in _FLOATS and not (dtype == "I64" and shape == ()):
        raise ValueError(f"expected {name} of floats, not {dtype}")


def check_metadata(header: Mapping[str, str] | None, expected: str) -> dict[str, str]:
    """Return the header's strings if they are of the format `expected`."""
    if header is None or header.get("format") != expected:
        raise ValueError(f"not of the format {expected}")
    return dict(header)
