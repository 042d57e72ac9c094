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

import oracle
from fastnn import _core
from fastnn.neighbors import NearestNeighbors
from indices import assert_neighbors, low_rank

# Defines `search`, which returns how many threads the process has after it, the first included.
COUNT_THREADS = """
import os
import numpy as np
from fastnn import _core

X = np.random.default_rng(0).normal(size=(4000, 60))
before = len(os.listdir("/proc/self/task"))

def search(n_threads=0):
    _core.Index(X, "euclidean").search(X[:500], 5, n_threads=n_threads)
    return 1 + len(os.listdir("/proc/self/task")) - before
"""

# Prints how many bytes the peak of memory rises when rows are indexed and searched.
MEASURE_MEMORY = """
import re, sys
from pathlib import Path
import numpy as np
from fastnn import _core

def peak():
    return 1024 * int(re.search(r"VmHWM:\\s*(\\d+) kB", Path("/proc/self/status").read_text())[1])

metric, algorithm, n_rows, n_features = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
rng = np.random.default_rng(0)
X = rng.standard_normal((n_rows, n_features), dtype=np.float32)
_core.Index(X[:3000], metric, 2.0, algorithm).search(X[:64], 5)  # loads what is loaded once
before = peak()
_core.Index(X, metric, 2.0, algorithm).search(X[:256], 5, n_threads=2)
print(peak() - before)
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
needs_proc = pytest.mark.skipif(
    not os.path.isdir("/proc/self/task"), reason="only Linux tells of threads and memory in /proc"
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


@pytest.mark.parametrize("algorithm", ["auto", "brute", "pruned", "kd_tree"])
def test_eight_threads_search_a_new_index_while_another_adds_rows(algorithm, rng):
    # The first searches make what later ones use, all at once; meanwhile rows come and go.
    X, Q = low_rank(rng, 5000, 100), low_rank(rng, 200, 100)
    wanted = oracle.distances(X, Q, "sqeuclidean")
    snapshots = [_core.Index(X[:3000], "sqeuclidean", 2.0, algorithm)]

    def search(number):
        for _ in range(3):
            index = snapshots[-1]
            own = slice(20 * number, 20 * number + 20)
            found = index.search(Q[own], 4, n_threads=1 + number % 2)
            assert_neighbors(found, oracle.nearest(wanted[own, : index.n_rows], 4))

    with ThreadPoolExecutor(max_workers=8) as pool:
        searches = [pool.submit(search, number) for number in range(8)]
        for start in range(3000, 5000, 200):
            snapshots.append(snapshots[-1].add(X[start : start + 200]))
        for each in searches:
            each.result()
    assert_neighbors(snapshots[-1].search(Q, 4), oracle.nearest(wanted, 4))


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
@pytest.mark.filterwarnings("ignore:.*fork.*:RuntimeWarning")  # JAX, where Keras has loaded it
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


def printed_by(script, *arguments, **environment):
    run = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()


@needs_proc
@pytest.mark.parametrize("n_threads", ["1", "3"])
def test_a_search_starts_as_many_threads_as_the_environment_says(n_threads):
    assert printed_by(COUNT_THREADS + "print(search())", OMP_NUM_THREADS=n_threads) == [n_threads]


@needs_proc
def test_a_search_starts_as_many_threads_as_threadpoolctl_says():
    limits = """
from threadpoolctl import threadpool_limits
for limit in (1, 3):
    with threadpool_limits(limit, user_api="openmp"):
        print(search())
"""
    assert printed_by(COUNT_THREADS + limits) == ["1", "3"]


@needs_proc
def test_a_search_starts_as_many_threads_as_its_argument_says():
    assert printed_by(COUNT_THREADS + "print(search(1), search(2), search(7))") == ["1", "2", "7"]


@pytest.mark.parametrize(
    ("n_jobs", "n_threads"),
    [(None, 0), (1, 1), (7, 7), (-1, joblib.cpu_count()), (-1000, 1)],
)
def test_n_jobs_is_the_number_of_threads(n_jobs, n_threads, rng, monkeypatch):
    told = []

    class Index(_core.Index):
        def search(self, *arguments):
            told.append(arguments[-1])
            return super().search(*arguments)

    monkeypatch.setattr(_core, "Index", Index)
    X = rng.normal(size=(20, 3))
    NearestNeighbors(n_jobs=n_jobs).fit(X).kneighbors(X)
    assert told == [n_threads]


@needs_proc
@pytest.mark.parametrize(
    ("metric", "algorithm", "n_rows", "n_features"),
    [
        ("euclidean", "auto", 20_000, 2000), ("euclidean", "brute", 20_000, 2000),
        ("cosine", "pruned", 20_000, 2000), ("euclidean", "pruned", 100_000, 40),
        ("euclidean", "kd_tree", 100_000, 40),
    ],
)  # fmt: skip
def test_an_index_takes_little_memory_beside_the_rows(metric, algorithm, n_rows, n_features):
    # At most two bytes for each value, as README says (one of them only while rows are put in
    # order), and 512 for each row; and some for a search, whatever the rows.
    [rise] = printed_by(MEASURE_MEMORY, metric, algorithm, str(n_rows), str(n_features))
    assert int(rise) < n_rows * (2 * n_features + 512) + 40e6
