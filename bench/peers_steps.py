"""Where a step is small, or the loop is the user's own: iris, a pair of networks, one row.

What is timed is one whole `fit` of 100 epochs; a step of the discriminator on real and on drawn
digits and one of the generator, through `train_on_batch`; and one row through a trained network.
"""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import numpy as np

from fastnn._bench import one_row
from fastnn._bench.timing import Contender, Work
from timed_cases import tables, timed

N_NOISE, PAIR_BATCH = 40, 128
ROW = one_row.OneRow("row", (30, 64, 32, 2), (one_row.TORCH, one_row.SKLEARN))


def load_keras(package: str, backend: str = "") -> Any:
    os.environ["KERAS_BACKEND"] = backend
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    return __import__(package)


def iris() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_iris

    x, y = load_iris(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))[:120]
    return x[order].astype(np.float32), y[order]


def keras_iris(package: str, backend: str = "") -> Work:
    keras = load_keras(package, backend)
    x, y = iris()
    one_hot = np.eye(3, dtype=np.float32)[y]
    model = None

    def compile_anew() -> None:
        nonlocal model
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((4,)),
                layers.Dense(4, activation="relu"),
                layers.Dense(128, activation="relu"),
                layers.Dense(3, activation="softmax"),
            ]
        )
        model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])

    return timed(
        lambda: model.fit(x, one_hot, batch_size=32, epochs=100, verbose=0),
        1,
        lambda: f"{model.evaluate(x, one_hot, verbose=0)[1]:.3f}",
        compile_anew,
    )


def sklearn_iris() -> Work:
    import warnings

    from sklearn.neural_network import MLPClassifier

    warnings.filterwarnings("ignore")  # 100 epochs are not convergence
    x, y = iris()
    model = MLPClassifier((4, 128), batch_size=32, max_iter=100, n_iter_no_change=100, alpha=0.0)
    return timed(lambda: model.fit(x, y), 1, lambda: f"{model.score(x, y):.3f}")


def fastnn_pair() -> Work:
    import fastnn as keras

    layers, adam = keras.layers, keras.optimizers.Adam

    def chain(n_inputs: int, sizes: tuple[int, ...], dropout: float, last: Any) -> Any:
        model = keras.Sequential([keras.Input((n_inputs,))])
        for units in sizes:
            model.add(layers.Dense(units))
            model.add(layers.LeakyReLU(0.2))
            if dropout:
                model.add(layers.Dropout(dropout))
        model.add(last)
        return model

    generator = chain(N_NOISE, (256, 512, 1024), 0.0, layers.Dense(784, activation="tanh"))
    judge = chain(784, (1024, 512, 256), 0.3, layers.Dense(1, activation="sigmoid"))
    judge.compile(adam(learning_rate=0.0002, beta_1=0.5), "binary_crossentropy")
    judge.trainable = False
    noise = keras.Input((N_NOISE,))
    stacked = keras.Model(noise, judge(generator(noise)))
    stacked.compile(adam(learning_rate=0.0002, beta_1=0.5), "binary_crossentropy")
    digits, rng = real_digits(), np.random.default_rng(0)
    ones, zeros = (np.full((PAIR_BATCH, 1), value, np.float32) for value in (1, 0))
    losses = [0.0, 0.0]

    def step() -> None:
        drawn = generator.predict_on_batch(draw_noise(rng))
        rows = rng.integers(0, len(digits), PAIR_BATCH)
        on_real = judge.train_on_batch(digits[rows], ones)
        losses[1] = (on_real + judge.train_on_batch(drawn, zeros)) / 2
        losses[0] = stacked.train_on_batch(draw_noise(rng), ones)

    return timed(step, 50, lambda: f"G {losses[0]:.2f}, D {losses[1]:.2f}")


def torch_pair() -> Work:
    """Train the same networks eagerly, on all cores, with the fused Adam."""
    import torch
    from torch import nn

    def chain(n_inputs: int, sizes: tuple[int, ...], dropout: float, *last: Any) -> Any:
        parts: list[Any] = []
        for units in sizes:
            parts += [nn.Linear(n_inputs, units), nn.LeakyReLU(0.2)]
            parts += [nn.Dropout(dropout)] if dropout else []
            n_inputs = units
        return nn.Sequential(*parts, *last)

    generator = chain(N_NOISE, (256, 512, 1024), 0.0, nn.Linear(1024, 784), nn.Tanh())
    judge = chain(784, (1024, 512, 256), 0.3, nn.Linear(256, 1))  # logits, as is fastest
    adams = [
        torch.optim.Adam(model.parameters(), lr=0.0002, betas=(0.5, 0.999), fused=True)
        for model in (generator, judge)
    ]
    digits, rng = torch.from_numpy(real_digits()), np.random.default_rng(0)
    ones, zeros = torch.ones(PAIR_BATCH, 1), torch.zeros(PAIR_BATCH, 1)
    loss_of = nn.functional.binary_cross_entropy_with_logits
    losses = [0.0, 0.0]

    def take(optimizer: Any, loss: Any) -> float:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return float(loss.detach())

    def step() -> None:
        with torch.no_grad():
            drawn = generator(torch.from_numpy(draw_noise(rng)))
        judge.requires_grad_(True)
        rows = torch.from_numpy(rng.integers(0, len(digits), PAIR_BATCH))
        on_real = take(adams[1], loss_of(judge(digits[rows]), ones))
        losses[1] = (on_real + take(adams[1], loss_of(judge(drawn), zeros))) / 2
        judge.requires_grad_(False)
        made = judge(generator(torch.from_numpy(draw_noise(rng))))
        losses[0] = take(adams[0], loss_of(made, ones))

    return timed(step, 50, lambda: f"G {losses[0]:.2f}, D {losses[1]:.2f}")


def real_digits() -> np.ndarray:
    from fastnn.datasets import mnist

    (x, _), _ = mnist.load_data()
    return x.reshape(-1, 784).astype(np.float32) / 127.5 - 1


def draw_noise(rng: np.random.Generator) -> np.ndarray:
    return rng.standard_normal((PAIR_BATCH, N_NOISE), dtype=np.float32)


SLOW = {"max_runs": 3}
CASES = {
    "iris, 4-4-128-3, batches of 32, Adam: `fit` of 100 epochs (goal 15 ms)": (
        Contender("fastnn", ("fastnn",), partial(keras_iris, "fastnn")),
        Contender("scikit-learn", ("sklearn",), sklearn_iris),
        Contender(
            "Keras on TensorFlow",
            ("keras", "tensorflow"),
            partial(keras_iris, "keras", "tensorflow"),
            **SLOW,
        ),
    ),
    "a generator and a discriminator of 1.5 million weights each, batches of 128, Adam: "
    "one step of both through `train_on_batch` (goal 2 × PyTorch)": (
        Contender("fastnn", ("fastnn",), fastnn_pair),
        Contender("PyTorch, eager loop", ("torch",), torch_pair),
    ),
    f"{ROW.title} by `predict_on_batch` (goal 6 µs)": tuple(one_row.contenders(ROW)),
}


def compare(n_runs: int) -> str:
    """Time each case with all that take part."""
    return tables("Steps", CASES, n_runs)
