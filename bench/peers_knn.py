"""Exact nearest neighbours: every case of knn_cases.py, fastnn beside its peers."""

from __future__ import annotations

from collections.abc import Sequence

from fastnn._bench import report
from fastnn._bench.knn import N_NEIGHBORS, PROGRAMS, measure
from fastnn._bench.timing import Timings
from knn_cases import CASES, Case, Faster, Within


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
