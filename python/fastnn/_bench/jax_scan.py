"""A perceptron in plain JAX: one jitted scan over the batches of an epoch, optimizer and all."""

import itertools
from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from numpy.typing import NDArray

EPSILON = 1e-7


class ScannedPerceptron:
    """Fully connected layers of these sizes with ReLU between them, cross-entropy behind them.

    `optimizer` is the name of a class of Keras and its settings: Adam, RMSprop or SGD.
    """

    def __init__(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        layer_sizes: tuple[int, ...],
        optimizer: tuple[str, Mapping[str, float]],
    ) -> None:
        self.x, self.y = jnp.asarray(x), jnp.asarray(y)
        name, settings = optimizer
        self._optimizer = name, tuple(settings.items())
        glorot = jax.nn.initializers.glorot_uniform()
        key = jax.random.key(0)
        parameters = []
        for fan_in, fan_out in itertools.pairwise(layer_sizes):
            key, subkey = jax.random.split(key)
            parameters.append((glorot(subkey, (fan_in, fan_out)), jnp.zeros(fan_out)))
        zeros = jax.tree.map(jnp.zeros_like, parameters)
        self.state = (parameters, zeros, zeros, 0)

    def train_epoch(self, order: NDArray[Any], batch_size: int) -> None:
        """One step for each whole batch of the rows in `order`: a scan has steps of one shape."""
        whole = order[: len(order) // batch_size * batch_size]
        batches = jnp.asarray(whole).reshape(-1, batch_size)
        self.state = jax.block_until_ready(
            _epoch(self.state, self.x, self.y, batches, self._optimizer)
        )

    def evaluate(self) -> tuple[float, float]:
        """Return loss and accuracy of all rows."""
        logits = _logits(self.state[0], self.x)
        accuracy = (logits.argmax(axis=1) == self.y).mean()
        return float(_loss(self.state[0], self.x, self.y)), float(accuracy)


def _logits(parameters: list[Any], x: jax.Array) -> jax.Array:
    *hidden, (w_out, b_out) = parameters
    for w, b in hidden:
        x = jax.nn.relu(x @ w + b)
    return x @ w_out + b_out


def _loss(parameters: list[Any], x: jax.Array, y: jax.Array) -> jax.Array:
    log_probabilities = jax.nn.log_softmax(_logits(parameters, x))
    return -jnp.take_along_axis(log_probabilities, y[:, None], axis=1).mean()


def _updated(state: Any, gradients: Any, optimizer: Any) -> Any:
    """Return the state after a step of the optimizer, with the formulas of Keras."""
    parameters, m, v, t = state
    name, settings = optimizer
    given = dict(settings)
    rate, tree = given["learning_rate"], jax.tree.map
    t = t + 1
    if name == "Adam":
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, gradients)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, gradients)
        rate = rate * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        step = tree(lambda m, v: m / (jnp.sqrt(v) + EPSILON), m, v)
    elif name == "RMSprop":
        v = tree(lambda v, g: 0.9 * v + 0.1 * g * g, v, gradients)
        step = tree(lambda g, v: g / jnp.sqrt(v + EPSILON), gradients, v)
    elif "momentum" in given:
        m = tree(lambda m, g: given["momentum"] * m + g, m, gradients)
        step = m
    else:
        step = gradients
    return tree(lambda p, d: p - rate * d, parameters, step), m, v, t


@partial(jax.jit, static_argnums=4)
def _epoch(state: Any, x: jax.Array, y: jax.Array, batches: jax.Array, optimizer: Any) -> Any:
    def step(state: Any, rows: jax.Array) -> tuple[Any, None]:
        gradients = jax.grad(_loss)(state[0], x[rows], y[rows])
        return _updated(state, gradients, optimizer), None

    return jax.lax.scan(step, state, batches)[0]
