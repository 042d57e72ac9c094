"""What the side-by-side runs print: a header that names the machine, and Markdown tables."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path

from timing import Timings

DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "sklearnex": "scikit-learn-intelex",
    "faiss": "faiss-cpu",
    "tensorflow": "tensorflow-cpu",
}


def header(packages: Iterable[str]) -> str:
    """Name the date, processor, cores, Python, fastnn's level and the versions of the packages."""
    import fastnn
    from fastnn import _core

    build = ", ".join(f"{key} {value}" for key, value in _core.build_info().items())
    lines = [
        f"date: {datetime.date.today().isoformat()}",
        f"processor: {processor_name()}, {n_cores()} cores used",
        f"system: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"fastnn: {fastnn.__version__}, {build}",
        "peers: " + ", ".join(f"{name} {version}" for name, version in versions(packages)),
    ]
    return "\n".join(f"- {line}" for line in lines)


def n_cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions(packages: Iterable[str]) -> list[tuple[str, str]]:
    """Return (distribution, version) of the packages that are installed, importing none."""
    found = []
    for package in packages:
        name = DISTRIBUTIONS.get(package, package)
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; every column but the first is aligned to the right."""
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [columns, rule, *rows])


def seconds_table(timings: Sequence[Timings], outcome_column: str) -> str:
    """Tabulate medians, spread, and how many times faster the first row is than each."""
    first = timings[0].median
    rows = [
        (
            timing.name,
            f"{timing.median:.3g}",
            f"{min(timing.seconds):.3g} to {max(timing.seconds):.3g}",
            str(len(timing.seconds)),
            f"{timing.median / first:.2f} ×",
            str(timing.outcome),
        )
        for timing in timings
    ]
    columns = ("", "median s", "from … to", "runs", f"{timings[0].name} is faster", outcome_column)
    return table(columns, rows)
