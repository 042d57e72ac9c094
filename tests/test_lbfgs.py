"""While SciPy minimises, BLAS has one thread; behind it, as many as before."""

from threading import Event, Thread

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from fastnn._lbfgs import minimise


def blas_threads():
    """Numbers of threads of the BLAS libraries that have been loaded: one number."""
    (number,) = {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}
    return number


def squares(x):
    return float(x @ x), 2 * x


def test_blas_has_one_thread_while_scipy_minimises():
    seen = set()

    def watched(x):
        seen.add(blas_threads())
        return squares(x)

    before = blas_threads()
    found = minimise(watched, np.ones(5), None, gtol=1e-9)
    np.testing.assert_allclose(found.x, 0, atol=1e-9)
    assert seen == {1}
    assert blas_threads() == before


def test_options_and_the_callback_are_scipys():
    points = []
    found = minimise(squares, np.ones(5), points.append, maxiter=1)
    assert len(points) == found.nit == 1


def test_an_error_gives_the_threads_back():
    def fails(x):
        raise ZeroDivisionError

    before = blas_threads()
    with pytest.raises(ZeroDivisionError):
        minimise(fails, np.ones(5), None)
    assert blas_threads() == before


def test_of_two_that_overlap_the_first_gives_the_threads_back():
    is_running, may_end = Event(), Event()

    def waits(x):
        is_running.set()
        may_end.wait(60)
        return squares(x)

    before = blas_threads()
    first = Thread(target=minimise, args=(waits, np.ones(5), None))
    first.start()
    is_running.wait(60)
    found = minimise(squares, np.ones(5), None)
    np.testing.assert_allclose(found.x, 0, atol=1e-9)
    assert blas_threads() == 1
    may_end.set()
    first.join()
    assert blas_threads() == before
