"""What processes of their own run for `test_bench.py`; it imports little."""

import os


def working():
    return lambda task: (0.5, (os.getpid(), task))


def broken():
    raise ImportError("libmissing.so is not there")
