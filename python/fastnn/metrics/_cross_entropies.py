"""The mean over rows of a cross-entropy, as a metric."""

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn import losses
from fastnn.metrics._of_losses import MeanOfLoss


class BinaryCrossentropy(MeanOfLoss):
    """The mean of −y log p − (1 − y) log(1 − p) over all rows and outputs.

    Parameters
    ----------
    name : str, default='binary_crossentropy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    from_logits : bool, default=False
        Whether the outputs are logits instead of probabilities.
    label_smoothing : float, default=0
        As for the loss.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.75]]).round(4)
    np.float32(1.0397)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing")

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
    ) -> None:
        self._loss = losses.BinaryCrossentropy(from_logits, label_smoothing)
        self.from_logits = self._loss.from_logits
        self.label_smoothing = self._loss.label_smoothing
        super().__init__(self._loss.call, name, dtype)


class CategoricalCrossentropy(MeanOfLoss):
    """The mean over all rows of −Σ y log p.

    Parameters
    ----------
    name : str, default='categorical_crossentropy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    from_logits : bool, default=False
        Whether the outputs are logits instead of probabilities.
    label_smoothing : float, default=0
        As for the loss.
    axis : int, default=-1
        Only its default is built.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> CategoricalCrossentropy()([[0, 1, 0]], [[0.03, 0.87, 0.10]]).round(4)
    np.float32(0.1393)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "label_smoothing")

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        label_smoothing: float = 0,
        axis: int = -1,
    ) -> None:
        self._loss = losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        self.from_logits = self._loss.from_logits
        self.label_smoothing = self._loss.label_smoothing
        super().__init__(self._loss.call, name, dtype)


class SparseCategoricalCrossentropy(MeanOfLoss):
    """The mean over all rows of −log p of the true class, for targets that are class indices.

    Parameters
    ----------
    name : str, default='sparse_categorical_crossentropy'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    from_logits : bool, default=False
        Whether the outputs are logits instead of probabilities.
    ignore_class : int, optional
        Rows of this class count as 0 or, in batches with weights, not at all.
    axis : int, default=-1
        Only its default is built.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> SparseCategoricalCrossentropy()([1], [[0.03, 0.87, 0.10]]).round(4)
    np.float32(0.1393)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("from_logits", "ignore_class")
    _sparse = True

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: str | None = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        self._loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
        self.from_logits = self._loss.from_logits
        self.ignore_class = self._loss.ignore_class
        super().__init__(self._loss.call, name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like of integers of shape (n_samples,) or (n_samples, 1)
            Class indices.
        y_pred : array_like of shape (n_samples, n_classes)
            Outputs.
        sample_weight : array_like of shape (n_samples,), optional
            A weight for each row. Default: 1.
        """
        if sample_weight is not None and self.ignore_class is not None:
            weights = self._as_floats(sample_weight, "sample_weight")
            counted = np.not_equal(y_true, self.ignore_class)
            sample_weight = weights * counted.reshape(weights.shape)
        super().update_state(y_true, y_pred, sample_weight)
