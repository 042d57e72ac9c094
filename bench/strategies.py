"""What the choice of a way costs: `auto` beside each way that it may take, over a grid of cases."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

import numpy as np

from fastnn import _core
from fastnn._bench import report
from fastnn._bench.timing import progress

WAYS = ("direct", "float32", "brute", "pruned", "kd_tree")
SECONDS_A_CASE = 4.0  # after which a case is not run again
LOSS = 1.1  # of time against the best of the ways that is worth a line


class Case(NamedTuple):
    """Rows and queries of one distribution, and how many neighbours to find."""

    structure: str  # "normal", "uniform", "clusters", "small clusters" or "plane"
    n_samples: int
    n_features: int
    n_queries: int
    k: int
    dtype: str
    metric: str

    def __str__(self) -> str:
        return (
            f"{self.structure} {self.n_samples:,} × {self.n_features} {self.dtype}, "
            f"{self.n_queries:,} queries, k = {self.k}, {self.metric}"
        )


def cases() -> Iterator[Case]:
    """Yield the grid: shapes by distributions, then other numbers of neighbours and metrics."""
    structures = ("normal", "uniform", "clusters", "small clusters", "plane")
    shapes = product((1_000, 20_000, 200_000), (2, 8, 12, 24, 64, 300), (1, 100, 3_000))
    for n_samples, n_features, n_queries in shapes:
        if n_samples * n_features <= 2e7:
            for structure in structures:
                yield Case(structure, n_samples, n_features, n_queries, 5, "float32", "euclidean")
    for structure, n_features in product(("normal", "clusters"), (4, 100)):
        base = Case(structure, 30_000, n_features, 1_000, 5, "float32", "euclidean")
        yield from (base._replace(k=k) for k in (1, 100))
        yield from (base._replace(dtype=dtype) for dtype in ("uint8", "float64"))
        yield from (base._replace(metric=metric) for metric in ("manhattan", "cosine"))


def draw(case: Case) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shape = case.n_samples + case.n_queries, case.n_features
    if case.structure == "uniform":
        rows = rng.random(shape)
    elif case.structure.endswith("clusters"):
        n_clusters = 50 if case.structure == "clusters" else case.n_samples // 20
        rows = 5 * rng.normal(size=(n_clusters, shape[1]))[rng.integers(n_clusters, size=shape[0])]
        rows += rng.normal(size=shape)
    elif case.structure == "plane":
        rows = rng.normal(size=(shape[0], 3)) @ rng.normal(size=(3, shape[1]))
        rows += 0.05 * rng.normal(size=shape)
    else:
        rows = rng.normal(size=shape)
    if case.dtype == "uint8":
        rows = 255 * (rows - rows.min()) / np.ptp(rows)
    rows = rows.astype(case.dtype)
    return rows[: case.n_samples], rows[case.n_samples :]


def seconds(case: Case, algorithm: str, x: np.ndarray, queries: np.ndarray) -> float:
    """Time making an index and searching it once."""
    begin = time.perf_counter()
    _core.Index(x, case.metric, 2.0, algorithm).search(queries, case.k)
    return time.perf_counter() - begin


def measure(case: Case, n_runs: int) -> dict[str, float]:
    """Return the median seconds of `auto` and of every way that the metric allows, by turns."""
    x, queries = draw(case)
    runs: dict[str, list[float]] = {"auto": []}
    for way in WAYS:
        try:
            seconds(case._replace(k=1), way, x[:64], queries[:1])
            runs[way] = []
        except ValueError:  # the metric cannot be searched that way
            continue
    best = float("inf")
    order = list(runs)
    for _ in range(n_runs):
        order.append(order.pop(0))  # each comes first in turn
        for algorithm in order:
            times = runs[algorithm]
            hopeless = algorithm != "auto" and times and min(times) > 5 * best
            if hopeless or sum(times) > SECONDS_A_CASE:
                continue
            times.append(seconds(case, algorithm, x, queries))
            best = min(best, times[-1])
    return {algorithm: statistics.median(times) for algorithm, times in runs.items()}


def compare(n_runs: int) -> str:
    """Tabulate the cases in which `auto` loses more than a tenth against the best of the ways."""
    rows = []
    ratios = []
    for case in cases():
        medians = measure(case, n_runs)
        auto = medians.pop("auto")
        best = min(medians, key=medians.__getitem__)
        ratios.append(auto / medians[best])
        progress(f"{case}: {ratios[-1]:.2f} of {best}'s {medians[best]:.3g} s")
        if ratios[-1] > LOSS:
            rows.append(
                (str(case), f"{auto:.3g}", best, f"{medians[best]:.3g}", f"{ratios[-1]:.2f}")
            )
    mean = statistics.geometric_mean(ratios)
    title = (
        f"### k-NN: cases in which auto takes over {LOSS} times as long as the best way: "
        f"{len(rows)} of {len(ratios)}; over all cases {mean:.2f} times"
    )
    return f"{title}\n\n{report.table(('case', 'auto s', 'best way', 's', 'times'), rows)}"
