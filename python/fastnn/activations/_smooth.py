"""Activation functions made of exponentials and roots."""

from numpy.typing import ArrayLike

from fastnn._arguments import check_bool, check_finite, check_positive
from fastnn._typing import Floating
from fastnn.activations._apply import apply


def sigmoid(x: ArrayLike) -> Floating:
    """Return ``1 / (1 + exp(-x))`` of every element of an array of any shape, without overflow.

    >>> sigmoid([-1e4, 0.0, 1e4])
    array([0. , 0.5, 1. ])
    """
    return apply("sigmoid", x)


def log_sigmoid(x: ArrayLike) -> Floating:
    """Return ``-log(1 + exp(-x))`` of every element of an array of any shape, without overflow.

    >>> log_sigmoid([-1e4, 1e4])
    array([-10000.,      0.])
    """
    return apply("log_sigmoid", x)


def tanh(x: ArrayLike) -> Floating:
    """Return the hyperbolic tangent of every element of an array of any shape.

    >>> tanh([-1e4, 0.0, 1e4])
    array([-1.,  0.,  1.])
    """
    return apply("tanh", x)


def tanh_shrink(x: ArrayLike) -> Floating:
    """Return ``x - tanh(x)`` of every element of an array of any shape, all digits near 0 too.

    >>> tanh_shrink([-1.0, 0.0, 2.0]).round(4)
    array([-0.2384, -0.    ,  1.036 ])
    """
    return apply("tanh_shrink", x)


def exponential(x: ArrayLike) -> Floating:
    """Return ``exp(x)`` of every element of an array of any shape.

    >>> exponential([-1e4, 0.0, 1e4])
    array([ 0.,  1., inf])
    """
    return apply("exponential", x)


def elu(x: ArrayLike, alpha: float = 1.0) -> Floating:
    """Return `x` where it is positive, else ``alpha * (exp(x) - 1)``, for an array of any shape.

    Source: D. Clevert, T. Unterthiner, S. Hochreiter, *Fast and Accurate Deep Network Learning by
    Exponential Linear Units*, ICLR 2016.

    >>> elu([-1e4, 0.0, 3.0], alpha=0.5)
    array([-0.5,  0. ,  3. ])
    """
    return apply("elu", x, (check_finite(alpha, "alpha"),))


def celu(x: ArrayLike, alpha: float = 1.0) -> Floating:
    """Return `x` where positive, else ``alpha * (exp(x / alpha) - 1)``, for an array of any shape.

    Source: J. T. Barron, *Continuously Differentiable Exponential Linear Units*, 2017. `alpha` is
    positive.

    >>> celu([-1e4, 0.0, 3.0], alpha=0.5)
    array([-0.5,  0. ,  3. ])
    """
    return apply("celu", x, (check_positive(alpha, "alpha"),))


def selu(x: ArrayLike) -> Floating:
    """Return ``1.0507 * elu(x, alpha=1.6733)`` of an array of any shape.

    The two constants, here in 5 of their digits, keep mean 0 and variance 1 from layer to layer.
    Source: G. Klambauer et al., *Self-Normalizing Neural Networks*, NeurIPS 2017.

    >>> selu([-1e4, 0.0, 1.0]).round(4)
    array([-1.7581,  0.    ,  1.0507])
    """
    return apply("selu", x)


def gelu(x: ArrayLike, approximate: bool = False) -> Floating:
    """Return ``x * Φ(x)``, Φ the normal distribution function, of an array of any shape.

    Source: D. Hendrycks, K. Gimpel, *Gaussian Error Linear Units*, 2016. With `approximate` Φ(x)
    is replaced by ``(1 + tanh(sqrt(2 / π) * (x + 0.044715 * x**3))) / 2``.

    >>> gelu([-1.0, 0.0, 1.0]).round(4)
    array([-0.1587,  0.    ,  0.8413])
    """
    return apply("gelu", x, (float(check_bool(approximate, "approximate")),))


def silu(x: ArrayLike) -> Floating:
    """Return ``x * sigmoid(x)`` of every element of an array of any shape; also named swish.

    Source: P. Ramachandran, B. Zoph, Q. Le, *Searching for Activation Functions*, 2017.

    >>> silu([-1.0, 0.0, 1.0]).round(4)
    array([-0.2689,  0.    ,  0.7311])
    """
    return apply("silu", x)


def mish(x: ArrayLike) -> Floating:
    """Return ``x * tanh(softplus(x))`` of every element of an array of any shape.

    Source: D. Misra, *Mish: A Self Regularized Non-Monotonic Activation Function*, BMVC 2020.

    >>> mish([-1.0, 0.0, 1.0]).round(4)
    array([-0.3034,  0.    ,  0.8651])
    """
    return apply("mish", x)


def softplus(x: ArrayLike) -> Floating:
    """Return ``log(1 + exp(x))`` of every element of an array of any shape, without overflow.

    >>> softplus([-1e4, 1e4])
    array([    0., 10000.])
    """
    return apply("softplus", x)


def softsign(x: ArrayLike) -> Floating:
    """Return ``x / (1 + abs(x))`` of every element of an array of any shape.

    >>> softsign([-3.0, 0.0, 1.0])
    array([-0.75,  0.  ,  0.5 ])
    """
    return apply("softsign", x)


def squareplus(x: ArrayLike, b: float = 4) -> Floating:
    """Return ``(x + sqrt(x**2 + b)) / 2`` of an array of any shape, all digits below 0 too.

    Source: J. T. Barron, *Squareplus: A Softplus-Like Algebraic Rectifier*, 2021. `b` is positive.

    >>> squareplus([-1.5, 0.0, 1.5])
    array([0.5, 1. , 2. ])
    """
    return apply("squareplus", x, (check_positive(b, "b"),))
