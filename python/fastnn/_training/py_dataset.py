"""Data sets that give batches by their numbers."""

import itertools
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from fastnn._arguments import check_bool
from fastnn._validation import check_integer


class PyDataset:
    """The base of data sets of your own, which give whole batches by their numbers.

    A subclass has ``__getitem__(index)``, which returns a batch as a tuple (x,), (x, y) or
    (x, y, sample_weight), and ``__len__()``, the number of batches. ``fit``, ``evaluate`` and
    ``predict`` take it as x. ``fit`` takes the batches of each epoch in a new order, unless
    ``shuffle=False``.

    Parameters
    ----------
    workers : int, default=1
        With more than 1 so many threads read ahead while the model is at work. Batches come in
        their order all the same, and each once; ``__getitem__`` must bear to be called by several
        threads at once.
    use_multiprocessing : bool, default=False
        Whether to read ahead with a single worker too. Keras has processes for it, fastnn threads:
        NumPy, and most that reads files, lets others run meanwhile.
    max_queue_size : int, default=10
        How many batches are read ahead at most.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Notes
    -----
    Named and made as ``keras.utils.PyDataset``.

    Examples
    --------
    >>> import numpy as np, fastnn
    >>> class Rows(fastnn.utils.PyDataset):
    ...     def __len__(self):
    ...         return 3
    ...
    ...     def __getitem__(self, index):
    ...         return np.full((2, 4), index), np.full((2, 1), index)
    >>> model = fastnn.Sequential([fastnn.Input((4,)), fastnn.layers.Dense(1)])
    >>> model.compile(loss="mse")
    >>> _ = model.fit(Rows(workers=2), epochs=2, verbose=0)
    >>> model.predict(Rows(), verbose=0).shape
    (6, 1)
    """

    # Where a subclass does not call __init__.
    _workers, _use_multiprocessing, _max_queue_size = 1, False, 10

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ) -> None:
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    @property
    def workers(self) -> int:
        """How many threads read ahead, if more than 1."""
        return self._workers

    @workers.setter
    def workers(self, value: int) -> None:
        self._workers = check_integer(value, "workers", minimum=0)

    @property
    def use_multiprocessing(self) -> bool:
        """Whether a single worker reads ahead too."""
        return self._use_multiprocessing

    @use_multiprocessing.setter
    def use_multiprocessing(self, value: bool) -> None:
        self._use_multiprocessing = check_bool(value, "use_multiprocessing")

    @property
    def max_queue_size(self) -> int:
        """How many batches are read ahead at most."""
        return self._max_queue_size

    @max_queue_size.setter
    def max_queue_size(self, value: int) -> None:
        self._max_queue_size = check_integer(value, "max_queue_size", minimum=1)

    def __getitem__(self, index: int) -> Any:
        """Return a batch; to be written by the subclass.

        Parameters
        ----------
        index : int
            From 0 on.

        Returns
        -------
        tuple
            (x,), (x, y) or (x, y, sample_weight).

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(f"expected {type(self).__name__} to have __getitem__")

    def __iter__(self) -> Iterator[Any]:
        """Yield the batches one by one, without reading ahead."""
        n_batches = self.num_batches
        return (self[i] for i in (itertools.count() if n_batches is None else range(n_batches)))

    @property
    def num_batches(self) -> int | None:
        """How many batches there are: ``len(self)``; None, in a subclass, where they never end."""
        if hasattr(self, "__len__"):
            return len(self)
        raise NotImplementedError(f"expected {type(self).__name__} to have __len__ or num_batches")

    def on_epoch_begin(self) -> None:
        """Do something before the first batch of an epoch is read."""

    def on_epoch_end(self) -> None:
        """Do something behind the last batch of an epoch, such as to shuffle."""


def read(dataset: PyDataset, indices: Iterable[int]) -> Iterator[Any]:
    """Yield the batches with these numbers in their order, read ahead if the data set wants it."""
    return (
        _read_ahead(dataset, iter(indices))
        if _has_readers(dataset)
        else (dataset[index] for index in indices)
    )


def _has_readers(dataset: PyDataset) -> bool:
    return dataset.workers > (0 if dataset.use_multiprocessing else 1)


def _read_ahead(dataset: PyDataset, indices: Iterator[int]) -> Iterator[Any]:
    with ThreadPoolExecutor(dataset.workers) as pool:

        def submit(n_batches: int) -> list[Future[Any]]:
            few = itertools.islice(indices, n_batches)
            return [pool.submit(dataset.__getitem__, index) for index in few]

        ahead = deque(submit(dataset.max_queue_size))
        try:
            while ahead:
                batch = ahead.popleft().result()
                ahead.extend(submit(1))
                yield batch
        finally:
            pool.shutdown(cancel_futures=True)  # nobody waits for these any more
