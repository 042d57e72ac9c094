"""Metrics of targets that are numbers, beyond the losses."""

import warnings
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from fastnn._predictions import check_same_shape, same_rank
from fastnn._validation import Array, check_choice, check_integer
from fastnn.metrics._base import Mean, Metric


def _one_shape(metric: Metric, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
    targets, outputs = same_rank(
        metric._as_floats(y_true, "y_true"), metric._as_floats(y_pred, "y_pred")
    )
    check_same_shape(targets, outputs)
    return targets, outputs


class RootMeanSquaredError(Mean):
    """The root of the mean of (y − ŷ)² over all rows and outputs.

    Parameters
    ----------
    name : str, default='root_mean_squared_error'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Examples
    --------
    >>> RootMeanSquaredError()([[0, 1], [0, 0]], [[1, 1], [0, 0]])
    np.float32(0.5)
    """

    def __init__(
        self, name: str | None = "root_mean_squared_error", dtype: str | None = None
    ) -> None:
        super().__init__(name, dtype)

    def update_state(  # type: ignore[override]
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like
            Targets of the shape of `y_pred`.
        y_pred : array_like of shape (n_samples, ...)
            Outputs.
        sample_weight : array_like of shape (n_samples,), optional
            A weight for each row. Default: 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        targets, outputs = _one_shape(self, y_true, y_pred)
        super().update_state((outputs - targets) ** 2, sample_weight)

    def result(self) -> Any:
        """Return the root of the mean."""
        return np.sqrt(super().result())


class R2Score(Metric):
    """The coefficient of determination: 1 − Σ (y − ŷ)² / Σ (y − mean y)², for each output.

    Parameters
    ----------
    class_aggregation : str or None, default='uniform_average'
        Of the outputs' scores: ``'uniform_average'`` is their mean, ``'variance_weighted_average'``
        that by the variance of their targets; None leaves a score for each output.
    num_regressors : int, default=0
        How many independent variables explain the targets: above 0, the score is adjusted for it.
    name : str, default='r2_score'
    dtype : {'float32', 'float64'}, optional
        As for every `Metric`.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> R2Score()([[1], [4], [3]], [[2], [4], [4]]).round(4)
    np.float32(0.5714)
    """

    _parameters: ClassVar[tuple[str, ...]] = ("class_aggregation", "num_regressors")
    _weight: Array
    _sum: Array
    _squares: Array
    _residuals: Array
    _n_values: int

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: str | None = None,
    ) -> None:
        super().__init__(dtype, name)
        if class_aggregation is not None:
            check_choice(
                class_aggregation,
                "class_aggregation",
                ("uniform_average", "variance_weighted_average"),
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = check_integer(num_regressors, "num_regressors", minimum=0)
        self.reset_state()

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Take in a batch.

        Parameters
        ----------
        y_true : array_like of shape (n_samples, n_outputs)
            Targets.
        y_pred : array_like of shape (n_samples, n_outputs)
            Outputs.
        sample_weight : array_like of shape (n_samples,), optional
            A weight for each row. Default: 1.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        targets, outputs = _one_shape(self, y_true, y_pred)
        if outputs.ndim != 2:
            raise ValueError(
                f"expected y_pred of shape (n_samples, n_outputs). Received: {outputs.shape}"
            )
        weights = np.ones(len(targets), dtype=self.dtype)
        if sample_weight is not None:
            weights = self._as_floats(sample_weight, "sample_weight").reshape(len(targets))
        y, w = targets.astype(np.float64), weights.astype(np.float64)
        self._weight = self._weight + w.sum()
        self._sum = self._sum + w @ y
        self._squares = self._squares + w @ y**2
        self._residuals = self._residuals + w @ (y - outputs) ** 2
        self._n_values += y.size

    def result(self) -> Any:
        """Return the score, or one for each output."""
        if not self._n_values:
            return np.dtype(self.dtype).type(0)
        variances = self._squares - self._sum**2 / self._weight
        with np.errstate(divide="ignore", invalid="ignore"):
            scores = 1 - self._residuals / variances
        scores = np.where(np.isinf(scores), 0.0, scores)
        if self.class_aggregation == "uniform_average":
            scores = scores.mean()
        elif self.class_aggregation == "variance_weighted_average":
            scores = (variances * scores).sum() / variances.sum()
        return np.asarray(self._adjusted(scores)).astype(self.dtype)[()]

    def reset_state(self) -> None:
        """Forget all batches."""
        self._weight = self._sum = self._squares = self._residuals = np.zeros(())
        self._n_values = 0

    def _adjusted(self, scores: Array) -> Array:
        """Return 1 − (1 − R²) (n − 1) / (n − p − 1); Keras's n counts every output of a row."""
        if not self.num_regressors:
            return scores
        freedom = self._n_values - self.num_regressors - 1
        if freedom <= 0:
            warnings.warn(
                f"expected more than {self.num_regressors + 1} values for an adjusted R2 score. "
                f"Received: {self._n_values}. The score is not adjusted",
                stacklevel=3,
            )
            return scores
        return 1 - (1 - scores) * (self._n_values - 1) / freedom
