"""The core's network behind an estimator."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse

from fastnn import _core, _sparse
from fastnn._typing import Floating, Labels
from fastnn._validation import Array
from fastnn._weights import CoreLayer, layer_type, network_type

_ACTIVATIONS = {"logistic": "sigmoid", "exp": "exponential"}  # where the core's name is another


class Structure(NamedTuple):
    """What is fixed about a network.

    Attributes
    ----------
    sizes : tuple of int
        Features, then the units of each layer.
    activation, out_activation : str
        scikit-learn's names.
    dtype : str
    """

    sizes: tuple[int, ...]
    activation: str
    out_activation: str
    dtype: str


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
    """

    def __init__(self, structure: Structure, before: "CoreNetwork | None" = None) -> None:
        self.structure = structure
        self.lock = RLock()
        self._dense: list[CoreLayer] = []
        self._objective: float | None = None  # the strength of the penalty that it has
        layers: list[CoreLayer] = []
        make = layer_type(structure.dtype)
        sizes = structure.sizes
        for n_inputs, n_units in pairwise(sizes):
            self._dense.append(make.dense(n_inputs, n_units, True))
            layers.append(self._dense[-1])
            is_last = len(self._dense) == len(sizes) - 1
            name = structure.out_activation if is_last else structure.activation
            if name != "identity":
                layers.append(make.activation(n_units, _ACTIVATIONS.get(name, name)))
        n_layers = len(layers)
        # The Poisson loss is computed from the logarithm of the rates: from an output of its own.
        self._outputs = [n_layers - 1, n_layers] if self._is_poisson() else [n_layers]
        self._core = network_type(structure.dtype)(
            [sizes[0]], layers, [[i] for i in range(n_layers)], self._outputs, [True] * n_layers
        )
        if before is not None and before.structure.sizes == sizes:
            step, slots = before._core.optimizer_state()
            dtype = np.dtype(structure.dtype)
            self._core.set_optimizer_state(
                step, [[slot.astype(dtype, copy=False) for slot in own] for own in slots]
            )

    def __getstate__(self) -> tuple[Structure, tuple[int, list[list[Array]]]]:
        return self.structure, self._core.optimizer_state()

    def __setstate__(self, state: tuple[Structure, tuple[int, list[list[Array]]]]) -> None:
        structure, optimizer_state = state
        CoreNetwork.__init__(self, structure)
        self._core.set_optimizer_state(*optimizer_state)

    @property
    def n_outputs(self) -> int:
        """Number of outputs of a row."""
        return self.structure.sizes[-1]

    def set_weights(self, coefs: Sequence[Array], intercepts: Sequence[Array]) -> None:
        """Take over these weights, one matrix and one vector a layer."""
        dtype = self.structure.dtype
        for layer, *weights in zip(self._dense, coefs, intercepts, strict=True):
            layer.set_parameters([np.ascontiguousarray(array, dtype=dtype) for array in weights])

    def weights(self) -> tuple[list[Array], list[Array]]:
        """Return copies of the matrices and of the vectors."""
        pairs = [layer.parameters() for layer in self._dense]
        return [matrix for matrix, _ in pairs], [vector for _, vector in pairs]

    def targets(self, y: Array) -> Array:
        """Return targets of shape (n_samples, n_outputs) as the core reads them."""
        if self.structure.out_activation == "softmax":
            labels: Labels = y.argmax(axis=1)
            return labels
        return np.ascontiguousarray(y, dtype=self.structure.dtype)

    def begin(self, alpha: float, *, forget: bool) -> None:
        """Prepare for epochs; `forget` what an optimizer has left.

        The penalty of a batch is alpha / 2 · Σ w² / (the sum of the weights of its rows).
        """
        if forget:
            self._core.reset_optimizer()
        if self._objective == alpha:
            return
        for layer in self._dense:
            layer.set_penalties([(0.0, alpha / 2), (0.0, 0.0)])
        self._core.set_objective([self._loss()], [], [], divides_penalties=True)
        self._objective = alpha

    def train(
        self,
        examples: Examples,
        order: Labels,
        batch_size: int,
        optimizer: _core.Optimizer,
        learning_rate: float,
    ) -> float:
        """Make one step for each batch, and return the mean loss."""
        tally = _core.Tally()
        others = [None] * (len(self._outputs) - 1)
        for part, rows in examples.parts(order, batch_size):
            self._core.train(
                [part.x],
                [part.y, *others],
                [part.weights, *others],
                rows,
                batch_size,
                optimizer,
                np.full(-(-len(rows) // batch_size), learning_rate),
                tally,
            )
        return tally.figures()[0] - self._unreported(tally.losses()[0])

    def loss_and_gradients(self, examples: Examples) -> tuple[float, list[Array], list[Array]]:
        """Return the mean loss without penalty, and its gradients as `weights` has them."""
        others = [None] * (len(self._outputs) - 1)
        judged = self._loss()
        loss, gradients = self._core.loss_and_gradients(
            [examples.x], [examples.y, *others], [judged], [examples.weights, *others]
        )
        loss -= self._unreported(loss / self._loss_weight())
        return loss, list(gradients[0::2]), list(gradients[1::2])

    def predict(self, X: Any) -> Floating:
        """Return the outputs of dense or CSR rows, shape (n_samples, n_outputs)."""
        if not issparse(X):
            return self._core.predict([X])[-1]
        parts = _sparse.parts(np.arange(X.shape[0]), X.shape[1])
        return np.concatenate([self._core.predict([X[rows].toarray()])[-1] for rows in parts])

    def _is_poisson(self) -> bool:
        return self.structure.out_activation == "exp"

    def _loss(self) -> _core.WeightedLoss:
        loss = {
            "softmax": _core.Loss.cross_entropy(False, 0.0),
            "logistic": _core.Loss.binary_cross_entropy(False, 0.0),
            "identity": _core.Loss("mean_squared_error"),
            "exp": _core.Loss("poisson_deviance"),
        }[self.structure.out_activation]
        return _core.WeightedLoss(loss.reduced_by("mean_with_sample_weight"), self._loss_weight())

    def _loss_weight(self) -> float:
        """Return what turns the core's means over the outputs into sums, and halves squares."""
        weights = {"softmax": 1.0, "identity": 0.5 * self.n_outputs}
        return weights.get(self.structure.out_activation, float(self.n_outputs))

    def _unreported(self, mean_loss: float) -> float:
        """Return what scikit-learn leaves out of the loss that it tells.

        It goes down the slope of the sum of squares over the outputs, but tells their mean.
        """
        if self.structure.out_activation != "identity":
            return 0.0
        return (self._loss_weight() - 0.5) * mean_loss
