"""The core's network behind an estimator."""

from collections.abc import Iterator
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse

from fastnn import _core, _sparse
from fastnn._typing import Floating, Labels
from fastnn._validation import Array
from fastnn._weights import CoreLayer, layer_type, network_type
from fastnn.neural_network._losses import BEFORE_OUTPUT, core_loss, loss_weight
from fastnn.neural_network._weights import BatchNorm, Weights
from fastnn.optimizers import Optimizer

# Where the core's name is another.
KERAS_NAMES = {"identity": "linear", "logistic": "sigmoid", "exp": "exponential"}


class Structure(NamedTuple):
    """What is fixed about a network.

    Attributes
    ----------
    sizes : tuple of int
        Features, then the units of each layer.
    activations : tuple of str
        Of the hidden layers.
    out_activation : str
        scikit-learn's name.
    loss : str
    dtype : str
    batch_norms : tuple of (float, float)
        Momentum and epsilon of each hidden layer; empty where there is no batch normalization.
    dropout : tuple of float
        Of each hidden layer; empty where there is none.
    seed : int
        Of the dropout.
    rounds : bool
        Whether training multiplies values that are rounded to bfloat16.
    """

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    out_activation: str
    loss: str
    dtype: str
    batch_norms: tuple[tuple[float, float], ...] = ()
    dropout: tuple[float, ...] = ()
    seed: int = 0
    rounds: bool = False

    def same_weights(self, other: "Structure") -> bool:
        """Whether there are as many weights of the same shapes."""
        return (self.sizes, len(self.batch_norms)) == (other.sizes, len(other.batch_norms))

    def dropout_seeds(self) -> list[int]:
        """Return a seed for each hidden layer, so that no two drop the same units."""
        if not self.dropout:
            return []
        words = np.random.SeedSequence(self.seed).generate_state(len(self.dropout), np.uint64)
        return [int(word >> np.uint64(1)) for word in words]


class Examples(NamedTuple):
    """Rows that are trained on: `x` dense or in CSR format, `y` as `CoreNetwork.targets` has it."""

    x: Any
    y: Array
    weights: Array | None

    @property
    def n_rows(self) -> int:
        """How many there are."""
        return int(self.x.shape[0])

    def parts(self, order: Labels, batch_size: int) -> Iterator[tuple["Examples", Labels]]:
        """Yield dense rows, some whole batches of them at a time if they are sparse."""
        if not issparse(self.x):
            yield self, order
            return
        for rows in _sparse.parts(order, self.x.shape[1], batch_size):
            weights = None if self.weights is None else self.weights[rows]
            yield Examples(self.x[rows].toarray(), self.y[rows], weights), np.arange(len(rows))


