"""Regularizers: penalties on large weights, named as in ``keras.regularizers``."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from fastnn._arguments import check_not_negative, look_up
from fastnn._serialization import describe, read_description
from fastnn._validation import check_array

__all__ = [
    "L1",
    "L1L2",
    "L2",
    "Regularizer",
    "deserialize",
    "get",
    "l1",
    "l1_l2",
    "l2",
    "serialize",
]


class Regularizer:
    """What every regularizer is: a factor of Σ|w|, a factor of Σw², and their sum for weights w.

    It is added to the loss. Keras's regularizers that are no such sum are not built, nor are
    classes of the user's own: the core adds the gradients of these two alone.
    """

    def _factors(self) -> tuple[float, float]:
        """Return the factors of Σ|w| and of Σw²."""
        raise NotImplementedError(f"{type(self).__name__} is no sum of L1 and L2")

    def __call__(self, x: ArrayLike) -> float:
        """Return the penalty of an array of weights, of any shape; summed in float64."""
        weights = check_array(x, "x", shape=None, finite=False).astype(np.float64, copy=False)
        of_magnitudes, of_squares = self._factors()
        penalty = 0.0
        if of_magnitudes:
            penalty += of_magnitudes * float(np.abs(weights).sum())
        if of_squares:
            penalty += of_squares * float(np.square(weights).sum())
        return penalty

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this regularizer again."""
        raise NotImplementedError(f"{type(self).__name__} has to override get_config")

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the regularizer of the arguments in `config`."""
        return cls(**config)


class L1(Regularizer):
    """The penalty ``l1 * Σ|w|``, which draws weights to 0.

    Parameters
    ----------
    l1 : float, default=0.01
        Not negative.

    Raises
    ------
    TypeError, ValueError
        If it is not a number, or out of range.

    Examples
    --------
    >>> L1(0.5)([[1.0, -2.0], [0.0, 3.0]])
    3.0
    """

    def __init__(self, l1: float | None = 0.01) -> None:
        self.l1 = check_not_negative(0.01 if l1 is None else l1, "l1")

    def _factors(self) -> tuple[float, float]:
        return self.l1, 0.0

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this regularizer again."""
        return {"l1": self.l1}


class L2(Regularizer):
    """The penalty ``l2 * Σw²``, which keeps weights small.

    Parameters
    ----------
    l2 : float, default=0.01
        Not negative.

    Raises
    ------
    TypeError, ValueError
        If it is not a number, or out of range.

    Examples
    --------
    >>> L2(0.5)([[1.0, -2.0], [0.0, 3.0]])
    7.0
    """

    def __init__(self, l2: float | None = 0.01) -> None:
        self.l2 = check_not_negative(0.01 if l2 is None else l2, "l2")

    def _factors(self) -> tuple[float, float]:
        return 0.0, self.l2

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this regularizer again."""
        return {"l2": self.l2}


class L1L2(Regularizer):
    """The penalty ``l1 * Σ|w| + l2 * Σw²``.

    Parameters
    ----------
    l1, l2 : float, default=0.0
        Not negative.

    Raises
    ------
    TypeError, ValueError
        If one is not a number, or out of range.

    Examples
    --------
    >>> L1L2(l1=0.5, l2=0.25)([[1.0, -2.0], [0.0, 3.0]])
    6.5
    """

    def __init__(self, l1: float | None = 0.0, l2: float | None = 0.0) -> None:
        self.l1 = check_not_negative(0.0 if l1 is None else l1, "l1")
        self.l2 = check_not_negative(0.0 if l2 is None else l2, "l2")

    def _factors(self) -> tuple[float, float]:
        return self.l1, self.l2

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this regularizer again."""
        return {"l1": self.l1, "l2": self.l2}


l1, l2, l1_l2 = L1, L2, L1L2  # Keras's names in lower case: regularizers.l2(0.1)

_BUILT: Mapping[str, type[L1 | L2 | L1L2]] = {
    "l1": L1,
    "l2": L2,
    "l1l2": L1L2,
    "L1": L1,
    "L2": L2,
    "L1L2": L1L2,
}
_UNBUILT = "orthogonal_regularizer OrthogonalRegularizer"


def serialize(regularizer: Regularizer) -> dict[str, Any]:
    """Return what describes a regularizer, fit for JSON, as Keras does.

    Parameters
    ----------
    regularizer : Regularizer
        Any.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Examples
    --------
    >>> serialize(L1(0.5))["config"]
    {'l1': 0.5}
    """
    return describe(regularizer, "keras.regularizers", _BUILT.values())


def deserialize(config: Mapping[str, Any]) -> Regularizer:
    """Return the regularizer that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : dict
        With ``'class_name'`` and ``'config'``.

    Returns
    -------
    Regularizer
        As new.

    Raises
    ------
    NotImplementedError
        If it describes Keras's orthogonal regularizer.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(L1(0.5))).l1
    0.5
    """
    name, settings = read_description("regularizer", config)
    return look_up("regularizer", name, _BUILT, _UNBUILT).from_config(settings)


def get(
    identifier: str | Mapping[str, Any] | type[Regularizer] | Regularizer | None,
) -> Regularizer | None:
    """Return the regularizer that is meant.

    Parameters
    ----------
    identifier : str, dict, Regularizer, a class of them, or None
        ``'l1'``, ``'l2'`` and ``'l1l2'`` stand for their classes with Keras's defaults; a dict is
        what `serialize` returned.

    Returns
    -------
    Regularizer or None
        None for None.

    Raises
    ------
    NotImplementedError
        If it is Keras's orthogonal regularizer, or a function: the core would need its gradient.
    TypeError, ValueError
        If it is none of them, or an unknown name.

    Examples
    --------
    >>> get("l2").get_config()
    {'l2': 0.01}
    """
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    if isinstance(identifier, str):
        return look_up("regularizer", identifier, _BUILT, _UNBUILT)()
    if isinstance(identifier, Mapping):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Regularizer):
        return identifier()
    if callable(identifier):
        raise NotImplementedError(
            f"regularizer {identifier!r} is not built: the core has the gradients of L1 and L2 "
            "alone"
        )
    raise TypeError(f"expected regularizer to be a name or a Regularizer. Received: {identifier!r}")


def factors(regularizer: Regularizer | None) -> tuple[float, float]:
    """Return the factors of Σ |w| and of Σ w² in what the loss adds; None adds nothing.

    >>> factors(L2(0.5)), factors(None)
    ((0.0, 0.5), (0.0, 0.0))
    """
    return (0.0, 0.0) if regularizer is None else regularizer._factors()
