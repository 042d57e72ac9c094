"""matmul on the shapes of a perceptron's layers, with the cost of the call, float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn._bench import report
from fastnn._bench.timing import (
    Contender,
    Work,
    run_in_turn,
    seconds_per_call,
    started,
    warn_of_idle_spinning,
)

SHAPES = (  # (m, k, n): (m, k) times (k, n)
    (32, 784, 128),
    (32, 128, 10),
    (256, 784, 512),
    (784, 32, 128),
    (200, 784, 3000),
    (1000, 1000, 1000),
)


def timed_products(
    matmul: Callable[[Any, Any], Any],
    use_threads: Callable[[int], Any],
    as_array: Callable[[np.ndarray], Any] = np.asarray,
) -> Work:
    """Make the work of (m, k, n, n_threads): the mean seconds of one product."""

    def work(task: tuple[int, int, int, int]) -> tuple[float, None]:
        m, k, n, n_threads = task
        use_threads(n_threads)
        rng = np.random.default_rng(0)
        a = as_array(rng.standard_normal((m, k), dtype=np.float32))
        b = as_array(rng.standard_normal((k, n), dtype=np.float32))
        return seconds_per_call(lambda: matmul(a, b)), None

    return work


def prepare_fastnn() -> Work:
    import fastnn

    return timed_products(fastnn.ops.matmul, fastnn.set_num_threads)


def prepare_numpy() -> Work:
    from threadpoolctl import threadpool_limits

    return timed_products(np.matmul, threadpool_limits)


def prepare_torch() -> Work:
    import torch

    return timed_products(torch.mm, torch.set_num_threads, torch.from_numpy)


CONTENDERS = (
    Contender("fastnn", ("fastnn",), prepare_fastnn),
    Contender("NumPy", ("threadpoolctl",), prepare_numpy),
    Contender("PyTorch", ("torch",), prepare_torch),
)


def compare(n_runs: int) -> str:
    """Measure GFLOP/s of each, and fastnn's as a share of the best of the others."""
    tasks = [(*shape, n) for n in sorted({1, report.n_cores()}) for shape in SHAPES]
    with started(CONTENDERS) as workers:
        rows = []
        for task in tasks:
            timings = run_in_turn(workers, n_runs, task)
            m, k, n, n_threads = task
            rates = [2e-9 * m * k * n / timing.median for timing in timings]
            share = f"{rates[0] / max(rates[1:], default=rates[0]):.2f}"
            cells = (f"{rate:.3g}" for rate in rates)
            rows.append((f"{m} × {k} × {n}", str(n_threads), *cells, share))
        warn_of_idle_spinning(workers)
    names = (f"{worker.contender.name} GFLOP/s" for worker in workers)
    columns = ("m × k × n", "threads", *names, "fastnn / best peer")
    return f"### matmul, float32, medians\n\n{report.table(columns, rows)}"
