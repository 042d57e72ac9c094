"""What the side-by-side runs print: the machine they ran on, and tables."""

import datetime
import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastnn._bench.timing import Timings

DISTRIBUTIONS = {
    "sklearn": "scikit-learn",
    "sklearnex": "scikit-learn-intelex",
    "faiss": "faiss-cpu",
    "tensorflow": "tensorflow-cpu",
}


class Table(NamedTuple):
    """Cells of text; every column but the first is aligned to the right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def machine(packages: Iterable[str]) -> dict[str, Any]:
    """Name the date, processor, cores, Python, fastnn's level and the versions of the packages."""
    import fastnn
    from fastnn import _core

    return {
        "date": datetime.date.today().isoformat(),
        "processor": processor_name(),
        "cores": n_cores(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "fastnn": fastnn.__version__,
        "build": _core.build_info(),
        "peers": dict(versions(packages)),
    }


def header(packages: Iterable[str]) -> str:
    """Write what `machine` names as a Markdown list."""
    about = machine(packages)
    build = ", ".join(f"{key} {value}" for key, value in about["build"].items())
    peers = ", ".join(f"{name} {version}" for name, version in about["peers"].items())
    lines = [
        f"date: {about['date']}",
        f"processor: {about['processor']}, {about['cores']} cores used",
        f"system: {about['system']}, Python {about['python']}",
        f"fastnn: {about['fastnn']}, {build}",
        f"peers: {peers or 'none'}",
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
        for name in dict.fromkeys((DISTRIBUTIONS.get(package, package), package)):
            try:
                found.append((name, importlib.metadata.version(name)))
            except importlib.metadata.PackageNotFoundError:
                continue
            break
    return found


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table."""
    rule = ["---"] + ["---:"] * (len(columns) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [columns, rule, *rows])


def aligned(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table for a terminal."""
    lines = [columns, *rows]
    first, *widths = (max(map(len, column)) for column in zip(*lines, strict=True))
    return "\n".join(
        "  ".join([name.ljust(first), *map(str.rjust, cells, widths)]) for name, *cells in lines
    )


def compared(timings: Sequence[Timings], outcome_column: str, unit: str = "s") -> Table:
    """Tabulate medians, spread, and how many times faster the first row is than each."""
    first = timings[0].median
    scale = {"s": 1, "ms": 1e3, "µs": 1e6}[unit]
    rows = [
        (
            timing.name,
            figures(scale * timing.median),
            f"{figures(scale * min(timing.seconds))} to {figures(scale * max(timing.seconds))}",
            str(len(timing.seconds)),
            f"{timing.median / first:.2f} ×",
            str(timing.outcome),
        )
        for timing in timings
    ]
    faster = f"{timings[0].name} is faster"
    return Table(("", f"median {unit}", "from … to", "runs", faster, outcome_column), rows)


def figures(number: float) -> str:
    """Write three significant figures, without an exponent from 0.0001 to a million."""
    return f"{float(f'{number:.3g}'):,g}"


def seconds_table(timings: Sequence[Timings], outcome_column: str) -> str:
    """Write what `compared` tells as a Markdown table."""
    return table(*compared(timings, outcome_column))
