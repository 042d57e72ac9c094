"""Searching from several threads, in forked processes and under limits set from outside."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest

from fastnn import _core
from fastnn.neighbors import NearestNeighbors

# Defines `search`, which returns how many threads the process has after it, the first included.
COUNT_THREADS = """
import os
import numpy as np
from fastnn import _core

X = np.random.default_rng(0).normal(size=(4000, 60))
before = len(os.listdir("/proc/self/task"))

def search(n_threads=0):
    _core.Index(X, "euclidean", n_threads).search(X[:500], 5, n_threads)
    return 1 + len(os.listdir("/proc/self/task")) - before
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
needs_proc = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="only Linux lists a process's threads in /proc"
)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_several_python_threads_may_search_at_once(rng):
    X = rng.normal(size=(3000, 40)).astype(np.float32)
    queries = np.array_split(X, 12)
    neighbors = NearestNeighbors(n_neighbors=4, n_jobs=2).fit(X)
    expected = [neighbors.kneighbors(rows) for rows in queries]
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(neighbors.kneighbors, queries))
    for (distances, indices), (wanted_distances, wanted_indices) in zip(
        found, expected, strict=True
    ):
        np.testing.assert_array_equal(indices, wanted_indices)
        np.testing.assert_array_equal(distances, wanted_distances)


def test_other_python_threads_run_while_one_searches(rng):
    X = rng.normal(size=(20_000, 200)).astype(np.float32)
    neighbors = NearestNeighbors(n_jobs=1).fit(X)
    worker = threading.Thread(target=neighbors.kneighbors, args=(X[:5000],))
    worker.start()
    turns = 0
    while worker.is_alive():
        time.sleep(0.001)
        turns += 1
    worker.join()
    # A search that keeps the lock leaves a handful of turns, before it begins and after it ends.
    assert turns > 20


@needs_fork
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # forking is what is tested
def test_a_forked_child_searches_after_its_parent_has(rng):
    X = rng.normal(size=(3000, 40))
    neighbors = NearestNeighbors(n_jobs=2).fit(X)
    expected = neighbors.kneighbors(X[:300], return_distance=False)
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)

    def search():
        inherited = neighbors.kneighbors(X[:300], return_distance=False)
        own = NearestNeighbors(n_jobs=2).fit(X).kneighbors(X[:300], return_distance=False)
        sending.send((inherited, own))

    child = context.Process(target=search, daemon=True)
    child.start()
    try:
        assert receiving.poll(timeout=60), "the forked child hangs"
        for found in receiving.recv():
            np.testing.assert_array_equal(found, expected)
        child.join(timeout=60)
        assert child.exitcode == 0
    finally:
        child.kill()
    np.testing.assert_array_equal(neighbors.kneighbors(X[:300], return_distance=False), expected)


def printed_by(script, **environment):
    run = subprocess.run(
        [sys.executable, "-c", COUNT_THREADS + script],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


@needs_proc
@pytest.mark.parametrize("n_threads", ["1", "3"])
def test_a_search_starts_as_many_threads_as_the_environment_says(n_threads):
    assert printed_by("print(search())", OMP_NUM_THREADS=n_threads) == [n_threads]


@needs_proc
def test_a_search_starts_as_many_threads_as_threadpoolctl_says():
    script = """
from threadpoolctl import threadpool_limits
for limit in (1, 3):
    with threadpool_limits(limit, user_api="openmp"):
        print(search())
"""
    assert printed_by(script) == ["1", "3"]


@needs_proc
def test_a_search_starts_as_many_threads_as_its_argument_says():
    assert printed_by("print(search(1), search(2), search(7))") == ["1", "2", "7"]


@pytest.mark.parametrize(
    ("n_jobs", "n_threads"),
    [(None, 0), (1, 1), (7, 7), (-1, joblib.cpu_count()), (-1000, 1)],
)
def test_n_jobs_is_the_number_of_threads(n_jobs, n_threads, rng, monkeypatch):
    told = []

    class Index(_core.Index):
        def __init__(self, x, metric, n_threads):
            told.append(n_threads)
            super().__init__(x, metric, n_threads)

        def search(self, queries, k, n_threads):
            told.append(n_threads)
            return super().search(queries, k, n_threads)

    monkeypatch.setattr(_core, "Index", Index)
    X = rng.normal(size=(20, 3))
    NearestNeighbors(n_jobs=n_jobs).fit(X).kneighbors(X)
    assert told == [n_threads, n_threads]
