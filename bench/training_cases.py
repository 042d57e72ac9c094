"""The trainings that are compared: the network, its data, the peers that take part, and the goals.

A new case is a line in `TRAININGS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from fastnn._bench.training import (
    IN_FLOAT32,
    JAX,
    KERAS_JAX,
    KERAS_TENSORFLOW,
    SKLEARN,
    TORCH,
    Data,
    Training,
)

# What an optimizer is called, and its settings, under the names of Keras.
ADAM = "Adam", {"learning_rate": 0.001}
RMSPROP = "RMSprop", {"learning_rate": 0.001}
SGD = "SGD", {"learning_rate": 0.01}
MOMENTUM = "SGD", {"learning_rate": 0.01, "momentum": 0.9}

_DATA_SETS = {784: "mnist", 3072: "cifar10"}


def real_or_random(sizes: tuple[int, ...], n_rows: int) -> Data:
    """Return pixels between 0 and 1 of a data set with as many features, else random rows."""
    n_features, n_classes = sizes[0], sizes[-1]
    if n_features in _DATA_SETS:
        (x, y), _ = import_module(f"fastnn.datasets.{_DATA_SETS[n_features]}").load_data()
        x = x.reshape(len(x), -1)[:n_rows].astype(np.float32) / 255
        return x, y.reshape(-1)[:n_rows].astype(np.int64)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((n_rows, n_features), dtype=np.float32)
    directions = rng.standard_normal((n_features, n_classes), dtype=np.float32)
    return x, (x @ directions).argmax(axis=1)


@dataclass(frozen=True)
class Case(Training):
    """A training with goals: how many times as fast as a peer fastnn is to be."""

    data: Callable[[tuple[int, ...], int], Data] = real_or_random
    goals: dict[str, float] = field(default_factory=dict)


TRAININGS = (
    Case(
        "small",
        (784, 128, 10),
        32,
        ADAM,
        60_000,
        (JAX, TORCH, KERAS_JAX, KERAS_TENSORFLOW, SKLEARN),
        goals={JAX: 2, TORCH: 6, KERAS_TENSORFLOW: 24},
    ),
    Case("dropout", (784, 128, 10), 32, ADAM, 60_000, (KERAS_JAX, TORCH), dropout=0.4),
    Case(
        "wide",
        (784, 512, 512, 10),
        256,
        RMSPROP,
        60_000,
        (JAX, TORCH, KERAS_JAX, KERAS_TENSORFLOW),
        goals={JAX: 1.2},
    ),
    Case(
        "wide-bfloat16",
        (784, 512, 512, 10),
        256,
        RMSPROP,
        60_000,
        (IN_FLOAT32,),
        goals={IN_FLOAT32: 1.7},
        compute_dtype="bfloat16",
    ),
    Case("momentum", (784, 1000, 500, 10), 64, MOMENTUM, 16_384, (JAX, TORCH), goals={TORCH: 1.8}),
    Case(
        "few-rows",
        (784, 3000, 1500, 10),
        200,
        MOMENTUM,
        1_000,
        (TORCH, SKLEARN),
        goals={TORCH: 1.4},
    ),
    Case("many-features", (4096, 512, 256, 10), 200, ADAM, 20_000, (TORCH,), goals={TORCH: 1.5}),
    Case("narrow", (3072, 15, 10), 128, SGD, 40_000, (TORCH,), goals={TORCH: 3}),
)
