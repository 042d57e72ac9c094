"""Schedules that fall by powers, by the inverse of time, or in steps."""

import math
from bisect import bisect_left
from collections.abc import Sequence

from fastnn._arguments import check_bool, check_number
from fastnn.optimizers._checks import check_not_negative, check_positive
from fastnn.optimizers.schedules._base import Schedule


class _TimeDecay(Schedule):
    """What exponential and inverse time decay share: their arguments, and how they count time."""

    _settings = ("initial_learning_rate", "decay_steps", "decay_rate", "staircase")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(name or type(self).__name__)
        self.initial_learning_rate = check_not_negative(
            initial_learning_rate, "initial_learning_rate"
        )
        self.decay_steps = check_positive(decay_steps, "decay_steps")
        self.decay_rate = check_not_negative(decay_rate, "decay_rate")
        self.staircase = check_bool(staircase, "staircase")

    def _time(self, step: int) -> float:
        time = step / self.decay_steps
        return math.floor(time) if self.staircase else time


class ExponentialDecay(_TimeDecay):
    """At step t the rate is ``initial_learning_rate · decay_rate ^ (t / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, not negative.
    decay_steps : float
        The number of steps that multiply the rate by `decay_rate`, above 0.
    decay_rate : float
        Not negative.
    staircase : bool, default=False
        Whether the exponent is rounded down, so that the rate changes every `decay_steps` steps.
    name : str, default='ExponentialDecay'
        Without effect.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    References
    ----------
    The formula is that of Keras 3.

    Examples
    --------
    >>> ExponentialDecay(0.1, decay_steps=100, decay_rate=0.5)(200)
    0.025
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        return float(self.initial_learning_rate * self.decay_rate ** self._time(step))


class InverseTimeDecay(_TimeDecay):
    """At step t the rate is ``initial_learning_rate / (1 + decay_rate · t / decay_steps)``.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, not negative.
    decay_steps : float
        The unit of time, in steps, above 0.
    decay_rate : float
        Not negative.
    staircase : bool, default=False
        Whether ``t / decay_steps`` is rounded down, so that the rate changes every
        `decay_steps` steps.
    name : str, default='InverseTimeDecay'
        Without effect.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    References
    ----------
    The formula is that of Keras 3.

    Examples
    --------
    >>> InverseTimeDecay(0.1, decay_steps=100, decay_rate=0.5)(200)
    0.05
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        return self.initial_learning_rate / (1 + self.decay_rate * self._time(step))


class PiecewiseConstantDecay(Schedule):
    """The rate is ``values[0]`` up to step ``boundaries[0]``, and ``values[i + 1]`` behind it.

    Parameters
    ----------
    boundaries : sequence of float
        The last step of each value but the last one, in ascending order.
    values : sequence of float
        Not negative, one more than there are boundaries.
    name : str, default='PiecewiseConstant'
        Without effect.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or if the two do not fit together.

    References
    ----------
    The steps are those of Keras 3.

    Examples
    --------
    >>> rate = PiecewiseConstantDecay([100, 200], [0.1, 0.01, 0.001])
    >>> rate(100), rate(101), rate(1000)
    (0.1, 0.01, 0.001)
    """

    _settings = ("boundaries", "values")

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str | None = "PiecewiseConstant",
    ) -> None:
        super().__init__(name)
        self.boundaries = [
            check_number(boundary, f"boundaries[{i}]", "(-inf, inf)", -math.inf, math.inf)
            for i, boundary in enumerate(boundaries)
        ]
        self.values = [check_not_negative(v, f"values[{i}]") for i, v in enumerate(values)]
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"expected one value more than boundaries. Received: {len(self.values)} values, "
                f"{len(self.boundaries)} boundaries"
            )
        if self.boundaries != sorted(set(self.boundaries)):
            raise ValueError(f"expected boundaries in ascending order. Received: {boundaries!r}")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        return self.values[bisect_left(self.boundaries, step)]


class PolynomialDecay(Schedule):
    """The rate falls from one value to another along a power of the time that is left.

    At step t it is ``(initial_learning_rate − end_learning_rate) · (1 − t / decay_steps) ^ power +
    end_learning_rate``, and after `decay_steps` steps it stays.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, not negative.
    decay_steps : float
        The number of steps until the end, above 0.
    end_learning_rate : float, default=0.0001
        The rate at the end, not negative.
    power : float, default=1.0
        Not negative; 1 is a straight line.
    cycle : bool, default=False
        Whether, past the end, `decay_steps` is replaced by its next multiple, so that the rate
        rises and falls again.
    name : str, default='PolynomialDecay'
        Without effect.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    References
    ----------
    The formula is that of Keras 3.

    Examples
    --------
    >>> PolynomialDecay(0.1, decay_steps=100, end_learning_rate=0.0)(75)
    0.025
    """

    _settings = ("initial_learning_rate", "decay_steps", "end_learning_rate", "power", "cycle")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None:
        super().__init__(name)
        self.initial_learning_rate = check_not_negative(
            initial_learning_rate, "initial_learning_rate"
        )
        self.decay_steps = check_positive(decay_steps, "decay_steps")
        self.end_learning_rate = check_not_negative(end_learning_rate, "end_learning_rate")
        self.power = check_not_negative(power, "power")
        self.cycle = check_bool(cycle, "cycle")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        time = step / self.decay_steps
        time = time / max(1, math.ceil(time)) if self.cycle else min(time, 1.0)
        height = self.initial_learning_rate - self.end_learning_rate
        return float(height * (1 - time) ** self.power + self.end_learning_rate)
