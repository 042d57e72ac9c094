"""Schedules that fall along the cosine."""

import math

from fastnn._arguments import check_number
from fastnn.optimizers._checks import check_not_negative, check_positive
from fastnn.optimizers.schedules._base import Schedule


class CosineDecay(Schedule):
    """The rate falls along half a wave of the cosine, after a linear warm-up if there is one.

    At step t it is ``initial_learning_rate · ((1 − alpha) · (1 + cos(π t / decay_steps)) / 2 +
    alpha)``, and after `decay_steps` steps it stays. With a warm-up it first goes straight from
    `initial_learning_rate` to `warmup_target` in `warmup_steps` steps, and falls from there.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, not negative.
    decay_steps : float
        The number of steps that the rate falls, above 0.
    alpha : float, default=0.0
        What is left at the end, as a share of the highest rate, in [0, 1].
    name : str, default='CosineDecay'
        Without effect.
    warmup_target : float, optional
        The rate behind the warm-up, not negative. Default: no warm-up.
    warmup_steps : float, default=0
        The number of steps of the warm-up, not negative.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    References
    ----------
    I. Loshchilov, F. Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, ICLR 2017.
    P. Goyal et al., *Accurate, Large Minibatch SGD*, 2017, for the warm-up. The formulas are those
    of Keras 3.

    Examples
    --------
    >>> rate = CosineDecay(0.0, decay_steps=100, warmup_target=0.1, warmup_steps=10)
    >>> rate(5), rate(10), rate(110)
    (0.05, 0.1, 0.0)
    """

    _settings = ("initial_learning_rate", "decay_steps", "alpha", "warmup_target", "warmup_steps")

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: float,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: float = 0,
    ) -> None:
        super().__init__(name)
        self.initial_learning_rate = check_not_negative(
            initial_learning_rate, "initial_learning_rate"
        )
        self.decay_steps = check_positive(decay_steps, "decay_steps")
        self.alpha = check_number(alpha, "alpha", "[0, 1]", 0.0, 1.0)
        self.warmup_target = (
            None if warmup_target is None else check_not_negative(warmup_target, "warmup_target")
        )
        self.warmup_steps = check_not_negative(warmup_steps, "warmup_steps")

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        if self.warmup_target is None:
            return self._decayed(self.initial_learning_rate, step)
        if step < self.warmup_steps:
            height = self.warmup_target - self.initial_learning_rate
            return self.initial_learning_rate + height * step / self.warmup_steps
        return self._decayed(self.warmup_target, step - self.warmup_steps)

    def _decayed(self, highest: float, step: float) -> float:
        time = min(step / self.decay_steps, 1.0)
        return highest * (self.alpha + (1 - self.alpha) * _half_cosine(time))


class CosineDecayRestarts(Schedule):
    """The rate falls as in `CosineDecay`, again and again.

    A period takes `t_mul` times as many steps as the one before it, and starts from `m_mul` times
    its rate.

    Parameters
    ----------
    initial_learning_rate : float
        The rate of step 0, not negative.
    first_decay_steps : float
        The number of steps of the first period, above 0.
    t_mul : float, default=2.0
        At least 1.
    m_mul : float, default=1.0
        Not negative.
    alpha : float, default=0.0
        What is left at the end of a period, as a share of `initial_learning_rate`, in [0, 1].
    name : str, default='SGDRDecay'
        Without effect.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.

    References
    ----------
    I. Loshchilov, F. Hutter, *SGDR: Stochastic Gradient Descent with Warm Restarts*, ICLR 2017.
    The formulas are those of Keras 3.

    Examples
    --------
    >>> rate = CosineDecayRestarts(0.1, first_decay_steps=100, m_mul=0.5)
    >>> rate(0), rate(50), rate(100), rate(300)
    (0.1, 0.05, 0.05, 0.025)
    """

    _settings = ("initial_learning_rate", "first_decay_steps", "t_mul", "m_mul", "alpha")

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: float,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None:
        super().__init__(name)
        self.initial_learning_rate = check_not_negative(
            initial_learning_rate, "initial_learning_rate"
        )
        self.first_decay_steps = check_positive(first_decay_steps, "first_decay_steps")
        self.t_mul = check_number(t_mul, "t_mul", "[1, inf)", 1.0, math.inf)
        self.m_mul = check_not_negative(m_mul, "m_mul")
        self.alpha = check_number(alpha, "alpha", "[0, 1]", 0.0, 1.0)

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        period, time = self._period(step / self.first_decay_steps)
        height = (1 - self.alpha) * self.m_mul**period
        return self.initial_learning_rate * (self.alpha + height * _half_cosine(time))

    def _period(self, time: float) -> tuple[int, float]:
        """Return how many restarts there were, and the share of the period that is over.

        `time` is counted in first periods: n periods take (tⁿ − 1) / (t − 1) of them, t = `t_mul`.
        """
        t = self.t_mul
        if t == 1:
            return math.floor(time), time % 1
        period = math.floor(math.log(1 + time * (t - 1)) / math.log(t))
        length = t**period
        return period, (time - (length - 1) / (t - 1)) / length


def _half_cosine(time: float) -> float:
    """Fall from 1 at `time` 0 to 0 at `time` 1."""
    return (1 + math.cos(math.pi * time)) / 2
