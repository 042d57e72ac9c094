"""The ranges that the numbers of optimizers and schedules lie in."""

import math
from collections.abc import Callable
from typing import TypeVar

from fastnn._arguments import check_number

T = TypeVar("T")

ABOVE_ZERO = math.nextafter(0.0, 1.0)
_BELOW_ONE = math.nextafter(1.0, 0.0)


def check_positive(value: object, name: str) -> float:
    """Return `value` if it is above zero."""
    return check_number(value, name, "(0, inf)", ABOVE_ZERO, math.inf)


def check_not_negative(value: object, name: str) -> float:
    """Return `value` if it is zero or above."""
    return check_number(value, name, "[0, inf)", 0.0, math.inf)


def check_decay(value: object, name: str) -> float:
    """Return `value` if a running mean can keep that share of itself at each step."""
    return check_number(value, name, "[0, 1)", 0.0, _BELOW_ONE)


def check_momentum(value: object) -> float:
    """Return `value` if it is a momentum."""
    return check_number(value, "momentum", "[0, 1]", 0.0, 1.0)


def check_optional(check: Callable[[object, str], T], value: object, name: str) -> T | None:
    """Return None, or `value` if `check` lets it pass."""
    return None if value is None else check(value, name)
