"""Nearest neighbours as slowly and plainly as they are defined, to compare with."""

import numpy as np

from distances import nearest


def _squared(x, Y):
    return ((Y - x) ** 2).sum(axis=1)


def _cosine(x, Y):
    norms = np.sqrt((x * x).sum()) * np.sqrt((Y * Y).sum(axis=1))
    products = (Y * x).sum(axis=1)
    return np.where(norms > 0, np.clip(1 - products / np.where(norms > 0, norms, 1), 0, 2), 1)


def _canberra(x, Y):
    sizes = np.abs(x) + np.abs(Y)
    return (np.abs(Y - x) / np.where(sizes > 0, sizes, 1)).sum(axis=1)


def _braycurtis(x, Y):
    sizes = (np.abs(x) + np.abs(Y)).sum(axis=1)
    return np.abs(Y - x).sum(axis=1) / np.where(sizes > 0, sizes, 1)


def _nan_euclidean(x, Y):
    squares = (Y - x) ** 2
    present = ~np.isnan(squares)
    shares = present.sum(axis=1) / len(x)
    sums = np.where(present, squares, 0).sum(axis=1)
    return np.where(shares > 0, np.sqrt(sums / np.where(shares > 0, shares, 1)), np.nan)


def _haversine(x, Y):
    half = np.sin((Y - x) / 2) ** 2
    return 2 * np.arcsin(np.sqrt(half[:, 0] + np.cos(x[0]) * np.cos(Y[:, 0]) * half[:, 1]))


# What orders the rows: of a root, what it is taken of.
_REDUCED = {
    "euclidean": _squared,
    "minkowski": _squared,  # by its default power
    "l2": _squared,
    "sqeuclidean": _squared,
    "manhattan": lambda x, Y: np.abs(Y - x).sum(axis=1),
    "chebyshev": lambda x, Y: np.abs(Y - x).max(axis=1, initial=0),
    "cosine": _cosine,
    "inner_product": lambda x, Y: -(Y * x).sum(axis=1),
    "hamming": lambda x, Y: (x != Y).mean(axis=1),
    "canberra": _canberra,
    "braycurtis": _braycurtis,
    "nan_euclidean": _nan_euclidean,
    "haversine": _haversine,
}


def _reduced(X, Q, metric, p):
    rows = np.asarray(X, dtype=np.float64)
    queries = np.asarray(Q, dtype=np.float64)
    measure = _REDUCED[metric]
    if p != 2:

        def measure(x, Y):
            return (np.abs(Y - x) ** p).sum(axis=1)

    return np.array([measure(query, rows) for query in queries]).reshape(len(queries), len(rows))


def _finished(reduced, metric, p):
    if metric in {"euclidean", "l2", "minkowski"}:
        return np.sqrt(reduced) if p == 2 else reduced ** (1 / p)
    return reduced


def distances(X, Q, metric="euclidean", p=2):
    """Return the distance of every query in Q to every row of X, row by row in float64."""
    return _finished(_reduced(X, Q, metric, p), metric, p)


def neighbors(X, Q, k, metric="euclidean", p=2):
    """Return (distances, indices) of the k rows of X that come first by (distance, index)."""
    reduced, indices = nearest(_reduced(X, Q, metric, p), k)
    return _finished(reduced, metric, p), indices


def farthest(X, Q, k, metric="euclidean", p=2):
    """Return (distances, indices) of the k rows of largest distance, of equals the lowest."""
    reduced, indices = nearest(-_reduced(X, Q, metric, p), k)
    return _finished(-reduced, metric, p), indices


def majority(labels, indices):
    """Return each row's most frequent label among the neighbours, of equals the lowest."""
    votes = labels[indices][:, :, np.newaxis] == np.arange(labels.max() + 1)
    return votes.sum(axis=1).argmax(axis=1)
