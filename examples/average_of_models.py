"""The average of several models
=============================

Models that begin with other weights err on other rows: the mean of what their softmaxes say is
right more often than any of them::

    python average_of_models.py                            ten models
    python average_of_models.py --models 5 --picture FILE  five, and a curve by their number

Each learns the first 10,000 images of Fashion-MNIST; the test set judges.
"""

import argparse

import numpy as np

import fastnn as keras

parser = argparse.ArgumentParser()
parser.add_argument("--models", type=int, default=10)
parser.add_argument("--epochs", type=int, default=10)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, y_train = x_train[:10_000] / 255, y_train[:10_000]
x_test = x_test / 255


def train(seed):
    """Return a model that began with the weights of this seed."""
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=(28, 28)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")
    model.fit(x_train, y_train, epochs=arguments.epochs, verbose=0)
    return model


def accuracy(probabilities):
    """Return the share of rows whose class has the largest probability."""
    return np.mean(probabilities.argmax(axis=-1) == y_test, axis=-1)


probabilities = np.stack(
    [train(seed).predict(x_test, verbose=0) for seed in range(arguments.models)]
)
alone = accuracy(probabilities)
n_averaged = np.arange(1, arguments.models + 1)
means = np.cumsum(probabilities, axis=0) / n_averaged[:, np.newaxis, np.newaxis]
together = accuracy(means)
print("models  the last alone  averaged")
for n, of_one, of_mean in zip(n_averaged, alone, together, strict=True):
    print(f"{n:6} {of_one:15.4f} {of_mean:9.4f}")
print(f"alone {alone.mean():.4f} on average, {alone.max():.4f} the best; all {together[-1]:.4f}")

if arguments.picture:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(n_averaged, alone, "o", label="one model alone")
    axes.plot(n_averaged, together, marker="o", label="the average of the first so many")
    axes.set_xlabel("number of models")
    axes.set_xticks(n_averaged)
    axes.set_ylabel("accuracy on the test set")
    axes.set_title("Fashion-MNIST: softmax outputs averaged")
    axes.grid(alpha=0.3)
    axes.margins(y=0.25)
    axes.legend(loc="upper left")
    figure.savefig(arguments.picture, dpi=120)
