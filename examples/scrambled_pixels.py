"""Scrambled pixels
================

Neither neighbours nor dense layers know which pixels lie side by side::

    python scrambled_pixels.py                           5 epochs
    python scrambled_pixels.py --epochs 2 --picture FILE

All images of MNIST get their pixels moved, all in the same way. To the eye nothing is left of the
digits. The nearest neighbours stay what they were, to the last one, and the network learns as well
as before: that a fixed permutation of the pixels changes nothing is the published figure, 0.9705 of
the answers of 3-NN right both times.
"""

import argparse

import numpy as np

import fastnn as keras
from fastnn.neighbors import KNeighborsClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=5)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_train, x_test = x_train.reshape(-1, 784), x_test.reshape(-1, 784)
orders = {"in order": np.arange(784), "scrambled": np.random.default_rng(1).permutation(784)}

curves, neighbors = {}, {}
for name, order in orders.items():
    classifier = KNeighborsClassifier(n_neighbors=3).fit(x_train[:, order], y_train)
    neighbors[name] = classifier.kneighbors(x_test[:, order], return_distance=False)
    print(f"3-NN, pixels {name}: {classifier.score(x_test[:, order], y_test):.4f}")

    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.layers.Rescaling(1 / 255),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    curves[name] = model.fit(
        x_train[:, order],
        y_train,
        epochs=arguments.epochs,
        validation_data=(x_test[:, order], y_test),
        verbose=0,
    ).history["val_accuracy"]
    print(f"network, pixels {name}, after {arguments.epochs} epochs: {curves[name][-1]:.4f}")

same = np.array_equal(*neighbors.values())
print(f"the neighbours of all {len(x_test):,} test images are the same: {same}")

if arguments.picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 3.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 1.2])
    for row, (name, order) in zip(left.subplots(2, 4), orders.items(), strict=True):
        row[0].set_title(name, loc="left")
        for axes, image in zip(row, x_test[:4], strict=True):
            axes.imshow(image[order].reshape(28, 28), cmap="gray")
            axes.set_axis_off()
    axes = right.subplots()
    for name, curve in curves.items():
        axes.plot(range(1, len(curve) + 1), curve, marker="o", label=f"pixels {name}")
    axes.set_xlabel("epoch")
    axes.set_title("accuracy of the network on the test images")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(arguments.picture, dpi=120)
