"""The losses as functions of targets and outputs, named as in ``keras.losses``.

Each takes `y_true` and `y_pred` of shape (..., n_outputs), or labels of shape (...) where it is
sparse, and returns the losses of shape (...), in the dtype of `y_pred`; what is not floating
becomes float64. Arguments mean what they mean to the class of the same name.
"""

from numpy.typing import ArrayLike

from fastnn._validation import Array
from fastnn.losses import _binary, _hinge, _probabilistic, _regression


def mean_squared_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of (y − ŷ)² over the last axis.

    >>> mean_squared_error([[0.0, 1.0]], [[1.0, 3.0]])
    array([2.5])
    """
    return _regression.MeanSquaredError().call(y_true, y_pred)


def mean_absolute_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of ``|y − ŷ|`` over the last axis.

    >>> mean_absolute_error([[0.0, 1.0]], [[1.0, 3.0]])
    array([1.5])
    """
    return _regression.MeanAbsoluteError().call(y_true, y_pred)


def mean_absolute_percentage_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of ``100 |y − ŷ| / max(|y|, 1e-7)`` over the last axis.

    >>> mean_absolute_percentage_error([[100.0, 200.0]], [[90.0, 210.0]])
    array([7.5])
    """
    return _regression.MeanAbsolutePercentageError().call(y_true, y_pred)


def mean_squared_logarithmic_error(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of (log(1 + y) − log(1 + ŷ))² over the last axis.

    >>> mean_squared_logarithmic_error([[3.0]], [[0.0]])
    array([1.92181178])
    """
    return _regression.MeanSquaredLogarithmicError().call(y_true, y_pred)


def log_cosh(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of log cosh(ŷ − y) over the last axis.

    >>> log_cosh([[0.0, 0.0]], [[1.0, 0.0]])
    array([0.21689042])
    """
    return _regression.LogCosh().call(y_true, y_pred)


def poisson(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of ŷ − y log(ŷ + 1e-7) over the last axis.

    >>> poisson([[1.0, 0.0]], [[1.0, 1.0]])
    array([0.99999995])
    """
    return _regression.Poisson().call(y_true, y_pred)


def cosine_similarity(y_true: ArrayLike, y_pred: ArrayLike, axis: int = -1) -> Array:
    """Return minus the cosine of the angle between y and ŷ along the last axis.

    >>> cosine_similarity([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]])
    array([-0., -1.])
    """
    return _regression.CosineSimilarity(axis).call(y_true, y_pred)


def hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of max(1 − y ŷ, 0) over the last axis; y is -1 or 1, or 0 or 1.

    >>> hinge([[-1.0, 1.0]], [[0.5, 0.5]])
    array([1.])
    """
    return _hinge.Hinge().call(y_true, y_pred)


def squared_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the mean of max(1 − y ŷ, 0)² over the last axis; y is -1 or 1, or 0 or 1.

    >>> squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]])
    array([1.25])
    """
    return _hinge.SquaredHinge().call(y_true, y_pred)


def categorical_hinge(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return max(1 + max (1 − y) ŷ − Σ y ŷ, 0) along the last axis.

    >>> categorical_hinge([[0.0, 1.0, 0.0]], [[0.25, 0.75, 0.5]])
    array([0.75])
    """
    return _hinge.CategoricalHinge().call(y_true, y_pred)


def kl_divergence(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return Σ y log(y / ŷ) along the last axis, both within [1e-7, 1].

    >>> kl_divergence([[0.5, 0.5]], [[0.25, 0.75]])
    array([0.14384104])
    """
    return _probabilistic.KLDivergence().call(y_true, y_pred)


def huber(y_true: ArrayLike, y_pred: ArrayLike, delta: float = 1.0) -> Array:
    """Return the mean over the last axis of d² / 2, d = y − ŷ, which is linear behind `delta`.

    >>> huber([[0.0, 0.0]], [[0.5, 3.0]])
    array([1.3125])
    """
    return _regression.Huber(delta).call(y_true, y_pred)


def categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return −Σ y log p along the last axis.

    >>> categorical_crossentropy([[0, 1, 0]], [[0.03, 0.87, 0.10]])
    array([0.13926207])
    """
    loss = _probabilistic.CategoricalCrossentropy(from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)


def sparse_categorical_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Array:
    """Return −log p of the class that each label names, 0 for `ignore_class`.

    >>> sparse_categorical_crossentropy([1], [[0.03, 0.87, 0.10]])
    array([0.13926207])
    """
    loss = _probabilistic.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
    return loss.call(y_true, y_pred)


def categorical_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return −Σ α (1 − p)^γ y log p along the last axis.

    >>> categorical_focal_crossentropy([[0, 1, 0]], [[0.05, 0.90, 0.05]])
    array([0.0002634])
    """
    loss = _probabilistic.CategoricalFocalCrossentropy(
        alpha, gamma, from_logits, label_smoothing, axis
    )
    return loss.call(y_true, y_pred)


def binary_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return the mean of −y log p − (1 − y) log(1 − p) over the last axis.

    >>> binary_crossentropy([[1.0], [0.0]], [[0.5], [0.75]])
    array([0.69314718, 1.38629436])
    """
    loss = _binary.BinaryCrossentropy(from_logits, label_smoothing, axis)
    return loss.call(y_true, y_pred)


def binary_focal_crossentropy(
    y_true: ArrayLike,
    y_pred: ArrayLike,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Array:
    """Return the mean over the last axis of the binary cross-entropies times ``|y − p|^γ``.

    >>> binary_focal_crossentropy([[1.0]], [[0.5]])
    array([0.1732868])
    """
    loss = _binary.BinaryFocalCrossentropy(
        apply_class_balancing, alpha, gamma, from_logits, label_smoothing, axis
    )
    return loss.call(y_true, y_pred)
