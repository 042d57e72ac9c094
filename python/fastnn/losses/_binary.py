"""Losses of outputs that are each a yes or a no."""

import math
from typing import ClassVar

from fastnn import _core
from fastnn._arguments import check_bool, check_number
from fastnn.losses._base import CrossEntropy, check_smoothing


class BinaryCrossentropy(CrossEntropy):
    """The mean of −y log p − (1 − y) log(1 − p) over the outputs of a row.

    p counts as within [1e-7, 1 − 1e-7]. Behind a sigmoid the two are computed as one, from the
    logits, and stay exact where the probability would round to zero or one.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output. Numbers
    other than 0 and 1 are taken as they are.

    Parameters
    ----------
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    label_smoothing : float, default=0.0
        s in [0, 1]: targets become y (1 − s) + s / 2.
    axis : int, default=-1
        Only its default is built.
    reduction, name, dtype
        As for every `Loss`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.75]]).round(6)
    np.float64(1.039721)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = check_smoothing(label_smoothing)

    def _function(self) -> _core.Loss:
        return _core.Loss.binary_cross_entropy(self.from_logits, self.label_smoothing)


class BinaryFocalCrossentropy(CrossEntropy):
    """Binary cross-entropy that cares less for what is right already.

    Each term of the mean that is `BinaryCrossentropy` is multiplied by ``|y − p|^γ`` and, with
    class balancing, by α where y = 1 and by 1 − α where y = 0.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    apply_class_balancing : bool, default=False
        Whether the classes are balanced by `alpha`.
    alpha : float, default=0.25
        α in [0, 1].
    gamma : float, default=2.0
        γ, not negative: how much less.
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    label_smoothing : float, default=0.0
        s in [0, 1]: targets become y (1 − s) + s / 2.
    axis : int, default=-1
        Only its default is built.
    reduction, name, dtype
        As for every `Loss`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    References
    ----------
    T.-Y. Lin and others, *Focal loss for dense object detection*, ICCV 2017.

    Examples
    --------
    >>> BinaryFocalCrossentropy(gamma=2)([[1.0]], [[0.5]]).round(6)
    np.float64(0.173287)
    """

    _parameters: ClassVar[tuple[str, ...]] = (
        "apply_class_balancing",
        "alpha",
        "gamma",
        "from_logits",
        "label_smoothing",
    )

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.apply_class_balancing = check_bool(apply_class_balancing, "apply_class_balancing")
        self.alpha = check_number(alpha, "alpha", "[0, 1]", 0.0, 1.0)
        self.gamma = check_number(gamma, "gamma", "[0, inf)", 0.0, math.inf)
        self.label_smoothing = check_smoothing(label_smoothing)

    def _function(self) -> _core.Loss:
        return _core.Loss.binary_focal_cross_entropy(
            self.from_logits,
            self.label_smoothing,
            self.alpha,
            self.gamma,
            self.apply_class_balancing,
        )
