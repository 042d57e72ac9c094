"""Exact nearest neighbours: every case of knn_cases.py, fastnn beside its peers."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import report
from knn_cases import CASES, Arrays, Case, Faster, Within
from timing import Contender, Timings, Work, progress, run_in_turn, started, warn_of_idle_spinning

N_NEIGHBORS = 5
N_WARM_UP = 32  # queries before those that are timed one by one
N_SCORES = 200
MAX_SECONDS = 40  # of a contender's runs of one case
TREE_FEATURES = 16  # up to here scikit-learn's k-d tree is faster than its brute force

Search = Callable[[np.ndarray], np.ndarray]  # queries -> indices of shape (n_queries, N_NEIGHBORS)
Fit = Callable[[np.ndarray], Search]


@dataclass(frozen=True)
class Program:
    """What a contender runs, and how it likes its rows: that is done before the clock starts."""

    package: str
    fit_for: Callable[[Case, int], Fit]
    convert: Callable[[Case, np.ndarray], np.ndarray]


def fit_estimator(estimator: Any) -> Fit:
    def fit(x: np.ndarray) -> Search:
        estimator.fit(x)
        return lambda queries: estimator.kneighbors(queries, return_distance=False)

    return fit


def fit_fastnn(case: Case, _: int) -> Fit:
    from fastnn.neighbors import NearestNeighbors

    return fit_estimator(NearestNeighbors(n_neighbors=N_NEIGHBORS, metric=case.metric))


def fit_sklearn(case: Case, n_features: int) -> Fit:
    from sklearn.neighbors import NearestNeighbors

    algorithm = "kd_tree" if n_features <= TREE_FEATURES else "brute"
    return fit_estimator(
        NearestNeighbors(
            n_neighbors=N_NEIGHBORS, metric=case.metric, algorithm=algorithm, n_jobs=-1
        )
    )


def fit_sklearnex(case: Case, _: int) -> Fit:
    from sklearnex.neighbors import NearestNeighbors

    return fit_estimator(
        NearestNeighbors(n_neighbors=N_NEIGHBORS, metric=case.metric, algorithm="brute")
    )


def fit_faiss(case: Case, n_features: int) -> Fit:
    import faiss

    metrics = {
        "euclidean": faiss.METRIC_L2,
        "cosine": faiss.METRIC_INNER_PRODUCT,
        "manhattan": faiss.METRIC_L1,
    }

    def fit(x: np.ndarray) -> Search:
        index = faiss.IndexFlat(n_features, metrics[case.metric])
        index.add(x)
        return lambda queries: index.search(queries, N_NEIGHBORS)[1]

    return fit


def fit_torch(case: Case, _: int) -> Fit:
    import torch

    def fit(x: np.ndarray) -> Search:
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


def fit_scipy(_: Case, __: int) -> Fit:
    from scipy.spatial import cKDTree

    def fit(x: np.ndarray) -> Search:
        tree = cKDTree(x, leafsize=32, balanced_tree=False)  # the fastest in 3 and 8 dimensions
        return lambda queries: tree.query(queries, N_NEIGHBORS, workers=-1)[1]

    return fit


def as_given(_: Case, rows: np.ndarray) -> np.ndarray:
    return rows


def as_float32(_: Case, rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float32)


def as_unit_float32(case: Case, rows: np.ndarray) -> np.ndarray:
    if case.metric != "cosine":
        return as_float32(case, rows)
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def as_float64_for_trees(case: Case, rows: np.ndarray) -> np.ndarray:
    return rows.astype(np.float64 if rows.shape[1] <= TREE_FEATURES else np.float32)


PROGRAMS = {
    "fastnn": Program("fastnn", fit_fastnn, as_given),
    "faiss": Program("faiss", fit_faiss, as_unit_float32),
    "scikit-learn": Program("sklearn", fit_sklearn, as_float64_for_trees),
    "scikit-learn-intelex": Program("sklearnex", fit_sklearnex, as_float32),
    "PyTorch": Program("torch", fit_torch, as_unit_float32),
    "SciPy cKDTree": Program("scipy", fit_scipy, as_float64_for_trees),
}


def prepare(name: str, case: Case, folder: Path) -> Work:
    """Load the arrays of the case in the contender's own process, and make its work."""
    arrays = {path.stem: np.load(path) for path in folder.glob("*.npy")}
    if case.measure == "fit + score":
        return timed_scores(PROGRAMS[name].package, arrays)
    program = PROGRAMS[name]
    x, queries = (program.convert(case, arrays[rows]) for rows in ("x", "queries"))
    fit = program.fit_for(case, x.shape[1])
    return (timed_queries if case.measure == "search alone" else timed_search)(fit, x, queries)


