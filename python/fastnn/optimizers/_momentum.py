"""Optimizers that step along the gradient, or along a running mean of it."""

from typing import Any

from fastnn import _core
from fastnn._arguments import check_bool, check_number
from fastnn.optimizers._base import LearningRate, Optimizer
from fastnn.optimizers._checks import ABOVE_ZERO, check_decay, check_momentum


class SGD(Optimizer):
    """Stochastic gradient descent, with or without momentum.

    With the gradient g of a weight w, the learning rate η and the momentum μ:
    ``v = μ v − η g``, then ``w += v``, or with Nesterov's momentum ``w += μ v − η g``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.01
        η, not negative; see `Optimizer`.
    momentum : float, default=0.0
        μ in [0, 1].
    nesterov : bool, default=False
        Whether to use Nesterov's momentum.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and
    momentum in deep learning*, ICML 2013. The formulas are those of Keras 3.

    Examples
    --------
    >>> SGD(learning_rate=0.1, momentum=0.9).momentum
    0.9
    """

    _settings = ("momentum", "nesterov")

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.momentum = check_momentum(momentum)
        self.nesterov = check_bool(nesterov, "nesterov")

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"momentum": 0}] if self.momentum else []

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.sgd(self.momentum, self.nesterov)


class Lion(Optimizer):
    """Lion: steps of one length, along the sign of a running mean of the gradient.

    With the gradient g of a weight w and the learning rate η:
    ``w −= η sign(β₁ m + (1 − β₁) g)``, then ``m = β₂ m + (1 − β₂) g``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    beta_1 : float, default=0.9
        β₁ in (0, 1], the share that the mean has in the direction of a step.
    beta_2 : float, default=0.99
        β₂ in [0, 1), the share that the mean of gradients keeps at each step.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    X. Chen et al., *Symbolic Discovery of Optimization Algorithms*, NeurIPS 2023. The formulas
    are those of Keras 3.

    Examples
    --------
    >>> Lion(weight_decay=0.01).beta_2
    0.99
    """

    _settings = ("beta_1", "beta_2")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.beta_1 = check_number(beta_1, "beta_1", "(0, 1]", ABOVE_ZERO, 1.0)
        self.beta_2 = check_decay(beta_2, "beta_2")

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"momentum": 0}]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.lion(self.beta_1, self.beta_2)
