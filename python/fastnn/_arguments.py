"""Checks of the arguments that Keras's classes take: numbers, flags, names, and what is not built.

No argument of Keras is silently ignored: one that is not built yet is refused by its name.
"""

import math
from collections.abc import Mapping
from numbers import Real
from typing import TypeVar

T = TypeVar("T")

BELOW_ONE = math.nextafter(1.0, 0.0)


def refuse_unbuilt(owner: str, given: Mapping[str, object], defaults: Mapping[str, object]) -> None:
    """Raise unless every argument in `given` has the default that `defaults` names.

    Parameters
    ----------
    owner : str
        The class or method that was called, for the messages.
    given : mapping of str to object
        The arguments that came.
    defaults : mapping of str to object
        Keras's default of each argument that is known but not built.

    Raises
    ------
    TypeError
        If an argument is unknown.
    NotImplementedError
        If an argument is known and has another value than its default.

    Examples
    --------
    >>> refuse_unbuilt("fit", {"class_weight": {0: 2.0}}, {"class_weight": None})
    Traceback (most recent call last):
        ...
    NotImplementedError: fit(class_weight=...) is not built yet, only its default None
    """
    for name, value in given.items():
        if name not in defaults:
            raise TypeError(f"{owner}() got an unexpected keyword argument '{name}'")
        default = defaults[name]
        # An array has no single truth value: compare only what is of the default's type.
        if value is not default and not (type(value) is type(default) and value == default):
            raise NotImplementedError(
                f"{owner}({name}=...) is not built yet, only its default {default!r}"
            )


def look_up(kind: str, name: str, built: Mapping[str, T], unbuilt: str) -> T:
    """Return what `built` holds under `name`; `unbuilt` lists other names, apart by spaces.

    Raises
    ------
    NotImplementedError
        If `name` is in `unbuilt`: Keras knows it, this library does not yet.
    ValueError
        If nobody knows it.

    Examples
    --------
    >>> look_up("optimizer", "muon", {"sgd": 1, "adam": 2}, "muon ftrl")
    Traceback (most recent call last):
        ...
    NotImplementedError: optimizer 'muon' is not built yet, only 'sgd', 'adam'
    """
    if name in built:
        return built[name]
    listed = ", ".join(map(repr, built))
    if name in unbuilt.split():
        raise NotImplementedError(f"{kind} {name!r} is not built yet, only {listed}")
    raise ValueError(f"expected {kind} to be one of {listed}. Received: {name!r}")


def check_number(value: object, name: str, interval: str, low: float, high: float) -> float:
    """Return `value` as a finite float from `low` to `high`; `interval` describes them.

    >>> check_number(1.5, "momentum", "[0, 1]", 0.0, 1.0)
    Traceback (most recent call last):
        ...
    ValueError: expected momentum in [0, 1]. Received: 1.5
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"expected {name} to be a number. Received: {value!r}")
    number = float(value)
    if not (low <= number <= high and math.isfinite(number)):
        raise ValueError(f"expected {name} in {interval}. Received: {value}")
    return number


def check_finite(value: object, name: str) -> float:
    """Return `value` as a finite float."""
    return check_number(value, name, "(-inf, inf)", -math.inf, math.inf)


def check_not_negative(value: object, name: str) -> float:
    """Return `value` as a finite float of at least 0."""
    return check_number(value, name, "[0, inf)", 0.0, math.inf)


def check_positive(value: object, name: str) -> float:
    """Return `value` as a finite float above 0."""
    return check_number(value, name, "(0, inf)", math.nextafter(0.0, 1.0), math.inf)


def check_bool(value: object, name: str) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"expected {name} to be True or False. Received: {value!r}")
    return value
