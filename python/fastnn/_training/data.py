"""Where batches come from: arrays, or whatever yields batches one after the other."""

import itertools
import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._examples import Examples
from fastnn._training.py_dataset import PyDataset, read
from fastnn._validation import check_integer

_DEFAULT_BATCH_SIZE = 32

Batch = tuple[Any, ...]  # x, (x, y) or (x, y, weights), as a user gives it


class Part(NamedTuple):
    """Steps that follow each other: the rows in `order`, so many a batch."""

    examples: Examples
    order: NDArray[np.int64]
    batch_size: int

    @property
    def n_steps(self) -> int:
        """How many batches there are."""
        return -(-len(self.order) // self.batch_size)


class Limits(NamedTuple):
    """How long batches and passes are.

    Attributes
    ----------
    batch_size : int or None
        Rows of a batch of arrays; None where nobody asked. Batches of an iterable are as they come.
    steps : int or None
        Batches of a pass; None for all.
    """

    batch_size: int | None
    steps: int | None

    @classmethod
    def checked(
        cls,
        batch_size: object,
        steps: object,
        steps_name: str,
        batch_size_name: str = "batch_size",
    ) -> "Limits":
        """Return the limits that a user has passed."""
        return cls(
            None if batch_size is None else check_integer(batch_size, batch_size_name, minimum=1),
            None if steps is None else check_integer(steps, steps_name, minimum=1),
        )

    def of_rows(self, n_rows: int) -> tuple[int, int]:
        """Return how many rows of `n_rows` are a batch, and how many a pass asks for.

        As in Keras, steps without a batch size divide the rows among them.
        """
        if self.steps is None:
            return self.batch_size or _DEFAULT_BATCH_SIZE, n_rows
        batch_size = self.batch_size or max(-(-n_rows // self.steps), 1)
        return batch_size, self.steps * batch_size


class Source(ABC):
    """The data of a training.

    Attributes
    ----------
    n_steps : int or None
        Of each pass; None where that is not known before the first has ended.
    """

    n_steps: int | None

    @abstractmethod
    def one_pass(self, step: int, *, by_batch: bool) -> Iterator[Part]:
        """Yield the parts of a pass, single batches if asked for; `step` counts earlier steps."""


class Arrays(Source):
    """Rows in memory.

    Parameters
    ----------
    examples : Examples
    limits : Limits
        A last short batch counts.
    seed : int, optional
        Of the orders in which passes take the rows. Default: as they come.
    goes_on : bool, default=True
        Whether a pass begins where the last has ended, not with the first row.
    """

    def __init__(
        self, examples: Examples, limits: Limits, seed: int | None = None, *, goes_on: bool = True
    ) -> None:
        self._examples = examples
        self._seed = seed
        self._goes_on = goes_on
        self._batch_size, self._n_rows = limits.of_rows(examples.n_rows)
        self._left = np.empty(0, dtype=np.int64)  # of an order that several passes share
        self.n_steps = -(-self._n_rows // self._batch_size)

    def one_pass(self, step: int, *, by_batch: bool) -> Iterator[Part]:
        """Yield the rows of one pass."""
        if len(self._left) == 0 or not self._goes_on:
            self._left = _order(self._examples.n_rows, self._seed, step)
        order, self._left = self._left[: self._n_rows], self._left[self._n_rows :]
        if len(order) <= self._n_rows - self._batch_size:
            warn_of_end()
        rows_a_part = self._batch_size if by_batch else len(order)
        for begin in range(0, len(order), rows_a_part):
            yield Part(self._examples, order[begin : begin + rows_a_part], self._batch_size)


class Batches:
    """Batches that a user's iterable yields.

    Parameters
    ----------
    batches : iterable
        Iterated anew for each pass; an iterator goes on where the last pass has ended.
    limit : int, optional
        The number of batches after which a pass ends. Default: where they end.
    seed : int, optional
        Of the orders in which passes take the batches of a `PyDataset`. Default: as they come.
    goes_on : bool, default=True
        Whether a pass begins where the last has ended, not with the first batch.

    Attributes
    ----------
    n_steps : int or None
        Of each pass; None where that is not known before the first has ended.
    """

    def __init__(
        self, batches: Any, limit: int | None, seed: int | None = None, *, goes_on: bool = True
    ) -> None:
        self._batches = batches
        self._limit = limit
        self._seed = seed
        self._goes_on = goes_on
        self._iterator: Iterator[Any] | None = None
        self._n_left: float = 0  # in the iterator
        self.n_steps = _length(batches) if limit is None else limit

    def taken(self, step: int = 0) -> Iterator[Batch]:
        """Yield the batches of one pass, as tuples; `step` counts earlier steps."""
        _tell(self._batches, "on_epoch_begin")
        if self._limit is None or self._n_left == 0 or not self._goes_on:
            self._iterator = self._iterate(step)
            self._n_left = _length(self._batches) or math.inf
        n_taken = 0
        for batch in itertools.islice(self._iterator or (), self._limit):
            n_taken += 1
            yield tuple(batch) if isinstance(batch, (tuple, list)) else (batch,)
        self._n_left -= n_taken
        if self._limit is not None and n_taken < self._limit:
            self._n_left = 0
            warn_of_end()
        self.n_steps = self.n_steps or n_taken
        _tell(self._batches, "on_epoch_end")

    def _iterate(self, step: int) -> Iterator[Any]:
        batches = self._batches
        if isinstance(batches, PyDataset):
            n_batches = batches.num_batches
            if n_batches is None:
                return read(batches, itertools.count())
            return read(batches, _order(n_batches, self._seed, step).tolist())
        if _is_indexed(batches):  # like a data set of Keras, whose end only its length tells
            return (batches[index] for index in range(len(batches)))
        return iter(batches)


class CheckedBatches(Batches, Source):
    """Batches to train on or to be judged by; `check` makes each what the core reads."""

    def __init__(
        self,
        batches: Any,
        limit: int | None,
        check: Callable[[Batch], Examples],
        seed: int | None = None,
        *,
        goes_on: bool = True,
    ) -> None:
        super().__init__(batches, limit, seed, goes_on=goes_on)
        self._check = check

    def one_pass(self, step: int, *, by_batch: bool) -> Iterator[Part]:
        """Yield each batch as a part; they are single whether asked for or not."""
        del by_batch
        for batch in self.taken(step):
            yield whole(self._check(batch))


def _order(n: int, seed: int | None, step: int) -> NDArray[np.int64]:
    # By the step: training that goes on from a file takes the rows as it would have done.
    return np.arange(n, dtype=np.int64) if seed is None else _core.permutation(n, seed, step)


def whole(examples: Examples) -> Part:
    """Return all rows as one batch."""
    n_rows = examples.n_rows
    return Part(examples, np.arange(n_rows, dtype=np.int64), n_rows)


def yields_batches(x: object) -> bool:
    """Whether `x` yields batches: a generator, a data set or a loader, not an array or a list."""
    if isinstance(x, (np.ndarray, list, tuple, dict, str)) or hasattr(x, "__array__"):
        return False
    return hasattr(x, "__iter__") or _is_indexed(x)


def _is_indexed(x: object) -> bool:
    return hasattr(x, "__getitem__") and hasattr(x, "__len__") and not hasattr(x, "__iter__")


def _length(batches: Any) -> int | None:
    if isinstance(batches, PyDataset):
        return batches.num_batches
    try:
        return len(batches)
    except TypeError:
        return None


def _tell(batches: object, hook: str) -> None:
    getattr(batches, hook, lambda: None)()


def warn_of_end() -> None:
    """Warn, as Keras does, that there are fewer batches than steps."""
    warnings.warn(
        "the data ended before the steps that were asked for: expected steps × epochs batches",
        stacklevel=2,
    )
