"""The command ``fastnn bench``: fastnn beside its peers on this machine."""

import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastnn._bench import images, report
from fastnn._bench.cases import FULL, PEERS, Case, Sizes, cases
from fastnn._bench.timing import Contender, Timings, progress

RUNS = 3
LATE = 180  # seconds after which a case has only one run, for all to end within five minutes
BY_TURNS = "Each program runs in a process of its own on all cores, one at a time, by turns."


@dataclass(frozen=True)
class Result:
    """What was measured, fastnn first."""

    case: Case
    timings: list[Timings]

    @property
    def missing(self) -> dict[str, str]:
        """Who did not take part, and why."""
        present = {timing.name for timing in self.timings}
        return {
            contender.name: _why_missing(contender)
            for contender in self.case.contenders
            if contender.name not in present
        }

    def agrees(self, timing: Timings) -> bool:
        """Tell whether a contender did the same work as fastnn."""
        return self.case.agrees(self.timings[0].outcome, timing.outcome)


def run(
    form: str,
    n_runs: int | None,
    names: Collection[str],
    peers: Collection[str],
    sizes: Sizes = FULL,
) -> None:
    """Measure the cases, then print them; after Ctrl-C, or a failure, those that are done.

    Parameters
    ----------
    form : {"text", "markdown", "json"}
        What is printed.
    n_runs : int or None
        Of every contender, after one to warm up. None is 3, but 1 of the cases that begin late.
    names, peers : collection of str
        Of `NAMES` and `PEERS`.
    sizes : Sizes
        How much data there is.

    Raises
    ------
    OSError, ValueError
        If MNIST is there and cannot be read.
    """
    begin = time.monotonic()
    progress("loading images")
    pictures = images.load(sizes.images, sizes.image_queries)
    results: list[Result] = []
    with TemporaryDirectory() as folder:
        chosen = [
            case for case in cases(pictures, Path(folder), sizes, peers) if case.name in names
        ]
        try:
            for i, case in enumerate(chosen, 1):
                progress(f"\n{i} of {len(chosen)}. {case.title}")
                is_late = time.monotonic() - begin > LATE
                results.append(Result(case, case.measure(n_runs or (1 if is_late else RUNS))))
        finally:
            progress("")
            print(FORMS[form](results))


def _why_missing(contender: Contender) -> str:
    if contender.is_installed:
        return "failed to start"
    packages = (report.DISTRIBUTIONS.get(name, name) for name in contender.packages)
    return f"pip install {' '.join(packages)}"


def _as_text(results: list[Result]) -> str:
    return _as_document(results, "{}", report.aligned)


def _as_markdown(results: list[Result]) -> str:
    return _as_document(results, "### {}", report.table)


def _as_document(results: list[Result], heading: str, write: Callable[..., str]) -> str:
    parts = [f"{report.header(_packages())}\n\n{BY_TURNS}"]
    for result in results:
        parts.append(f"{heading.format(result.case.title)}\n\n{write(*_table(result))}")
        if not all(map(result.agrees, result.timings)):
            parts.append("(!) is too far from fastnn's: not the same work.")
        if result.missing:
            missing = (f"{name} ({why})" for name, why in result.missing.items())
            parts.append(f"Not measured: {', '.join(missing)}.")
    return "\n\n".join(parts)


def _table(result: Result) -> report.Table:
    fastest = min(timing.median for timing in result.timings)
    unit = "s" if fastest >= 1 else "ms" if fastest >= 1e-3 else "µs"
    marked = [
        replace(timing, outcome=_shown(timing.outcome) + " (!)" * (not result.agrees(timing)))
        for timing in result.timings
    ]
    return report.compared(marked, result.case.outcome, unit)


def _shown(outcome: Any) -> str:
    return f"{outcome:.1e}" if isinstance(outcome, float) else str(outcome)


def _as_json(results: list[Result]) -> str:
    """Write all seconds and outcomes as they were measured."""
    measured = [
        {
            "name": result.case.name,
            "title": result.case.title,
            "outcome": result.case.outcome,
            "contenders": [_contender_as_json(result, timing) for timing in result.timings],
            "missing": result.missing,
        }
        for result in results
    ]
    return json.dumps({**report.machine(_packages()), "cases": measured}, indent=2)


def _contender_as_json(result: Result, timing: Timings) -> dict[str, Any]:
    return {
        "name": timing.name,
        "seconds": timing.seconds,
        "median_seconds": timing.median,
        "times_as_long_as_fastnn": timing.median / result.timings[0].median,
        "outcome": timing.outcome,
        "agrees": result.agrees(timing),
    }


def _packages() -> tuple[str, ...]:
    return (*PEERS, "tensorflow")


FORMS: dict[str, Callable[[list[Result]], str]] = {
    "text": _as_text,
    "markdown": _as_markdown,
    "json": _as_json,
}
