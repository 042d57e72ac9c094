"""The settings of layers as JSON, in Keras's form, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fastnn import activations, initializers, regularizers
from fastnn._serialization import read_description


def written(name: str, value: Any) -> Any:
    """Return a setting of this name as JSON can hold it.

    >>> written("activation", activations.swish), written("scale", np.ones(2))
    ('silu', [1.0, 1.0])
    """
    if name == "activation":
        return activations.serialize(value)
    if name.endswith("_initializer"):
        return initializers.serialize(value)
    if name.endswith("_regularizer") and value is not None:
        return regularizers.serialize(value)
    return value.tolist() if isinstance(value, np.ndarray) else value


def read(name: str, value: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the setting of this name that was written, here or by Keras.

    What ``activations.get`` and its like understand is left to them.

    >>> read("dtype", {"class_name": "DTypePolicy", "config": {"name": "float64"}})
    'float64'
    """
    if name == "axis" and isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0]  # Keras writes some axes so
    if not isinstance(value, Mapping):
        return value
    if name == "dtype":
        return read_description("dtype", value)[1].get("name")
    if name.endswith("_initializer"):
        return initializers.deserialize(value, custom_objects)
    return value
