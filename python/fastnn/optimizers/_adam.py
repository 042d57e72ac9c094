"""Adam and its kin: steps scaled by running means of the gradient and of its size."""

from typing import Any, ClassVar

from fastnn import _core
from fastnn._arguments import check_bool
from fastnn.optimizers._base import LearningRate, Optimizer
from fastnn.optimizers._checks import check_decay, check_not_negative, check_positive


class _Moments(Optimizer):
    """What Adam and its kin share: two means and the number that keeps quotients finite."""

    _settings: ClassVar[tuple[str, ...]] = ("beta_1", "beta_2", "epsilon")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, *shared, **named)
        self.beta_1 = check_decay(beta_1, "beta_1")
        self.beta_2 = check_decay(beta_2, "beta_2")
        self.epsilon = check_positive(epsilon, "epsilon")


class Adam(_Moments):
    """Adam: steps scaled by running means of the gradient and of its square.

    With the gradient g of a weight w and the learning rate η, at step t, counted from 1:
    ``m += (1 − β₁)(g − m)``, ``v += (1 − β₂)(g² − v)``,
    ``w −= η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)``. AMSGrad has the largest v so far in the
    place of v in the last formula.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    beta_1 : float, default=0.9
        β₁ in [0, 1), the share that the mean of gradients keeps at each step.
    beta_2 : float, default=0.999
        β₂ in [0, 1), the share that the mean of squares keeps at each step.
    epsilon : float, default=1e-7
        ε > 0; the "epsilon hat" before section 2.1 of the paper.
    amsgrad : bool, default=False
        Whether to use AMSGrad.
    *shared, **named : object
        What all optimizers take, in Keras's order or by name: ``weight_decay``, ``clipnorm``, …;
        see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015. S. J. Reddi,
    S. Kale, S. Kumar, *On the Convergence of Adam and Beyond*, ICLR 2018. The formulas are those
    of Keras 3.

    Examples
    --------
    >>> Adam().learning_rate
    0.001
    """

    _settings = (*_Moments._settings, "amsgrad")

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *shared: Any,
        **named: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, *shared, **named)
        self.amsgrad = check_bool(amsgrad, "amsgrad")

    def _slot_groups(self) -> list[dict[str, int]]:
        together = {"momentum": 0, "velocity": 1}
        return [together, {"velocity_hat": 2}] if self.amsgrad else [together]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.adam(self.beta_1, self.beta_2, self.epsilon, self.amsgrad)


class AdamW(Adam):
    """Adam with weight decay: `Adam` with another default and another order of its arguments.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    weight_decay : float, default=0.004
        Before each update every weight loses the share ``η · weight_decay`` of itself.
    beta_1, beta_2, epsilon, amsgrad
        As of `Adam`.
    *shared, **named : object
        What all optimizers take behind ``weight_decay``, in Keras's order or by name:
        ``clipnorm``, …; see `Optimizer`.

    Raises
    ------
    TypeError, ValueError
        As `Optimizer` does.

    References
    ----------
    I. Loshchilov, F. Hutter, *Decoupled Weight Decay Regularization*, ICLR 2019. The formulas are
    those of Keras 3.

    Examples
    --------
    >>> AdamW().weight_decay
    0.004
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        *shared: Any,
        **named: Any,
    ) -> None:
        decay = check_not_negative(weight_decay, "weight_decay")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, decay, *shared, **named)


class Adamax(_Moments):
    """Adamax: Adam with the largest of the fading gradients in the place of their mean square.

    With the gradient g of a weight w and the learning rate η, at step t, counted from 1:
    ``m += (1 − β₁)(g − m)``, ``u = max(β₂ u, |g|)``, ``w −= η / (1 − β₁ᵗ) · m / (u + ε)``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    beta_1 : float, default=0.9
        β₁ in [0, 1), the share that the mean of gradients keeps at each step.
    beta_2 : float, default=0.999
        β₂ in [0, 1), the share that the largest gradient keeps at each step.
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
    D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, section 7.1, ICLR 2015. The
    formulas are those of Keras 3.

    Examples
    --------
    >>> Adamax(learning_rate=0.002).beta_2
    0.999
    """

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"momentum": 0, "norm": 1}]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.adamax(self.beta_1, self.beta_2, self.epsilon)


class Nadam(_Moments):
    """Nadam: Adam with Nesterov's momentum.

    With the gradient g of a weight w and the learning rate η, at step t, counted from 1, with the
    momentum ``μₜ = β₁ (1 − 0.96ᵗ / 2)`` and the product ``Pₜ = μ₁ μ₂ … μₜ``:
    ``m += (1 − β₁)(g − m)``, ``v += (1 − β₂)(g² − v)``,
    ``d = μₜ₊₁ / (1 − Pₜ₊₁) · m + (1 − μₜ) / (1 − Pₜ) · g``,
    ``w −= η d / (√(v / (1 − β₂ᵗ)) + ε)``.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable, default=0.001
        η, not negative; see `Optimizer`.
    beta_1 : float, default=0.9
        β₁ in [0, 1), the share that the mean of gradients keeps at each step.
    beta_2 : float, default=0.999
        β₂ in [0, 1), the share that the mean of squares keeps at each step.
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
    T. Dozat, *Incorporating Nesterov Momentum into Adam*, ICLR workshop 2016. The formulas are
    those of Keras 3.

    Examples
    --------
    >>> Nadam().beta_1
    0.9
    """

    def _slot_groups(self) -> list[dict[str, int]]:
        return [{"momentum": 0, "velocity": 1}]

    def _core_method(self) -> _core.Optimizer:
        return _core.Optimizer.nadam(self.beta_1, self.beta_2, self.epsilon)
