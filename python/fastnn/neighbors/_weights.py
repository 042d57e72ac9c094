"""How much each neighbour counts: alike, one over its distance, or what a function says."""

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from fastnn._typing import Float64
from fastnn._validation import Array, check_choice
from fastnn.neighbors._input import Numbers

Weights: TypeAlias = str | Callable[[Any], Any] | None


def check_weights(weights: object) -> None:
    """Raise ValueError unless `weights` is 'uniform', 'distance', None or a function."""
    if not (weights is None or callable(weights)):
        check_choice(weights, "weights", ("uniform", "distance"))


def weigh(weights: Weights, distances: Float64) -> Float64 | None:
    """Return the weights of neighbours of the given distances, None where all count alike.

    Where some neighbours of a query weigh infinitely, because their distance is 0, these count
    1 each and the others nothing.

    Parameters
    ----------
    weights : {'uniform', 'distance'}, callable or None
        As the estimators take it; callables are given `distances`.
    distances : float64 ndarray of shape (n_queries, n_neighbors)

    Returns
    -------
    C-contiguous float64 ndarray of shape (n_queries, n_neighbors), or None

    Raises
    ------
    ValueError
        If a distance is negative, as inner products make it, and 'distance' is asked for; if a
        function's weights have another shape, hold NaN, or have no positive sum over the
        neighbours of a query.

    Examples
    --------
    >>> weigh("distance", np.array([[0.5, 2.0], [0.0, 2.0]]))
    array([[2. , 0.5],
           [1. , 0. ]])
    """
    check_weights(weights)
    if weights is None or weights == "uniform":
        return None
    if callable(weights):
        weighed = np.array(weights(distances), dtype=np.float64, order="C")
        _check_shape(weighed.shape, distances.shape)
    else:
        weighed = _inverse(distances)
    infinite = np.isposinf(weighed)
    if infinite.any():
        weighed = np.where(infinite.any(axis=1, keepdims=True), infinite, weighed)
    _check_sums(weighed.sum(axis=1), np.zeros(len(weighed), dtype=bool))
    return weighed


def weigh_ragged(weights: Weights, offsets: Numbers, distances: Float64) -> Float64 | None:
    """Return what `weigh` does for queries that have different numbers of neighbours.

    Parameters
    ----------
    weights : {'uniform', 'distance'}, callable or None
        A callable is given an object array of one float64 array per query, as in scikit-learn.
    offsets : int64 ndarray of shape (n_queries + 1,)
        Query i has the neighbours from `offsets[i]` to `offsets[i + 1]`.
    distances : float64 ndarray of shape (n_found,)

    Returns
    -------
    float64 ndarray of shape (n_found,), or None

    Raises
    ------
    ValueError
        As `weigh` does; a query without neighbours is no error.

    Examples
    --------
    >>> weigh_ragged("distance", np.array([0, 2, 3]), np.array([0.5, 2.0, 0.0]))
    array([2. , 0.5, 1. ])
    """
    check_weights(weights)
    if weights is None or weights == "uniform":
        return None
    weighed = _called(weights, offsets, distances) if callable(weights) else _inverse(distances)
    queries, n_queries = owners(offsets), len(offsets) - 1
    infinite = np.isposinf(weighed)
    decided = np.zeros(n_queries, dtype=bool)
    decided[queries[infinite]] = True
    weighed = np.where(decided[queries], infinite, weighed)
    _check_sums(np.bincount(queries, weighed, n_queries), np.diff(offsets) == 0)
    return weighed


def owners(offsets: Numbers) -> Numbers:
    """Return the query of each neighbour, where query i has those of offsets[i : i + 2].

    >>> owners(np.array([0, 2, 2, 3]))
    array([0, 0, 2])
    """
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _inverse(distances: Float64) -> Float64:
    if distances.size and distances.min() < 0:
        raise ValueError(
            "expected distances >= 0 with weights='distance'. "
            f"Received: {distances.min()}; give a function of the distances instead"
        )
    with np.errstate(divide="ignore", over="ignore"):
        inverse: Float64 = 1.0 / distances
    return inverse


def _called(weights: Callable[[Any], Any], offsets: Numbers, distances: Float64) -> Float64:
    """Return the weights that a function gives to the distances of each query."""
    of_each_query = np.empty(len(offsets) - 1, dtype=object)
    of_each_query[:] = np.split(distances, offsets[1:-1])
    weighed = [np.asarray(w, dtype=np.float64) for w in weights(of_each_query)]
    _check_shape([w.shape for w in weighed], [d.shape for d in of_each_query])
    return np.concatenate(weighed)


def _check_shape(received: object, expected: object) -> None:
    if received != expected:
        raise ValueError(
            f"expected weights of the shape of the distances, {expected}. Received: {received}"
        )


def _check_sums(sums: Array, is_empty: Array) -> None:
    usable = is_empty | (np.isfinite(sums) & (sums > 0))
    if not usable.all():
        query = int((~usable).argmax())
        raise ValueError(
            "expected weights whose sum over the neighbours of a query is positive and finite. "
            f"Received: {sums[query]} for query {query}"
        )
