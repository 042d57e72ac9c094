"""One epoch of training by fastnn and its peers, and how well each has learned by then."""

import itertools
import math
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from fastnn._bench.timing import (
    Contender,
    Timings,
    Work,
    run_in_turn,
    started,
    warn_of_idle_spinning,
)
from fastnn._typing import Float32, Labels

JAX, TORCH = "JAX, jitted scan", "PyTorch, eager loop"
KERAS_JAX, KERAS_TENSORFLOW = "Keras on JAX", "Keras on TensorFlow"
KERAS_TORCH = "Keras on PyTorch"
SKLEARN, SKLEARN_FLOAT32 = "scikit-learn, float64", "scikit-learn, float32"
IN_FLOAT32 = "fastnn in float32"
LEARNED = "loss after one epoch, accuracy at the end"  # the heading of what `Learned` tells

Optimizer = tuple[str, Mapping[str, float]]  # its name and its settings, as Keras calls them
Data = tuple[Float32, Labels]


@dataclass(frozen=True)
class Training:
    """One epoch of a perceptron with ReLU between its layers and cross-entropy behind them.

    `data` returns the rows and labels for the sizes and the number of rows; it is called in each
    contender's process. `dropout` follows each hidden layer. `compute_dtype` is what fastnn is told
    when it compiles.
    """

    name: str
    sizes: tuple[int, ...]
    batch_size: int
    optimizer: Optimizer
    n_rows: int
    peers: tuple[str, ...]
    data: Callable[[tuple[int, ...], int], Data]
    dropout: float = 0.0
    compute_dtype: str | None = None
    max_seconds: float = math.inf  # of a contender's epochs

    @property
    def title(self) -> str:
        shape = "-".join(map(str, self.sizes))
        dropout = f", dropout {self.dropout}" if self.dropout else ""
        compute_dtype = f", in {self.compute_dtype}" if self.compute_dtype else ""
        momentum = " with momentum" if "momentum" in self.optimizer[1] else ""
        return (
            f"{shape}{dropout}, batches of {self.batch_size}, {self.optimizer[0]}{momentum}, "
            f"{self.n_rows:,} rows{compute_dtype}"
        )

    @property
    def flops(self) -> float:
        """Count the products of an epoch; nobody needs the gradient of the network's inputs."""
        pairs = list(itertools.pairwise(self.sizes))
        return self.n_rows * sum((4 if i == 0 else 6) * a * b for i, (a, b) in enumerate(pairs))

    def load(self) -> Data:
        """Return float32 rows and int64 labels."""
        return self.data(self.sizes, self.n_rows)


class Learned(NamedTuple):
    """What a contender has learned; who does less work has a larger loss or less accuracy."""

    first_loss: float  # the mean cross-entropy of the train rows after the first epoch
    accuracy: float  # of the train rows, after the last epoch

    def __str__(self) -> str:
        return f"{self.first_loss:.3f}, {self.accuracy:.4f}"


def timed_epoch(train: Callable[[], None], evaluate: Callable[[], tuple[float, float]]) -> Work:
    """Make the work of one more epoch; `evaluate` returns loss and accuracy of the train rows."""
    losses = []

    def work(_: Any) -> tuple[float, Learned]:
        start = time.perf_counter()
        train()
        seconds = time.perf_counter() - start
        loss, accuracy = evaluate()
        losses.append(loss)
        return seconds, Learned(losses[0], accuracy)

    return work


def prepare_fastnn(case: Training) -> Work:
    import fastnn

    return keras_epochs(fastnn, case, {"compute_dtype": case.compute_dtype})


def prepare_fastnn_in_float32(case: Training) -> Work:
    return prepare_fastnn(replace(case, compute_dtype=None))


def prepare_keras(backend: str, case: Training) -> Work:
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    return keras_epochs(keras, case)


def keras_epochs(keras: Any, case: Training, compiled: Mapping[str, Any] = {}) -> Work:
    """Train with `Sequential.fit`: the same lines for fastnn and for Keras."""
    x, y = case.load()
    layers = [keras.Input((case.sizes[0],))]
    for units in case.sizes[1:-1]:
        layers.append(keras.layers.Dense(units, activation="relu"))
        if case.dropout:
            layers.append(keras.layers.Dropout(case.dropout))
    model = keras.Sequential([*layers, keras.layers.Dense(case.sizes[-1], activation="softmax")])
    name, settings = case.optimizer
    model.compile(
        optimizer=getattr(keras.optimizers, name)(**settings),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        **compiled,
    )
    return timed_epoch(
        lambda: model.fit(x, y, batch_size=case.batch_size, epochs=1, verbose=0),
        lambda: tuple(model.evaluate(x, y, batch_size=1024, verbose=0)),
    )


