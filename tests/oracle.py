"""Nearest neighbours as slowly and plainly as they are defined, to compare with."""

import numpy as np


def neighbors(X, Q, k, metric="euclidean"):
    """Return (distances, indices) of the k rows of X that come first by (distance, index)."""
    rows = np.asarray(X, dtype=np.float64)
    distances = np.empty((len(Q), k))
    indices = np.empty((len(Q), k), dtype=np.int64)
    for i, query in enumerate(np.asarray(Q, dtype=np.float64)):
        squared = ((rows - query) ** 2).sum(axis=1)
        indices[i] = np.lexsort((np.arange(len(rows)), squared))[:k]
        distances[i] = squared[indices[i]]
    return (distances if metric == "sqeuclidean" else np.sqrt(distances)), indices


def majority(labels, indices):
    """Return each row's most frequent label among the neighbours, of equals the lowest."""
    votes = labels[indices][:, :, np.newaxis] == np.arange(labels.max() + 1)
    return votes.sum(axis=1).argmax(axis=1)
