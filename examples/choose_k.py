"""How many neighbours?
====================

``sweep`` answers for every k from one search::

    python choose_k.py                             mean accuracy over 100 splits, by k
    python choose_k.py --splits 1000 --picture FILE

The tumours of the breast cancer data, standardised, 113 of 569 to test with in each split; the
published figures are means over 5000 such splits.
"""

import argparse

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import ShuffleSplit
from sklearn.preprocessing import StandardScaler

from fastnn.neighbors import KNeighborsClassifier

KS = range(1, 16, 2)  # odd: two classes never tie
PUBLISHED = (0.951301, 0.966282, 0.965998, 0.96520, 0.967011, 0.965069, 0.962400, 0.959976)


def accuracies(n_splits):
    """Return the accuracy of every k on every split, (n_splits, n_ks)."""
    x, y = load_breast_cancer(return_X_y=True)
    x = StandardScaler().fit_transform(x)
    classifier = KNeighborsClassifier()
    return np.array(
        [
            list(classifier.fit(x[train], y[train]).sweep(x[test], y[test], KS).values())
            for train, test in ShuffleSplit(n_splits, test_size=113, random_state=1).split(x)
        ]
    )


def draw(means, errors, path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.errorbar(KS, means, errors, marker="o", capsize=3, label="mean and its standard error")
    axes.plot(KS, PUBLISHED, "k_", markersize=14, label="published")
    axes.set_xticks(KS)
    axes.set_xlabel("k, the number of neighbours")
    axes.set_ylabel("accuracy on the rows left out")
    axes.set_title("Breast cancer: one search a split answers every k")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--splits", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
    arguments = parser.parse_args()

    scores = accuracies(arguments.splits)
    means = scores.mean(axis=0)
    errors = scores.std(axis=0, ddof=1) / np.sqrt(len(scores))
    print(" k   accuracy             published")
    for k, mean, error, published in zip(KS, means, errors, PUBLISHED, strict=True):
        print(f"{k:2}   {mean:.4f} ± {error:.4f}      {published:.4f}")
    print(f"the best of them: k = {KS[means.argmax()]}")
    if arguments.picture:
        draw(means, errors, arguments.picture)


if __name__ == "__main__":
    main()
