"""Who decided a prediction."""

from dataclasses import dataclass
from typing import Any

from fastnn._typing import Float64
from fastnn._validation import Array
from fastnn.neighbors._input import Numbers


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """The neighbours that voted on one query, nearest first; printing it lists them.

    Attributes
    ----------
    prediction : label, or ndarray of shape (n_outputs,)
        What `predict` answers for the query.
    labels : ndarray of shape (n_neighbors,) or (n_neighbors, n_outputs)
        The labels of the neighbours.
    distances : float64 ndarray of shape (n_neighbors,)
        Their distances from the query, ascending.
    indices : int64 ndarray of shape (n_neighbors,)
        Their rows, counted in the order in which they were fitted.
    weights : float64 ndarray of shape (n_neighbors,)
        The share of the vote that each has; the sum is 1.

    Examples
    --------
    >>> from fastnn.neighbors import KNeighborsClassifier
    >>> classifier = KNeighborsClassifier(n_neighbors=3)
    >>> classifier.fit([[0], [1], [2], [3]], ["low", "low", "high", "high"]).explain([1.1])
    prediction: low
     row  distance  weight  label
       1       0.1   0.333  low
       2       0.9   0.333  high
       0       1.1   0.333  low
    """

    prediction: Any
    labels: Array
    distances: Float64
    indices: Numbers
    weights: Float64

    def __repr__(self) -> str:
        columns = zip(self.indices, self.distances, self.weights, self.labels, strict=True)
        rows = [("row", "distance", "weight", "label")]
        rows += [(f"{i}", f"{d:.6g}", f"{w:.3f}", f"{label}") for i, d, w, label in columns]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        lines = [
            " ".join(f" {cell:>{width}}" for cell, width in zip(row, widths, strict=False))
            + f"  {row[3]}"
            for row in rows
        ]
        return "\n".join([f"prediction: {self.prediction}", *lines])
