"""One row through a network: what a call costs. All contenders have the same weights."""

import itertools
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fastnn._bench.timing import (
    Contender,
    Timings,
    Work,
    run_in_turn,
    seconds_per_call,
    started,
    warn_of_idle_spinning,
)
from fastnn._typing import Float32

JAX, TORCH, SKLEARN = "JAX, jitted", "PyTorch", "scikit-learn"
KERAS_JAX, KERAS_TENSORFLOW = "Keras on JAX", "Keras on TensorFlow"

Weights = list[Float32]  # kernel (n_inputs, units) and bias (units,) of each layer


@dataclass(frozen=True)
class OneRow:
    """A perceptron with ReLU between its layers and softmax behind them."""

    name: str
    sizes: tuple[int, ...]
    peers: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"one row through {'-'.join(map(str, self.sizes))}"

    def weights(self) -> Weights:
        rng = np.random.default_rng(0)
        shapes = ((shape, shape[1:]) for shape in itertools.pairwise(self.sizes))
        return [
            rng.normal(0, shape[0] ** -0.5, shape).astype(np.float32)
            for shape in itertools.chain.from_iterable(shapes)
        ]

    def row(self) -> Float32:
        return np.random.default_rng(1).random((1, self.sizes[0]), dtype=np.float32)


def timed_calls(predict: Callable[[Any], Any], row: Any) -> Work:
    """Make the work of many calls: the mean seconds of one, and the probabilities."""

    def work(_: Any) -> tuple[float, Float32]:
        return seconds_per_call(lambda: predict(row)), np.asarray(predict(row)).ravel()

    return work


def prepare_keras(package: str, backend: str, case: OneRow) -> Work:
    """Prepare `predict_on_batch`, the quickest way of Keras: the same lines for fastnn."""
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    keras = __import__(package)

    dense, (*hidden, n_classes) = keras.layers.Dense, case.sizes[1:]
    layers = [dense(units, activation="relu") for units in hidden]
    model = keras.Sequential(
        [keras.Input(case.sizes[:1]), *layers, dense(n_classes, activation="softmax")]
    )
    model.set_weights(case.weights())
    return timed_calls(model.predict_on_batch, case.row())


def prepare_torch(case: OneRow) -> Work:
    """Prepare an eager call on one thread, of which more would only wait for each other."""
    import torch
    from torch import nn

    torch.set_num_threads(1)
    parts: list[Any] = []
    for n_inputs, units in itertools.pairwise(case.sizes):
        parts += [nn.Linear(n_inputs, units), nn.ReLU()]
    model = nn.Sequential(*parts[:-1], nn.Softmax(dim=1)).eval().requires_grad_(False)
    for parameter, weights in zip(model.parameters(), case.weights(), strict=True):
        parameter.copy_(torch.from_numpy(weights.T))

    def predict(row: Any) -> Any:
        with torch.inference_mode():
            return model(row)

    return timed_calls(predict, torch.from_numpy(case.row()))


def prepare_sklearn(case: OneRow) -> Work:
    from sklearn.neural_network import MLPClassifier

    weights, n_classes = case.weights(), case.sizes[-1]
    if n_classes == 2:  # softmax of two is the logistic function of their difference
        weights[-2:] = [np.diff(array) for array in weights[-2:]]
    classes = np.arange(n_classes)
    model = MLPClassifier(case.sizes[1:-1], max_iter=1)
    model.partial_fit(np.zeros((n_classes, case.sizes[0]), np.float32), classes, classes=classes)
    model.coefs_, model.intercepts_ = weights[::2], weights[1::2]
    return timed_calls(model.predict_proba, case.row())


def prepare_jax(case: OneRow) -> Work:
    import jax

    weights = [jax.numpy.asarray(array) for array in case.weights()]

    def probabilities(row: Any) -> Any:
        *hidden, last = zip(weights[::2], weights[1::2], strict=True)
        for kernel, bias in hidden:
            row = jax.nn.relu(row @ kernel + bias)
        return jax.nn.softmax(row @ last[0] + last[1])

    jitted = jax.jit(probabilities)
    return timed_calls(lambda row: np.asarray(jitted(row)), case.row())


PREPARE: dict[str, tuple[tuple[str, ...], Callable[[OneRow], Work]]] = {
    "fastnn": (("fastnn",), partial(prepare_keras, "fastnn", "")),
    TORCH: (("torch",), prepare_torch),
    SKLEARN: (("sklearn",), prepare_sklearn),
    JAX: (("jax",), prepare_jax),
    KERAS_JAX: (("keras", "jax"), partial(prepare_keras, "keras", "jax")),
    KERAS_TENSORFLOW: (("keras", "tensorflow"), partial(prepare_keras, "keras", "tensorflow")),
}

PEERS = tuple(PREPARE)[1:]


def contenders(case: OneRow) -> list[Contender]:
    """Return fastnn and the peers of the case."""
    return [
        Contender(name, packages, partial(prepare, case))
        for name in ("fastnn", *case.peers)
        for packages, prepare in [PREPARE[name]]
    ]


def measure(case: OneRow, n_runs: int) -> list[Timings]:
    """Time the call, and replace each outcome, the probabilities, by how far off fastnn's it is."""
    with started(contenders(case)) as workers:
        timings = run_in_turn(workers, n_runs)
        warn_of_idle_spinning(workers)
    ours = timings[0].outcome
    for timing in timings:
        timing.outcome = float(np.abs(timing.outcome - ours).max())
    return timings
