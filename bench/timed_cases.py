"""Cases with a table of seconds each: what a contender repeats, and all of them in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastnn._bench import report
from fastnn._bench.timing import Contender, Work, run_in_turn, started, warn_of_idle_spinning


def timed(
    work: Callable[[], Any],
    n_repeats: int,
    outcome: Callable[[], str],
    prepare: Callable[[], None] = lambda: None,
) -> Work:
    """Make the work of some repeats, and return the seconds of one; `prepare` is not timed."""

    def run(_: Any) -> tuple[float, str]:
        prepare()
        start = time.perf_counter()
        for _repeat in range(n_repeats):
            work()
        return (time.perf_counter() - start) / n_repeats, outcome()

    return run


def tables(kind: str, cases: Mapping[str, Sequence[Contender]], n_runs: int) -> str:
    """Time each case, by its title, with all that take part."""
    parts = []
    for title, contenders in cases.items():
        with started(contenders) as workers:
            timings = run_in_turn(workers, n_runs)
            warn_of_idle_spinning(workers)
        parts.append(f"### {kind}: {title}\n\n{report.seconds_table(timings, 'outcome')}")
    return "\n\n".join(parts)
