"""What models read: arrays, and batches that something yields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastnn._examples import Examples, split_examples
from fastnn._training.data import (
    Arrays,
    Batch,
    Batches,
    CheckedBatches,
    Limits,
    Source,
    warn_of_end,
    yields_batches,
)
from fastnn._training.py_dataset import PyDataset
from fastnn._validation import Array
from fastnn.models._compiling import NAMES, Compilable

_VALIDATION_NAMES = "validation_data[0]", "validation_data[1]", "validation_data[2]"
_BATCH_NAMES = "x of a batch", "y of a batch", "sample_weight of a batch"
Data = tuple[object, object, object]  # x, y and weights, as a user gives them


class Feeding(Compilable):
    """Makes what users pass a source of batches, and the model ready for it."""

    def _training_source(
        self,
        data: Data,
        limits: Limits,
        *,
        class_weight: Mapping[int, float] | None,
        shuffle: bool,
        fraction: float,
    ) -> tuple[Source, Examples | None]:
        """Return what to train on, and the last `fraction` of arrays, which is held out of it."""
        if yields_batches(data[0]):
            if fraction:
                raise ValueError(f"expected no validation_split with batches. Received: {fraction}")
            seed = self._next_seed() if shuffle and isinstance(data[0], PyDataset) else None
            return self._batches(data, limits, class_weight, seed, goes_on=True), None
        examples, held_out = self._check_examples(*data, NAMES), None
        if fraction:
            examples, held_out = split_examples(examples, fraction)
        examples = self._weigh(examples, class_weight)
        self._get_ready(data[0], examples)
        return Arrays(examples, limits, self._next_seed() if shuffle else None), held_out

    def _validation_source(self, data: object, limits: Limits) -> Source:
        if yields_batches(data):
            return self._batches((data, None, None), limits._replace(batch_size=None))
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError(f"expected validation_data to be a tuple (x, y). Received: {data!r}")
        x, y, *weights = data
        return self._source((x, y, *(weights or [None])), limits, _VALIDATION_NAMES)

    def _source(self, data: Data, limits: Limits, names: tuple[str, str, str]) -> Source:
        """Return what to look at once, or several times from the beginning."""
        if yields_batches(data[0]):
            return self._batches(data, limits)
        examples = self._check_examples(*data, names)
        self._get_ready(data[0], examples)
        return Arrays(examples, limits, goes_on=False)

    def _batches(
        self,
        data: Data,
        limits: Limits,
        class_weight: Mapping[int, float] | None = None,
        seed: int | None = None,
        *,
        goes_on: bool = False,
    ) -> Source:
        x, *others = data
        if any(given is not None for given in others) or limits.batch_size is not None:
            raise ValueError(
                "expected x alone where it yields batches: they bring y and sample_weight, and "
                "are as long as they are"
            )

        def check(batch: Batch) -> Examples:
            return self._check_batch(batch, class_weight)

        return CheckedBatches(x, limits.steps, check, seed, goes_on=goes_on)

    def _check_batch(self, batch: Batch, class_weight: Mapping[int, float] | None) -> Examples:
        if len(batch) not in (2, 3):
            raise ValueError(
                "expected batches to be tuples (x, y) or (x, y, sample_weight). "
                f"Received one of {len(batch)} entries"
            )
        x, y, *weights = batch
        examples = self._check_examples(x, y, weights[0] if weights else None, _BATCH_NAMES)
        examples = self._weigh(examples, class_weight)
        self._get_ready(x, examples)
        return examples

    def _rows_to_predict(
        self, x: object, limits: Limits, *, by_batch: bool
    ) -> tuple[int | None, Iterator[list[Array]]]:
        """Return how many batches there are, and the rows of each, or all of an array's at once."""
        if yields_batches(x):
            if limits.batch_size is not None:
                raise ValueError("expected no batch_size with batches")
            batches = Batches(x, limits.steps)
            name = _BATCH_NAMES[0]
            return batches.n_steps, (self._check_inputs(b[0], name) for b in batches.taken())
        rows = self._check_inputs(x, "x")
        batch_size, limit = limits.of_rows(len(rows[0]))
        rows = [array[:limit] for array in rows]
        n_rows = len(rows[0])
        if n_rows <= limit - batch_size:
            warn_of_end()
        part = batch_size if by_batch and n_rows else max(n_rows, 1)
        begins = range(0, max(n_rows, 1), part)
        n_steps = -(-n_rows // batch_size)
        return n_steps, ([array[begin : begin + part] for array in rows] for begin in begins)
