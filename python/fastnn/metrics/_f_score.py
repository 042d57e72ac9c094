"""Means of precision and recall."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn._arguments import check_number
from fastnn._predictions import check_same_shape
from fastnn._validation import Array, check_choice
from fastnn.metrics._base import Metric

_ABOVE_ZERO = float(np.nextafter(0.0, 1.0))
_EPSILON = 1e-7  # Keras adds it to every denominator


class FBetaScore(Metric):
    """The mean (1 + β²) P R / (β² P + R) of precision P and recall R, for each class.

    Parameters
    ----------
    average : {'micro', 'macro', 'weighted'}, optional
        Of the classes: 'micro' counts all their answers as one's, 'macro' is the mean of their
        scores, 'weighted' that by how often each is the target. Default: a score for each class.
    beta : float, default=1.0
        β, above zero: how many times as much recall weighs as precision.
    threshold : float, optional
        In (0, 1]: what an output must pass to mean the class. Default: the largest of the row
        means it.
    name : str, default='fbeta_score'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> metric = FBetaScore(beta=2.0, threshold=0.5)
    >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    >>> metric(y_true, [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]).round(4)
    array([0.3846, 0.9091, 0.8333], dtype=float32)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("average", "beta", "threshold")
    _hits: Array
    _positives: Array
    _targets: Array

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(dtype, name)
        if average is not None:
            check_choice(average, "average", ("micro", "macro", "weighted"))
        if threshold is not None:
            threshold = check_number(threshold, "threshold", "(0, 1]", _ABOVE_ZERO, 1.0)
        self.average = average
        self.beta = check_number(beta, "beta", "(0, inf)", _ABOVE_ZERO, np.inf)
        self.threshold = threshold
        self.reset_state()

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like of shape (n_samples, n_classes)
            Targets, 0 or 1.
        y_pred : array_like of shape (n_samples, n_classes)
            Outputs.
        sample_weight : array_like of shape (n_samples,), optional
            A weight for each row. Default: 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        targets, outputs = self._as_floats(y_true, "y_true"), self._as_floats(y_pred, "y_pred")
        check_same_shape(targets, outputs)
        if outputs.ndim != 2:
            raise ValueError(
                f"expected y_pred of shape (n_samples, n_classes). Received: {outputs.shape}"
            )
        if self.threshold is None:
            largest = outputs.max(axis=-1, keepdims=True)
            answers = (outputs >= largest) & (np.abs(outputs) > 1e-9)
        else:
            answers = outputs > outputs.dtype.type(self.threshold)
        axis = None if self.average == "micro" else 0
        weights: Any = 1.0
        if sample_weight is not None:
            weights = self._as_floats(sample_weight, "sample_weight")[:, np.newaxis]

        def total(values: Array) -> Array:
            return np.asarray((values * weights).sum(axis=axis, dtype=np.float64))

        self._hits = self._hits + total(answers * targets)
        self._positives = self._positives + total(answers.astype(targets.dtype))
        self._targets = self._targets + total(targets)

    def result(self) -> Any:
        """Return the score of each class, or their average."""
        precision = self._hits / (self._positives + _EPSILON)
        recall = self._hits / (self._targets + _EPSILON)
        square = self.beta**2
        score = (1 + square) * precision * recall / (square * precision + recall + _EPSILON)
        if self.average == "weighted":
            score = (score * self._targets / (self._targets.sum() + _EPSILON)).sum()
        elif self.average is not None:
            score = score.mean()
        return np.asarray(score).astype(self.dtype)[()]

    def reset_state(self) -> None:
        """Forget all batches."""
        self._hits = self._positives = self._targets = np.zeros(())


class F1Score(FBetaScore):
    """The harmonic mean 2 P R / (P + R) of precision P and recall R, for each class.

    Parameters
    ----------
    average : {'micro', 'macro', 'weighted'}, optional
        Of the classes: 'micro' counts all their answers as one's, 'macro' is the mean of their
        scores, 'weighted' that by how often each is the target. Default: a score for each class.
    threshold : float, optional
        In (0, 1]: what an output must pass to mean the class. Default: the largest of the row
        means it.
    name : str, default='f1_score'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> metric = F1Score(threshold=0.5)
    >>> y_true = [[1, 1, 1], [1, 0, 0], [1, 1, 0]]
    >>> metric(y_true, [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]]).round(4)
    array([0.5   , 0.8   , 0.6667], dtype=float32)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("average", "threshold")

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
