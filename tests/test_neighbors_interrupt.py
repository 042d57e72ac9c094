"""A long search tells how far it is, and ends when it is told to."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

import oracle
from fastnn import _core
from indices import assert_neighbors

# Searches that take many seconds: every row is measured for every query, in each way.
LONG = {
    "brute": ("manhattan", "brute", 64),
    "pruned": ("euclidean", "pruned", 64),
    "kd_tree": ("euclidean", "kd_tree", 32),
}

# Interrupts each of the searches after a while, and prints how long it took to answer.
INTERRUPT = """
import json, os, signal, sys, threading, time
import numpy as np
from fastnn import _core

signal.signal(signal.SIGINT, signal.default_int_handler)
X = np.random.default_rng(0).normal(size=(60_000, 64)).astype(np.float32)
for metric, algorithm, d in json.loads(sys.argv[1]):
    rows = np.ascontiguousarray(X[:, :d])
    index = _core.Index(rows, metric, 2.0, algorithm)
    expected = _core.Index(rows, metric).search(rows[:3], 5)
    index.search(rows[:3], 5)
    for search in (lambda: index.search(rows, 5, n_threads=2),
                   lambda: index.search_radius(rows, 7.0, n_threads=2)):
        sent = []
        def interrupt():
            sent.append(time.monotonic())
            os.kill(os.getpid(), signal.SIGINT)
        timer = threading.Timer(0.3, interrupt)
        timer.start()
        try:
            search()
            print("finished")
        except KeyboardInterrupt:
            print(time.monotonic() - sent[0])
        timer.cancel()
        timer.join()
        for own, wanted in zip(index.search(rows[:3], 5), expected):
            np.testing.assert_array_equal(own, wanted)
"""


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(61).normal(size=(16_000, 64)).astype(np.float32)


def taken(rows, algorithm, d):
    """Return so many of the rows that a search for all takes some tenths of a second."""
    return np.ascontiguousarray(rows[: 16_000 if algorithm == "pruned" else 7_000, :d])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no os.kill that raises KeyboardInterrupt")
@pytest.mark.parametrize("way", LONG)
def test_an_interrupt_ends_a_long_search(way):
    run = subprocess.run(
        [sys.executable, "-c", INTERRUPT, json.dumps([LONG[way]])],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    delays = [float(delay) for delay in run.stdout.split() if delay != "finished"]
    # The answer comes within a fifth of a second; a busy machine may take some longer, but never as
    # long as the rest of the search.
    assert len(delays) > 0, "no search was long enough to be interrupted"
    assert max(delays) < 2


@pytest.mark.parametrize(("metric", "algorithm", "d"), LONG.values(), ids=LONG)
def test_progress_ascends_from_0_to_1(metric, algorithm, d, rows):
    rows = taken(rows, algorithm, d)
    told = []
    index = _core.Index(rows, metric, 2.0, algorithm)
    found = index.search(rows, 3, progress=told.append, n_threads=1)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[0] >= 0
    assert told[-1] <= 1
    assert told[-1] > told[0]
    assert_neighbors([part[:20] for part in found], oracle.neighbors(rows, rows[:20], 3, metric))


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
def test_progress_is_told_when_each_query_takes_next_to_no_time(algorithm, rows):
    told = []
    index = _core.Index(rows[:40, :2].copy(), "manhattan", 2.0, algorithm)
    index.search(np.tile(rows[:, :2], (60, 1)), 3, progress=told.append, n_threads=1)
    assert len(told) > 1
    assert told == sorted(told)
    assert told[-1] > 0.5


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize(("n", "d"), [(320_000, 4), (4000, 1000)], ids=["many", "wide"])
def test_a_tree_whose_build_was_stopped_is_built_again(n, d, n_threads):
    def stop(share):
        raise OSError("enough")

    rows = np.random.default_rng(62).normal(size=(n, d)).astype(np.float32)
    index = _core.Index(rows, "euclidean", 2.0, "kd_tree")
    for _ in range(2):  # were it built after all, a search for one query would be over at once
        with pytest.raises(OSError, match=r"^enough$"):
            index.search(rows[:1], 3, progress=stop, n_threads=n_threads)
    assert_neighbors(index.search(rows[:1], 3), oracle.neighbors(rows, rows[:1], 3))


@pytest.mark.parametrize("n_threads", [1, 3])
def test_progress_is_told_while_one_thread_builds_a_tree_of_equal_rows(n_threads):
    told = []
    index = _core.Index(np.zeros((2_000_000, 1)), "euclidean", 2.0, "kd_tree")
    index.search(np.zeros((1, 1)), 1, progress=told.append, n_threads=n_threads)
    assert len(told) > 1, "a search for one query tells of itself once at most"


@pytest.mark.parametrize("n_threads", [1, 3])
@pytest.mark.parametrize(("metric", "algorithm", "d"), LONG.values(), ids=LONG)
def test_what_progress_raises_ends_the_search_and_passes_through(
    metric, algorithm, d, n_threads, rows
):
    rows = taken(rows, algorithm, d)
    calls = []

    def stop(share):
        calls.append(share)
        raise OSError("enough")

    index = _core.Index(rows, metric, 2.0, algorithm)
    for search in (index.search, index.search_radius):
        with pytest.raises(OSError, match=r"^enough$"):
            search(rows, 3, progress=stop, n_threads=n_threads)
    assert len(calls) == 2, "a search went on after it was stopped"
    found = index.search(rows[:20], 3)
    assert_neighbors(found, oracle.neighbors(rows, rows[:20], 3, metric))
