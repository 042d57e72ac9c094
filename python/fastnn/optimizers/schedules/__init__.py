"""Schedules of the learning rate, named as in ``keras.optimizers.schedules``."""

from collections.abc import Mapping
from typing import Any

from fastnn._arguments import look_up
from fastnn._serialization import describe, read_description
from fastnn.optimizers.schedules._base import LearningRateSchedule
from fastnn.optimizers.schedules._cosine import CosineDecay, CosineDecayRestarts
from fastnn.optimizers.schedules._decays import (
    ExponentialDecay,
    InverseTimeDecay,
    PiecewiseConstantDecay,
    PolynomialDecay,
)

__all__ = [
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "LearningRateSchedule",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "deserialize",
    "serialize",
]

_BUILT: Mapping[str, type[LearningRateSchedule]] = {
    kind.__name__: kind
    for kind in (
        ExponentialDecay,
        PiecewiseConstantDecay,
        PolynomialDecay,
        InverseTimeDecay,
        CosineDecay,
        CosineDecayRestarts,
    )
}


def serialize(learning_rate_schedule: LearningRateSchedule) -> dict[str, Any]:
    """Return what describes a schedule, fit for JSON, as Keras does.

    Parameters
    ----------
    learning_rate_schedule : LearningRateSchedule
        Any; one of your own needs ``get_config``.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Raises
    ------
    NotImplementedError
        If it has no configuration.

    Examples
    --------
    >>> serialize(ExponentialDecay(0.1, 1000, 0.96))["class_name"]
    'ExponentialDecay'
    """
    return describe(learning_rate_schedule, "keras.optimizers.schedules", _BUILT.values())


def deserialize(
    config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> LearningRateSchedule:
    """Return the schedule that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : dict
        With ``'class_name'`` and ``'config'``.
    custom_objects : dict of str to type, optional
        Classes of your own schedules under their names.

    Returns
    -------
    LearningRateSchedule
        As new.

    Raises
    ------
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(ExponentialDecay(0.1, 1000, 0.96)))(0)
    0.1
    """
    name, settings = read_description("schedule", config)
    kind: type[LearningRateSchedule] = (custom_objects or {}).get(name) or look_up(
        "schedule", name, _BUILT, ""
    )
    return kind.from_config(settings)