class CoreNetwork:
    """A copy of an estimator's weights in the core, and what the optimizer remembers of them.

    The estimator's arrays are what counts: users may change them at any time, so that they come
    here anew before each use. A copy or a pickle of this is for the same use.

    Parameters
    ----------
    structure : Structure
    before : CoreNetwork, optional
        What the optimizer remembers comes from here if the weights have the same shapes.

    Attributes
    ----------
    lock : threading.RLock
        Held while the weights are in use.
    layers : list of list of CoreLayer
        For each layer of the estimator its matrix, its batch normalization, its activation and
        its dropout, those there are.
    """

    def __init__(self, structure: Structure, before: "CoreNetwork | None" = None) -> None:
        self.structure = structure
        self.lock = RLock()
        self._objective: float | None = None  # the strength of the penalty that it has
        self.layers = _core_layers(structure)
        self._dense = [layer[0] for layer in self.layers]
        self._norms = [layer[1] for layer in self.layers[: len(structure.batch_norms)]]
        layers = [part for layer in self.layers for part in layer]
        n_layers = len(layers)
        # Such losses look at an output of their own: the logarithm of the rates, or the logits.
        before_output = structure.loss in BEFORE_OUTPUT
        self._outputs = [n_layers - 1, n_layers] if before_output else [n_layers]
        self.core = network_type(structure.dtype)(
            [structure.sizes[0]],
            layers,
            [[i] for i in range(n_layers)],
            self._outputs,
            [True] * n_layers,
            structure.rounds,
        )
        if before is not None and before.structure.same_weights(structure):
            step, slots = before.core.optimizer_state()
            dtype = np.dtype(structure.dtype)
            self.core.set_optimizer_state(
                step, [[slot.astype(dtype, copy=False) for slot in own] for own in slots]
            )

    def __getstate__(self) -> tuple[Structure, tuple[int, list[list[Array]]]]:
        return self.structure, self.core.optimizer_state()

    def __setstate__(self, state: tuple[Structure, tuple[int, list[list[Array]]]]) -> None:
        structure, optimizer_state = state
        CoreNetwork.__init__(self, structure)
        self.core.set_optimizer_state(*optimizer_state)

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a row."""
        return self.structure.sizes[-1]

    def set_weights(self, weights: Weights) -> None:
        """Take over these weights."""
        dtype = self.structure.dtype

        def take(layer: CoreLayer, *arrays: Array) -> None:
            layer.set_parameters([np.ascontiguousarray(array, dtype=dtype) for array in arrays])

        for layer, *arrays in zip(self._dense, weights.coefs, weights.intercepts, strict=True):
            take(layer, *arrays)
        for layer, norm in zip(self._norms, weights.batch_norms, strict=True):
            take(layer, *norm.arrays)

    def weights(self) -> Weights:
        """Return copies of the weights."""
        pairs = [layer.parameters() for layer in self._dense]
        return Weights(
            [matrix for matrix, _ in pairs],
            [vector for _, vector in pairs],
            [
                BatchNorm.of(layer.parameters(), *settings)
                for layer, settings in zip(self._norms, self.structure.batch_norms, strict=True)
            ],
        )

    def targets(self, y: Array) -> Array:
        """Return targets of shape (n_samples, n_outputs) as the core reads them."""
        if self.structure.out_activation == "softmax" and self.structure.loss == "log_loss":
            labels: Labels = y.argmax(axis=1)
            return labels
        return np.ascontiguousarray(y, dtype=self.structure.dtype)

    def begin(self, alpha: float, *, forget: bool) -> None:
        """Prepare for epochs; `forget` what an optimizer has left.

        The penalty of a batch is alpha / 2 · Σ w² / (the sum of the weights of its rows).
        """
        if forget:
            self.core.reset_optimizer()
        if self._objective == alpha:
            return
        for layer in self._dense:
            layer.set_penalties([(0.0, alpha / 2), (0.0, 0.0)])
        self.restore_objective()
        self._objective = alpha

    def restore_objective(self) -> None:
        """Judge by the loss, after another user of the core's network has judged otherwise."""
        self.core.set_objective([self._loss()], [], [], divides_penalties=True)

    def train(
        self,
        examples: Examples,
        order: Labels,
        batch_size: int,
        optimizer: Optimizer,
        tally: _core.Tally,
    ) -> None:
        """Make one step for each batch, and count its loss."""
        others = [None] * (len(self._outputs) - 1)
        method = optimizer._for_network(self.core)
        for part, rows in examples.parts(order, batch_size):
            n_steps = -(-len(rows) // batch_size)
            self.core.train(
                [part.x],
                [part.y, *others],
                [part.weights, *others],
                rows,
                batch_size,
                method,
                optimizer._learning_rates(self.core.step, n_steps),
                tally,
            )
        optimizer._n_steps = self.core.step

    def training_loss(self, tally: _core.Tally) -> float:
        """Return the mean of the losses that `train` has counted, penalties included."""
        return tally.figures()[0] - self._unreported(tally.losses()[0])

    def validation_loss(self, examples: Examples) -> float:
        """Return the mean loss without penalty."""
        others = [None] * (len(self._outputs) - 1)
        total = weight = 0.0
        for part, rows in examples.parts(np.arange(examples.n_rows), batch_size=1):
            tally = _core.Tally()
            self.core.evaluate(
                [part.x], [part.y, *others], [part.weights, *others], rows, len(rows), tally
            )
            own = float(len(rows) if part.weights is None else part.weights.sum())
            total, weight = total + own * tally.losses()[0], weight + own
        mean = total / weight
        return self._loss_weight() * mean - self._unreported(mean)

    def loss_and_gradients(self, examples: Examples) -> tuple[float, list[Array], list[Array]]:
        """Return the mean loss without penalty, and its gradients as `weights` has them."""
        others = [None] * (len(self._outputs) - 1)
        judged = self._loss()
        loss, gradients = self.core.loss_and_gradients(
            [examples.x], [examples.y, *others], [judged], [examples.weights, *others]
        )
        loss -= self._unreported(loss / self._loss_weight())
        return loss, list(gradients[0::2]), list(gradients[1::2])

    def predict(self, X: Any) -> Floating:
        """Return the outputs of dense or CSR rows, shape (n_samples, n_outputs)."""
        if not issparse(X):
            return self.core.predict([X])[-1]
        parts = _sparse.parts(np.arange(X.shape[0]), X.shape[1])
        return np.concatenate([self.core.predict([X[rows].toarray()])[-1] for rows in parts])

    def _loss(self) -> _core.WeightedLoss:
        loss = core_loss(self.structure.loss, self.structure.out_activation)
        return _core.WeightedLoss(loss.reduced_by("mean_with_sample_weight"), self._loss_weight())

    def _loss_weight(self) -> float:
        return loss_weight(self.structure.loss, self.structure.out_activation, self.n_outputs)

    def _unreported(self, mean_loss: float) -> float:
        """Return what scikit-learn leaves out of the loss that it tells.

        It goes down the slope of the sum of squares over the outputs, but tells their mean.
        """
        if (self.structure.loss, self.structure.out_activation) != ("squared_error", "identity"):
            return 0.0
        return (self._loss_weight() - 0.5) * mean_loss


def _core_layers(structure: Structure) -> list[list[CoreLayer]]:
    make = layer_type(structure.dtype)
    n_hidden = len(structure.sizes) - 2
    seeds = structure.dropout_seeds()
    layers: list[list[CoreLayer]] = []
    for i, (n_inputs, n_units) in enumerate(pairwise(structure.sizes)):
        layer = [make.dense(n_inputs, n_units, True)]
        if i < len(structure.batch_norms):
            momentum, epsilon = structure.batch_norms[i]
            layer.append(make.batch_normalization(n_units, momentum, epsilon, True, True))
        name = structure.activations[i] if i < n_hidden else structure.out_activation
        if name not in ("identity", "linear"):
            layer.append(make.activation(n_units, KERAS_NAMES.get(name, name)))
        if i < len(structure.dropout) and structure.dropout[i] > 0:
            layer.append(make.dropout(n_units, structure.dropout[i], seeds[i]))
        layers.append(layer)
    return layers
