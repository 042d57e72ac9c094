"""Three species of iris from four measurements
============================================

A program for Keras::

    python iris_keras.py                 20 and 100 epochs, as published
    python iris_keras.py --picture FILE  and the curves of the longer training

``fastnn`` instead of ``keras`` in the import lines is all that was changed.
"""

import argparse

from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from fastnn.layers import Dense
from fastnn.models import Sequential
from fastnn.utils import set_random_seed, to_categorical

parser = argparse.ArgumentParser()
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

PUBLISHED = {20: 0.70, 100: 0.90}  # test accuracy by epochs, with Keras; it varies with the seed

X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(
    X, to_categorical(y), test_size=0.2, random_state=1, stratify=y
)

for epochs, published in PUBLISHED.items():
    set_random_seed(2)
    model = Sequential()
    model.add(Dense(4, input_dim=4, activation="relu"))
    model.add(Dense(128, activation="relu"))
    model.add(Dense(3, activation="softmax"))
    model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.summary()
    history = model.fit(X_train, y_train, epochs=epochs, validation_split=0.1, verbose=2)
    loss, accuracy = model.evaluate(X_test, y_test, verbose=0)
    print(f"test accuracy after {epochs} epochs: {accuracy:.2f}, published {published:.2f}\n")

if arguments.picture:
    from fastnn import plot

    plot.history(history)[0].figure.savefig(arguments.picture)
