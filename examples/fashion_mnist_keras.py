"""Clothes by their pictures, without and with dropout
===================================================

A program for Keras::

    python fashion_mnist_keras.py                             50 epochs each, as published
    python fashion_mnist_keras.py --epochs 10 --picture FILE  and which class is taken for which

``import fastnn as keras`` instead of ``import keras`` is all that was changed.
"""

import argparse

import numpy as np

import fastnn as keras

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=50)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

PUBLISHED = {  # by rate of dropout
    0.0: "accuracy 0.9604, val_accuracy 0.8922, val_loss 0.4658",
    0.4: "accuracy 0.9063, val_accuracy 0.8864, val_loss 0.3588; 1136 wrong",
}

(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

for rate, published in PUBLISHED.items():
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [keras.layers.Flatten(input_shape=(28, 28)), keras.layers.Dense(128, activation="relu")]
    )
    if rate:
        model.add(keras.layers.Dropout(rate))
    model.add(keras.layers.Dense(10, activation="sigmoid"))
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    model.summary()
    history = model.fit(
        x_train,
        y_train,
        epochs=arguments.epochs,
        validation_data=(x_test, y_test),
        verbose=2,
    ).history
    figures = ", ".join(f"{name} {values[-1]:.4f}" for name, values in history.items())
    print(f"dropout {rate} after {arguments.epochs} epochs: {figures}")
    print(f"published, after 50 epochs: {published}")

probability_model = keras.Sequential([model, keras.layers.Softmax()])
for name, classifier in (("model", model), ("model with a softmax", probability_model)):
    predictions = classifier.predict(x_test, verbose=0)
    print(f"the {name} takes {np.count_nonzero(predictions.argmax(axis=1) != y_test)} for others")
if arguments.picture:
    axes = keras.plot.confusion_matrix(probability_model, x_test, y_test)
    axes.figure.savefig(arguments.picture)
