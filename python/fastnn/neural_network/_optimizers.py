"""How the estimators go down the slope: an optimizer, learning rates, and when to stop."""

import copy
from typing import TYPE_CHECKING

from fastnn._console import write
from fastnn.optimizers import SGD, Adam, AdamW, Optimizer, RMSprop

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron

_SMALLEST_RATE = 1e-6  # an adaptive learning rate at or below it is not divided again


class Descent:
    """An optimizer, and scikit-learn's rules of its learning rate and of the end of training.

    For 'sgd', 'invscaling' is learning_rate_init / (t + 1)^power_t for t samples seen, from the
    second epoch on; 'adaptive' is divided by 5 where there is no progress.

    Attributes
    ----------
    optimizer : Optimizer
        Made as the estimator says when this is.
    """

    def __init__(self, estimator: "MultilayerPerceptron") -> None:
        self.optimizer = make_optimizer(estimator)
        self._rule = estimator.learning_rate if estimator.solver == "sgd" else "constant"
        self._first_rate = self.optimizer.learning_rate
        self._power_t = estimator.power_t

    def iteration_ends(self, n_samples_seen: int) -> None:
        """Set the learning rate of the next epoch."""
        if self._rule == "invscaling":
            divisor = (n_samples_seen + 1) ** self._power_t
            self.optimizer.learning_rate = self._first_rate / divisor

    def stops(self, message: str, verbose: bool) -> bool:
        """Whether training ends; an adaptive learning rate falls instead while it can."""
        if self._rule != "adaptive":
            tell(f"{message} Stopping.", verbose)
            return True
        rate = self.optimizer.learning_rate
        if rate <= _SMALLEST_RATE:
            tell(f"{message} Learning rate too small. Stopping.", verbose)
            return True
        self.optimizer.learning_rate = rate / 5.0
        tell(f"{message} Setting learning rate to {rate / 5.0:f}", verbose)
        return False


def make_optimizer(estimator: "MultilayerPerceptron") -> Optimizer:
    """Return a new optimizer, as the estimator's parameters say."""
    solver, rate = estimator.solver, estimator.learning_rate_init
    if isinstance(solver, Optimizer):
        return copy.deepcopy(solver)
    epsilon = estimator.epsilon
    if solver == "sgd":
        return SGD(rate, estimator.momentum, bool(estimator.nesterovs_momentum))
    if solver == "rmsprop":
        return RMSprop(rate, epsilon=epsilon)
    kind = AdamW if solver == "adamw" else Adam
    return kind(rate, beta_1=estimator.beta_1, beta_2=estimator.beta_2, epsilon=epsilon)


def tell(message: str, verbose: bool) -> None:
    """Print `message` if the user wants to know."""
    if verbose:
        write(f"{message}\n")
