"""L2, momentum and first weights, epoch by epoch
==============================================

How the test error goes down, a program for scikit-learn::

    python mlp_epochs.py                     100 epochs: minutes
    python mlp_epochs.py --full              10,000, and ten networks for each beginning: hours
    python mlp_epochs.py --picture FILE

``max_iter=1`` and ``warm_start=True`` make each ``fit`` one epoch, after which the test set is
asked; a subclass that overrides ``_init_coef`` begins with other weights. ``from
fastnn.neural_network`` instead of ``from sklearn.neural_network`` is all that was changed.

Networks of 100 and 50 rectified linear units learn 3,000 images of MNIST, and 6,000 from different
first weights, in batches of 64 at a rate of 0.01. Each ``fit`` begins with no velocity, here as in
scikit-learn: what momentum gains is gained within an epoch of 47 steps. The penalty is divided by
the rows of a batch: in a hundred epochs it hardly shows. The settings are those of
R. Kneusel, *Practical Deep Learning*, whose figures show errors of 0.04 to 0.055 for the five
beginnings between the 75th epoch and the 4,000th.
"""

import argparse
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastnn.datasets import mnist
from fastnn.neural_network import MLPClassifier

ALPHAS = (0.0, 0.1, 0.2, 0.3, 0.4)
MOMENTA = (0.0, 0.3, 0.5, 0.7, 0.9, 0.99)
RNG = np.random.default_rng(1)
SCALES = {  # of normal first weights, by the number of inputs
    "normal, 0.005": lambda n_inputs: 0.005,
    "normal, He": lambda n_inputs: np.sqrt(2 / n_inputs),
    "normal, Xavier": lambda n_inputs: np.sqrt(1 / n_inputs),
}
BEGINNINGS = ("Glorot", "uniform, ±0.005", *SCALES)


class Network(MLPClassifier):
    """A classifier that is told with which weights to begin."""

    beginning = "Glorot"

    def _init_coef(self, fan_in, fan_out, dtype):
        if self.beginning == "Glorot":
            return super()._init_coef(fan_in, fan_out, dtype)
        if self.beginning in SCALES:
            weights = RNG.normal(scale=SCALES[self.beginning](fan_in), size=(fan_in, fan_out))
        else:
            weights = RNG.uniform(-0.005, 0.005, (fan_in, fan_out))
        return weights.astype(dtype), np.zeros(fan_out, dtype)


parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--full", action="store_true", help="as in the book")
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train.reshape(-1, 784) / 256, x_test.reshape(-1, 784) / 256
warnings.simplefilter("ignore", ConvergenceWarning)  # after every epoch


def errors(n_rows, n_epochs, beginning="Glorot", seed=1, **settings):
    """Return the test error after each epoch."""
    network = Network(
        (100, 50),
        solver="sgd",
        learning_rate_init=0.01,
        nesterovs_momentum=False,
        batch_size=64,
        tol=0,
        max_iter=1,
        warm_start=True,
        random_state=np.random.RandomState(seed),
        **settings,
    )
    network.beginning = beginning
    return [
        1 - network.fit(x_train[:n_rows], y_train[:n_rows]).score(x_test, y_test)
        for _ in range(n_epochs)
    ]


n_epochs, n_epochs_begun, n_networks = (
    (10_000, 4000, 10) if arguments.full else (arguments.epochs, arguments.epochs, 1)
)
sweeps = {
    "L2 penalty": {
        f"alpha = {alpha}": errors(3000, n_epochs, momentum=0, alpha=alpha) for alpha in ALPHAS
    },
    "momentum": {f"{value}": errors(3000, n_epochs, momentum=value) for value in MOMENTA},
    "first weights": {
        beginning: np.mean(
            [
                errors(6000, n_epochs_begun, beginning, seed, momentum=0.9, alpha=0.2)
                for seed in range(n_networks)
            ],
            axis=0,
        )
        for beginning in BEGINNINGS
    },
}
for title, curves in sweeps.items():
    print(f"\n{title}: test error after the last epoch, and the least")
    for name, curve in curves.items():
        print(f"{name:16} {curve[-1]:.4f} {min(curve):.4f}")

if arguments.picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.4), layout="constrained")
    panels = figure.subplots(1, 3, sharey=True)
    for axes, (title, curves) in zip(panels, sweeps.items(), strict=True):
        for name, curve in curves.items():
            axes.plot(range(1, len(curve) + 1), curve, label=name)
        axes.set_title(title)
        axes.set_xlabel("epoch")
        axes.set_yscale("log")
        axes.grid(alpha=0.3, which="both")
        axes.legend(fontsize="small")
    panels[0].set_ylabel("error on the test images")
    figure.savefig(arguments.picture, dpi=120)
