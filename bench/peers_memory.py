"""Peak memory of the k-NN search above its data, each run in a process of its own."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import peers_knn
from fastnn._bench import report
from fastnn._bench.timing import Contender, Work, progress, started
from knn_cases import CASES

MAX_RUNS = 3


def prepare_measured(prepare: Callable[[], Work]) -> Work:
    """Measure the resident memory that the prepared work adds at its peak."""
    work = prepare()

    def measured(task: Any) -> tuple[float, float]:
        Path("/proc/self/clear_refs").write_text("5")  # the peak so far counts no longer
        before = resident_bytes("VmRSS")
        seconds, _ = work(task)
        return seconds, resident_bytes("VmHWM") - before

    return measured


def resident_bytes(field: str) -> int:
    """Read a field of this process's status on Linux: VmRSS is now, VmHWM the peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise KeyError(field)


def peaks_of(contender: Contender, n_runs: int) -> list[float]:
    """Measure the MB at the peak of each run; none where the contender is not installed."""
    measured = replace(contender, prepare=partial(prepare_measured, contender.prepare))
    peaks = []
    for _ in range(n_runs):
        with started([measured]) as workers:
            peaks += [worker.run()[1] / 1e6 for worker in workers]
    progress(f"{contender.name}: {peaks} MB")
    return peaks


def compare(n_runs: int) -> str:
    """Compare the medians of the peaks; the train rows alone take 188 MB."""
    with peers_knn.ready(CASES[0]) as (_, contenders):
        measured = [(c.name, peaks_of(c, min(n_runs, MAX_RUNS))) for c in contenders]
    rows = [(name, f"{statistics.median(peaks):.0f}") for name, peaks in measured if peaks]
    title = f"### Peak memory above the data: k-NN, {CASES[0].title}"
    return f"{title}\n\n{report.table(('', 'MB'), rows)}"
