"""What every metric has, and the metrics that are means over rows."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from fastnn import _core
from fastnn._names import snake_case, unique_name
from fastnn._predictions import same_rank
from fastnn._validation import Array, check_array, check_choice

_DTYPES = ("float32", "float64")


class Metric:
    """What every metric has: a name, a state, and a result.

    `update_state` takes in a batch, `result` says what follows from all batches so far, and
    `reset_state` forgets them. A metric may be called: it takes in a batch and returns the result.
    A metric of your own overrides the three.

    Parameters
    ----------
    dtype : {'float32', 'float64'}, optional
        Of the arithmetic on a batch, and of the result; sums over batches are float64. Default:
        ``'float32'``.
    name : str, optional
        Default: the name of the class in snake case, numbered from the second on.

    Raises
    ------
    ValueError
        If `dtype` is neither.

    Examples
    --------
    >>> from fastnn.metrics import BinaryAccuracy
    >>> metric = BinaryAccuracy()
    >>> metric.update_state([1, 1, 0, 0], [0.9, 0.4, 0.3, 0.1])
    >>> metric.update_state([1, 0], [0.2, 0.8])
    >>> metric.result()
    np.float32(0.5)
    """

    _parameters: ClassVar[tuple[str, ...]] = ()  # what get_config adds to name and dtype

    def __init__(self, dtype: str | None = None, name: str | None = None) -> None:
        self.name = name or unique_name(snake_case(type(self).__name__))
        self.dtype = "float32" if dtype is None else check_choice(dtype, "dtype", _DTYPES)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Pass the arguments to `update_state`, and return `result`."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Take in a batch."""
        raise NotImplementedError(f"{type(self).__name__} has no update_state")

    def result(self) -> Any:
        """Return what follows from all batches since the last `reset_state`.

        Returns
        -------
        numpy scalar or ndarray
            Of the metric's dtype.
        """
        raise NotImplementedError(f"{type(self).__name__} has no result")

    def reset_state(self) -> None:
        """Forget all batches."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric.

        Returns
        -------
        dict of str to object
            Fit for JSON, and for `from_config`.
        """
        config: dict[str, Any] = {"name": self.name, "dtype": self.dtype}
        return config | {name: getattr(self, name) for name in self._parameters}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a metric made of the arguments in `config`.

        Parameters
        ----------
        config : dict of str to object
            As `get_config` returns them.

        Returns
        -------
        Metric
            Of this class.

        Raises
        ------
        TypeError, ValueError
            As the class does.
        """
        return cls(**config)

    def _core_metric(self, labels: bool) -> "_core.Metric | None":
        """Return what the core counts in its place, row by row, or None where it cannot.

        `labels` says whether the targets are class indices; else they are rows of outputs. The
        result is then the mean over the rows.
        """
        return None

    def _adds_up(self) -> bool:
        """Whether batches may be taken in as one. Only what is known here is sure to allow it."""
        return type(self).__module__.startswith("fastnn.")

    def _as_floats(self, values: ArrayLike, name: str) -> Array:
        """Return `values` in the metric's dtype; NaN passes through arithmetic."""
        array = check_array(values, name, shape=None, finite=False)
        return array.astype(self.dtype, copy=False)


