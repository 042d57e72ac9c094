"""What logistic regression minimises, and its gradient."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.sparse import issparse

from fastnn import _core
from fastnn._typing import Labels, Targets
from fastnn._validation import Array


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
        if self.is_binary:
            return _core.Loss.binary_cross_entropy(True, 0.0)
        return _core.Loss.cross_entropy(True, 0.0)

    def value(self, parameters: Parameters) -> float:
        """Return the objective."""
        return self._at(parameters)[0]

    def gradient(self, parameters: Parameters) -> tuple[float, Parameters]:
        """Return the objective and its derivative with respect to each parameter."""
        value, of_outputs = self._at(parameters)
        of_outputs = np.ascontiguousarray(of_outputs.T)  # (n_outputs, n_samples)
        n_samples = of_outputs.shape[1]
        of_coef = (
            (self.X.T @ of_outputs.T).T if issparse(self.X) else _core.matmul(of_outputs, self.X)
        )
        return value, Parameters(
            of_coef / n_samples + self.alpha * parameters.coef, of_outputs.sum(axis=1) / n_samples
        )

    def _at(self, parameters: Parameters) -> tuple[float, Array]:
        outputs = decide(self.X, parameters)
        losses, of_outputs = _core.evaluate_loss(self.loss, outputs, self.targets, self.weights)
        squares = float(np.vdot(parameters.coef, parameters.coef))
        return float(losses.sum()) / len(losses) + self.alpha / 2 * squares, of_outputs
