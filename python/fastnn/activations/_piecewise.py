"""Activation functions made of straight and parabolic pieces."""

import math

from numpy.typing import ArrayLike

from fastnn._arguments import check_finite, check_not_negative
from fastnn._typing import Floating
from fastnn.activations._apply import apply


def linear(x: ArrayLike) -> Floating:
    """Return `x`, an array of any shape, as it is.

    >>> linear([-1.0, 2.0])
    array([-1.,  2.])
    """
    return apply("linear", x)


def relu(
    x: ArrayLike,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
) -> Floating:
    """Return ``max(x, 0)`` of every element of an array of any shape.

    Parameters
    ----------
    x : array_like
    negative_slope : float, default=0.0
        Below the threshold the result is ``negative_slope * (x - threshold)``.
    max_value : float, optional
        The largest result, not negative. Default: none.
    threshold : float, default=0.0
        Not negative; up to here elements count as below zero.

    Returns
    -------
    ndarray of the shape of `x`

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range, or if `x` does not hold real numbers.

    Examples
    --------
    >>> relu([-10.0, -1.0, 0.0, 3.0])
    array([0., 0., 0., 3.])
    >>> relu([-10.0, -1.0, 0.0, 3.0], negative_slope=0.5, max_value=2.0)
    array([-5. , -0.5,  0. ,  2. ])
    """
    return apply("relu", x, relu_arguments(negative_slope, max_value, threshold))


def relu_arguments(
    negative_slope: float, max_value: float | None, threshold: float
) -> tuple[float, ...]:
    """Return relu's arguments as the core takes them, or say what is wrong with them."""
    return (
        check_finite(negative_slope, "negative_slope"),
        math.inf if max_value is None else check_not_negative(max_value, "max_value"),
        check_not_negative(threshold, "threshold"),
    )


def leaky_relu(x: ArrayLike, negative_slope: float = 0.2) -> Floating:
    """Return `x` where it is positive, else ``negative_slope * x``, for an array of any shape.

    >>> leaky_relu([-10.0, 2.0])
    array([-2.,  2.])
    """
    return apply("leaky_relu", x, (check_finite(negative_slope, "negative_slope"),))


def relu6(x: ArrayLike) -> Floating:
    """Return ``min(max(x, 0), 6)`` of every element of an array of any shape.

    >>> relu6([-1.0, 2.0, 7.0])
    array([0., 2., 6.])
    """
    return apply("relu6", x)


def soft_shrink(x: ArrayLike, threshold: float = 0.5) -> Floating:
    """Move every element of an array of any shape towards 0 by `threshold`, at most to 0.

    >>> soft_shrink([-2.0, 0.4, 1.0])
    array([-1.5,  0. ,  0.5])
    """
    return apply("soft_shrink", x, (check_not_negative(threshold, "threshold"),))


def hard_shrink(x: ArrayLike, threshold: float = 0.5) -> Floating:
    """Return `x` where ``abs(x) > threshold``, else 0, for an array of any shape.

    >>> hard_shrink([-2.0, 0.4, 1.0])
    array([-2.,  0.,  1.])
    """
    return apply("hard_shrink", x, (check_not_negative(threshold, "threshold"),))


def threshold(x: ArrayLike, threshold: float, default_value: float) -> Floating:
    """Return `x` where ``x > threshold``, else `default_value`, for an array of any shape.

    >>> threshold([-2.0, 0.4, 1.0], threshold=0.5, default_value=-3.0)
    array([-3., -3.,  1.])
    """
    arguments = check_finite(threshold, "threshold"), check_finite(default_value, "default_value")
    return apply("threshold", x, arguments)


def hard_tanh(x: ArrayLike) -> Floating:
    """Return every element of an array of any shape, clipped to [-1, 1].

    >>> hard_tanh([-2.0, 0.4, 1.5])
    array([-1. ,  0.4,  1. ])
    """
    return apply("hard_tanh", x)


def hard_sigmoid(x: ArrayLike) -> Floating:
    """Return ``x / 6 + 1/2``, clipped to [0, 1], of every element of an array of any shape.

    >>> hard_sigmoid([-4.0, 0.0, 1.5])
    array([0.  , 0.5 , 0.75])
    """
    return apply("hard_sigmoid", x)


def hard_silu(x: ArrayLike) -> Floating:
    """Return ``x * hard_sigmoid(x)`` of every element of an array of any shape.

    Source: A. Howard et al., *Searching for MobileNetV3*, ICCV 2019.

    >>> hard_silu([-4.0, 0.0, 1.5, 4.0])
    array([-0.   ,  0.   ,  1.125,  4.   ])
    """
    return apply("hard_silu", x)


def sparse_sigmoid(x: ArrayLike) -> Floating:
    """Return ``(x + 1) / 2``, clipped to [0, 1], of every element of an array of any shape.

    Source: M. Blondel, A. Martins, V. Niculae, *Learning Classifiers with Fenchel-Young Losses*,
    AISTATS 2019.

    >>> sparse_sigmoid([-2.0, 0.0, 0.5])
    array([0.  , 0.5 , 0.75])
    """
    return apply("sparse_sigmoid", x)


def sparse_plus(x: ArrayLike) -> Floating:
    """Return 0 up to -1, ``(x + 1)**2 / 4`` up to 1, then `x`, for an array of any shape.

    >>> sparse_plus([-2.0, 0.0, 3.0])
    array([0.  , 0.25, 3.  ])
    """
    return apply("sparse_plus", x)