class Sum(Metric):
    """The sum of all values, each times its weight.

    Parameters
    ----------
    name : str, default='sum'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> total = Sum()
    >>> total.update_state([1.0, 2.0], sample_weight=[1.0, 0.5])
    >>> total([4.0])
    np.float32(6.0)
    """

    def __init__(self, name: str | None = "sum", dtype: str | None = None) -> None:
        super().__init__(dtype, name)
        self._total = self._count = 0.0

    def update_state(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Add values.

        Parameters
        ----------
        values : array_like
            Of any shape.
        sample_weight : array_like, optional
            Weights of the values, of their shape or of one that broadcasts. Default: 1.
        """
        array, _ = _by_sample(
            self._as_floats(values, "values"), self._weights(sample_weight), np.sum
        )
        self._total += float(array.sum(dtype=np.float64))

    def result(self) -> Any:
        """Return the sum."""
        return np.dtype(self.dtype).type(self._total)

    def reset_state(self) -> None:
        """Forget all values."""
        self._total = self._count = 0.0

    def _weights(self, sample_weight: ArrayLike | None) -> Array | None:
        return None if sample_weight is None else self._as_floats(sample_weight, "sample_weight")


class Mean(Sum):
    """The mean of all values, each as heavy as its weight; 0 where there are none.

    Parameters
    ----------
    name : str, default='mean'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> mean = Mean()
    >>> mean.update_state([1.0, 3.0])
    >>> mean([5.0, 7.0], sample_weight=[1.0, 0.0])
    np.float32(3.0)
    """

    def __init__(self, name: str | None = "mean", dtype: str | None = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> None:
        """Take in values.

        Parameters
        ----------
        values : array_like of shape (n_samples, ...)
            Several values of one sample count as their mean.
        sample_weight : array_like, optional
            Weights, of shape (n_samples,) or of that of the values. Default: 1.
        """
        array, weights = _by_sample(
            self._as_floats(values, "values"), self._weights(sample_weight), np.mean
        )
        self._total += float(array.sum(dtype=np.float64))
        self._count += float(array.size if weights is None else weights.sum(dtype=np.float64))

    def result(self) -> Any:
        """Return the mean."""
        return np.dtype(self.dtype).type(self._total / self._count if self._count else 0.0)


class MeanMetricWrapper(Mean):
    """The mean over all rows of a function of targets and outputs.

    Parameters
    ----------
    fn : callable
        Takes ``(y_true, y_pred, **kwargs)`` and returns a number for each row, or for each output.
    name : str, optional
        Default: the name of the class in snake case.
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    **kwargs : object
        Passed to `fn`.

    Examples
    --------
    >>> def largest_error(y_true, y_pred):
    ...     return abs(y_true - y_pred).max(axis=-1)
    >>> metric = MeanMetricWrapper(largest_error, name="largest_error")
    >>> metric([[0.0, 1.0]], [[0.5, 3.0]])
    np.float32(2.0)
    """

    def __init__(
        self,
        fn: Callable[..., ArrayLike],
        name: str | None = None,
        dtype: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name, dtype)
        self._fn = fn
        self._fn_kwargs = kwargs

    def update_state(  # type: ignore[override]
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like
            Targets.
        y_pred : array_like of shape (n_samples, ...)
            Outputs.
        sample_weight : array_like of shape (n_samples,), optional
            A weight for each row. Default: 1.
        """
        targets, outputs = np.asarray(y_true), self._as_floats(y_pred, "y_pred")
        super().update_state(self._fn(targets, outputs, **self._fn_kwargs), sample_weight)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a metric, the function itself among them.

        Returns
        -------
        dict of str to object
            For `from_config`; fit for JSON where the class is not `MeanMetricWrapper` itself.
        """
        if type(self) is MeanMetricWrapper:
            return super().get_config() | {"fn": self._fn} | self._fn_kwargs
        return super().get_config()

    def _core_metric(self, labels: bool) -> "_core.Metric | None":
        methods = type(self).update_state, type(self).result
        is_ours = all(method.__module__.startswith("fastnn.") for method in methods)
        return self._row_metric(labels) if is_ours else None

    def _adds_up(self) -> bool:
        return super()._adds_up() and type(self) is not MeanMetricWrapper

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        """Return what the core counts where no subclass of a user's has changed what is counted."""
        return None


def _by_sample(
    values: Array, weights: Array | None, reduce: Callable[..., Array]
) -> tuple[Array, Array | None]:
    """Return a weighted value for each sample and the weights; `reduce` makes one of several.

    Keras's rule: what the weights do not tell apart becomes one before it is weighted.
    """
    if weights is not None:
        values, weights = same_rank(values, weights)
        values = np.asarray(reduce(values, axis=tuple(range(weights.ndim, values.ndim))))
        weights = np.broadcast_to(weights, values.shape)
        values = values * weights
        weights = np.asarray(reduce(weights, axis=tuple(range(1, weights.ndim))))
    return np.asarray(reduce(values, axis=tuple(range(1, values.ndim)))), weights
