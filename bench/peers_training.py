"""One epoch of a perceptron: MNIST, 784-128-10, ReLU, batches of 32, Adam, 60,000 rows, float32."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import report
from timing import Contender, Work, run_in_turn, started, warn_of_idle_spinning

BATCH_SIZE = 32
N_FEATURES, N_HIDDEN, N_CLASSES = 784, 128, 10


def load_scaled() -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of MNIST between 0 and 1, (60000, 784) in float32, and the labels."""
    from fastnn.datasets import mnist

    (x, y), _ = mnist.load_data()
    return x.reshape(-1, N_FEATURES).astype(np.float32) / 255, y.astype(np.int64)


def timed_epoch(train: Callable[[], None], accuracy: Callable[[], float]) -> Work:
    """Make the work of one more epoch; its outcome is the accuracy on the train rows after it."""

    def work(_: Any) -> tuple[float, str]:
        start = time.perf_counter()
        train()
        seconds = time.perf_counter() - start
        return seconds, f"{accuracy():.4f}"

    return work


def prepare_fastnn() -> Work:
    import fastnn

    return keras_epochs(fastnn)


def prepare_keras(backend: str) -> Work:
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    return keras_epochs(keras)


def keras_epochs(keras: Any) -> Work:
    """Train with `Sequential.fit`: the same lines for fastnn and for Keras."""
    x, y = load_scaled()
    model = keras.Sequential(
        [
            keras.Input((N_FEATURES,)),
            keras.layers.Dense(N_HIDDEN, activation="relu"),
            keras.layers.Dense(N_CLASSES, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return timed_epoch(
        lambda: model.fit(x, y, batch_size=BATCH_SIZE, epochs=1, verbose=0),
        lambda: model.evaluate(x, y, batch_size=1024, verbose=0)[1],
    )


def prepare_sklearn(dtype: type) -> Work:
    from sklearn.neural_network import MLPClassifier

    x, y = load_scaled()
    x = x.astype(dtype)
    model = MLPClassifier((N_HIDDEN,), solver="adam", alpha=0.0, batch_size=BATCH_SIZE)
    classes = np.arange(N_CLASSES)
    return timed_epoch(lambda: model.partial_fit(x, y, classes=classes), lambda: model.score(x, y))


def prepare_jax() -> Work:
    from jax_scan import ScannedPerceptron

    x, y = load_scaled()
    model = ScannedPerceptron(x, y, (N_FEATURES, N_HIDDEN, N_CLASSES))
    rng = np.random.default_rng(0)
    return timed_epoch(
        lambda: model.train_epoch(rng.permutation(len(x)), BATCH_SIZE), model.accuracy
    )


def prepare_torch() -> Work:
    """Train eagerly on tensors in memory, without a DataLoader, at the fastest of the settings."""
    import torch

    x, y = (torch.from_numpy(array) for array in load_scaled())
    model = torch.nn.Sequential(
        torch.nn.Linear(N_FEATURES, N_HIDDEN), torch.nn.ReLU(), torch.nn.Linear(N_HIDDEN, N_CLASSES)
    )
    cross_entropy = torch.nn.functional.cross_entropy

    def train(optimizer: Any, n_rows: int) -> None:
        for rows in torch.randperm(n_rows).split(BATCH_SIZE):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()

    def accuracy() -> float:
        with torch.no_grad():
            return float((model(x).argmax(dim=1) == y).double().mean())

    def seconds(n_threads: int, optimizer: Any) -> float:
        torch.set_num_threads(n_threads)
        train(optimizer, 100 * BATCH_SIZE)
        start = time.perf_counter()
        train(optimizer, 300 * BATCH_SIZE)
        return time.perf_counter() - start

    optimizers = [
        torch.optim.Adam(model.parameters(), **{way: True}) for way in ("fused", "foreach")
    ]
    settings = [(n, optimizer) for n in {1, torch.get_num_threads()} for optimizer in optimizers]
    n_threads, fastest = min(settings, key=lambda setting: seconds(*setting))
    torch.set_num_threads(n_threads)
    return timed_epoch(lambda: train(fastest, len(x)), accuracy)


SLOW = {"max_runs": 3}
CONTENDERS = (
    Contender("fastnn", "fastnn", prepare_fastnn),
    Contender("JAX, jitted scan", "jax", prepare_jax),
    Contender("PyTorch, eager loop", "torch", prepare_torch),
    Contender("Keras on JAX", "keras", partial(prepare_keras, "jax"), **SLOW),
    Contender("Keras on TensorFlow", "tensorflow", partial(prepare_keras, "tensorflow"), **SLOW),
    # On some processors Adam's subnormal moments make float32 the slower of the two.
    Contender("scikit-learn, float32", "sklearn", partial(prepare_sklearn, np.float32), **SLOW),
    Contender("scikit-learn, float64", "sklearn", partial(prepare_sklearn, np.float64), **SLOW),
)


def compare(n_runs: int) -> str:
    """Time one epoch, beside the accuracy that shows that all of them learn."""
    with started(CONTENDERS) as workers:
        timings = run_in_turn(workers, n_runs)
        warn_of_idle_spinning(workers)
    title = "### Training: MNIST, 784-128-10, batches of 32, Adam, 60,000 rows, float32, one epoch"
    return f"{title}\n\n{report.seconds_table(timings, 'accuracy on train rows at the end')}"
