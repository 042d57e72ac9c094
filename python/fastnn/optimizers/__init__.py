"""Optimizers: how a step follows from a gradient, named as in ``keras.optimizers``.

An optimizer here holds settings only. What it remembers between steps (velocities, moments, the
count of steps) lives with the weights in the core, so that one object may serve several models.
"""

from collections.abc import Mapping
from typing import Any

from fastnn._arguments import look_up
from fastnn._serialization import describe, read_description
from fastnn.optimizers import schedules
from fastnn.optimizers._adam import Adam, Adamax, AdamW, Nadam
from fastnn.optimizers._adaptive import Adadelta, Adagrad, RMSprop
from fastnn.optimizers._base import Optimizer
from fastnn.optimizers._momentum import SGD, Lion

__all__ = [
    "SGD",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "deserialize",
    "get",
    "schedules",
    "serialize",
]

_BUILT: Mapping[str, type[Optimizer]] = {
    kind.__name__.lower(): kind
    for kind in (SGD, RMSprop, Adam, AdamW, Adamax, Nadam, Adagrad, Adadelta, Lion)
}
_UNBUILT = "adafactor ftrl lamb lossscaleoptimizer multioptimizer muon schedulefreeadamw"


def serialize(optimizer: Optimizer) -> dict[str, Any]:
    """Return what describes an optimizer, fit for JSON, as Keras does.

    Parameters
    ----------
    optimizer : Optimizer
        Any.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Raises
    ------
    TypeError
        If its learning rate is a callable, which no file can hold.

    Examples
    --------
    >>> serialize(SGD(0.1))["class_name"]
    'SGD'
    """
    return describe(optimizer, "keras.optimizers", _BUILT.values())


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Optimizer:
    """Return the optimizer that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : dict
        With ``'class_name'``, in upper or lower case, and ``'config'``.
    custom_objects : dict of str to type, optional
        Classes of your own schedules and optimizers under their names.

    Returns
    -------
    Optimizer
        As new.

    Raises
    ------
    NotImplementedError
        If it describes something of Keras that is not built yet.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(SGD(0.1, momentum=0.9))).momentum
    0.9
    """
    name, settings = read_description("optimizer", config)
    kind = (custom_objects or {}).get(name) or look_up("optimizer", name.lower(), _BUILT, _UNBUILT)
    return kind.from_config(settings, custom_objects)


def get(identifier: str | Mapping[str, Any] | Optimizer) -> Optimizer:
    """Return the optimizer that a string names, with its defaults, or an optimizer as it is.

    Parameters
    ----------
    identifier : str, dict or Optimizer
        The name of an optimizer in upper or lower case, such as ``'rmsprop'``; what `serialize`
        returned; or an optimizer.

    Returns
    -------
    Optimizer
        Ready for ``Sequential.compile``.

    Raises
    ------
    NotImplementedError
        If it names an optimizer of Keras that is not built yet.
    TypeError, ValueError
        If it is none of these, or an unknown name.

    Examples
    --------
    >>> get("adam").learning_rate
    0.001
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if not isinstance(identifier, str):
        raise TypeError(
            f"expected optimizer to be a name or an Optimizer. Received: {identifier!r}"
        )
    return deserialize({"class_name": identifier, "config": {}})
