"""Optimizers that divide each weight's gradient by its usual size."""

from typing import Any

from fastnn import _core
from fastnn._arguments import check_bool
from fastnn.optimizers._base import LearningRate, Optimizer
from fastnn.optimizers._checks import (
    check_decay,
    check_momentum,
    check_not_negative,
    check_positive,
)


class RMSprop(Optimizer):
    """RMSprop: gradients divided by the root of a running mean of their squares.

    With the gradient g of a weight w, the learning rate η and the momentum μ:
    ``v = ρ v + (1 − ρ) g²``, ``d = η g / √(v + ε)``, ``w −= d``. Centered, with also
    ``a = ρ a + (1 − ρ) g``, it is v − a² that is in the place of v. With momentum
    ``p = μ p + d``, ``w −= p``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    rho : float, default=0.9
        ρ in [0, 1), the share that the means keep at each step.
    momentum : float, default=0.0
        μ in [0, 1].
    epsilon : float, default=1e-7
        ε > 0.
    centered : bool, default=False
        Whether to divide by an estimate of the variance in place of the mean square.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    G. Hinton, *Neural Networks for Machine Learning*, lecture 6, 2012. The formulas are those of
    Keras 3.

    Examples
    --------
    >>> RMSprop(0.01, momentum=0.9, centered=True).rho
    0.9
    """

    _settings = ("rho", "momentum", "epsilon", "centered")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.rho = check_decay(rho, "rho")
        self.momentum = check_momentum(momentum)
        self.epsilon = check_positive(epsilon, "epsilon")
        self.centered = check_bool(centered, "centered")

    def _slot_groups(self) -> list[dict[str, int]]:
        velocity, momentum = {"velocity": 0}, {"momentum": 2 if self.centered else 1}
        groups = [velocity, momentum] if self.momentum else [velocity]
        return [*groups, {"average_gradient": 1}] if self.centered else groups

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.rmsprop(self.rho, self.momentum, self.epsilon, self.centered)


class Adagrad(Optimizer):
    """Adagrad: gradients divided by the root of the sum of their squares so far.

    With the gradient g of a weight w and the learning rate η:
    ``a += g²``, ``w −= η g / √(a + ε)``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    initial_accumulator_value : float, default=0.1
        What a starts from, not negative.
    epsilon : float, default=1e-7
        ε > 0.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    J. Duchi, E. Hazan, Y. Singer, *Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization*, JMLR 2011. The formulas are those of Keras 3.

    Examples
    --------
    >>> Adagrad(learning_rate=0.1).initial_accumulator_value
    0.1
    """

    _settings = ("initial_accumulator_value", "epsilon")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.initial_accumulator_value = check_not_negative(
            initial_accumulator_value, "initial_accumulator_value"
        )
        self.epsilon = check_positive(epsilon, "epsilon")

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"accumulator": 0}]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.adagrad(self.initial_accumulator_value, self.epsilon)


class Adadelta(Optimizer):
    """Adadelta: gradients scaled by the usual size of steps over that of gradients.

    With the gradient g of a weight w and the learning rate η:
    ``v = ρ v + (1 − ρ) g²``, ``d = g √(u + ε) / √(v + ε)``, ``u = ρ u + (1 − ρ) d²``,
    ``w −= η d``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`. The paper has 1.
    rho : float, default=0.95
        ρ in [0, 1), the share that the means keep at each step.
    epsilon : float, default=1e-7
        ε > 0.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    M. D. Zeiler, *ADADELTA: An Adaptive Learning Rate Method*, arXiv:1212.5701, 2012. The formulas
    are those of Keras 3.

    Examples
    --------
    >>> Adadelta(learning_rate=1.0).rho
    0.95
    """

    _settings = ("rho", "epsilon")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.rho = check_decay(rho, "rho")
        self.epsilon = check_positive(epsilon, "epsilon")

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"accumulated_grad": 0, "accumulated_delta_var": 1}]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.adadelta(self.rho, self.epsilon)
