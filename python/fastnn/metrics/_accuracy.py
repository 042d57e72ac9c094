"""Accuracies: which outputs say what the targets say."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _core
from fastnn._arguments import check_bool, check_number
from fastnn._predictions import as_outputs, check_same_shape, same_rank
from fastnn._validation import Array, check_integer
from fastnn.metrics._base import MeanMetricWrapper


def accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where target and output are equal, else 0, in the shape of both.

    >>> accuracy([1.0, 2.0], [1.0, 3.0])
    array([1., 0.])
    """
    targets, outputs = _one_shape(y_true, y_pred)
    return _hits(targets.astype(outputs.dtype) == outputs, outputs)


def binary_accuracy(y_true: ArrayLike, y_pred: ArrayLike, threshold: float = 0.5) -> Array:
    """Return 1 where an output is above `threshold` and its target 1, or neither; else 0.

    >>> binary_accuracy([1, 1, 0], [0.9, 0.4, 0.5])
    array([1., 0., 1.])
    """
    targets, outputs = _one_shape(y_true, y_pred)
    return _hits(targets == (outputs > outputs.dtype.type(threshold)), outputs)


def categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where the largest output is that of the largest target, along the last axis.

    >>> categorical_accuracy([[0, 1], [1, 0]], [[0.1, 0.9], [0.4, 0.6]])
    array([1., 0.])
    """
    targets, outputs = _one_shape(y_true, y_pred)
    return _hits(targets.argmax(axis=-1) == outputs.argmax(axis=-1), outputs)


def sparse_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return 1 where the largest output along the last axis is that of the label.

    >>> sparse_categorical_accuracy([1, 0], [[0.1, 0.9], [0.4, 0.6]])
    array([1., 0.])
    """
    labels, outputs = _labels(y_true, y_pred)
    return _hits(labels == outputs.argmax(axis=-1), outputs)


def top_k_categorical_accuracy(y_true: ArrayLike, y_pred: ArrayLike, k: int = 5) -> Array:
    """Return 1 where fewer than `k` outputs are larger than that of the largest target.

    >>> top_k_categorical_accuracy([[0, 0, 1]], [[0.1, 0.6, 0.3]], k=2)
    array([1.])
    """
    targets, outputs = _one_shape(y_true, y_pred)
    return _hits(_in_top_k(targets.argmax(axis=-1), outputs, k), outputs)


def sparse_top_k_categorical_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, k: int = 5, from_sorted_ids: bool = False
) -> Array:
    """Return 1 where fewer than `k` outputs are larger than that of the label.

    With `from_sorted_ids`, `y_pred` holds class indices, the best first: whether the label is among
    the first `k`.

    >>> sparse_top_k_categorical_accuracy([2], [[0.1, 0.6, 0.3]], k=2)
    array([1.])
    >>> sparse_top_k_categorical_accuracy([2], [[1, 2, 0]], k=2, from_sorted_ids=True)
    array([1.])
    """
    labels, outputs = _labels(y_true, y_pred)
    if from_sorted_ids:
        return _hits((labels[..., np.newaxis] == outputs[..., :k]).any(axis=-1), outputs)
    return _hits(_in_top_k(labels.astype(np.int64), outputs, k), outputs)


