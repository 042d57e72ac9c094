"""The kernels of fastnn as plain functions on arrays.

Each takes float32 or float64 and returns the same; lists and integers are taken as float64, and
float32 meets float64 in float64, as in NumPy. Every function accepts empty arrays.

>>> import numpy as np
>>> from fastnn import ops
>>> ops.softmax([0.2, 1.3, 0.8, 2.1]).round(3)
array([0.08 , 0.24 , 0.146, 0.534])
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._typing import Float64, Floating
from fastnn._validation import (
    Array,
    as_floats,
    check_array,
    check_choice,
    check_class_indices,
    check_integer,
    common_dtype,
)
from fastnn.activations import log_softmax, relu, sigmoid, softmax, tanh

__all__ = [
    "dense",
    "knn",
    "log_softmax",
    "matmul",
    "pairwise_distances",
    "relu",
    "sigmoid",
    "softmax",
    "softmax_cross_entropy",
    "tanh",
]

_ACTIVATIONS = ("linear", "relu", "sigmoid", "tanh", "softmax", "log_softmax")
_METRICS = ("euclidean", "sqeuclidean")

_SAMPLES = (np.float64, np.float32, np.uint8)


def matmul(a: ArrayLike, b: ArrayLike) -> Floating:
    """Multiply two matrices.

    Parameters
    ----------
    a : array_like of shape (n, m)
    b : array_like of shape (m, p)

    Returns
    -------
    ndarray of shape (n, p)

    Raises
    ------
    ValueError
        If either is not a matrix or the inner dimensions differ.
    TypeError
        If either does not hold real numbers.

    Examples
    --------
    >>> matmul([[1, 2], [3, 4]], [[1], [10]])
    array([[21.],
           [43.]])
    """
    # A small product takes a few microseconds, no more than checks would: the core refuses what
    # does not fit it, and only then is it worth finding out why.
    try:
        return _core.matmul(a, b)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        pass
    left = as_floats(a, "a", shape=("n", "m"))
    right = as_floats(b, "b", shape=(left.shape[1], "p"))
    left, right = _in_common_dtype(left, right)
    return _core.matmul(left, right)


def dense(
    x: ArrayLike, w: ArrayLike, b: ArrayLike | None = None, activation: str | None = None
) -> Floating:
    """Return ``activation(x @ w + b)``, a fully connected layer.

    Parameters
    ----------
    x : array_like of shape (n_samples, n_features)
    w : array_like of shape (n_features, units)
    b : array_like of shape (units,), optional
    activation : {'linear', 'relu', 'sigmoid', 'tanh', 'softmax', 'log_softmax'}, optional
        None is 'linear'.

    Returns
    -------
    ndarray of shape (n_samples, units)

    Raises
    ------
    ValueError
        If the shapes do not fit or the activation is unknown.
    TypeError
        If an array does not hold real numbers.

    Examples
    --------
    >>> dense([[1.0, 2.0]], [[1.0, -1.0], [1.0, -1.0]], b=[0.5, 0.5], activation="relu")
    array([[3.5, 0. ]])
    """
    if activation is None:
        activation = "linear"
    activation = check_choice(activation, "activation", _ACTIVATIONS)
    x = as_floats(x, "x", shape=("n_samples", "n_features"))
    w = as_floats(w, "w", shape=(x.shape[1], "units"))
    if b is None:
        x, w = _in_common_dtype(x, w)
        return _core.dense(x, w, None, activation)
    b = as_floats(b, "b", shape=(w.shape[1],))
    x, w, b = _in_common_dtype(x, w, b)
    return _core.dense(x, w, b, activation)


def softmax_cross_entropy(logits: ArrayLike, labels: ArrayLike) -> tuple[float, Floating]:
    """Return the mean cross-entropy of the softmax of `logits`, and its gradient.

    Parameters
    ----------
    logits : array_like of shape (n_samples, n_classes)
    labels : array_like of int of shape (n_samples,)
        The index of each row's class.

    Returns
    -------
    loss : float
        In nats, the mean over the rows; 0 where there are none.
    grad : ndarray of shape (n_samples, n_classes)
        Gradient of the loss by the logits: ``(softmax(logits) - onehot(labels)) / n_samples``.

    Raises
    ------
    ValueError
        If the shapes do not fit or a label lies outside [0, n_classes).
    TypeError
        If the labels are not integers or the logits not real numbers.

    Examples
    --------
    >>> loss, grad = softmax_cross_entropy(np.log([[0.03, 0.87, 0.10]]), [1])
    >>> round(loss, 6)
    0.139262
    >>> grad.round(2)
    array([[ 0.03, -0.13,  0.1 ]])
    """
    logits = as_floats(logits, "logits", shape=("n_samples", "n_classes"))
    n_samples, n_classes = logits.shape
    classes = check_class_indices(labels, "labels", n_samples=n_samples, n_classes=n_classes)
    return _core.softmax_cross_entropy(logits, classes)


def pairwise_distances(X: ArrayLike, Y: ArrayLike, metric: str = "euclidean") -> Floating:
    """Return the distance of every row of `X` to every row of `Y`.

    The sum over (x - y)² is taken directly, so that rows close together far from the origin keep
    their distance, which ‖x‖² + ‖y‖² - 2xy loses.

    Parameters
    ----------
    X : array_like of shape (n_samples_X, n_features)
    Y : array_like of shape (n_samples_Y, n_features)
    metric : {'euclidean', 'sqeuclidean'}, default='euclidean'

    Returns
    -------
    ndarray of shape (n_samples_X, n_samples_Y)

    Raises
    ------
    ValueError
        If the shapes do not fit, the metric is unknown, or NaN or infinity is found.
    TypeError
        If an array does not hold real numbers.

    Examples
    --------
    >>> pairwise_distances([[0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]])
    array([[5., 1.]])
    """
    metric = check_choice(metric, "metric", _METRICS)
    left = as_floats(X, "X", shape=("n_samples_X", "n_features"), finite=True)
    right = as_floats(Y, "Y", shape=("n_samples_Y", left.shape[1]), finite=True)
    left, right = _in_common_dtype(left, right)
    return _core.pairwise_distances(left, right, metric)


def knn(
    X: ArrayLike, Q: ArrayLike, k: int, metric: str = "euclidean"
) -> "tuple[Float64, NDArray[np.int64]]":
    """Find the `k` rows of `X` nearest to each row of `Q`, exactly.

    Neighbours are ordered by distance, equal distances by the lower index. uint8, float32 and
    float64 are read as they are, in any combination.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
        The rows to search, at least one.
    Q : array_like of shape (n_queries, n_features)
        The rows to find neighbours for.
    k : int
        Number of neighbours, from 1 to n_samples.
    metric : {'euclidean', 'sqeuclidean'}, default='euclidean'

    Returns
    -------
    distances : float64 ndarray of shape (n_queries, k)
        Ascending.
    indices : int64 ndarray of shape (n_queries, k)
        Rows of `X`.

    Raises
    ------
    ValueError
        If the shapes do not fit, `k` is out of range, the metric is unknown, or NaN or infinity
        is found.
    TypeError
        If `k` is not an integer or an array does not hold real numbers.

    Examples
    --------
    >>> knn([[0.0], [1.0], [3.0]], [[1.9]], k=2)
    (array([[0.9, 1.1]]), array([[1, 2]]))
    """
    metric = check_choice(metric, "metric", _METRICS)
    X = check_array(X, "X", shape=("n_samples", "n_features"), dtypes=_SAMPLES, allow_empty=False)
    Q = check_array(Q, "Q", shape=("n_queries", X.shape[1]), dtypes=_SAMPLES)
    k = check_integer(k, "k", minimum=1)
    if k > len(X):
        raise ValueError(f"expected k <= {len(X)}, the number of rows of X. Received: {k}")
    return _core.Index(X, metric).search(Q, k)


def _in_common_dtype(*arrays: Array) -> tuple[Array, ...]:
    dtype = common_dtype(*arrays)
    return tuple(x.astype(dtype, copy=False) for x in arrays)
