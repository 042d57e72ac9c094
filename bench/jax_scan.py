"""A perceptron in plain JAX: one jitted scan over the batches of an epoch, Adam written out."""

from __future__ import annotations

import itertools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

BETA_1, BETA_2, EPSILON, LEARNING_RATE = 0.9, 0.999, 1e-7, 0.001


class ScannedPerceptron:
    """`layer_sizes` fully connected layers with ReLU between them, cross-entropy behind them."""

    def __init__(self, x: np.ndarray, y: np.ndarray, layer_sizes: tuple[int, ...]) -> None:
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        glorot = jax.nn.initializers.glorot_uniform()
        key = jax.random.key(0)
        parameters = []
        for fan_in, fan_out in itertools.pairwise(layer_sizes):
            key, subkey = jax.random.split(key)
            parameters.append((glorot(subkey, (fan_in, fan_out)), jnp.zeros(fan_out)))
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        self.state = (parameters, zeros, zeros, 0)

    def train_epoch(self, order: np.ndarray, batch_size: int) -> None:
        """One step of Adam for each batch of the rows in `order`."""
        batches = jnp.asarray(order).reshape(-1, batch_size)
        self.state = jax.block_until_ready(_epoch(self.state, self.x, self.y, batches))

    def accuracy(self) -> float:
        return float((_logits(self.state[0], self.x).argmax(axis=1) == self.y).mean())


def _logits(parameters: list[Any], x: jax.Array) -> jax.Array:
    *hidden, (w_out, b_out) = parameters
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b)
    return x @ w_out + b_out


def _loss(parameters: list[Any], x: jax.Array, y: jax.Array) -> jax.Array:
    log_probabilities = jax.nn.log_softmax(_logits(parameters, x))
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()


@jax.jit
def _epoch(state: Any, x: jax.Array, y: jax.Array, batches: jax.Array) -> Any:
    def step(state: Any, rows: jax.Array) -> tuple[Any, None]:
        parameters, m, v, t = state
        gradients = jax.grad(_loss)(parameters, x[rows], y[rows])
        t = t + 1
        m = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, m, gradients)
        v = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, v, gradients)
        rate = LEARNING_RATE * jnp.sqrt(1 - BETA_2**t) / (1 - BETA_1**t)
        parameters = jax.tree.map(
            lambda p, m, v: p - rate * m / (jnp.sqrt(v) + EPSILON), parameters, m, v
        )
        return (parameters, m, v, t), None

    return jax.lax.scan(step, state, batches)[0]
