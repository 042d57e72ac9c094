"""Losses of margins: a row costs nothing once it is far enough on its side."""

import numpy as np
from numpy.typing import DTypeLike

from fastnn._validation import Array
from fastnn.losses._base import PlainLoss


class _Margin(PlainLoss):
    """A loss of targets that are sides, -1 or 1; 0 may stand for -1."""

    def _as_targets(self, y: object, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        sides = super()._as_targets(y, name, shape, dtype)
        is_binary = np.isin(sides, (0, 1))
        # Keras reads zeros as -1 where all targets of a batch are 0 or 1, and else as they are.
        if (sides == 0).any() and not is_binary.all():
            other = sides[~is_binary].flat[0]
            raise ValueError(
                f"expected {name} of -1 and 1, or of 0 and 1. Received: both 0 and {other}"
            )
        return sides


class Hinge(_Margin):
    """The mean of max(1 − y ŷ, 0) over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output, of -1 and
    1; or of 0 and 1, where 0 is read as -1.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> Hinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    np.float64(1.0)
    """

    _core_name = "hinge"


class SquaredHinge(_Margin):
    """The mean of max(1 − y ŷ, 0)² over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output, of -1 and
    1; or of 0 and 1, where 0 is read as -1.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> SquaredHinge()([[-1.0, 1.0]], [[0.5, 0.5]])
    np.float64(1.25)
    """

    _core_name = "squared_hinge"


class CategoricalHinge(PlainLoss):
    """How far the best wrong class is ahead: max(1 + max (1 − y) ŷ − Σ y ŷ, 0) of a row.

    Targets: array_like of shape (n_samples, n_classes), each row one-hot.

    Parameters
    ----------
    reduction, name, dtype
        As for every `Loss`.

    Examples
    --------
    >>> CategoricalHinge()([[0.0, 1.0, 0.0]], [[0.25, 0.75, 0.5]])
    np.float64(0.75)
    """

    _core_name = "categorical_hinge"
