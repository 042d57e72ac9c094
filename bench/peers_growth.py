"""How the time of a search grows with the rows, on clustered data; it may be drawn as well."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastnn._bench import report
from fastnn._bench.timing import Timings
from knn_cases import GROWTH, GROWTH_QUERIES
from peers_knn import N_NEIGHBORS, measure


def compare(n_runs: int, picture: Path | None = None) -> str:
    """Tabulate the nanoseconds of each query and row, fit included, for every number of rows."""
    growth = {n_samples: measure(case, n_runs) for n_samples, case in GROWTH.items()}
    if picture:
        draw(growth, picture)
    names = [timing.name for timing in next(iter(growth.values()))]
    rows = [
        (f"{n_samples:,}", *(f"{per_pair(t, n_samples):.3g}" for t in timings))
        for n_samples, timings in growth.items()
    ]
    title = (
        f"### k-NN: growth, nanoseconds a query and row, fit + search, k = {N_NEIGHBORS}, "
        f"1,000 clusters of 128 features, {GROWTH_QUERIES:,} queries"
    )
    return f"{title}\n\n{report.table(('rows', *names), rows)}"


def per_pair(timing: Timings, n_samples: int) -> float:
    """Return the nanoseconds that each pair of a query and a row took."""
    return 1e9 * timing.median / (n_samples * GROWTH_QUERIES)


def draw(growth: dict[int, Sequence[Timings]], picture: Path) -> None:
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    for i, first in enumerate(next(iter(growth.values()))):
        heights = [per_pair(timings[i], n_samples) for n_samples, timings in growth.items()]
        axes.loglog(list(growth), heights, marker="o", label=first.name)
    axes.set_title(f"{N_NEIGHBORS} nearest of clustered rows of 128 features, fit + search")
    axes.set_xticks(list(growth), [f"{n_samples:,}" for n_samples in growth])
    axes.minorticks_off()
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("rows")
    axes.set_ylabel("nanoseconds a query and row")
    axes.set_ylim(bottom=axes.get_ylim()[0] / 1.5)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(picture, dpi=150)
