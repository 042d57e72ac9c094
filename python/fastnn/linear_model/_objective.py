"""What logistic regression minimises, and its gradient."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.sparse import issparse

from fastnn import _core
from fastnn._typing import Labels, Targets
from fastnn._validation import Array

_OF_TWO = _core.Loss.binary_cross_entropy(True, 0.0)  # from logits
_OF_SEVERAL = _core.Loss.cross_entropy(True, 0.0)


class Parameters(NamedTuple):
    """Of the decision function: `coef` of shape (n_outputs, n_features), `intercept` (n_outputs,).

    Two classes have one output, the logit of the second.
    """

    coef: Array
    intercept: Array

    @classmethod
    def zeros(cls, n_outputs: int, n_features: int, dtype: np.dtype[Any]) -> Self:
        """Return those that give every class the same probability."""
        return cls(np.zeros((n_outputs, n_features), dtype), np.zeros(n_outputs, dtype))

    def pack(self, *, fit_intercept: bool) -> Array:
        """Return one vector: `coef` row by row, then `intercept` if that is fitted."""
        intercept = self.intercept if fit_intercept else self.intercept[:0]
        return np.concatenate([self.coef.ravel(), intercept])

    def unpack(self, packed: Array) -> Self:
        """Return parameters of these shapes; an intercept that is not packed stays as it is."""
        coef, intercept = packed[: self.coef.size], packed[self.coef.size :]
        return type(self)(
            coef.reshape(self.coef.shape), intercept if intercept.size else self.intercept
        )


class Solution(NamedTuple):
    """Where a solver has ended, and how it came there: a figure for each iteration or epoch."""

    parameters: Parameters
    n_iter: int
    loss: float
    curves: dict[str, list[float]]


def decide(X: Any, parameters: Parameters) -> Array:
    """Return X wᵀ + b of shape (n_samples, n_outputs); `X` is dense, or sparse and stays so."""
    coef, intercept = parameters
    if issparse(X):
        return np.ascontiguousarray(X @ coef.T + intercept)
    return _core.dense(X, np.ascontiguousarray(coef.T), intercept, "linear")


@dataclass(frozen=True, eq=False)
class Objective:
    """The mean log-loss of rows, as heavy as their weights, and α / 2 ‖w‖².

    With α = 1 / (C Σ weights) that is scikit-learn's C Σ log-loss + ½ ‖w‖², divided by C Σ weights.

    Attributes
    ----------
    X : ndarray or sparse CSR of shape (n_samples, n_features)
        float32 or float64, as are the targets of two classes and the weights.
    targets : int64 ndarray of shape (n_samples,), or ndarray of shape (n_samples, 1)
        The place of each row's class; for two classes 0 and 1 in the dtype of `X`.
    weights : ndarray of shape (n_samples,) or None
        Their mean is 1; None where all are 1.
    alpha : float
        The strength of the penalty; the intercept has none.
    """

    X: Any
    targets: Targets
    weights: Array | None
    alpha: float

    @classmethod
    def of(cls, X: Any, codes: Labels, weights: Array | None, *, n_classes: int, C: float) -> Self:
        """Return the objective of rows of these classes; `weights` of any positive sum."""
        total = float(len(codes) if weights is None else weights.sum())
        if weights is not None:
            weights = (weights * (len(codes) / total)).astype(X.dtype)
        targets = codes if n_classes > 2 else codes[:, np.newaxis].astype(X.dtype)
        return cls(X, targets, weights, 1 / (C * total))

    @property
    def is_binary(self) -> bool:
        """Whether there are two classes, and so one output."""
        return self.targets.ndim == 2

    @property
    def loss(self) -> _core.Loss:
        """The log-loss as the core computes it, from logits."""
        return _OF_TWO if self.is_binary else _OF_SEVERAL

    def value(self, parameters: Parameters) -> float:
        """Return the objective."""
        return self._at(parameters)[0]

    def gradient(self, packed: Array, start: Parameters) -> tuple[float, Array]:
        """Return the objective and its derivative with respect to each packed parameter.

        Unpacked they have the shapes of `start`, and its intercept where none is packed.
        """
        n_outputs = len(start.intercept)
        if not issparse(self.X):
            return _core.linear_objective(
                self.loss, self.X, self.targets, self.weights, self.alpha, packed, n_outputs
            )
        parameters = start.unpack(packed)
        value, of_outputs = self._at(parameters)
        of_outputs /= len(of_outputs)
        of_coef = (self.X.T @ of_outputs).T + self.alpha * parameters.coef
        gradient = Parameters(of_coef, of_outputs.sum(axis=0))
        return value, gradient.pack(fit_intercept=packed.size > of_coef.size)

    def _at(self, parameters: Parameters) -> tuple[float, Array]:
        outputs = decide(self.X, parameters)
        losses, of_outputs = _core.evaluate_loss(self.loss, outputs, self.targets, self.weights)
        squares = float(np.vdot(parameters.coef, parameters.coef))
        return float(losses.sum()) / len(losses) + self.alpha / 2 * squares, of_outputs
