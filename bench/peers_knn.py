"""Exact k-nearest neighbours: MNIST, raw pixels in float32, 10,000 queries among 60,000 rows."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

import report
from timing import Contender, Timings, Work, run_in_turn, started, warn_of_idle_spinning

N_NEIGHBORS = 5


def load_raw(dtype: type = np.float32) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of MNIST, 0 to 255: (60000, 784) to train and (10000, 784) to test."""
    from fastnn.datasets import mnist

    (x_train, _), (x_test, _) = mnist.load_data()
    return x_train.reshape(-1, 784).astype(dtype), x_test.reshape(-1, 784).astype(dtype)


def timed_search(search: Any) -> Work:
    """Make the work of fitting on the train rows and searching for all test rows."""
    x_train, x_test = load_raw()

    def work(_: Any) -> tuple[float, np.ndarray]:
        start = time.perf_counter()
        indices = search(x_train, x_test)
        return time.perf_counter() - start, indices

    return work


def prepare_fastnn() -> Work:
    from fastnn.neighbors import NearestNeighbors

    return timed_search(
        lambda x, queries: NearestNeighbors(n_neighbors=N_NEIGHBORS).fit(x).kneighbors(queries)[1]
    )


def prepare_sklearn() -> Work:
    from sklearn.neighbors import NearestNeighbors

    estimator = NearestNeighbors(n_neighbors=N_NEIGHBORS, algorithm="brute")
    return timed_search(lambda x, queries: estimator.fit(x).kneighbors(queries)[1])


def prepare_faiss() -> Work:
    import faiss

    def search(x: np.ndarray, queries: np.ndarray) -> np.ndarray:
        index = faiss.IndexFlatL2(x.shape[1])
        index.add(x)
        return index.search(queries, N_NEIGHBORS)[1]

    return timed_search(search)


CONTENDERS = (
    Contender("fastnn", "fastnn", prepare_fastnn),
    Contender("faiss IndexFlatL2", "faiss", prepare_faiss),
    Contender("scikit-learn brute", "sklearn", prepare_sklearn, max_runs=2, warm_up=False),
)


def compare(n_runs: int) -> str:
    """Time fit and search, and count the queries whose neighbours are not the nearest."""
    with started(CONTENDERS) as workers:
        timings = run_in_turn(workers, n_runs)
        warn_of_idle_spinning(workers)
    describe_mistakes(timings)
    title = f"## k-NN: MNIST, 60,000 × 784 float32, 10,000 queries, k = {N_NEIGHBORS}, fit + search"
    return f"{title}\n\n{report.seconds_table(timings, 'queries with a wrong neighbour')}"


def describe_mistakes(timings: list[Timings]) -> None:
    """Replace each outcome, the indices found, by the number of queries answered wrongly.

    The pixels are integers, so that the squared distances of the neighbours found are recomputed
    without any rounding. At each place the smallest of all contenders' distances is taken as right.
    """
    distances = [exact_distances(timing.outcome) for timing in timings]
    nearest = np.minimum.reduce(distances)
    for timing, found in zip(timings, distances, strict=True):
        timing.outcome = int((found > nearest).any(axis=1).sum())
    if timings[0].outcome:
        raise AssertionError(f"{timings[0].name} missed {timings[0].outcome} nearest neighbours")


def exact_distances(indices: np.ndarray) -> np.ndarray:
    """Square the distances from each query to the train rows found for it, sorted, in integers."""
    x_train, x_test = load_raw(np.int32)
    distances = [
        np.square(x_train[found] - query).sum(axis=1)
        for query, found in zip(x_test, indices, strict=True)
    ]
    return np.sort(distances, axis=1)
