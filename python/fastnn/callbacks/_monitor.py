"""What the callbacks share that watch one figure for its best value."""

import re
import warnings

from fastnn import metrics
from fastnn._arguments import check_finite
from fastnn._validation import check_choice
from fastnn.callbacks._base import Callback, Logs

_LARGER_IS_BETTER = (
    metrics.Accuracy,
    metrics.BinaryAccuracy,
    metrics.CategoricalAccuracy,
    metrics.SparseCategoricalAccuracy,
    metrics.TopKCategoricalAccuracy,
    metrics.SparseTopKCategoricalAccuracy,
    metrics.Precision,
    metrics.Recall,
    metrics.AUC,
    metrics.FBetaScore,
    metrics.CosineSimilarity,
    metrics.R2Score,
)
_NEITHER_IS_BETTER = (
    metrics.TruePositives,
    metrics.TrueNegatives,
    metrics.FalsePositives,
    metrics.FalseNegatives,
    metrics.Mean,
    metrics.Sum,
)


class MonitorCallback(Callback):
    """Watches one figure of the epochs.

    Parameters
    ----------
    monitor : str
        The name of the figure, such as ``'val_loss'``.
    mode : {'auto', 'min', 'max'}
        Which value is the best; ``'auto'`` goes by the name.
    min_delta : float, default=0
        An improvement is more than this. The sign does not matter.
    is_watching : bool, default=True
        False where the figure does not matter, so that it may have any name.
    """

    def __init__(
        self, monitor: str, mode: str, min_delta: float = 0.0, is_watching: bool = True
    ) -> None:
        self.monitor = monitor
        self.mode = check_choice(mode, "mode", ("auto", "min", "max"))
        self.min_delta = abs(check_finite(min_delta, "min_delta"))
        self.best: float | None = None
        self._seeks_largest = is_watching and self._larger_is_better()

    def _larger_is_better(self) -> bool:
        if self.mode != "auto":
            return self.mode == "max"
        name = re.sub(r"_\d+$", "", self.monitor.removeprefix("val_"))  # a second 'auc' is 'auc_1'
        if name in ("accuracy", "acc"):
            return True
        if name == "loss":
            return False
        kind = _metric_named(name)
        if kind is None or kind in _NEITHER_IS_BETTER:
            raise ValueError(
                f"expected mode='min' or mode='max' for {type(self).__name__} with "
                f"monitor={self.monitor!r}, whose name does not tell which. Received: 'auto'"
            )
        return issubclass(kind, _LARGER_IS_BETTER)

    def _is_improvement(self, value: float, reference: float | None) -> bool:
        """Return whether `value` is better; anything is better than None."""
        if reference is None:
            return True
        if self._seeks_largest:
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def _monitored(self, logs: Logs) -> float | None:
        """Return the figure, or warn that there is none."""
        figures = logs or {}
        if self.monitor not in figures:
            listed = ", ".join(map(repr, figures))
            warnings.warn(
                f"expected monitor of {type(self).__name__} to be one of {listed}. "
                f"Received: {self.monitor!r}",
                stacklevel=3,
            )
        return figures.get(self.monitor)


def _metric_named(name: str) -> type[metrics.Metric] | None:
    """Return the class whose metrics have this name by default, or that it stands for."""
    for kind in metrics._BUILT.values():
        if kind().name == name:
            return kind
    try:
        return type(metrics.get(name))
    except (ValueError, NotImplementedError):
        return None
