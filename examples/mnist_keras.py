"""Digits with two hidden layers, without and with dropout
=======================================================

A program for Keras::

    python mnist_keras.py                            20 epochs each, as published
    python mnist_keras.py --epochs 2 --picture FILE  and the digits that were taken for others

``fastnn`` instead of ``keras`` in the import lines is all that was changed.
"""

import argparse

from fastnn.datasets import mnist
from fastnn.layers import Dense, Dropout
from fastnn.models import Sequential
from fastnn.utils import set_random_seed, to_categorical

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

PUBLISHED = {0.0: 0.9703, 0.5: 0.9846}  # accuracy on the test set by rate of dropout

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(60_000, 784).astype("float32") / 255
x_test = x_test.reshape(10_000, 784).astype("float32") / 255
y_train, y_test = to_categorical(y_train, 10), to_categorical(y_test, 10)

for rate, published in PUBLISHED.items():
    set_random_seed(1)
    model = Sequential()
    model.add(Dense(512, activation="relu", input_shape=(784,)))
    if rate:
        model.add(Dropout(rate))
    model.add(Dense(512, activation="relu"))
    if rate:
        model.add(Dropout(rate))
    model.add(Dense(10, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
    model.fit(
        x_train,
        y_train,
        batch_size=256,
        epochs=arguments.epochs,
        verbose=2,
        validation_data=(x_test, y_test),
    )
    _, accuracy = model.evaluate(x_test, y_test, verbose=0)
    print(
        f"test accuracy with dropout {rate} after {arguments.epochs} epochs: {accuracy:.4f}, "
        f"published, after 20: {published:.4f}\n"
    )

if arguments.picture:
    from fastnn import plot

    predicted = model.predict(x_test, verbose=0)
    wrong = predicted.argmax(axis=1) != y_test.argmax(axis=1)
    panels = plot.images(x_test[wrong], y_test[wrong], predicted[wrong])
    panels[0].figure.savefig(arguments.picture)
