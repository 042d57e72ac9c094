"""What every loss has, and how the losses of rows become one number."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from fastnn import _core
from fastnn._arguments import check_bool, check_number, refuse_unbuilt
from fastnn._examples import check_fits
from fastnn._names import snake_case, unique_name
from fastnn._predictions import as_outputs, check_same_shape, same_rank
from fastnn._validation import Array, check_array, check_choice

# Keras's names of what the core calls mean, mean_with_sample_weight and sum.
_REDUCTIONS = {
    "sum_over_batch_size": "mean",
    "mean": "mean",
    "mean_with_sample_weight": "mean_with_sample_weight",
    "sum": "sum",
}
_DTYPES = ("float32", "float64")


class Loss:
    """What every loss has: a name, and how the losses of the rows of a batch become one number.

    A loss may be called: ``loss(y_true, y_pred, sample_weight=None)`` returns that number, `call`
    the loss of each row. A subclass of your own may override `call`; training, which needs the
    gradient too, takes the losses of this module alone.

    Parameters
    ----------
    name : str, optional
        Default: the name of the class in snake case.
    reduction : str or None, default='sum_over_batch_size'
        The losses of a batch, each times its row's weight, are added up, and the sum is divided by
        the number of rows (``'sum_over_batch_size'`` or ``'mean'``), by the sum of the weights
        (``'mean_with_sample_weight'``) or by nothing (``'sum'``). None or ``'none'``: a number for
        each row, which no training can make small.
    dtype : {'float32', 'float64'}, optional
        Of the arithmetic. Default: that of the outputs; what is not floating becomes float64.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> from fastnn.losses import MeanSquaredError
    >>> loss = MeanSquaredError()
    >>> loss([[0.0, 1.0], [0.0, 0.0]], [[1.0, 1.0], [1.0, 0.0]])
    np.float64(0.5)
    >>> loss.call([[0.0, 1.0], [0.0, 2.0]], [[1.0, 1.0], [1.0, 0.0]])
    array([0.5, 2.5])
    """

    _parameters: ClassVar[tuple[str, ...]] = ()  # what get_config adds to name and reduction
    _min_outputs: ClassVar[int] = 1

    def __init__(
        self,
        name: str | None = None,
        reduction: str | None = "sum_over_batch_size",
        dtype: str | None = None,
    ) -> None:
        self.name = name or unique_name(snake_case(type(self).__name__))
        if reduction is not None:
            check_choice(reduction, "reduction", (*_REDUCTIONS, "none"))
        self.reduction = reduction
        self.dtype = None if dtype is None else check_choice(dtype, "dtype", _DTYPES)

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Return the loss of a batch.

        Parameters
        ----------
        y_true : array_like
            Targets.
        y_pred : array_like of shape (..., n_outputs)
            Outputs.
        sample_weight : array_like of shape (...), optional
            A weight for each row. Default: 1.

        Returns
        -------
        numpy scalar, or ndarray of shape (...) where there is no reduction
            Of the outputs' dtype, or the loss's.

        Raises
        ------
        TypeError, ValueError
            If an array does not hold numbers, or if the shapes do not fit.
        """
        values = np.asarray(self.call(y_true, y_pred))
        counted = self._counted(y_true, values.shape)
        weights: Array = np.ones((), dtype=values.dtype)
        if sample_weight is not None:
            weights = check_array(sample_weight, "sample_weight", shape=None)
            values, weights = same_rank(values, weights.astype(values.dtype, copy=False))
        weights = weights * counted.reshape(values.shape)
        values = values * weights
        if self.reduction in (None, "none") or values.ndim == 0:
            return values[()]
        divisor = {"sum": 1.0, "mean": counted.sum()}.get(
            _REDUCTIONS[str(self.reduction)], weights.sum()
        )
        return values.dtype.type(values.sum() / divisor if divisor else 0)

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Return the loss of each row.

        Parameters
        ----------
        y_true : array_like
            Targets.
        y_pred : array_like of shape (..., n_outputs)
            Outputs.

        Returns
        -------
        ndarray of shape (...)
            Of the outputs' dtype, or the loss's.

        Raises
        ------
        TypeError, ValueError
            If an array does not hold numbers, or if the shapes do not fit.
        """
        targets, outputs = self._aligned(np.asarray(y_true), as_outputs(y_pred, self.dtype))
        if outputs.ndim == 0:
            raise ValueError("expected y_pred with at least one dimension. Received: a number")
        rows = np.ascontiguousarray(outputs.reshape(-1, outputs.shape[-1]))
        y = self._as_targets(targets, "y_true", rows.shape, rows.dtype)
        values, _ = _core.evaluate_loss(self._function(), rows, y)
        return values.astype(outputs.dtype).reshape(outputs.shape[:-1])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a loss.

        Returns
        -------
        dict of str to object
            Fit for JSON, and for `from_config`.
        """
        config: dict[str, Any] = {"name": self.name, "reduction": self.reduction}
        if self.dtype is not None:
            config["dtype"] = self.dtype
        return config | {name: getattr(self, name) for name in self._parameters}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a loss made of the arguments in `config`.

        Parameters
        ----------
        config : dict of str to object
            As `get_config` returns them.

        Returns
        -------
        Loss
            Of this class.

        Raises
        ------
        TypeError, ValueError
            As the class does.
        """
        return cls(**config)

    def _function(self) -> _core.Loss:
        """Return what the core calls the loss of a row."""
        raise NotImplementedError(f"{type(self).__name__} has no call(y_true, y_pred)")

    def _to_core(self) -> _core.Loss:
        """Return what the core trains with."""
        if self.reduction in (None, "none"):
            raise ValueError(
                f"expected a loss with a reduction to train with. Received: {self.name} with "
                f"reduction={self.reduction!r}"
            )
        return self._function().reduced_by(_REDUCTIONS[str(self.reduction)])

    def _aligned(self, y_true: Array, y_pred: Array) -> tuple[Array, Array]:
        """Return the targets as rows of outputs, and the outputs."""
        targets, outputs = same_rank(y_true, y_pred)
        check_same_shape(targets, outputs)
        return targets.reshape(-1, *outputs.shape[-1:]), outputs

    def _counted(self, y_true: ArrayLike, shape: tuple[int, ...]) -> Array:
        """Return which of the rows count, in the shape of their losses."""
        return np.ones(shape, dtype=bool)

    def _check_targets(
        self, y: object, name: str, shape: tuple[int, int], dtype: DTypeLike
    ) -> Array:
        """Return `y` as the core reads it, for outputs of `shape` (n_samples, n_outputs)."""
        if self.dtype not in (None, np.dtype(dtype).name):
            raise NotImplementedError(
                f"a loss of dtype {self.dtype} behind a model of dtype {np.dtype(dtype)} is not "
                "built yet"
            )
        if shape[1] < self._min_outputs:
            raise ValueError(
                f"expected a network with at least {self._min_outputs} outputs for {self.name}. "
                f"Received: {shape[1]}"
            )
        return self._as_targets(y, name, shape, dtype)

    def _as_targets(self, y: object, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        n_samples, n_outputs = shape
        column_missing = n_outputs == 1 and np.ndim(y) == 1  # type: ignore[arg-type]
        targets = check_array(y, name, shape=(n_samples,) if column_missing else shape)
        check_fits(targets, name, dtype)
        return np.ascontiguousarray(targets.reshape(shape), dtype=dtype)

    def _accuracy(self, n_outputs: int) -> str:
        """Name the accuracy that ``metrics=['accuracy']`` stands for, as Keras chooses it."""
        return "binary_accuracy" if n_outputs == 1 else "categorical_accuracy"


class PlainLoss(Loss):
    """A loss without parameters, which Keras and the core know by one name."""

    _core_name: ClassVar[str]

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        super().__init__(name or self._core_name, reduction, dtype)

    def _function(self) -> _core.Loss:
        return _core.Loss(self._core_name)


class CrossEntropy(Loss):
    """What all cross-entropies share: logits or probabilities, on the last axis."""

    def __init__(
        self,
        from_logits: bool,
        axis: int,
        reduction: str | None,
        name: str | None,
        dtype: str | None,
    ) -> None:
        refuse_unbuilt(type(self).__name__, {"axis": axis}, {"axis": -1})
        super().__init__(name, reduction, dtype)
        self.from_logits = check_bool(from_logits, "from_logits")


def check_smoothing(value: float) -> float:
    """Return the share of a target that label smoothing spreads over all classes."""
    return check_number(value, "label_smoothing", "[0, 1]", 0.0, 1.0)
