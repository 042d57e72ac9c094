"""The mean over rows of a loss, as a metric."""

from typing import ClassVar

from numpy.typing import ArrayLike

from fastnn import _core, losses
from fastnn._arguments import refuse_unbuilt
from fastnn._validation import Array
from fastnn.metrics._base import MeanMetricWrapper


def cosine_of_angle(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """Return the cosine of the angle between targets and outputs along the last axis."""
    return -losses.cosine_similarity(y_true, y_pred)


class MeanOfLoss(MeanMetricWrapper):
    """The mean over all rows of a loss."""

    _loss: losses.Loss
    _sparse: ClassVar[bool] = False

    def _row_metric(self, labels: bool) -> "_core.Metric | None":
        return _core.Metric.mean_of(self._loss._to_core()) if labels == self._sparse else None


class _MeanOfPlainLoss(MeanOfLoss):
    """The mean over all rows of a loss without parameters."""

    _kind: ClassVar[type[losses.Loss]]

    def __init__(self, name: str | None = None, dtype: str | None = None) -> None:
        self._loss = self._kind()
        super().__init__(self._loss.call, name or self._loss.name, dtype)


class MeanSquaredError(_MeanOfPlainLoss):
    """The mean of (y − ŷ)² over all rows and outputs.

    Parameters
    ----------
    name : str, default='mean_squared_error'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> MeanSquaredError()([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    np.float32(0.25)
    """

    _kind = losses.MeanSquaredError


class MeanAbsoluteError(_MeanOfPlainLoss):
    """The mean of ``|y − ŷ|`` over all rows and outputs.

    Parameters
    ----------
    name : str, default='mean_absolute_error'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> MeanAbsoluteError()([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    np.float32(0.25)
    """

    _kind = losses.MeanAbsoluteError


class MeanAbsolutePercentageError(_MeanOfPlainLoss):
    """The mean of ``100 |y − ŷ| / max(|y|, 1e-7)`` over all rows and outputs.

    Parameters
    ----------
    name : str, default='mean_absolute_percentage_error'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> MeanAbsolutePercentageError()([[1.0, 2.0]], [[1.5, 2.0]])
    np.float32(25.0)
    """

    _kind = losses.MeanAbsolutePercentageError


class MeanSquaredLogarithmicError(_MeanOfPlainLoss):
    """The mean of (log(1 + y) − log(1 + ŷ))² over all rows and outputs.

    Parameters
    ----------
    name : str, default='mean_squared_logarithmic_error'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> MeanSquaredLogarithmicError()([[0.0, 1.0]], [[0.0, 0.0]]).round(4)
    np.float32(0.2402)
    """

    _kind = losses.MeanSquaredLogarithmicError


class LogCoshError(_MeanOfPlainLoss):
    """The mean of log cosh(ŷ − y) over all rows and outputs.

    Parameters
    ----------
    name : str, default='logcosh'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> LogCoshError()([[0.0, 0.0]], [[1.0, 0.0]]).round(4)
    np.float32(0.2169)
    """

    _kind = losses.LogCosh

    def __init__(self, name: str | None = "logcosh", dtype: str | None = None) -> None:
        super().__init__(name, dtype)


class Poisson(_MeanOfPlainLoss):
    """The mean of ŷ − y log(ŷ + 1e-7) over all rows and outputs.

    Parameters
    ----------
    name : str, default='poisson'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> Poisson()([[1.0, 0.0]], [[1.0, 3.0]])
    np.float32(2.0)
    """

    _kind = losses.Poisson


class KLDivergence(_MeanOfPlainLoss):
    """The mean over all rows of Σ y log(y / p).

    Parameters
    ----------
    name : str, default='kl_divergence'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> KLDivergence()([[0.5, 0.5]], [[0.25, 0.75]]).round(4)
    np.float32(0.1438)
    """

    _kind = losses.KLDivergence


class Hinge(_MeanOfPlainLoss):
    """The mean of max(1 − y ŷ, 0) over all rows and outputs.

    Parameters
    ----------
    name : str, default='hinge'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> Hinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    np.float32(1.0)
    """

    _kind = losses.Hinge


class SquaredHinge(_MeanOfPlainLoss):
    """The mean of max(1 − y ŷ, 0)² over all rows and outputs.

    Parameters
    ----------
    name : str, default='squared_hinge'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    np.float32(1.25)
    """

    _kind = losses.SquaredHinge


class CategoricalHinge(_MeanOfPlainLoss):
    """The mean over all rows of max(1 + max (1 − y) ŷ − Σ y ŷ, 0).

    Parameters
    ----------
    name : str, default='categorical_hinge'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.25, 0.75, 0.5]])
    np.float32(0.75)
    """

    _kind = losses.CategoricalHinge


class CosineSimilarity(MeanMetricWrapper):
    """The mean over all rows of the cosine of the angle between target and output.

    Parameters
    ----------
    name : str, default='cosine_similarity'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.
    axis : int, default=-1
        Only its default is built.

    Raises
    ------
    NotImplementedError
        If `axis` is not -1.

    Examples
    --------
    >>> CosineSimilarity()([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]).round(4)
    np.float32(0.5)
    """

    def __init__(
        self, name: str | None = "cosine_similarity", dtype: str | None = None, axis: int = -1
    ) -> None:
        refuse_unbuilt(type(self).__name__, {"axis": axis}, {"axis": -1})
        super().__init__(cosine_of_angle, name, dtype)
