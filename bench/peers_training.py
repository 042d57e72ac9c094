"""One epoch of each training in training_cases.py, with every peer that takes part."""

from __future__ import annotations

from collections.abc import Collection

from fastnn._bench import report
from fastnn._bench.timing import Timings
from fastnn._bench.training import LEARNED, measure
from training_cases import TRAININGS, Case


def compare(n_runs: int, only: Collection[str] = ()) -> str:
    """Time one epoch of each case, beside the accuracy that shows that all of them learn."""
    from fastnn import _core

    parts = []
    for case in TRAININGS:
        if only and case.name not in only:
            continue
        if case.compute_dtype is not None and not _core.has_bfloat16():
            continue
        timings = measure(case, n_runs)
        rates = f"fastnn: {case.flops / timings[0].median / 1e9:.0f} GFLOP/s{goals(case, timings)}"
        rows = report.seconds_table(timings, LEARNED)
        parts.append(f"### Training: {case.title}, one epoch\n\n{rows}\n\n{rates}")
    return "\n\n".join(parts)


def goals(case: Case, timings: list[Timings]) -> str:
    """Say how many times as fast as each peer fastnn is, beside the goal."""
    median = {timing.name: timing.median for timing in timings}
    return "".join(
        f"; {median[peer] / median['fastnn']:.2f} × {peer} (goal {times})"
        for peer, times in case.goals.items()
        if peer in median
    )
