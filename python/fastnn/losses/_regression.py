"""Losses for targets that are numbers."""

import math
from typing import ClassVar

from fastnn import _core
from fastnn._arguments import check_number, refuse_unbuilt
from fastnn.losses._base import Loss, PlainLoss

_ABOVE_ZERO = math.nextafter(0.0, 1.0)


class MeanSquaredError(PlainLoss):
    """The mean of (y − ŷ)² over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> MeanSquaredError()([[0.0, 1.0]], [[1.0, 3.0]])
    np.float64(2.5)
    """

    _core_name = "mean_squared_error"


class MeanAbsoluteError(PlainLoss):
    """The mean of ``|y − ŷ|`` over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> MeanAbsoluteError()([[0.0, 1.0]], [[1.0, 3.0]])
    np.float64(1.5)
    """

    _core_name = "mean_absolute_error"


class MeanAbsolutePercentageError(PlainLoss):
    """The mean of ``100 |y − ŷ| / max(|y|, 1e-7)`` over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([[100.0, 200.0]], [[90.0, 210.0]])
    np.float64(7.5)
    """

    _core_name = "mean_absolute_percentage_error"


class MeanSquaredLogarithmicError(PlainLoss):
    """The mean of (log(1 + y) − log(1 + ŷ))² over the outputs of a row.

    Targets and outputs count as at least 1e-7.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> MeanSquaredLogarithmicError()([[0.0]], [[2.718281828 - 1]]).round(6)
    np.float64(1.0)
    """

    _core_name = "mean_squared_logarithmic_error"


class LogCosh(PlainLoss):
    """The mean of log cosh(ŷ − y) over the outputs of a row.

    Like half a square near zero, like the absolute value far from it.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> LogCosh()([[0.0, 0.0]], [[1.0, 0.0]]).round(6)
    np.float64(0.21689)
    """

    _core_name = "log_cosh"


class Poisson(PlainLoss):
    """The mean of ŷ − y log(ŷ + 1e-7) over the outputs of a row.

    Up to a constant, minus the log-likelihood of counts y where ŷ are expected.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> Poisson()([[1.0, 0.0]], [[1.0, 1.0]]).round(6)
    np.float64(1.0)
    """

    _core_name = "poisson"


class Huber(Loss):
    """The mean over the outputs of a row of d² / 2 up to ``|d|`` = `delta`, linear behind it.

    d = y − ŷ. Behind `delta` it is δ ``|d|`` − δ² / 2, so that outliers pull no harder than that.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    delta : float, default=1.0
        Where the parabola becomes a line, above zero.
    reduction, name, dtype
        As for every `Loss`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    References
    ----------
    P. J. Huber, *Robust estimation of a location parameter*, Annals of Mathematical Statistics 35,
    1964.

    Examples
    --------
    >>> Huber(delta=1.0)([[0.0, 0.0]], [[0.5, 3.0]])
    np.float64(1.3125)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: str | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = check_number(delta, "delta", "(0, inf)", _ABOVE_ZERO, math.inf)

    def _function(self) -> _core.Loss:
        return _core.Loss.huber(self.delta)


class CosineSimilarity(PlainLoss):
    """Minus the cosine of the angle between target and output: −Σ y ŷ / (‖y‖ ‖ŷ‖) of a row.

    −1 where they point the same way, 1 where they point opposite ways; 0 where either is zero.

    Targets: array_like of shape (n_samples, n_outputs).

    Parameters
    ----------
    axis : int, default=-1
        Only its default is built.
    reduction, name, dtype
        As for every `Loss`.

    Raises
    ------
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]).round(6)
    np.float64(-0.5)
    """

    _core_name = "cosine_similarity"

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: str | None = None,
    ) -> None:
        refuse_unbuilt(type(self).__name__, {"axis": axis}, {"axis": -1})
        super().__init__(reduction, name, dtype)
