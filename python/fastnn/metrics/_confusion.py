"""Metrics that count true and false positives and negatives, at one threshold or several."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn._arguments import check_number
from fastnn._predictions import check_same_shape, same_rank
from fastnn._validation import Array, check_integer
from fastnn.metrics._base import Metric

_LOWEST = -1e10  # below every output: where only the top k count, each of them is a positive


def divided(numerator: Array, denominator: Array) -> Array:
    """Return the quotient, 0 where the denominator is."""
    return np.divide(
        numerator, denominator, out=np.zeros_like(numerator), where=np.asarray(denominator) != 0
    )


def check_thresholds(thresholds: float | Sequence[float]) -> list[float]:
    """Return thresholds from 0 to 1, at least one."""
    several = list(thresholds) if isinstance(thresholds, Sequence) else [thresholds]
    if not several:
        raise ValueError(f"expected thresholds with at least one number. Received: {thresholds!r}")
    return [check_number(x, "each threshold", "[0, 1]", 0.0, 1.0) for x in several]


class ConfusionMetric(Metric):
    """What all these metrics share: weights of right and wrong answers above each threshold.

    An output is a positive if it is above the threshold, a target if it is not 0.
    """

    def __init__(
        self,
        thresholds: Sequence[float],
        name: str | None,
        dtype: str | None,
        *,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        super().__init__(dtype, name)
        self.top_k = None if top_k is None else check_integer(top_k, "top_k", minimum=1)
        self.class_id = None if class_id is None else check_integer(class_id, "class_id", minimum=0)
        self._thresholds = np.asarray(thresholds, dtype=self.dtype)
        even = np.linspace(0.0, 1.0, len(thresholds))
        # Keras takes outputs as within [0, 1] where thresholds lie evenly in it.
        self._clips = len(thresholds) > 2 and np.allclose(thresholds, even, atol=1e-7)
        self.reset_state()

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like
            Targets of the shape of `y_pred`; all but 0 is positive.
        y_pred : array_like of shape (n_samples, ...)
            Outputs.
        sample_weight : array_like of shape (n_samples,) or that of `y_pred`, optional
            Weights. Default: 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        targets, outputs = same_rank(
            self._as_floats(y_true, "y_true"), self._as_floats(y_pred, "y_pred")
        )
        check_same_shape(targets, outputs)
        weights = self._weights(sample_weight, outputs)
        if self.top_k is not None:
            outputs = _with_top_k(outputs, self.top_k)
        if self.class_id is not None:
            if outputs.ndim == 1 or self.class_id >= outputs.shape[-1]:
                raise ValueError(
                    f"expected y_pred with more than {self.class_id} classes, for "
                    f"class_id={self.class_id}. Received shape: {outputs.shape}"
                )
            targets, outputs, weights = (x[..., self.class_id] for x in (targets, outputs, weights))
        self._count(targets != 0, outputs.clip(0.0, 1.0) if self._clips else outputs, weights)

    def reset_state(self) -> None:
        """Forget all batches."""
        self.true_positives = np.zeros(len(self._thresholds))
        self.false_positives = np.zeros(len(self._thresholds))
        self.true_negatives = np.zeros(len(self._thresholds))
        self.false_negatives = np.zeros(len(self._thresholds))

    def _count(self, is_true: Array, outputs: Array, weights: Array) -> None:
        order = np.argsort(self._thresholds)
        known = np.where(np.isnan(outputs), -np.inf, outputs)
        n_passed = np.searchsorted(self._thresholds[order], known, side="left")

        def above(part: Array) -> tuple[Array, Array]:
            """Return the weight of `part` above each threshold, and the rest of it."""
            passed = np.bincount(
                n_passed[part], weights=weights[part], minlength=len(order) + 1
            ).astype(np.float64)
            total = passed.sum()
            by_threshold = np.empty(len(order))
            by_threshold[order] = passed[:0:-1].cumsum()[::-1]
            return by_threshold, total - by_threshold

        positives, negatives = above(is_true), above(~is_true)
        self.true_positives += positives[0]
        self.false_negatives += positives[1]
        self.false_positives += negatives[0]
        self.true_negatives += negatives[1]

    def _weights(self, sample_weight: ArrayLike | None, outputs: Array) -> Array:
        if sample_weight is None:
            return np.ones(outputs.shape, dtype=self.dtype)
        weights = self._as_floats(sample_weight, "sample_weight")
        missing = outputs.ndim - weights.ndim
        return np.broadcast_to(weights.reshape(weights.shape + (1,) * missing), outputs.shape)

    def _of_thresholds(self, values: Array) -> Any:
        """Return a number for one threshold, an array for several."""
        numbers = values.astype(self.dtype)
        return numbers[0] if len(numbers) == 1 else numbers


def _with_top_k(outputs: Array, k: int) -> Array:
    """Return the outputs, those that are not among the k largest of their row replaced."""
    best = np.argsort(-outputs, axis=-1, kind="stable")[..., :k]
    kept = np.full_like(outputs, _LOWEST)
    np.put_along_axis(kept, best, np.take_along_axis(outputs, best, axis=-1), axis=-1)
    return kept


class _ThresholdMetric(ConfusionMetric):
    """A metric whose thresholds are Keras's argument: a number, a list of them, or None."""

    def __init__(
        self,
        thresholds: float | Sequence[float] | None,
        name: str | None,
        dtype: str | None,
        top_k: int | None = None,
        class_id: int | None = None,
    ) -> None:
        default = 0.5 if top_k is None else _LOWEST
        self.thresholds = [default] if thresholds is None else check_thresholds(thresholds)
        self._init_thresholds = thresholds
        super().__init__(self.thresholds, name, dtype, top_k=top_k, class_id=class_id)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric.

        Returns
        -------
        dict of str to object
            Fit for JSON, and for `from_config`.
        """
        return super().get_config() | {"thresholds": self._init_thresholds}


class _Count(_ThresholdMetric):
    """The weight of one kind of answers."""

    _kind: ClassVar[str]

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, name, dtype)

    def result(self) -> Any:
        """Return the count: a number for one threshold, an array for several."""
        return self._of_thresholds(getattr(self, self._kind))


class TruePositives(_Count):
    """How many outputs are above the threshold whose target is 1.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If a threshold is no number in [0, 1].

    Examples
    --------
    >>> TruePositives()([0, 1, 1, 1], [1, 0, 1, 1])
    np.float32(2.0)
    """

    _kind = "true_positives"


class FalsePositives(_Count):
    """How many outputs are above the threshold whose target is 0.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If a threshold is no number in [0, 1].

    Examples
    --------
    >>> FalsePositives()([0, 1, 0, 0], [0, 0, 1, 1])
    np.float32(2.0)
    """

    _kind = "false_positives"


class TrueNegatives(_Count):
    """How many outputs are not above the threshold whose target is 0.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If a threshold is no number in [0, 1].

    Examples
    --------
    >>> TrueNegatives()([0, 1, 0, 0], [1, 1, 0, 0])
    np.float32(2.0)
    """

    _kind = "true_negatives"


class FalseNegatives(_Count):
    """How many outputs are not above the threshold whose target is 1.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If a threshold is no number in [0, 1].

    Examples
    --------
    >>> FalseNegatives()([0, 1, 1, 1], [0, 1, 0, 0])
    np.float32(2.0)
    """

    _kind = "false_negatives"


class _Share(_ThresholdMetric):
    """The share of the true positives among answers of some kind."""

    _parameters: ClassVar[tuple[str, ...]] = ("top_k", "class_id")
    _others: ClassVar[str]

    def __init__(
        self,
        thresholds: float | Sequence[float] | None = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(thresholds, name, dtype, top_k, class_id)

    def result(self) -> Any:
        """Return the share: a number for one threshold, an array for several; 0 where none is."""
        hits = self.true_positives
        return self._of_thresholds(divided(hits, hits + getattr(self, self._others)))


class Precision(_Share):
    """The share of outputs above the threshold whose target is 1.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5; with `top_k`, none.
    top_k : int, optional
        Of the outputs of a row, only the `top_k` largest can be above.
    class_id : int, optional
        Only this output of a row counts. Default: all.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> Precision()([0, 1, 1, 1], [1, 0, 1, 1]).round(4)
    np.float32(0.6667)
    """

    _others = "false_positives"


class Recall(_Share):
    """The share of targets that are 1 whose output is above the threshold.

    Parameters
    ----------
    thresholds : float or list of float, optional
        Default: 0.5; with `top_k`, none.
    top_k : int, optional
        Of the outputs of a row, only the `top_k` largest can be above.
    class_id : int, optional
        Only this output of a row counts. Default: all.
    name, dtype
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> Recall()([0, 1, 1, 1], [1, 0, 1, 1]).round(4)
    np.float32(0.6667)
    """

    _others = "false_negatives"
