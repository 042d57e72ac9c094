"""Who voted where the answer was wrong
====================================

Clothes by their nearest neighbours::

    python fashion_mnist_voters.py                     all 10,000 test images
    python fashion_mnist_voters.py 500 --picture FILE  the first 500, and a picture of the voters
"""

import argparse

import numpy as np

from fastnn.datasets import fashion_mnist
from fastnn.neighbors import KNeighborsClassifier

CLASSES = np.array(  # by label
    [
        "T-shirt",
        "trouser",
        "pullover",
        "dress",
        "coat",
        "sandal",
        "shirt",
        "sneaker",
        "bag",
        "boot",
    ]
)
N_SHOWN = 4


def draw(wrong, truths, explanations, train_images, test_images, path):
    from matplotlib.figure import Figure

    n_voters = len(explanations[0].indices)
    figure = Figure(figsize=(1.5 * (n_voters + 1), 1.9 * len(wrong)), layout="constrained")
    grid = figure.subplots(len(wrong), n_voters + 1, squeeze=False)
    for axes, row, truth, told in zip(grid, wrong, truths, explanations, strict=True):
        axes[0].imshow(test_images[row], cmap="gray_r")
        axes[0].set_title(f"{truth},\ncalled {told.prediction}", color="firebrick", fontsize=9)
        voters = zip(axes[1:], told.indices, told.labels, told.distances, strict=True)
        for place, index, label, distance in voters:
            place.imshow(train_images[index], cmap="gray_r")
            place.set_title(f"{label}\nat {distance:.0f}", fontsize=9)
    for place in grid.flat:
        place.set_axis_off()
    figure.suptitle("A wrong answer, and the neighbours that voted for it")
    figure.savefig(path, dpi=120)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument(
        "n_test", nargs="?", type=int, default=10_000, help="test images to classify"
    )
    parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
    arguments = parser.parse_args()

    (train_images, y_train), (test_images, y_test) = fashion_mnist.load_data()
    x_train = train_images.reshape(-1, 784)  # the bytes as they are: nothing is copied
    x_test = test_images[: arguments.n_test].reshape(-1, 784)
    truth = CLASSES[y_test[: arguments.n_test]]

    classifier = KNeighborsClassifier(n_neighbors=5).fit(x_train, CLASSES[y_train])
    predicted = classifier.predict(x_test)
    right = predicted == truth
    print(
        f"{right.sum():,} of {len(truth):,} test images are classified rightly: {right.mean():.4f}"
    )

    wrong = np.flatnonzero(~right)[:N_SHOWN]
    explanations = [classifier.explain(x_test[row]) for row in wrong]
    for row, told in zip(wrong, explanations, strict=True):
        print(f"\ntest image {row} is a {truth[row]}; {told!r}")
    if arguments.picture and len(wrong):
        draw(wrong, truth[wrong], explanations, train_images, test_images, arguments.picture)


if __name__ == "__main__":
    main()
