"""What `import` costs in a fresh interpreter."""

from __future__ import annotations

import importlib.util
import statistics
import subprocess
import sys
import time

from fastnn._bench import report
from fastnn._bench.timing import progress

MODULES = (
    "fastnn",
    "fastnn.models",
    "fastnn.neighbors",
    "sklearn.neighbors",
    "sklearn.neural_network",
    "faiss",
    "torch",
    "keras",
)


def seconds_of(statement: str) -> float:
    """Measure the wall time of a new interpreter that runs one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, capture_output=True)
    return time.perf_counter() - start


def compare(n_runs: int) -> str:
    """Time the imports, each with NumPy's, and what they add to it."""
    modules = [module for module in MODULES if importlib.util.find_spec(module.partition(".")[0])]
    statements = ["import numpy", *(f"import numpy, {module}" for module in modules)]
    seconds: dict[str, list[float]] = {statement: [] for statement in statements}
    for run in range(n_runs + 1):
        progress(f"imports: run {run}")
        for statement in statements:
            elapsed = seconds_of(statement)
            if run > 0:  # the first one fills the disk cache
                seconds[statement].append(elapsed)
    medians = {statement: statistics.median(values) for statement, values in seconds.items()}
    numpy = medians["import numpy"]
    rows = [(f"`{s}`", f"{value:.3f}", f"{value - numpy:+.3f}") for s, value in medians.items()]
    table = report.table(("", "median s", "above NumPy s"), rows)
    return f"### Import, a fresh interpreter each time\n\n{table}"
