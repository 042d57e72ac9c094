"""Exact nearest neighbours: one search by fastnn and its peers, and which of them were wrong."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn._bench.timing import (
    Contender,
    Timings,
    Work,
    progress,
    run_in_turn,
    started,
    warn_of_idle_spinning,
)
from fastnn._typing import Float64

Rows = NDArray[Any]  # (n_samples, n_features)
Indices = NDArray[np.int64]  # (n_queries, N_NEIGHBORS)
Arrays = dict[str, Rows]  # x and queries; y and targets as well where labels are predicted
Query = Callable[[Rows], Indices]
Fit = Callable[[Rows], Query]

N_NEIGHBORS = 5
N_WARM_UP = 32  # queries before those that are timed one by one
N_SCORES = 200
TREE_FEATURES = 16  # up to here scikit-learn's k-d tree is faster than its brute force


@dataclass(frozen=True)
class Search:
    """A search and the peers that do the same.

    `measure` names what is timed: "fit + search"; "search alone", of one query at a time after the
    fit and 32 queries to warm up; or "fit + score" of a classifier.
    """

    name: str
    title: str
    load: Callable[[], Arrays]
    peers: tuple[str, ...]
    metric: str = "euclidean"
    measure: str = "fit + search"
    max_seconds: float = 40.0  # of a contender's runs


@dataclass(frozen=True)
class Program:
    """What a contender runs, and how it likes its rows: that is done before the clock starts."""

    package: str
    fit_for: Callable[[Search, int], Fit]
    convert: Callable[[Search, Rows], Rows]


def fit_estimator(estimator: Any) -> Fit:
    def fit(x: Rows) -> Query:
        estimator.fit(x)
        return lambda queries: estimator.kneighbors(queries, return_distance=False)

    return fit


def fit_fastnn(case: Search, _: int) -> Fit:
    from fastnn.neighbors import NearestNeighbors

    return fit_estimator(NearestNeighbors(n_neighbors=N_NEIGHBORS, metric=case.metric))


def fit_sklearn(case: Search, n_features: int) -> Fit:
    from sklearn.neighbors import NearestNeighbors

    algorithm = "kd_tree" if n_features <= TREE_FEATURES else "brute"
    return fit_estimator(
        NearestNeighbors(
            n_neighbors=N_NEIGHBORS, metric=case.metric, algorithm=algorithm, n_jobs=-1
        )
    )


def fit_sklearnex(case: Search, _: int) -> Fit:
    from sklearnex.neighbors import NearestNeighbors

    return fit_estimator(
        NearestNeighbors(n_neighbors=N_NEIGHBORS, metric=case.metric, algorithm="brute")
    )


def fit_faiss(case: Search, n_features: int) -> Fit:
    import faiss

    metrics = {
        "euclidean": faiss.METRIC_L2,
        "cosine": faiss.METRIC_INNER_PRODUCT,
        "manhattan": faiss.METRIC_L1,
    }

    def fit(x: Rows) -> Query:
        index = faiss.IndexFlat(n_features, metrics[case.metric])
        index.add(x)
        return lambda queries: index.search(queries, N_NEIGHBORS)[1]

    return fit


def fit_torch(case: Search, _: int) -> Fit:
    import torch

    def fit(x: Rows) -> Query:
        rows = torch.from_numpy(x)
        norms = rows.square().sum(1)

        def nearest(block: torch.Tensor) -> torch.Tensor:
            if case.metric == "cosine":
                return torch.topk(block @ rows.T, N_NEIGHBORS).indices
            distances = torch.addmm(norms, block, rows.T, alpha=-2)
            return torch.topk(distances, N_NEIGHBORS, largest=False).indices

        return lambda queries: torch.cat(
            [nearest(block) for block in torch.from_numpy(queries).split(1024)]
        ).numpy()

    return fit


def fit_scipy(_: Search, __: int) -> Fit:
    from scipy.spatial import cKDTree

    def fit(x: Rows) -> Query:
        tree = cKDTree(x, leafsize=32, balanced_tree=False)  # the fastest in 3 and 8 dimensions
        return lambda queries: tree.query(queries, N_NEIGHBORS, workers=-1)[1]

    return fit


def as_given(_: Search, rows: Rows) -> Rows:
    return rows


def as_float32(_: Search, rows: Rows) -> Rows:
    return rows.astype(np.float32)


def as_unit_float32(case: Search, rows: Rows) -> Rows:
    if case.metric != "cosine":
        return as_float32(case, rows)
    return as_float32(case, rows / np.linalg.norm(rows, axis=1, keepdims=True))


def as_float64_for_trees(case: Search, rows: Rows) -> Rows:
    return rows.astype(np.float64 if rows.shape[1] <= TREE_FEATURES else np.float32)


PROGRAMS = {
    "fastnn": Program("fastnn", fit_fastnn, as_given),
    "faiss": Program("faiss", fit_faiss, as_unit_float32),
    "scikit-learn": Program("sklearn", fit_sklearn, as_float64_for_trees),
    "scikit-learn-intelex": Program("sklearnex", fit_sklearnex, as_float32),
    "PyTorch": Program("torch", fit_torch, as_unit_float32),
    "SciPy cKDTree": Program("scipy", fit_scipy, as_float64_for_trees),
}


def prepare(name: str, case: Search, folder: Path) -> Work:
    """Load the arrays of the case in the contender's own process, and make its work."""
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    if case.measure == "fit + score":
        return timed_scores(PROGRAMS[name].package, arrays)
    program = PROGRAMS[name]
    x, queries = (program.convert(case, arrays[rows]) for rows in ("x", "queries"))
    fit = program.fit_for(case, x.shape[1])
    return (timed_queries if case.measure == "search alone" else timed_search)(fit, x, queries)


