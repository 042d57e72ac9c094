"""The area under a curve of true against false positives."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn import ops
from fastnn._arguments import check_bool, refuse_unbuilt
from fastnn._validation import Array, check_choice, check_integer
from fastnn.metrics._confusion import ConfusionMetric, check_thresholds, divided

_MARGIN = 1e-7  # the outer thresholds lie outside [0, 1] by this
_UNBUILT: Mapping[str, object] = {"multi_label": False, "num_labels": None, "label_weights": None}


class AUC(ConfusionMetric):
    """The area under the ROC or the precision-recall curve, by a sum over thresholds.

    Parameters
    ----------
    num_thresholds : int, default=200
        How many thresholds, evenly from 0 to 1, make the curve; at least 2.
    curve : {'ROC', 'PR'}, default='ROC'
        Recall over the share of false positives, or precision over recall. Lower case will do.
    summation_method : {'interpolation', 'minoring', 'majoring'}, default='interpolation'
        The height of the curve between two thresholds: their mean (for 'PR', that of the true
        positives, after Davis and Goadrich), the smaller, or the larger.
    name, dtype
        As for every `Metric`.
    thresholds : list of float, optional
        Thresholds in [0, 1] in place of even ones; 0 and 1 are added.
    multi_label, num_labels, label_weights
        Not built yet, only their defaults: labels are taken as one.
    from_logits : bool, default=False
        Whether the outputs are logits, to go through a sigmoid first.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If an argument that is not built yet is given.

    References
    ----------
    J. Davis, M. Goadrich, *The relationship between precision-recall and ROC curves*, ICML 2006.

    Examples
    --------
    >>> AUC(num_thresholds=3)([0, 0, 1, 1], [0, 0.5, 0.3, 0.9])
    np.float32(0.75)
    """

    _parameters: ClassVar[tuple[str, ...]] = (
        "num_thresholds",
        "curve",
        "summation_method",
        "from_logits",
    )

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: str | None = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: ArrayLike | None = None,
        from_logits: bool = False,
    ) -> None:
        unbuilt = {
            "multi_label": multi_label,
            "num_labels": num_labels,
            "label_weights": label_weights,
        }
        refuse_unbuilt("AUC", unbuilt, _UNBUILT)
        self.curve = check_choice(curve, "curve", ("ROC", "PR", "roc", "pr")).upper()
        methods = ("interpolation", "minoring", "majoring")
        spelled = (*methods, *(method.capitalize() for method in methods))
        self.summation_method = check_choice(summation_method, "summation_method", spelled).lower()
        self.from_logits = check_bool(from_logits, "from_logits")
        if thresholds is None:
            check_integer(num_thresholds, "num_thresholds", minimum=2)
            self._inner = [i / (num_thresholds - 1) for i in range(1, num_thresholds - 1)]
        else:
            self._inner = sorted(check_thresholds(thresholds))
        self._given = thresholds is not None
        self.num_thresholds = len(self._inner) + 2
        self.thresholds = [-_MARGIN, *self._inner, 1.0 + _MARGIN]
        super().__init__(self.thresholds, name, dtype)

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like
            Targets of the shape of `y_pred`; all but 0 is positive.
        y_pred : array_like of shape (n_samples, ...)
            Outputs, in [0, 1] unless logits.
        sample_weight : array_like of shape (n_samples,) or that of `y_pred`, optional
            Weights. Default: 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        outputs = self._as_floats(y_pred, "y_pred")
        super().update_state(
            y_true, ops.sigmoid(outputs) if self.from_logits else outputs, sample_weight
        )

    def result(self) -> Any:
        """Return the area, in [0, 1]."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            area = self._interpolated_precision()
        else:
            recall = divided(self.true_positives, self.true_positives + self.false_negatives)
            if self.curve == "ROC":
                x = divided(self.false_positives, self.false_positives + self.true_negatives)
                y = recall
            else:
                x = recall
                y = divided(self.true_positives, self.true_positives + self.false_positives)
            area = ((x[:-1] - x[1:]) * self._heights(y)).sum()
        return np.dtype(self.dtype).type(area)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric.

        Returns
        -------
        dict of str to object
            Fit for JSON, and for `from_config`.
        """
        given = {"thresholds": self._inner} if self._given else {}
        return super().get_config() | given

    def _heights(self, y: Array) -> Array:
        if self.summation_method == "interpolation":
            return np.asarray((y[:-1] + y[1:]) / 2)
        among = np.minimum if self.summation_method == "minoring" else np.maximum
        return np.asarray(among(y[:-1], y[1:]))

    def _interpolated_precision(self) -> float:
        """Return the area under precision where true positives grow linearly with positives P.

        With TP = slope P + intercept between two thresholds, ∫ (TP / P) dTP is
        slope (ΔTP + intercept log(P₁ / P₂)).
        """
        hits = self.true_positives
        positives = hits + self.false_positives
        gain, width = hits[:-1] - hits[1:], positives[:-1] - positives[1:]
        slope = divided(gain, width)
        intercept = hits[1:] - slope * positives[1:]
        both = (positives[:-1] > 0) & (positives[1:] > 0)
        ratio = np.where(both, divided(positives[:-1], positives[1:]), 1.0)
        areas = slope * (gain + intercept * np.log(ratio))
        return float(divided(areas, hits[1:] + self.false_negatives[1:]).sum())