class Accuracy(MeanMetricWrapper):
    """The share of outputs that equal their targets.

    ``metrics=['accuracy']`` means another one: that of classes, by the loss and the outputs.

    Parameters
    ----------
    name : str, default='accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> Accuracy()([[1], [2], [3], [4]], [[0], [2], [3], [4]])
    np.float32(0.75)
    """

    def __init__(self, name: str | None = "accuracy", dtype: str | None = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """The share of outputs that are above a threshold where the target is 1, and not where it is 0.

    Parameters
    ----------
    name : str, default='binary_accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    threshold : float, default=0.5
        What an output must pass to mean 1.

    Raises
    ------
    TypeError, ValueError
        If `threshold` is no finite number.

    Examples
    --------
    >>> BinaryAccuracy()([[1], [1], [0], [0]], [[0.98], [1], [0], [0.6]])
    np.float32(0.75)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("threshold",)

    def __init__(
        self,
        name: str | None = "binary_accuracy",
        dtype: str | None = None,
        threshold: float = 0.5,
    ) -> None:
        self.threshold = check_number(threshold, "threshold", "(-inf, inf)", -np.inf, np.inf)
        super().__init__(binary_accuracy, name, dtype, threshold=self.threshold)

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return None if labels else _core.Metric.binary_accuracy(self.threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """The share of rows whose largest output is that of their largest target; the first of equals.

    Parameters
    ----------
    name : str, default='categorical_accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> CategoricalAccuracy()([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    np.float32(0.5)
    """

    def __init__(self, name: str | None = "categorical_accuracy", dtype: str | None = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return None if labels else _core.Metric.categorical_accuracy()


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """The share of rows whose largest output is that of their label; the first of equals.

    Parameters
    ----------
    name : str, default='sparse_categorical_accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> SparseCategoricalAccuracy()([[2], [1]], [[0.1, 0.6, 0.3], [0.05, 0.95, 0]])
    np.float32(0.5)
    """

    def __init__(
        self, name: str | None = "sparse_categorical_accuracy", dtype: str | None = None
    ) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return _core.Metric.categorical_accuracy() if labels else None


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of rows with fewer than `k` outputs larger than that of their largest target.

    Outputs equal to it do not count as larger.

    Parameters
    ----------
    k : int, default=5
        How many of the largest outputs count, at least 1.
    name : str, default='top_k_categorical_accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If `k` is no positive integer.

    Examples
    --------
    >>> TopKCategoricalAccuracy(k=1)([[0, 0, 1], [0, 1, 0]], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    np.float32(0.5)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("k",)

    def __init__(
        self,
        k: int = 5,
        name: str | None = "top_k_categorical_accuracy",
        dtype: str | None = None,
    ) -> None:
        self.k = check_integer(k, "k", minimum=1)
        super().__init__(top_k_categorical_accuracy, name, dtype, k=self.k)

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return None if labels else _core.Metric.top_k_accuracy(self.k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """The share of rows with fewer than `k` outputs larger than that of their label.

    Outputs equal to it do not count as larger.

    Parameters
    ----------
    k : int, default=5
        How many of the largest outputs count, at least 1.
    name : str, default='sparse_top_k_categorical_accuracy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    from_sorted_ids : bool, default=False
        Whether the outputs are class indices instead, the best first.

    Raises
    ------
    TypeError, ValueError
        If `k` is no positive integer, or `from_sorted_ids` not True or False.

    Examples
    --------
    >>> SparseTopKCategoricalAccuracy(k=1)([2, 1], [[0.1, 0.9, 0.8], [0.05, 0.95, 0]])
    np.float32(0.5)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("k", "from_sorted_ids")

    def __init__(
        self,
        k: int = 5,
        name: str | None = "sparse_top_k_categorical_accuracy",
        dtype: str | None = None,
        from_sorted_ids: bool = False,
    ) -> None:
        self.k = check_integer(k, "k", minimum=1)
        self.from_sorted_ids = check_bool(from_sorted_ids, "from_sorted_ids")
        settings: dict[str, Any] = {"k": self.k, "from_sorted_ids": self.from_sorted_ids}
        super().__init__(sparse_top_k_categorical_accuracy, name, dtype, **settings)

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return _core.Metric.top_k_accuracy(self.k) if labels and not self.from_sorted_ids else None


def _one_shape(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    targets, outputs = same_rank(np.asarray(y_true), as_outputs(y_pred, None))
    check_same_shape(targets, outputs)
    return targets, outputs


def _labels(y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    labels, outputs = np.asarray(y_true), as_outputs(y_pred, None)
    if labels.ndim == outputs.ndim and labels.shape[-1] == 1:
        labels = labels[..., 0]
    check_same_shape(labels, outputs[..., 0])
    return labels, outputs


def _in_top_k(labels: Array, outputs: Array, k: int) -> Array:
    """Return whether fewer than `k` outputs are larger than the label's; NaN is the smallest."""
    known = (labels >= 0) & (labels < outputs.shape[-1])
    own = np.take_along_axis(outputs, np.where(known, labels, 0)[..., np.newaxis], axis=-1)
    n_larger = (outputs > np.where(np.isnan(own), -np.inf, own)).sum(axis=-1)
    return np.asarray(known & (n_larger < k))


def _hits(equal: Array, outputs: Array) -> Array:
    return np.asarray(equal).astype(outputs.dtype)
