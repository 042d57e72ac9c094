"""Activation functions that look at all elements along an axis."""

from numpy.typing import ArrayLike

from fastnn._typing import Floating
from fastnn.activations._apply import apply_along


def softmax(x: ArrayLike, axis: int = -1) -> Floating:
    """Return ``exp(x) / sum(exp(x))`` along an axis, without overflow.

    Parameters
    ----------
    x : array_like of shape (..., n_classes)
        Logits.
    axis : int, default=-1
        Where the classes are.

    Returns
    -------
    ndarray of the shape of `x`
        Probabilities; they sum to 1 along the axis.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold real numbers, or has no such axis.

    Examples
    --------
    >>> softmax([[0.0, 0.0], [1e4, -1e4]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    """
    return apply_along(axis, "softmax", x)


def log_softmax(x: ArrayLike, axis: int = -1) -> Floating:
    """Return ``x - log(sum(exp(x)))`` along an axis, without overflow or loss of digits.

    Parameters
    ----------
    x : array_like of shape (..., n_classes)
        Logits.
    axis : int, default=-1
        Where the classes are.

    Returns
    -------
    ndarray of the shape of `x`
        Logarithms of the probabilities.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold real numbers, or has no such axis.

    Examples
    --------
    >>> log_softmax([1e4, 0.0])
    array([     0., -10000.])
    """
    return apply_along(axis, "log_softmax", x)


def sparsemax(x: ArrayLike, axis: int = -1) -> Floating:
    """Return the point nearest to `x` whose elements along an axis are ≥ 0 and sum to 1.

    It is ``max(x - τ, 0)`` with the τ that makes the sum 1. Keras up to 3.15 takes a larger τ where
    more than one element is positive, so that its result sums to less (keras pull request #23469).

    Parameters
    ----------
    x : array_like of shape (..., n_classes)
        Logits.
    axis : int, default=-1
        Where the classes are.

    Returns
    -------
    ndarray of the shape of `x`
        Probabilities, many of them 0.

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold real numbers, or has no such axis.

    References
    ----------
    A. Martins, R. Astudillo, *From Softmax to Sparsemax*, ICML 2016.

    Examples
    --------
    >>> sparsemax([0.0, 0.5, 1.0])
    array([0.  , 0.25, 0.75])
    """
    return apply_along(axis, "sparsemax", x)


def glu(x: ArrayLike, axis: int = -1) -> Floating:
    """Return ``a * sigmoid(b)``, where a and b are the halves of `x` along an axis.

    Parameters
    ----------
    x : array_like of shape (..., 2 * n)
    axis : int, default=-1
        Where the halves lie one behind the other.

    Returns
    -------
    ndarray of shape (..., n)

    Raises
    ------
    TypeError, ValueError
        If `x` does not hold real numbers, has no such axis, or has no halves along it.

    References
    ----------
    Y. Dauphin, A. Fan, M. Auli, D. Grangier, *Language Modeling with Gated Convolutional
    Networks*, ICML 2017.

    Examples
    --------
    >>> glu([1.0, 2.0, 0.0, 1e4])
    array([0.5, 2. ])
    """
    return apply_along(axis, "glu", x)
