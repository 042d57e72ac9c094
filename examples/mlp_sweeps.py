"""Batch size, learning rate and number of images
==============================================

What one setting does to a network for MNIST, a program for scikit-learn::

    python mlp_sweeps.py                     small networks and few images, one run: a minute
    python mlp_sweeps.py --full              those of the book, five runs: hours
    python mlp_sweeps.py --picture FILE

Small batches learn more in an epoch, since it has more steps; of as many steps, small batches make
less. A rate that is ten times smaller needs ten times the epochs; too large a one learns nothing.
More images are better, by ever less. Test accuracies beside those of R. Kneusel, *Practical Deep
Learning*, whose networks have 1000 and 500 hidden units; here by default 100 and 50, fewer epochs,
and for the first two figures 2,048 images of its 16,384 and 20,000.
"""

import argparse
import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastnn.datasets import mnist
from fastnn.neural_network import MLPClassifier


class Size(NamedTuple):
    """How much is run."""

    hidden: tuple[int, int]
    n_runs: int
    batch_rows: int
    batch_epochs: int
    batch_steps: int
    rate_rows: int
    rate_epochs: int
    rate_times_epochs: float
    n_steps: int  # with each number of images


BOOK = Size((1000, 500), 5, 16_384, 100, 8192, 20_000, 50, 1.5, 1000)
SMALL = Size((100, 50), 1, 2048, 25, 512, 2048, 25, 0.15, 1000)
TINY = Size((16, 8), 1, 256, 2, 8, 256, 2, 0.01, 20)
RATES = (0.2, 0.1, 0.05, 0.01, 0.005, 0.001, 0.0005, 0.0001)

# Published mean accuracies: by batch size for 100 epochs and for 8192 steps, and by number of
# images for 1000 steps.
EPOCHS = (
    (2, 0.97174), (4, 0.96976), (8, 0.96876), (16, 0.96734), (32, 0.96596), (64, 0.96332),
    (128, 0.95684), (256, 0.94564), (512, 0.93312), (1024, 0.91788), (2048, 0.90046),
    (4096, 0.87318), (8192, 0.82926), (16_384, 0.76104),
)  # fmt: skip
STEPS = (
    (2, 0.93658), (4, 0.94556), (8, 0.94856), (16, 0.94916), (32, 0.95012), (64, 0.94946),
    (128, 0.95068), (256, 0.95038), (512, 0.95112), (1024, 0.95030), (2048, 0.95066),
    (4096, 0.95028), (8192, 0.94992), (16_384, 0.94994),
)  # fmt: skip
IMAGES = (
    (100, 0.75330), (200, 0.81608), (300, 0.85652), (400, 0.86402), (500, 0.87372), (600, 0.87764),
    (700, 0.88382), (800, 0.89334), (900, 0.89644), (1000, 0.90168), (1500, 0.91856),
    (2000, 0.92490), (2500, 0.92966), (3000, 0.93690), (3500, 0.94190), (4000, 0.94424),
    (4500, 0.94964), (5000, 0.95032), (7500, 0.95862), (10_000, 0.96526), (15_000, 0.96664),
    (20_000, 0.96944), (25_000, 0.96980), (30_000, 0.96926),
)  # fmt: skip

parser = argparse.ArgumentParser()
parser.add_argument("--full", action="store_true", help="as in the book")
parser.add_argument("--tiny", action="store_true", help="to see that it runs")
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()
size = BOOK if arguments.full else TINY if arguments.tiny else SMALL

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train.reshape(-1, 784) / 256, x_test.reshape(-1, 784) / 256
warnings.simplefilter("ignore", ConvergenceWarning)  # it is not waited for


def accuracy(n_rows, n_epochs, **settings):
    """Return the mean test accuracy of networks that learn so many images, drawn for each."""
    scores = []
    for run in range(size.n_runs):
        rows = np.random.default_rng(run).permutation(len(x_train))[:n_rows]
        network = MLPClassifier(
            size.hidden,
            solver="sgd",
            momentum=0.9,
            nesterovs_momentum=False,
            tol=1e-8,
            max_iter=max(1, round(n_epochs)),
            random_state=run,
            **settings,
        )
        try:
            scores.append(network.fit(x_train[rows], y_train[rows]).score(x_test, y_test))
        except ValueError:  # the weights have become infinite
            scores.append(np.nan)
    return np.mean(scores)


batches = [batch for batch, _ in EPOCHS if batch <= size.batch_rows]
numbers = [number for number, _ in IMAGES]
sweeps = {
    f"batch size, {size.batch_epochs} epochs": (
        batches,
        [accuracy(size.batch_rows, size.batch_epochs, batch_size=batch) for batch in batches],
        EPOCHS,
    ),
    f"batch size, {size.batch_steps} steps": (
        batches,
        [
            accuracy(size.batch_rows, size.batch_steps * batch / size.batch_rows, batch_size=batch)
            for batch in batches
        ],
        STEPS,
    ),
    f"learning rate, {size.rate_epochs} epochs": (
        RATES,
        [
            accuracy(size.rate_rows, size.rate_epochs, learning_rate_init=rate, batch_size=64)
            for rate in RATES
        ],
        (),
    ),
    f"learning rate, {size.rate_times_epochs} / rate epochs": (
        RATES,
        [
            accuracy(
                size.rate_rows,
                size.rate_times_epochs / rate,
                learning_rate_init=rate,
                batch_size=64,
            )
            for rate in RATES
        ],
        (),
    ),
    f"images, {size.n_steps} steps of 100": (
        numbers,
        [
            accuracy(
                number,
                100 * size.n_steps / number,
                learning_rate_init=0.05,
                batch_size=min(100, number),
            )
            for number in numbers
        ],
        IMAGES,
    ),
}
for name, (values, accuracies, published) in sweeps.items():
    print(f"\n{name}")
    for value, ours in zip(values, accuracies, strict=True):
        told = dict(published).get(value)
        print(f"{value:8g} {ours:8.4f}" + (f"   published {told:.4f}" if told else ""))

if arguments.picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.4), layout="constrained")
    panels = dict(
        zip(("batch size", "learning rate", "images"), figure.subplots(1, 3), strict=True)
    )
    for i, (name, (values, accuracies, published)) in enumerate(sweeps.items()):
        setting, _, rest = name.partition(", ")
        axes = panels[setting]
        axes.plot(values, accuracies, "o-", c=f"C{i}", ms=4, label=rest)
        if published:
            axes.plot(*zip(*published, strict=True), "--", c=f"C{i}", label="the book's")
        axes.set_xscale("log")
        axes.set_xlabel({"images": "images to learn"}.get(setting, setting))
        axes.grid(alpha=0.3)
        axes.legend()
    panels["batch size"].set_ylabel("accuracy on the test images")
    figure.savefig(arguments.picture, dpi=120)
