"""Eleven layers that learn nothing
================================

A program for Keras whose gradients vanish::

    python vanishing_gradients_keras.py --epochs 5
    python vanishing_gradients_keras.py --picture FILE  and the loss of each epoch

Sigmoid and relu take turns. A sigmoid passes back a quarter of what it gets at most, so that the
first layers hear next to nothing, and the last learns how frequent each class is: 1 in 10, a loss
of ln 10 = 2.3026. The steps of RMSprop do not grow smaller with the gradients, so that the mean
loss of an epoch stays near 2.329 rather than the published 2.3027, with Keras 3 as well.
``fastnn`` instead of ``keras`` in the import lines is all that was changed.
"""

import argparse

from fastnn.datasets import cifar10
from fastnn.layers import Dense
from fastnn.models import Sequential
from fastnn.utils import set_random_seed, to_categorical

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--images", type=int, default=50_000, help="training images to use")
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

(x_train, y_train), (x_test, y_test) = cifar10.load_data()
x_train = x_train[: arguments.images].reshape(-1, 3072).astype("float32") / 255
x_test = x_test.reshape(-1, 3072).astype("float32") / 255
y_train, y_test = to_categorical(y_train[: arguments.images], 10), to_categorical(y_test, 10)

set_random_seed(1)
model = Sequential()
model.add(Dense(720, activation="sigmoid", input_shape=(3072,)))
for layer in range(10):
    model.add(Dense(720, activation="sigmoid" if layer % 2 else "relu"))
model.add(Dense(10, activation="softmax"))
model.compile(loss="categorical_crossentropy", optimizer="rmsprop", metrics=["accuracy"])
model.summary()
history = model.fit(x_train, y_train, batch_size=256, epochs=arguments.epochs, verbose=2)
loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
print(
    f"after {arguments.epochs} epochs: test accuracy {accuracy:.4f}, loss {loss:.4f}; "
    "published 0.10, 2.3027"
)
if arguments.picture:
    from fastnn import plot

    plot.history(history)[0].figure.savefig(arguments.picture)
