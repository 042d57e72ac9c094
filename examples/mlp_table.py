"""Architecture, activation and depth
==================================

A published table of networks for MNIST beside ours, a program for scikit-learn::

    python mlp_table.py                        networks of up to 800,000 weights, 3 draws: minutes
    python mlp_table.py --weights 4100000 --runs 5
    python mlp_table.py --full                 all of them, 10 draws: hours
    python mlp_table.py --keep FILE            goes on where it was stopped
    python mlp_table.py --keep FILE --runs 0   shows what is there
    python mlp_table.py --picture FILE

``MLPClassifier`` learns a thousand images for 200 epochs: SGD of rate 0.001, momentum 0.9 without
Nesterov, batches of 200, in float64. ``from fastnn`` instead of ``from sklearn`` is all that was
changed. The published figures are those of R. Kneusel, *Practical Deep Learning*: means and
standard errors of ten runs on one thousand, of 25 for the networks of about equally many weights.

That thousand is not the first of MNIST's files: the book's programs shuffle both sets, with a seed
that is not told. Its deep networks of logistic layers show it. They take every image for the same
digit, and were right in 0.1220 of a thousand test images; of the first thousand in the file, no
digit is there 122 times. So each run here draws a thousand images to learn, and the whole test set
judges. How far the published mean may be off is then known: its own standard error, what a thousand
test images say of ten thousand, and what our draws differ by, are added as variances. The last
column counts the difference in the root of that. Four draws of 500 logistic units alone go from
0.666 to 0.751. One draw is behind all published figures, so they
are off to the same side.

The runs shown here are kept in docs/measured/mlp_table.json, of 22 November 2026 on two cores of an
AMD EPYC (Zen 4); ``--keep`` with this file and more runs adds to them.

With ``--peer`` scikit-learn's own class learns the first draw too, with the same seed.
"""

import argparse
import itertools
import json
import warnings
from pathlib import Path

import numpy as np
import sklearn.neural_network
from sklearn.exceptions import ConvergenceWarning

import fastnn.neural_network
from fastnn.datasets import mnist

# Mean accuracy and standard error, by hidden layers and activation.
ACTIVATIONS = {
    ((500,), "relu"): (0.8616, 0.0014),
    ((1000,), "relu"): (0.8670, 0.0010),
    ((3000,), "relu"): (0.8691, 0.0005),
    ((1000, 500), "relu"): (0.8779, 0.0011),
    ((3000, 1500), "relu"): (0.8822, 0.0007),
    ((2000, 1000, 500), "relu"): (0.8850, 0.0007),
    ((500,), "tanh"): (0.8576, 0.0011),
    ((1000,), "tanh"): (0.8592, 0.0014),
    ((3000,), "tanh"): (0.8652, 0.0011),
    ((1000, 500), "tanh"): (0.8720, 0.0011),
    ((3000, 1500), "tanh"): (0.8758, 0.0009),
    ((2000, 1000, 500), "tanh"): (0.8771, 0.0010),
    ((500,), "logistic"): (0.6645, 0.0029),
    ((1000,), "logistic"): (0.6874, 0.0028),
    ((3000,), "logistic"): (0.7088, 0.0024),
    ((1000, 500), "logistic"): (0.1184, 0.0033),
    ((3000, 1500), "logistic"): (0.1221, 0.0001),
    ((2000, 1000, 500), "logistic"): (0.1220, 0.0000),
}
DEPTHS = {
    ((1000,), "relu"): (0.8656, 0.0007),
    ((2000,), "relu"): (0.8683, 0.0006),
    ((4000,), "relu"): (0.8716, 0.0006),
    ((8000,), "relu"): (0.8698, 0.0006),
    ((700, 350), "relu"): (0.8748, 0.0010),
    ((1150, 575), "relu"): (0.8781, 0.0007),
    ((1850, 925), "relu"): (0.8808, 0.0006),
    ((2850, 1425), "relu"): (0.8798, 0.0006),
    ((660, 330, 165), "relu"): (0.8778, 0.0011),
    ((1080, 540, 270), "relu"): (0.8822, 0.0008),
    ((1714, 857, 429), "relu"): (0.8848, 0.0006),
    ((2620, 1310, 655), "relu"): (0.8864, 0.0007),
}


def n_weights(hidden):
    """Return how many numbers a network with these hidden layers learns."""
    return sum((n_in + 1) * n_out for n_in, n_out in itertools.pairwise([784, *hidden, 10]))