def timed_search(fit: Fit, x: np.ndarray, queries: np.ndarray) -> Work:
    def work(_: Any) -> tuple[float, np.ndarray]:
        start = time.perf_counter()
        indices = fit(x)(queries)
        return time.perf_counter() - start, indices

    return work


def timed_queries(fit: Fit, x: np.ndarray, queries: np.ndarray) -> Work:
    """Make the work of one query after the other: the median of their seconds."""
    search = fit(x)
    for i in range(N_WARM_UP):
        search(queries[i : i + 1])

    def work(_: Any) -> tuple[float, np.ndarray]:
        seconds, indices = [], []
        for i in range(N_WARM_UP, len(queries)):
            start = time.perf_counter()
            indices.append(search(queries[i : i + 1]))
            seconds.append(time.perf_counter() - start)
        return statistics.median(seconds), np.concatenate(indices)

    return work


def timed_scores(package: str, arrays: Arrays) -> Work:
    """Make the work of fitting and scoring a classifier: the median seconds of many times."""
    from importlib import import_module

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
def ready(case: Case) -> Iterator[tuple[Arrays, list[Contender]]]:
    """Give the arrays of the case, and fastnn and its peers, which read them from files."""
    progress(f"\n{case.title}: loading")
    arrays = case.load()
    with TemporaryDirectory() as folder:
        for name, array in arrays.items():
            np.save(Path(folder, name), array)
        yield (
            arrays,
            [
                Contender(
                    name,
                    PROGRAMS[name].package,
                    partial(prepare, name, case, Path(folder)),
                    max_seconds=MAX_SECONDS,
                )
                for name in ("fastnn", *case.peers)
            ],
        )


def measure(case: Case, n_runs: int) -> list[Timings]:
    """Time the case, and replace each outcome by the number of queries answered wrongly."""
    with ready(case) as (arrays, contenders), started(contenders) as workers:
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


def count_mistakes(case: Case, arrays: Arrays, timings: list[Timings]) -> None:
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


def exact_distances(metric: str, arrays: Arrays, indices: np.ndarray) -> np.ndarray:
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


def distances_between(metric: str, rows: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Measure `rows` (n, k, n_features) from `queries` (n, n_features), the Euclidean squared."""
    if metric == "cosine":
        products = np.einsum("ijf,if->ij", rows, queries)
        lengths = np.linalg.norm(rows, axis=2) * np.linalg.norm(queries, axis=1)[:, None]
        return 1 - products / lengths
    differences = rows - queries[:, None]
    return (np.abs(differences) if metric == "manhattan" else np.square(differences)).sum(axis=2)


def compare(n_runs: int, only: Sequence[str] = ()) -> str:
    """Time every case, or only those of these names."""
    cases = [case for case in CASES if not only or case.name in only]
    measured = [(case, measure(case, n_runs)) for case in cases]
    names = [name for name in PROGRAMS if any(named(name, timings) for _, timings in measured)]
    rows = [case_row(case, timings, names) for case, timings in measured]
    columns = ("", *names, "times as fast as", "goal")
    title = (
        f"### k-NN: median seconds of fit + search, k = {N_NEIGHBORS}, float32; in brackets the "
        "number of queries with a wrong neighbour"
    )
    return f"{title}\n\n{report.table(columns, rows)}"


def named(name: str, timings: Sequence[Timings]) -> Timings | None:
    return next((timing for timing in timings if timing.name == name), None)


def case_row(case: Case, timings: Sequence[Timings], names: Sequence[str]) -> tuple[str, ...]:
    cells = [seconds_cell(named(name, timings)) for name in names]
    cells[0] = f"**{cells[0]}**"
    return (case.title, *cells, *goal_cells(case.goal, timings))


def seconds_cell(timing: Timings | None) -> str:
    if timing is None:
        return "–"
    return f"{timing.median:.3g}" + (f" ({timing.outcome})" if timing.outcome else "")


def goal_cells(goal: Faster | Within | None, timings: Sequence[Timings]) -> tuple[str, str]:
    """Tell the speed over that of the best peer, of those that the goal is about, and the goal."""
    first, *others = timings
    rivals = [t for t in others if not isinstance(goal, Faster) or t.name in goal.peers]
    if rivals:
        best = min(rivals, key=lambda timing: timing.median)
        ratio = f"{best.name}: {best.median / first.median:.2f}"
    else:
        ratio = "–"
    if isinstance(goal, Within):
        return ratio, f"≤ {goal.seconds:g} s"
    return ratio, f"≥ {goal.times:g}" if goal else "–"
