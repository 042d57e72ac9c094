"""Time several programs in turn, each in a process of its own.

OpenMP, TensorFlow and XLA keep pools of threads that spin for a while after their work is done. In
one process, or without a pause, they slow down whoever is measured next. Here each program has its
own process, one works at a time, and what the waiting ones take of the processor is counted.
"""

import importlib.util
import math
import multiprocessing
import signal
import statistics
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Self

PAUSE = 0.5  # seconds before each run, for the threads of the run before to fall asleep

Work = Callable[[Any], tuple[float, Any]]  # a task -> (seconds, outcome)


@dataclass(frozen=True)
class Contender:
    """A program to time.

    `prepare` loads what the program needs and returns its work. It is called in the contender's own
    process, so it is a function of a module, or a `functools.partial` of one.
    """

    name: str
    packages: tuple[str, ...]  # what has to be installed, the contender's own first
    prepare: Callable[[], Work]
    max_runs: int | None = None
    max_seconds: float = math.inf  # of all runs together, after which none begins

    @property
    def is_installed(self) -> bool:
        return all(importlib.util.find_spec(package) for package in self.packages)


class FailedError(RuntimeError):
    """A contender could not do its work; the message has its traceback."""


@dataclass
class Timings:
    """The seconds of every timed run, and what the last of them returned."""

    name: str
    seconds: list[float] = field(default_factory=list)
    outcome: Any = None

    def add(self, seconds: float, outcome: Any) -> None:
        self.seconds.append(seconds)
        self.outcome = outcome
        progress(f"{self.name}: run {len(self.seconds)}, {seconds:.4g} s")

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


class Worker:
    """A contender in its own process, ready for tasks."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        self.idle_share = 0.0  # the largest share of a core that it took while it waited
        context = multiprocessing.get_context("spawn")
        self._connection, child = context.Pipe()
        # No daemon: in one of these joblib, and so scikit-learn, starts no threads.
        self._process = context.Process(target=_serve, args=(child, contender.prepare))
        with _ctrl_c_ignored():  # and by the child as well: this process is the one that ends it
            self._process.start()
        child.close()

    def __enter__(self) -> Self:
        """Wait until the contender is ready."""
        try:
            self._receive()
        except BaseException:
            self._process.terminate()
            raise
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """Let the contender end, at once if something failed or Ctrl-C was pressed."""
        if failure:
            self._process.terminate()
        elif self._process.is_alive():
            self._connection.send(None)
        self._process.join()

    def run(self, task: Any = None) -> tuple[float, Any]:
        """Let the contender do `task`, and return its seconds and its outcome."""
        time.sleep(PAUSE)
        self._connection.send((task,))
        seconds, outcome, idle_share = self._receive()
        self.idle_share = max(self.idle_share, idle_share)
        return seconds, outcome

    def _receive(self) -> Any:
        try:
            answer = self._connection.recv()
        except EOFError:
            answer = "its process has ended\n"
        if isinstance(answer, str):
            raise FailedError(f"{self.contender.name} failed: {answer}")
        return answer


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, prepare: Callable[[], Work]) -> None:
    """Answer each task with (seconds, outcome, idle share), an error with its traceback."""
    try:
        work = prepare()
        connection.send(None)
        clock, processor = time.perf_counter(), time.process_time()
        while (message := connection.recv()) is not None:
            idle_share = (time.process_time() - processor) / (time.perf_counter() - clock)
            seconds, outcome = work(message[0])
            connection.send((seconds, outcome, idle_share))
            clock, processor = time.perf_counter(), time.process_time()
    except (EOFError, BrokenPipeError):
        return  # nobody waits for an answer any more
    except Exception:
        connection.send(traceback.format_exc())


@contextmanager
def started(contenders: Sequence[Contender]) -> Iterator[list[Worker]]:
    """Start the contenders that are installed, each in its own process, until the block ends."""
    with ExitStack() as stack:
        workers = []
        for contender in contenders:
            if not contender.is_installed:
                packages = " and ".join(contender.packages)
                progress(f"{contender.name}: left out, for it needs {packages} installed")
                continue
            progress(f"{contender.name}: starting")
            try:
                workers.append(stack.enter_context(Worker(contender)))
            except FailedError as failure:
                if not workers:  # the first is what the others are compared with
                    raise
                progress(f"{failure}{contender.name}: left out")
        yield workers


def run_in_turn(workers: Sequence[Worker], n_runs: int, task: Any = None) -> list[Timings]:
    """Time `task` on every worker `n_runs` times, A B C A B C …, after a run to warm up.

    Where that alone takes `max_seconds` there is no other: it counts.
    """
    timings = [Timings(worker.contender.name) for worker in workers]
    for worker, timing in zip(workers, timings, strict=True):
        seconds, outcome = worker.run(task)
        if seconds > worker.contender.max_seconds:
            timing.add(seconds, outcome)
    for _ in range(n_runs):
        for worker, timing in zip(workers, timings, strict=True):
            limit = min(n_runs, worker.contender.max_runs or n_runs)
            if len(timing.seconds) < limit and sum(timing.seconds) < worker.contender.max_seconds:
                timing.add(*worker.run(task))
    return timings


def seconds_per_call(call: Callable[[], Any], at_least: float = 0.1) -> float:
    """Return the mean seconds of a call, of as many as take `at_least` seconds, after a first."""
    call()
    n_calls, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < at_least:
        for _ in range(10):
            call()
        n_calls += 10
    return elapsed / n_calls


def warn_of_idle_spinning(workers: Sequence[Worker]) -> None:
    """Say so when a contender kept a core busy while another one was measured."""
    for worker in workers:
        if worker.idle_share > 0.1:
            name = worker.contender.name
            progress(f"warning: {name} took {worker.idle_share:.0%} of a core while it waited")


def progress(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