class Runs:
    """Accuracies on the test set, run after run; kept in a file if there is one."""

    def __init__(self, epochs, path):
        self.epochs = epochs
        self.path = path
        self.kept = json.loads(path.read_text()) if path and path.exists() else {}
        (x_train, self.y_train), (x_test, self.y_test) = mnist.load_data()
        self.x_train, self.x_test = (x.reshape(-1, 784) / 256 for x in (x_train, x_test))

    def scores(self, n_runs, hidden, activation, package=fastnn):
        """Return the accuracies of this network in so many runs, and of all that are kept."""
        name = " ".join([package.__name__, activation, *map(str, hidden)])
        scores = self.kept.setdefault(name, [])
        for run in range(len(scores), n_runs):
            network = package.neural_network.MLPClassifier(
                hidden,
                activation,
                solver="sgd",
                learning_rate_init=0.001,
                momentum=0.9,
                nesterovs_momentum=False,
                tol=1e-8,
                max_iter=self.epochs,
                random_state=run,
            )
            rows = np.random.default_rng(run).permutation(len(self.x_train))[:1000]
            network.fit(self.x_train[rows], self.y_train[rows])
            scores.append(network.score(self.x_test, self.y_test))
            if self.path:
                self.path.write_text(json.dumps(self.kept, indent=1) + "\n")
        return scores


def deviations(published, error, scores):
    """Tell by how many standard deviations our mean is above the published."""
    if len(scores) == 1:
        return "?"
    variance = error**2 + published * (1 - published) / 1000
    variance += np.var(scores, ddof=1) * (1 + 1 / len(scores))
    return f"{(np.mean(scores) - published) / np.sqrt(variance):.1f}"


def write(title, published, scores):
    print(f"\n{title}\n")
    print("hidden layers     activation    weights         published     ours  runs  deviations")
    for (hidden, activation), of_network in scores.items():
        mean, error = published[hidden, activation]
        print(
            f"{', '.join(map(str, hidden)):17} {activation:10} {n_weights(hidden):10,}"
            f"   {mean:.4f} ± {error:.4f}   {np.mean(of_network):.4f}"
            f" {len(of_network):5} {deviations(mean, error, of_network):>11}"
        )


def draw(activations, depths, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 4.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, width_ratios=[1.5, 1, 1.4])
    shapes = list(dict.fromkeys(hidden for hidden, _ in activations))
    for name, axes, color, shift in (
        ("relu", left, "C0", -0.2),
        ("tanh", left, "C1", 0.2),
        ("logistic", middle, "C2", 0),
    ):
        for place, hidden in enumerate(shapes):
            scores = activations.get((hidden, name), [])
            axes.plot([place + shift + 0.07] * len(scores), scores, "o", c=color, alpha=0.5)
            mean, error = ACTIVATIONS[hidden, name]
            axes.errorbar(place + shift - 0.07, mean, error, fmt="k_", capsize=3, ms=10)
        axes.plot([], [], "o", c=color, alpha=0.5, label=f"{name}, each of our runs")
    for axes in (left, middle):
        axes.plot([], [], "k_", ms=10, label="published")
        axes.set_xticks(range(len(shapes)), ["\n".join(map(str, hidden)) for hidden in shapes])
        axes.set_xlabel("units of the hidden layers")
    left.set_ylabel("accuracy on test images")
    for depth in range(1, 4):
        color = f"C{depth + 2}"
        published = {
            n_weights(hidden): mean
            for (hidden, _), (mean, _) in DEPTHS.items()
            if len(hidden) == depth
        }
        right.plot(published.keys(), published.values(), "_--", c=color)
        of_depth = {
            n_weights(hidden): np.mean(scores)
            for (hidden, _), scores in depths.items()
            if len(hidden) == depth
        }
        label = f"{depth} hidden, our mean"
        right.plot(of_depth.keys(), of_depth.values(), "o-", c=color, label=label)
    right.plot([], [], "k_--", label="published")
    right.set_xscale("log")
    right.set_ylim(0.857)  # room for the legend
    right.minorticks_off()
    right.set_xticks([1e6, 2e6, 4e6], ["1", "2", "4"])
    right.set_xlabel("million weights of networks of rectified linear units")
    for axes in (left, middle, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize="small")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weights", type=int, default=800_000, help="of the largest network")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--full", action="store_true", help="every network, 10 runs")
    parser.add_argument("--peer", action="store_true", help="let scikit-learn's class learn too")
    parser.add_argument("--keep", type=Path, metavar="FILE", help="of accuracies, read and written")
    parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
    arguments = parser.parse_args()
    n_runs, largest = (10, np.inf) if arguments.full else (arguments.runs, arguments.weights)
    warnings.simplefilter("ignore", ConvergenceWarning)  # it is not waited for

    runs = Runs(arguments.epochs, arguments.keep)
    activations, depths = (
        {
            network: scores
            for network in published
            if n_weights(network[0]) <= largest and (scores := runs.scores(n_runs, *network))
        }
        for published in (ACTIVATIONS, DEPTHS)
    )
    write("activations", ACTIVATIONS, activations)
    write("depth at about equally many weights", DEPTHS, depths)
    if arguments.peer:
        ours, theirs = (runs.scores(1, (500,), "relu", package)[0] for package in (fastnn, sklearn))
        print(f"\nthe first draw, 500 units, relu: fastnn {ours:.4f}, scikit-learn {theirs:.4f}")
    if arguments.picture:
        draw(activations, depths, arguments.picture)


if __name__ == "__main__":
    main()
