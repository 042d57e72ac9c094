"""Clothes by their pictures: a program for Keras, to be run as ``fashion_mnist_keras.py [epochs]``.

``import fastnn as keras`` instead of ``import keras`` is all that was changed.
"""

import sys

import fastnn as keras

epochs = int(sys.argv[1]) if len(sys.argv) > 1 else 10

(x_train, y_train), (x_test, y_test) = keras.datasets.fashion_mnist.load_data()
x_train, x_test = x_train / 255.0, x_test / 255.0

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.layers.Flatten(input_shape=(28, 28)),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="sigmoid"),
    ]
)
model.compile(
    optimizer="adam",
    loss=keras.losses.SparseCategoricalCrossentropy(),
    metrics=["accuracy"],
)
model.summary()
history = model.fit(
    x_train, y_train, epochs=epochs, validation_data=(x_test, y_test), verbose=2
).history

print(f"after {epochs} epochs: ", end="")
print(", ".join(f"{name} {values[-1]:.4f}" for name, values in history.items()))
print("published, after 50 epochs: accuracy 0.9604, val_loss 0.4658, val_accuracy 0.8922")
