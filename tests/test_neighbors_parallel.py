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

from fastnn.neighbors import NearestNeighbors

# Prints how many threads of the operating system one search has started.
COUNT_THREADS = """
import os, sys
import numpy as np
from threadpoolctl import threadpool_limits
from fastnn.neighbors import NearestNeighbors

def running():
    return len(os.listdir("/proc/self/task"))

X = np.random.default_rng(0).normal(size=(4000, 30))
limit, n_jobs = (None if word == "None" else int(word) for word in sys.argv[1:])
before = running()
with threadpool_limits(limit):
    NearestNeighbors(n_jobs=n_jobs).fit(X).kneighbors(X[:500])
print(1 + running() - before)
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


def threads_started(limit, n_jobs, **environment):
    run = subprocess.run(
        [sys.executable, "-c", COUNT_THREADS, str(limit), str(n_jobs)],
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(run.stdout)


@needs_proc
@pytest.mark.parametrize(
    ("limit", "n_jobs", "environment", "expected"),
    [
        (1, None, {}, 1),
        (3, None, {}, 3),
        (None, None, {"OMP_NUM_THREADS": "1"}, 1),
        (None, None, {"OMP_NUM_THREADS": "3"}, 3),
        (None, 1, {}, 1),
        (None, 3, {}, 3),
        (None, -1, {}, joblib.cpu_count()),
    ],
    ids=["threadpoolctl 1", "threadpoolctl 3", "environment 1", "environment 3", "n_jobs 1",
         "n_jobs 3", "n_jobs -1"],
)  # fmt: skip
def test_a_search_starts_as_many_threads_as_it_was_told(limit, n_jobs, environment, expected):
    assert threads_started(limit, n_jobs, **environment) == expected
