"""Ten kinds of things from raw pixels
===================================

One small layer: a program for Keras::

    python cifar10_keras.py                             100 epochs, as published
    python cifar10_keras.py --epochs 10 --picture FILE  and the curves of the training

``fastnn`` instead of ``keras`` in the import lines is all that was changed.
"""

import argparse

from fastnn.datasets import cifar10
from fastnn.layers import Dense
from fastnn.models import Sequential
from fastnn.utils import set_random_seed, to_categorical

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=100)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

(x_train, y_train), _ = cifar10.load_data()
x_train = x_train.reshape(50_000, 3072).astype("float32") / 255
y_train = to_categorical(y_train, 10)

set_random_seed(1)
model = Sequential()
model.add(Dense(15, activation="relu"))
model.add(Dense(10, activation="softmax"))
model.compile(optimizer="sgd", loss="categorical_crossentropy", metrics=["accuracy"])
history = model.fit(
    x_train,
    y_train,
    batch_size=128,
    epochs=arguments.epochs,
    verbose=2,
    validation_split=0.2,
)
model.summary()

val_accuracy, val_loss = history.history["val_accuracy"], history.history["val_loss"]
print(f"val_accuracy after 1 epoch: {val_accuracy[0]:.4f}, published 0.2151")
print(
    f"after {arguments.epochs} epochs: val_accuracy {val_accuracy[-1]:.4f}, "
    f"val_loss {val_loss[-1]:.4f}; published, after 100: 0.4274, 1.634"
)
if arguments.picture:
    from fastnn import plot

    plot.history(history)[0].figure.savefig(arguments.picture)