def timed_search(fit: Fit, x: Rows, queries: Rows) -> Work:
    def work(_: Any) -> tuple[float, Indices]:
        start = time.perf_counter()
        indices = fit(x)(queries)
        return time.perf_counter() - start, indices

    return work


def timed_queries(fit: Fit, x: Rows, queries: Rows) -> Work:
    """Make the work of one query after the other: the median of their seconds."""
    search = fit(x)
    for i in range(N_WARM_UP):
        search(queries[i : i + 1])

    def work(_: Any) -> tuple[float, Indices]:
        seconds, indices = [], []
        for i in range(N_WARM_UP, len(queries)):
            start = time.perf_counter()
            indices.append(search(queries[i : i + 1]))
            seconds.append(time.perf_counter() - start)
        return statistics.median(seconds), np.concatenate(indices)

    return work


def timed_scores(package: str, arrays: Arrays) -> Work:
    """Make the work of fitting and scoring a classifier: the median seconds of many times."""
    make_classifier = import_module(f"{package}.neighbors").KNeighborsClassifier
    x, y, queries, targets = (arrays[name] for name in ("x", "y", "queries", "targets"))

    def work(_: Any) -> tuple[float, float]:
        seconds, accuracy = [], 0.0
        for _ in range(N_SCORES):
            start = time.perf_counter()
            accuracy = make_classifier(N_NEIGHBORS).fit(x, y).score(queries, targets)
            seconds.append(time.perf_counter() - start)
        return statistics.median(seconds), accuracy

    return work


@contextmanager
def ready(case: Search) -> Iterator[tuple[Arrays, list[Contender]]]:
    """Give the arrays of the case, and fastnn and its peers, which read them from files."""
    progress(f"\n{case.title}: loading")
    arrays = case.load()
    with TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(Path(folder, name), array)
        yield arrays, contenders(case, Path(folder))


def contenders(case: Search, folder: Path) -> list[Contender]:
    """Return fastnn and the peers of the case, which find its arrays in the folder."""
    return [
        Contender(
            name,
            (PROGRAMS[name].package,),
            partial(prepare, name, case, folder),
            max_seconds=case.max_seconds,
        )
        for name in ("fastnn", *case.peers)
    ]


def measure(case: Search, n_runs: int) -> list[Timings]:
    """Time the case, and replace each outcome by the number of queries answered wrongly."""
    with ready(case) as (arrays, rivals), started(rivals) as workers:
        timings = run_in_turn(workers, n_runs)
        warn_of_idle_spinning(workers)
    if case.measure == "fit + score":
        require_one_accuracy(timings)
    else:
        count_mistakes(case, arrays, timings)
    return timings


def require_one_accuracy(timings: list[Timings]) -> None:
    accuracies = {timing.name: timing.outcome for timing in timings}
    if len(set(accuracies.values())) > 1:
        raise AssertionError(f"the accuracies differ: {accuracies}")
    for timing in timings:
        timing.outcome = 0


def count_mistakes(case: Search, arrays: Arrays, timings: list[Timings]) -> None:
    """Replace each outcome, the indices found, by the number of queries answered wrongly.

    The distances of the neighbours found are computed again, directly and in float64. At each place
    the smallest of all contenders' is taken as right, but for what float64 may be off by.
    """
    distances = [exact_distances(case.metric, arrays, timing.outcome) for timing in timings]
    nearest = np.minimum.reduce(distances) * (1 + 1e-12)
    for timing, found in zip(timings, distances, strict=True):
        timing.outcome = int((found > nearest).any(axis=1).sum())
    if timings[0].outcome:
        raise AssertionError(f"{timings[0].name} missed {timings[0].outcome} nearest neighbours")


def exact_distances(metric: str, arrays: Arrays, indices: Indices) -> Rows:
    """Return the distances from the last queries to the rows found for them, sorted, in float64."""
    x, queries = arrays["x"], arrays["queries"][-len(indices) :]
    step = max(1, 10**7 // indices.shape[1] // x.shape[1])
    parts = [slice(start, start + step) for start in range(0, len(indices), step)]
    distances = [
        distances_between(
            metric, x[indices[part]].astype(np.float64), queries[part].astype(np.float64)
        )
        for part in parts
    ]
    return np.sort(np.concatenate(distances), axis=1)


def distances_between(metric: str, rows: Float64, queries: Float64) -> Float64:
    """Measure `rows` (n, k, n_features) from `queries` (n, n_features), the Euclidean squared."""
    if metric == "cosine":
        products = np.einsum("ijf,if->ij", rows, queries)
        lengths = np.linalg.norm(rows, axis=2) * np.linalg.norm(queries, axis=1)[:, None]
        distances: Float64 = 1 - products / lengths
        return distances
    differences = rows - queries[:, None]
    terms: Float64 = np.abs(differences) if metric == "manhattan" else np.square(differences)
    sums: Float64 = terms.sum(axis=2)
    return sums
