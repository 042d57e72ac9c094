"""How training grows with the width of a layer and the rows of a batch, beside PyTorch."""

from __future__ import annotations

import time

import numpy as np

from fastnn._bench import report
from fastnn._bench.training import TORCH, measure
from training_cases import SGD, Case

WIDTHS = (64, 512, 2048, 8192)
BATCH_SIZES = (1, 16, 128, 1024, 8192)
FLOPS_PER_RUN = 1e10
MOST_STEPS = 2000
SIDE_OF_PRODUCT = 2048  # of a square matrix product, as large as kernels are quickest with


def case(width: int, batch_size: int) -> Case:
    """Return as many steps of width-width-10 as a run is to take, one at least."""
    sizes = (width, width, 10)
    of_a_step = Case("", sizes, batch_size, SGD, batch_size, ()).flops
    n_steps = int(np.clip(FLOPS_PER_RUN / of_a_step, 1, MOST_STEPS))
    return Case("growth", sizes, batch_size, SGD, n_steps * batch_size, (TORCH,))


def compare(n_runs: int) -> str:
    """Tabulate GFLOP/s, the share of a large product's and the ratio to PyTorch."""
    rows = [row(width, batch_size, n_runs) for width in WIDTHS for batch_size in BATCH_SIZES]
    columns = ("width, batch", "GFLOP/s", "share of matmul's", "matmul", "fastnn / PyTorch")
    title = (
        "### Training: growth, width-width-10 with SGD, medians; matmul is fastnn's of two square "
        f"matrices of {SIDE_OF_PRODUCT:,}"
    )
    return f"{title}\n\n{report.table(columns, rows)}"


def row(width: int, batch_size: int, n_runs: int) -> tuple[str, ...]:
    training = case(width, batch_size)
    timings = measure(training, n_runs)
    rates = [training.flops / timing.median / 1e9 for timing in timings]
    largest = product_rate()
    ratio = f"{rates[0] / rates[1]:.2f} ×" if len(rates) > 1 else "–"
    share = f"{rates[0] / largest:.2f}"
    return f"{width:,}, {batch_size:,}", f"{rates[0]:.3g}", share, f"{largest:.0f}", ratio


def product_rate() -> float:
    """Return the GFLOP/s of a large matrix product, the best of some."""
    import fastnn

    matrix = np.random.default_rng(0).random((SIDE_OF_PRODUCT, SIDE_OF_PRODUCT), dtype=np.float32)
    seconds = []
    for _ in range(6):
        start = time.perf_counter()
        fastnn.ops.matmul(matrix, matrix)
        seconds.append(time.perf_counter() - start)
    return 2e-9 * SIDE_OF_PRODUCT**3 / min(seconds)
