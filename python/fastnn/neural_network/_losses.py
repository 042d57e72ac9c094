"""The losses of the estimators: what the core calls them, and how their sums are told."""

from fastnn import _core

CLASSIFICATION = ("log_loss", "focal", "squared_error", "hinge", "squared_hinge")
MARGINS = ("hinge", "squared_hinge")  # their outputs are no probabilities
REGRESSION = ("squared_error", "poisson", "absolute_error", "huber")
# Computed from what comes into the last activation.
BEFORE_OUTPUT = ("poisson", "focal")

_FOCUS = 2.0  # γ of the focal loss; its balance of classes is what class_weight is for
_DELTA = 1.0  # where Huber's loss becomes linear
_NAMES = {
    "squared_error": "mean_squared_error",
    "absolute_error": "mean_absolute_error",
    "poisson": "poisson_deviance",
    "hinge": "hinge",
    "squared_hinge": "squared_hinge",
}


def core_loss(loss: str, out_activation: str) -> _core.Loss:
    """Return what the core computes of a row: a mean over the outputs unless they are classes."""
    one_of_several = out_activation == "softmax"
    if loss == "log_loss":
        return (
            _core.Loss.cross_entropy(False, 0.0)
            if one_of_several
            else _core.Loss.binary_cross_entropy(False, 0.0)
        )
    if loss == "focal":
        return (
            _core.Loss.focal_cross_entropy(True, 0.0, 1.0, _FOCUS)
            if one_of_several
            else _core.Loss.binary_focal_cross_entropy(True, 0.0, 1.0, _FOCUS, False)
        )
    return _core.Loss.huber(_DELTA) if loss == "huber" else _core.Loss(_NAMES[loss])


def loss_weight(loss: str, out_activation: str, n_outputs: int) -> float:
    """Return what turns the core's means over the outputs into sums, and halves some squares."""
    if out_activation == "softmax" and loss in ("log_loss", "focal"):
        return 1.0
    if loss == "squared_error" and out_activation == "identity":
        return 0.5 * n_outputs
    return float(n_outputs)
