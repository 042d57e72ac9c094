"""Initializers: the weights to start with, named as in ``keras.initializers``.

Each is called with a shape and returns an array; the same seed draws the same numbers, in float32
those of float64, rounded. NumPy's global state is left alone.

>>> from fastnn import initializers
>>> initializers.get("he_uniform")((784, 128)).shape
(784, 128)
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from fastnn._arguments import look_up
from fastnn._serialization import (
    describe,
    describe_function,
    described_function,
    read_description,
)
from fastnn._validation import Array, check_array
from fastnn.initializers._base import Constant, Given, Identity, Initializer, Ones, Zeros
from fastnn.initializers._random import Orthogonal, RandomNormal, RandomUniform, TruncatedNormal
from fastnn.initializers._scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
)

__all__ = [
    "Constant",
    "GlorotNormal",
    "GlorotUniform",
    "HeNormal",
    "HeUniform",
    "Identity",
    "Initializer",
    "LecunNormal",
    "LecunUniform",
    "Ones",
    "Orthogonal",
    "RandomNormal",
    "RandomUniform",
    "TruncatedNormal",
    "VarianceScaling",
    "Zeros",
    "constant",
    "deserialize",
    "get",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "lecun_normal",
    "lecun_uniform",
    "ones",
    "orthogonal",
    "random_normal",
    "random_uniform",
    "serialize",
    "truncated_normal",
    "variance_scaling",
    "zeros",
]

AnyInitializer: TypeAlias = Callable[..., Array]

# Keras has each class under a name in lower case too: initializers.he_normal(seed=1).
constant, zeros, ones, identity = Constant, Zeros, Ones, Identity
random_normal, random_uniform = RandomNormal, RandomUniform
truncated_normal, variance_scaling, orthogonal = TruncatedNormal, VarianceScaling, Orthogonal
glorot_normal, glorot_uniform = GlorotNormal, GlorotUniform
he_normal, he_uniform = HeNormal, HeUniform
lecun_normal, lecun_uniform = LecunNormal, LecunUniform

_NO_CLASSES = ("Initializer", "deserialize", "get", "serialize")
_NAMED: dict[str, type[Initializer]] = {
    **{name: globals()[name] for name in __all__ if name not in _NO_CLASSES},
    "normal": RandomNormal,
    "uniform": RandomUniform,
    "one": Ones,
    "zero": Zeros,
    "IdentityInitializer": Identity,
    "OrthogonalInitializer": Orthogonal,
}
_UNBUILT = "stft STFT STFTInitializer"


def serialize(initializer: AnyInitializer) -> dict[str, Any]:
    """Return what describes an initializer, fit for JSON, as Keras does.

    Parameters
    ----------
    initializer : callable
        What `get` returns. Of a function only the name is told.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Examples
    --------
    >>> serialize(HeNormal(seed=3))["config"]["seed"]
    3
    """
    if isinstance(initializer, Initializer):
        return describe(initializer, "keras.initializers", _NAMED.values())
    return describe_function(initializer)


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> AnyInitializer:
    """Return the initializer that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : dict
        With ``'class_name'`` and ``'config'``.
    custom_objects : dict of str to object, optional
        Classes and functions of your own under their names.

    Returns
    -------
    callable
        As `get` returns it.

    Raises
    ------
    NotImplementedError
        If it describes an initializer of Keras that is not built yet.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(Constant(2.0)))((2,))
    array([2., 2.], dtype=float32)
    """
    function: AnyInitializer | None = described_function("initializer", config, custom_objects)
    if function is not None:
        return function
    name, settings = read_description("initializer", config)
    kind: type[Initializer] = (custom_objects or {}).get(name) or look_up(
        "initializer", name, {**_NAMED, "Given": Given}, _UNBUILT
    )
    return kind.from_config(settings)


def get_or(default: str, identifier: object) -> AnyInitializer:
    """Return the initializer that is meant, or the one named `default` for None.

    >>> get_or("zeros", None)((2,))
    array([0., 0.], dtype=float32)
    """
    initializer = get(default if identifier is None else identifier)  # type: ignore[arg-type]
    assert initializer is not None, "a name stands for one"
    return initializer


def get(
    identifier: str | Mapping[str, Any] | type[Initializer] | AnyInitializer | Array | None,
) -> AnyInitializer | None:
    """Return the initializer that is meant.

    Parameters
    ----------
    identifier : str, dict, class, callable, ndarray or None
        A name, such as ``'glorot_uniform'`` or ``'GlorotUniform'``; what `serialize` returned; a
        class of this module; a callable ``f(shape, dtype=None)``; or the weights themselves, of
        the shape to come.

    Returns
    -------
    callable or None
        Called with a shape and a dtype, it returns an array. None for None.

    Raises
    ------
    NotImplementedError
        If it names an initializer of Keras that is not built yet.
    TypeError, ValueError
        If it is none of them, or an unknown name.

    Examples
    --------
    >>> get("ones")((2,))
    array([1., 1.], dtype=float32)
    >>> get(np.array([0.5, 2.0]))((2,))
    array([0.5, 2. ], dtype=float32)
    """
    if identifier is None:
        return None
    if isinstance(identifier, str):
        return look_up("initializer", identifier, _NAMED, _UNBUILT)()
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, np.ndarray):
        return Given(check_array(identifier, "the initializer", shape=None))
    if not callable(identifier):
        raise TypeError(
            f"expected initializer to be a name, a callable or an array. Received: {identifier!r}"
        )
    return identifier() if isinstance(identifier, type) else identifier
