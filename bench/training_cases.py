"""The trainings that are compared: the network, its data, the peers that take part, and the goals.

A new case is a line in `TRAININGS`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

JAX, TORCH = "JAX, jitted scan", "PyTorch, eager loop"
KERAS_JAX, KERAS_TENSORFLOW = "Keras on JAX", "Keras on TensorFlow"
SKLEARN = "scikit-learn, float64"
IN_FLOAT32 = "fastnn in float32"

# What an optimizer is called, and its settings, under the names of Keras.
ADAM = "Adam", {"learning_rate": 0.001}
RMSPROP = "RMSprop", {"learning_rate": 0.001}
SGD = "SGD", {"learning_rate": 0.01}
MOMENTUM = "SGD", {"learning_rate": 0.01, "momentum": 0.9}


@dataclass(frozen=True)
class Training:
    """One epoch of a perceptron with ReLU between its layers and cross-entropy behind them.

    `goals` says how many times as fast as a peer fastnn is to be. `dropout` follows each hidden
    layer. `compute_dtype` is what fastnn is told when it compiles.
    """

    name: str
    sizes: tuple[int, ...]
    batch_size: int
    optimizer: tuple[str, dict[str, float]]
    n_rows: int
    peers: tuple[str, ...]
    goals: dict[str, float] = field(default_factory=dict)
    dropout: float = 0.0
    compute_dtype: str | None = None

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

    def load(self) -> tuple[np.ndarray, np.ndarray]:
        """Return float32 rows, pixels between 0 and 1 where there are such, and int64 labels."""
        n_features, n_classes = self.sizes[0], self.sizes[-1]
        if n_features in _DATA_SETS:
            (x, y), _ = import_module(f"fastnn.datasets.{_DATA_SETS[n_features]}").load_data()
            x = x.reshape(len(x), -1)[: self.n_rows].astype(np.float32) / 255
            return x, y.reshape(-1)[: self.n_rows].astype(np.int64)
        rng = np.random.default_rng(0)
        x = rng.standard_normal((self.n_rows, n_features), dtype=np.float32)
        directions = rng.standard_normal((n_features, n_classes), dtype=np.float32)
        return x, (x @ directions).argmax(axis=1)


_DATA_SETS = {784: "mnist", 3072: "cifar10"}

TRAININGS = (
    Training(
        "small",
        (784, 128, 10),
        32,
        ADAM,
        60_000,
        (JAX, TORCH, KERAS_JAX, KERAS_TENSORFLOW, SKLEARN),
        {JAX: 2, TORCH: 6, KERAS_TENSORFLOW: 24},
    ),
    Training("dropout", (784, 128, 10), 32, ADAM, 60_000, (KERAS_JAX, TORCH), dropout=0.4),
    Training(
        "wide",
        (784, 512, 512, 10),
        256,
        RMSPROP,
        60_000,
        (JAX, TORCH, KERAS_JAX, KERAS_TENSORFLOW),
        {JAX: 1.2},
    ),
    Training(
        "wide-bfloat16",
        (784, 512, 512, 10),
        256,
        RMSPROP,
        60_000,
        (IN_FLOAT32,),
        {IN_FLOAT32: 1.7},
        compute_dtype="bfloat16",
    ),
    Training("momentum", (784, 1000, 500, 10), 64, MOMENTUM, 16_384, (JAX, TORCH), {TORCH: 1.8}),
    Training(
        "few-rows", (784, 3000, 1500, 10), 200, MOMENTUM, 1_000, (TORCH, SKLEARN), {TORCH: 1.4}
    ),
    Training("many-features", (4096, 512, 256, 10), 200, ADAM, 20_000, (TORCH,), {TORCH: 1.5}),
    Training("narrow", (3072, 15, 10), 128, SGD, 40_000, (TORCH,), {TORCH: 3}),
)