def prepare_sklearn(dtype: type[np.floating], case: Training) -> Work:
    """On some processors Adam's subnormal moments make its float32 slower than its float64."""
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    floats, y = case.load()
    x = floats.astype(dtype, copy=False)
    name, settings = case.optimizer
    model = MLPClassifier(
        case.sizes[1:-1],
        solver=name.lower(),
        alpha=0.0,
        batch_size=case.batch_size,
        learning_rate_init=settings["learning_rate"],
        momentum=settings.get("momentum", 0.0),
        nesterovs_momentum=False,
    )
    classes = np.arange(case.sizes[-1])

    def evaluate() -> tuple[float, float]:
        probabilities = model.predict_proba(x)
        return log_loss(y, probabilities), float((probabilities.argmax(axis=1) == y).mean())

    return timed_epoch(lambda: model.partial_fit(x, y, classes=classes), evaluate)


def prepare_jax(case: Training) -> Work:
    from fastnn._bench.jax_scan import ScannedPerceptron

    x, y = case.load()
    model = ScannedPerceptron(x, y, case.sizes, case.optimizer)
    rng = np.random.default_rng(0)
    return timed_epoch(
        lambda: model.train_epoch(rng.permutation(len(x)), case.batch_size), model.evaluate
    )


def prepare_torch(case: Training) -> Work:
    """Train eagerly on tensors in memory, without a DataLoader, at the fastest of the settings."""
    import torch

    x, y = (torch.from_numpy(array) for array in case.load())
    cross_entropy = torch.nn.functional.cross_entropy

    def train(model: Any, optimizer: Any, n_rows: int) -> None:
        model.train()
        for rows in torch.randperm(n_rows).split(case.batch_size):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()

    def seconds(n_threads: int, way: str) -> float:
        torch.set_num_threads(n_threads)
        n_rows = min(len(x), 100 * case.batch_size)
        model = torch_model(case)
        optimizer = torch_optimizer(case, model, way)
        train(model, optimizer, n_rows // 4)
        start = time.perf_counter()
        train(model, optimizer, n_rows)
        return time.perf_counter() - start

    settings = itertools.product({1, torch.get_num_threads()}, torch_ways(case))
    n_threads, way = min(settings, key=lambda setting: seconds(*setting))
    torch.set_num_threads(n_threads)
    model = torch_model(case)
    optimizer = torch_optimizer(case, model, way)

    def evaluate() -> tuple[float, float]:
        model.eval()
        with torch.no_grad():
            logits = model(x)
            accuracy = (logits.argmax(dim=1) == y).double().mean()
            return float(cross_entropy(logits, y)), float(accuracy)

    return timed_epoch(lambda: train(model, optimizer, len(x)), evaluate)


def torch_model(case: Training) -> Any:
    from torch import nn

    layers: list[Any] = []
    for n_inputs, units in zip(case.sizes[:-2], case.sizes[1:-1], strict=True):
        layers += [nn.Linear(n_inputs, units), nn.ReLU()]
        if case.dropout:
            layers.append(nn.Dropout(case.dropout))
    return nn.Sequential(*layers, nn.Linear(*case.sizes[-2:]))


def torch_ways(case: Training) -> tuple[str, ...]:
    """Name the ways in which PyTorch can run the optimizer; it has no fused RMSprop."""
    return ("foreach",) if case.optimizer[0] == "RMSprop" else ("fused", "foreach")


def torch_optimizer(case: Training, model: Any, way: str) -> Any:
    import torch

    name, settings = case.optimizer
    given = {"lr": settings["learning_rate"]} | (
        {"momentum": settings["momentum"]} if "momentum" in settings else {}
    )
    return getattr(torch.optim, name)(model.parameters(), **given, **{way: True})


_FEW = 3  # runs of those that take long
PREPARE: dict[str, tuple[tuple[str, ...], Callable[[Training], Work], int | None]] = {
    "fastnn": (("fastnn",), prepare_fastnn, None),
    IN_FLOAT32: (("fastnn",), prepare_fastnn_in_float32, None),
    JAX: (("jax",), prepare_jax, None),
    TORCH: (("torch",), prepare_torch, None),
    KERAS_JAX: (("keras", "jax"), partial(prepare_keras, "jax"), _FEW),
    KERAS_TENSORFLOW: (("keras", "tensorflow"), partial(prepare_keras, "tensorflow"), _FEW),
    KERAS_TORCH: (("keras", "torch"), partial(prepare_keras, "torch"), _FEW),
    SKLEARN_FLOAT32: (("sklearn",), partial(prepare_sklearn, np.float32), _FEW),
    SKLEARN: (("sklearn",), partial(prepare_sklearn, np.float64), _FEW),
}


def contenders(case: Training) -> list[Contender]:
    """Return fastnn and the peers of the case."""
    return [
        Contender(name, packages, partial(prepare, case), max_runs, case.max_seconds)
        for name in ("fastnn", *case.peers)
        for packages, prepare, max_runs in [PREPARE[name]]
    ]


def measure(case: Training, n_runs: int) -> list[Timings]:
    """Time epochs of the case, by turns."""
    with started(contenders(case)) as workers:
        timings = run_in_turn(workers, n_runs)
        warn_of_idle_spinning(workers)
    return timings
