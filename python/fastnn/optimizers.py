"""Optimizers: how a step follows from a gradient, named as in ``keras.optimizers``.

An optimizer here holds settings only. What it remembers between steps (velocities, moments, the
count of steps) lives with the weights in the core, so that one object may serve several models.
"""

import math
from collections.abc import Mapping
from typing import Any, ClassVar

from fastnn import _core
from fastnn._arguments import check_bool, check_number, look_up, refuse_unbuilt

__all__ = ["SGD", "Adam", "Optimizer", "get"]

_ABOVE_ZERO = math.nextafter(0.0, 1.0)
_BELOW_ONE = math.nextafter(1.0, 0.0)
_UNBUILT_DEFAULTS: Mapping[str, object] = {
    "weight_decay": None,
    "clipnorm": None,
    "clipvalue": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


class Optimizer:
    """What every optimizer has: a learning rate, a name, and its counterpart in the core.

    Parameters
    ----------
    learning_rate : float
        The length of a step, not negative. May be changed between two calls of ``fit``.
    name : str, optional
        Default: the name of the class in lower case.
    **unbuilt : object
        Keras's further arguments (``clipnorm``, ``weight_decay``, …), only with their defaults.

    Raises
    ------
    NotImplementedError
        If one of Keras's further arguments has another value than its default.
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = _UNBUILT_DEFAULTS

    def __init__(self, learning_rate: float, name: str | None = None, **unbuilt: Any) -> None:
        refuse_unbuilt(type(self).__name__, unbuilt, self._unbuilt_defaults)
        self.name = name or type(self).__name__.lower()
        self.learning_rate = learning_rate

    @property
    def learning_rate(self) -> float:
        """The length of a step."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = check_number(value, "learning_rate", "[0, inf)", 0.0, math.inf)

    def _to_core(self) -> _core.Optimizer:
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent, with or without momentum.

    With the gradient g of a weight w, the learning rate η and the momentum μ:
    ``v = μ v − η g``, then ``w += v``, or with Nesterov's momentum ``w += μ v − η g``.

    Parameters
    ----------
    learning_rate : float, default=0.01
        η, not negative.
    momentum : float, default=0.0
        μ in [0, 1].
    nesterov : bool, default=False
        Whether to use Nesterov's momentum.
    name : str, optional
        Default: ``'sgd'``.
    **unbuilt : object
        Keras's further arguments (``clipnorm``, ``weight_decay``, …), only with their defaults.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    References
    ----------
    I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and
    momentum in deep learning*, ICML 2013. The formulas are those of Keras 3.

    Examples
    --------
    >>> SGD(learning_rate=0.1, momentum=0.9).momentum
    0.9
    """

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        name: str | None = None,
        **unbuilt: Any,
    ) -> None:
        super().__init__(learning_rate, name, **unbuilt)
        self.momentum = check_number(momentum, "momentum", "[0, 1]", 0.0, 1.0)
        self.nesterov = check_bool(nesterov, "nesterov")

    def _to_core(self) -> _core.Optimizer:
        return _core.Optimizer.sgd(self.learning_rate, self.momentum, self.nesterov)


class Adam(Optimizer):
    """Adam: steps scaled by running means of the gradient and of its square.

    With the gradient g of a weight w, at step t, counted from 1:
    ``m += (1 − β₁)(g − m)``, ``v += (1 − β₂)(g² − v)``,
    ``w −= η √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)``.

    Parameters
    ----------
    learning_rate : float, default=0.001
        η, not negative.
    beta_1 : float, default=0.9
        β₁ in [0, 1), the share that the mean of gradients keeps at each step.
    beta_2 : float, default=0.999
        β₂ in [0, 1), the share that the mean of squares keeps at each step.
    epsilon : float, default=1e-7
        ε > 0; the "epsilon hat" before section 2.1 of the paper.
    name : str, optional
        Default: ``'adam'``.
    **unbuilt : object
        Keras's further arguments (``amsgrad``, ``clipnorm``, …), only with their defaults.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    References
    ----------
    D. P. Kingma, J. Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015. The formulas
    are those of Keras 3.

    Examples
    --------
    >>> Adam().learning_rate
    0.001
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {"amsgrad": False, **_UNBUILT_DEFAULTS}

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        name: str | None = None,
        **unbuilt: Any,
    ) -> None:
        super().__init__(learning_rate, name, **unbuilt)
        self.beta_1 = check_number(beta_1, "beta_1", "[0, 1)", 0.0, _BELOW_ONE)
        self.beta_2 = check_number(beta_2, "beta_2", "[0, 1)", 0.0, _BELOW_ONE)
        self.epsilon = check_number(epsilon, "epsilon", "(0, inf)", _ABOVE_ZERO, math.inf)

    def _to_core(self) -> _core.Optimizer:
        return _core.Optimizer.adam(self.learning_rate, self.beta_1, self.beta_2, self.epsilon)


_BUILT: Mapping[str, type[SGD | Adam]] = {"sgd": SGD, "adam": Adam}
_UNBUILT = "rmsprop adadelta adamw adagrad adamax adafactor muon nadam ftrl lion lossscaleoptimizer"


def get(identifier: str | Optimizer) -> Optimizer:
    """Return the optimizer that a string names, with its defaults, or an optimizer as it is.

    Parameters
    ----------
    identifier : str or Optimizer
        ``'sgd'`` or ``'adam'``, in upper or lower case, or an optimizer.

    Returns
    -------
    Optimizer
        Ready for ``Sequential.compile``.

    Raises
    ------
    NotImplementedError
        If it names an optimizer of Keras that is not built yet.
    TypeError, ValueError
        If it is neither a string nor an optimizer, or an unknown name.

    Examples
    --------
    >>> get("adam").learning_rate
    0.001
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(
            f"expected optimizer to be a name or an Optimizer. Received: {identifier!r}"
        )
    return look_up("optimizer", identifier.lower(), _BUILT, _UNBUILT)()
