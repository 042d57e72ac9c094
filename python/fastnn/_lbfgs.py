"""SciPy's L-BFGS-B, undisturbed by threads that it has no use for.

At every step it solves triangular systems of twenty unknowns, for which OpenBLAS wakes all its
threads. They fight for the cores with those of the fastnn core, which wait for their next task a
while before they sleep: milliseconds a step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any

from scipy.optimize import OptimizeResult, minimize
from threadpoolctl import ThreadpoolController

from fastnn._typing import Float64
from fastnn._validation import Array

Objective = Callable[[Float64], tuple[float, Float64]]  # with its gradient

_limiting = Lock()


def minimise(
    objective: Objective, start: Array, callback: Callable[..., None] | None, **options: Any
) -> OptimizeResult:
    """Return what `scipy.optimize.minimize` finds from `start` with these options."""
    with _one_blas_thread():
        return minimize(
            objective, start, method="L-BFGS-B", jac=True, callback=callback, options=options
        )


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Keep BLAS to one thread: the whole process's, so that of fits that overlap the first does."""
    if not _limiting.acquire(blocking=False):
        yield
        return
    try:
        with _controller().limit(limits=1, user_api="blas"):
            yield
    finally:
        _limiting.release()


@cache  # to look for the libraries takes milliseconds; SciPy's have been loaded by now
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
