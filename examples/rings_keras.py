"""Two rings that no line separates
================================

What each layer makes of the plane, a program for Keras::

    python rings_keras.py                          150 epochs, as published
    python rings_keras.py --epochs 20 --picture FILE

A network of 34 parameters separates the rings; one of two million learns 32 points with outliers by
heart. ``import fastnn as keras`` instead of ``import keras`` is all that was changed.
"""

import argparse

import numpy as np

import fastnn as keras
from fastnn.layers import Activation, Dense, Input
from fastnn.models import Model, Sequential

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=150)
parser.add_argument("--units", type=int, default=1000, help="of each layer of the second network")
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()


def rings(n_points, rng):
    """Return points around radius 2 and 5, as many of each, in random order, and their rings."""
    labels = rng.permutation(np.arange(n_points) % 2)
    radius = np.where(labels == 0, 2.0, 5.0) + rng.normal(scale=0.5, size=n_points)
    angle = rng.uniform(0, 2 * np.pi, size=n_points)
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)
    return points.astype("float32"), labels


rng = np.random.default_rng(1)
x, labels = rings(1000, rng)
y = keras.utils.to_categorical(labels)

keras.utils.set_random_seed(1)
inputs = Input(shape=(2,))
first = Dense(4, activation="tanh")(inputs)
second = Dense(2, activation="tanh")(first)
third = Dense(2, activation="tanh")(second)
logits = Dense(2)(third)
model = Model(inputs, Activation("softmax")(logits))
parts = [Model(inputs, layer) for layer in (second, third, logits)]  # their weights are the model's
model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["acc"])
model.summary()
history = model.fit(x, y, epochs=arguments.epochs, validation_split=0.2, verbose=2)
print(
    f"rings after {arguments.epochs} epochs: acc {history.history['acc'][-1]:.4f}, "
    f"val_acc {history.history['val_acc'][-1]:.4f}; published: separated"
)
scores = np.exp(parts[-1].predict(x, verbose=0))
outputs = model.predict(x, verbose=0)
apart = np.abs(scores / scores.sum(axis=1, keepdims=True) - outputs).max()
print(f"the sub-model that ends before the softmax differs from the model by {apart:.0e} at most")

few, few_labels = rings(32, rng)
few_labels[:4] = 1 - few_labels[:4]  # the outliers
test, test_labels = rings(1000, rng)
large = Sequential([Input(shape=(2,))])
for _ in range(3):
    large.add(Dense(arguments.units, activation="tanh"))
large.add(Dense(2, activation="softmax"))
large.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["acc"])
large.summary()
large.fit(few, keras.utils.to_categorical(few_labels), epochs=arguments.epochs, verbose=0)
_, learnt = large.evaluate(few, keras.utils.to_categorical(few_labels), verbose=0)
_, seen_anew = large.evaluate(test, keras.utils.to_categorical(test_labels), verbose=0)
print(
    f"32 points learnt by heart: acc {learnt:.4f}, on others {seen_anew:.4f}; published: overfits"
)

if arguments.picture:
    from matplotlib import pyplot

    from fastnn import plot

    figure, grid = pyplot.subplots(2, 3, figsize=(15, 9), layout="constrained")
    plot.history(history, metrics="loss", ax=grid[0, 0])
    for axes, classifier, points, of in (
        (grid[0, 1], model, x, labels),
        (grid[0, 2], large, few, few_labels),
    ):
        plot.decision_regions(classifier, points, of, ax=axes, probability_of=1)
        axes.set_title(f"{classifier.count_params():,} parameters, {len(points)} points")
    after = "the second layer", "the third layer", "the last layer"
    for axes, part, name in zip(grid[1], parts, after, strict=True):
        plot.plane_map(part, x=x, y=labels, ax=axes)
        axes.set_title(f"the plane after {name}")
    figure.savefig(arguments.picture)
