"""The score of every number of neighbours from one search for the largest."""

from collections.abc import Callable, Iterable

from fastnn._typing import Float64
from fastnn._validation import Array, check_integer
from fastnn.neighbors._input import Numbers


def sweep(
    ks: Iterable[int],
    search: Callable[[int], tuple[Float64, Numbers]],
    predict: Callable[[Float64, Numbers], Array],
    score: Callable[[Array], float],
) -> dict[int, float]:
    """Return the score of the predictions by the first k neighbours of each query, for each k.

    Parameters
    ----------
    ks : iterable of int
        Numbers of neighbours, each at least 1.
    search : callable
        Returns distances and indices of shape (n_queries, k), nearest first.
    predict : callable
        Predicts from such distances and indices.
    score : callable
        Scores predictions.

    Raises
    ------
    ValueError, TypeError
        If `ks` is empty or holds anything but integers of at least 1.
    """
    if not isinstance(ks, Iterable):
        raise TypeError(f"expected ks to be several integers. Received: {ks!r}")
    wanted = [check_integer(k, "every k in ks", minimum=1) for k in ks]
    if not wanted:
        raise ValueError("expected ks to hold at least one integer. Received: none")
    distances, indices = search(max(wanted))
    return {k: float(score(predict(distances[:, :k], indices[:, :k]))) for k in wanted}
