"""One epoch of each training in training_cases.py, with every peer that takes part."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

import report
import training_cases
from timing import Contender, Timings, Work, run_in_turn, started, warn_of_idle_spinning
from training_cases import TRAININGS, Training


def timed_epoch(train: Callable[[], None], accuracy: Callable[[], float]) -> Work:
    """Make the work of one more epoch; its outcome is the accuracy on the train rows after it."""

    def work(_: Any) -> tuple[float, str]:
        start = time.perf_counter()
        train()
        seconds = time.perf_counter() - start
        return seconds, f"{accuracy():.4f}"

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
        lambda: model.evaluate(x, y, batch_size=1024, verbose=0)[1],
    )


def prepare_sklearn(case: Training) -> Work:
    """Train in float64: on some processors Adam's subnormal moments make its float32 slower."""
    from sklearn.neural_network import MLPClassifier

    x, y = case.load()
    x = x.astype(np.float64)
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
    return timed_epoch(lambda: model.partial_fit(x, y, classes=classes), lambda: model.score(x, y))


def prepare_jax(case: Training) -> Work:
    from jax_scan import ScannedPerceptron

    x, y = case.load()
    model = ScannedPerceptron(x, y, case.sizes, case.optimizer)
    rng = np.random.default_rng(0)
    return timed_epoch(
        lambda: model.train_epoch(rng.permutation(len(x)), case.batch_size), model.accuracy
    )


def prepare_torch(case: Training) -> Work:
    """Train eagerly on tensors in memory, without a DataLoader, at the fastest of the settings."""
    import torch

    x, y = (torch.from_numpy(array) for array in case.load())
    model = torch_model(case)
    cross_entropy = torch.nn.functional.cross_entropy

    def train(optimizer: Any, n_rows: int) -> None:
        model.train()
        for rows in torch.randperm(n_rows).split(case.batch_size):
            optimizer.zero_grad(set_to_none=True)
            cross_entropy(model(x[rows]), y[rows]).backward()
            optimizer.step()

    def accuracy() -> float:
        model.eval()
        with torch.no_grad():
            return float((model(x).argmax(dim=1) == y).double().mean())

    def seconds(n_threads: int, optimizer: Any) -> float:
        torch.set_num_threads(n_threads)
        n_rows = min(len(x), 100 * case.batch_size)
        train(optimizer, n_rows // 4)
        start = time.perf_counter()
        train(optimizer, n_rows)
        return time.perf_counter() - start

    settings = [
        (n, optimizer)
        for n in {1, torch.get_num_threads()}
        for optimizer in torch_optimizers(case, model)
    ]
    n_threads, fastest = min(settings, key=lambda setting: seconds(*setting))
    torch.set_num_threads(n_threads)
    return timed_epoch(lambda: train(fastest, len(x)), accuracy)


def torch_model(case: Training) -> Any:
    from torch import nn

    layers: list[Any] = []
    for n_inputs, units in zip(case.sizes[:-2], case.sizes[1:-1], strict=True):
        layers += [nn.Linear(n_inputs, units), nn.ReLU()]
        if case.dropout:
            layers.append(nn.Dropout(case.dropout))
    return nn.Sequential(*layers, nn.Linear(*case.sizes[-2:]))


def torch_optimizers(case: Training, model: Any) -> list[Any]:
    """Return the optimizer in each of the ways that PyTorch can run it."""
    import torch

    name, settings = case.optimizer
    given = {"lr": settings["learning_rate"]} | (
        {"momentum": settings["momentum"]} if "momentum" in settings else {}
    )
    ways = ("foreach",) if name == "RMSprop" else ("fused", "foreach")  # it has no fused one
    kind = getattr(torch.optim, name)
    return [kind(model.parameters(), **given, **{way: True}) for way in ways]


PREPARE: dict[str, tuple[str, Callable[[Training], Work], dict[str, int]]] = {
    training_cases.JAX: ("jax", prepare_jax, {}),
    training_cases.TORCH: ("torch", prepare_torch, {}),
    training_cases.KERAS_JAX: ("keras", partial(prepare_keras, "jax"), {"max_runs": 3}),
    training_cases.KERAS_TENSORFLOW: (
        "tensorflow",
        partial(prepare_keras, "tensorflow"),
        {"max_runs": 3},
    ),
    training_cases.IN_FLOAT32: ("fastnn", prepare_fastnn_in_float32, {}),
    training_cases.SKLEARN: ("sklearn", prepare_sklearn, {"max_runs": 3}),
}


def contenders(case: Training) -> list[Contender]:
    return [Contender("fastnn", "fastnn", partial(prepare_fastnn, case))] + [
        Contender(peer, package, partial(prepare, case), **limits)
        for peer in case.peers
        for package, prepare, limits in [PREPARE[peer]]
    ]


def compare(n_runs: int, only: Collection[str] = ()) -> str:
    """Time one epoch of each case, beside the accuracy that shows that all of them learn."""
    from fastnn import _core

    parts = []
    for case in TRAININGS:
        if only and case.name not in only:
            continue
        if case.compute_dtype is not None and not _core.has_bfloat16():
            continue
        with started(contenders(case)) as workers:
            timings = run_in_turn(workers, n_runs)
            warn_of_idle_spinning(workers)
        rates = f"fastnn: {case.flops / timings[0].median / 1e9:.0f} GFLOP/s{goals(case, timings)}"
        rows = report.seconds_table(timings, "accuracy on train rows at the end")
        parts.append(f"### Training: {case.title}, one epoch\n\n{rows}\n\n{rates}")
    return "\n\n".join(parts)


def goals(case: Training, timings: list[Timings]) -> str:
    """Say how many times as fast as each peer fastnn is, beside the goal."""
    median = {timing.name: timing.median for timing in timings}
    return "".join(
        f"; {median[peer] / median['fastnn']:.2f} × {peer} (goal {times})"
        for peer, times in case.goals.items()
        if peer in median
    )
