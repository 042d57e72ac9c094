"""Losses of probabilities over several classes."""

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fastnn import _core
from fastnn._arguments import check_number
from fastnn._predictions import check_same_shape
from fastnn._validation import Array, check_class_indices, check_integer, check_whole_numbers
from fastnn.losses._base import CrossEntropy, PlainLoss, check_smoothing

_LOWEST_LABEL = int(np.iinfo(np.int64).min)


class CategoricalCrossentropy(CrossEntropy):
    """Cross-entropy −Σ y log p between one-hot targets y and predicted probabilities p.

    Outputs that do not sum to one, such as those of a sigmoid, are divided by their sum first, and
    p counts as within [1e-7, 1 − 1e-7]. Behind a softmax the two are computed as one, from the
    logits, and stay exact where the probability would round to zero.

    Targets: array_like of shape (n_samples, n_classes); each row one-hot, or a distribution.

    Parameters
    ----------
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    label_smoothing : float, default=0.0
        s in [0, 1]: targets become y (1 − s) + s / n_classes.
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
    >>> CategoricalCrossentropy()([[0, 1, 0]], [[0.03, 0.87, 0.10]]).round(6)
    np.float64(0.139262)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing")
    _min_outputs = 2

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.label_smoothing = check_smoothing(label_smoothing)

    def _function(self) -> _core.Loss:
        return _core.Loss.cross_entropy(self.from_logits, self.label_smoothing)


class CategoricalFocalCrossentropy(CrossEntropy):
    """Cross-entropy that cares less for what is right already: −Σ α (1 − p)^γ y log p of a row.

    Outputs that do not sum to one are divided by their sum first, and p counts as within
    [1e-7, 1 − 1e-7].

    Targets: array_like of shape (n_samples, n_classes); each row one-hot, or a distribution.

    Parameters
    ----------
    alpha : float, default=0.25
        α, one for all classes.
    gamma : float, default=2.0
        γ, not negative: how much less.
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    label_smoothing : float, default=0.0
        s in [0, 1]: targets become y (1 − s) + s / n_classes.
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
    >>> CategoricalFocalCrossentropy()([[0, 1, 0]], [[0.05, 0.90, 0.05]]).round(8)
    np.float64(0.0002634)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("alpha", "gamma", "from_logits", "label_smoothing")
    _min_outputs = 2

    def __init__(
        self,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        self.alpha = check_number(alpha, "alpha", "[0, inf)", 0.0, np.inf)
        self.gamma = check_number(gamma, "gamma", "[0, inf)", 0.0, np.inf)
        self.label_smoothing = check_smoothing(label_smoothing)

    def _function(self) -> _core.Loss:
        return _core.Loss.focal_cross_entropy(
            self.from_logits, self.label_smoothing, self.alpha, self.gamma
        )


class SparseCategoricalCrossentropy(CrossEntropy):
    """Cross-entropy −log p of the true class, for targets that are class indices.

    Outputs that do not sum to one, such as those of a sigmoid, are divided by their sum first, and
    p counts as within [1e-7, 1 − 1e-7]. Behind a softmax the two are computed as one, from the
    logits, and stay exact where the probability would round to zero.

    Targets: array_like of integers of shape (n_samples,) or (n_samples, 1), each in
    ``[0, n_classes)`` or `ignore_class`.

    Parameters
    ----------
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    ignore_class : int, optional
        Rows of this class cost nothing, and do not count for the mean.
    reduction : str or None, default='sum_over_batch_size'
        As for every `Loss`.
    axis : int, default=-1
        Only its default is built.
    name, dtype
        As for every `Loss`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> SparseCategoricalCrossentropy()([1], [[0.03, 0.87, 0.10]]).round(6)
    np.float64(0.139262)
    >>> SparseCategoricalCrossentropy(ignore_class=-1).call([1, -1], [[0.5, 0.5], [0.9, 0.1]])
    array([0.69314718, 0.        ])
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "ignore_class")
    _min_outputs = 2

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
    ) -> None:
        super().__init__(from_logits, axis, reduction, name, dtype)
        if ignore_class is not None:
            ignore_class = check_integer(ignore_class, "ignore_class", minimum=_LOWEST_LABEL)
        self.ignore_class = ignore_class

    def _function(self) -> _core.Loss:
        return _core.Loss.cross_entropy(self.from_logits, 0.0, self.ignore_class)

    def _aligned(self, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
        labels = y_true
        if labels.ndim == y_pred.ndim and labels.shape[-1] == 1:
            labels = labels[..., 0]
        check_same_shape(labels, y_pred[..., 0])
        return labels.reshape(-1), y_pred

    def _counted(self, y_true: ArrayLike, shape: tuple[int, ...]) -> Array:
        if self.ignore_class is None:
            return super()._counted(y_true, shape)
        return np.not_equal(y_true, self.ignore_class).reshape(shape)

    def _as_targets(self, y: object, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        n_samples, n_classes = shape
        labels = check_whole_numbers(y, name)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        if self.ignore_class is None:
            return check_class_indices(labels, name, n_samples=n_samples, n_classes=n_classes)
        # An ignored label may name no class: any stands in for it while the others are checked.
        checked = np.where(labels == self.ignore_class, 0, labels)
        check_class_indices(checked, name, n_samples=n_samples, n_classes=n_classes)
        return np.ascontiguousarray(labels, dtype=np.int64)

    def _accuracy(self, n_outputs: int) -> str:
        return "sparse_categorical_accuracy"


class KLDivergence(PlainLoss):
    """The Kullback-Leibler divergence Σ y log(y / p) between the distributions of a row.

    y and p count as within [1e-7, 1].

    Targets: array_like of shape (n_samples, n_outputs).

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    References
    ----------
    S. Kullback, R. A. Leibler, *On information and sufficiency*, Annals of Mathematical Statistics
    22, 1951.

    Examples
    --------
    >>> KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).round(6)
    np.float64(0.143841)
    """

    _core_name = "kl_divergence"
