"""The optimizers of scikit-learn's perceptrons: learning rates, and when to stop."""

from typing import TYPE_CHECKING, Protocol

from fastnn import _core
from fastnn._console import write

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron

_SMALLEST_RATE = 1e-6  # an adaptive learning rate at or below it is not divided again


class Optimizer(Protocol):
    """What the epochs ask of an optimizer; it holds what the estimator said when it was made."""

    learning_rate: float

    def to_core(self) -> _core.Optimizer:
        """Return the method."""
        ...

    def iteration_ends(self, n_samples_seen: int) -> None:
        """Set the learning rate of the next epoch."""
        ...

    def stops(self, message: str, verbose: bool) -> bool:
        """Whether training ends now that it makes no progress, as `message` tells."""
        ...


class Adam:
    """Kingma and Ba (2015)."""

    def __init__(self, estimator: "MultilayerPerceptron") -> None:
        self.learning_rate = float(estimator.learning_rate_init)
        self.beta_1 = estimator.beta_1
        self.beta_2 = estimator.beta_2
        self.epsilon = estimator.epsilon

    def to_core(self) -> _core.Optimizer:
        """Return the method."""
        return _core.Optimizer.adam(self.beta_1, self.beta_2, self.epsilon, False)

    def iteration_ends(self, n_samples_seen: int) -> None:
        """Keep the learning rate."""

    def stops(self, message: str, verbose: bool) -> bool:
        """Return True."""
        tell(f"{message} Stopping.", verbose)
        return True


class Sgd:
    """Gradient descent with momentum, its learning rate constant or falling.

    'invscaling' is learning_rate_init / (t + 1)^power_t for t samples seen, from the second epoch
    on; 'adaptive' is divided by 5 where there is no progress.
    """

    def __init__(self, estimator: "MultilayerPerceptron") -> None:
        self.learning_rate = self.learning_rate_init = float(estimator.learning_rate_init)
        self.schedule = estimator.learning_rate
        self.power_t = estimator.power_t
        self.momentum = estimator.momentum
        self.nesterov = estimator.nesterovs_momentum

    def to_core(self) -> _core.Optimizer:
        """Return the method."""
        return _core.Optimizer.sgd(self.momentum, bool(self.nesterov))

    def iteration_ends(self, n_samples_seen: int) -> None:
        """Set the learning rate of the next epoch."""
        if self.schedule == "invscaling":
            self.learning_rate = self.learning_rate_init / (n_samples_seen + 1) ** self.power_t

    def stops(self, message: str, verbose: bool) -> bool:
        """Whether training ends; an adaptive learning rate falls instead while it can."""
        if self.schedule != "adaptive":
            tell(f"{message} Stopping.", verbose)
            return True
        if self.learning_rate <= _SMALLEST_RATE:
            tell(f"{message} Learning rate too small. Stopping.", verbose)
            return True
        self.learning_rate /= 5.0
        tell(f"{message} Setting learning rate to {self.learning_rate:f}", verbose)
        return False


def tell(message: str, verbose: bool) -> None:
    """Print `message` if the user wants to know."""
    if verbose:
        write(f"{message}\n")
