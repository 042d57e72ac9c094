"""Figures for TensorBoard."""

import os
import time
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from fastnn._arguments import check_bool, refuse_unbuilt
from fastnn._validation import check_integer
from fastnn.callbacks._base import Callback, Logs

_SECONDS_UNTIL_SEEN = 2  # from when figures are told until they are in the file
_file_numbers = count()  # tensorboardX names files by the second: two trainings may be faster
_DEFAULTS = {
    "write_images": False,
    "profile_batch": 0,
    "embeddings_freq": 0,
    "embeddings_metadata": None,
}


class TensorBoard(Callback):
    """Writes figures and histograms of weights for TensorBoard to show, under Keras's names.

    Needs tensorboardX, which is small (``pip install fastnn[tensorboard]``). To look at them, run
    ``tensorboard --logdir logs`` where TensorBoard is installed.

    In ``train/``: ``epoch_loss``, ``epoch_learning_rate`` and one for each metric, against the
    epoch; ``batch_loss`` and so on against the batch, where `update_freq` asks for it. In
    ``validation/``: ``epoch_loss`` and so on against the epoch; ``evaluation_loss_vs_iterations``
    and so on against the optimizer's steps, from ``evaluate`` too.

    Parameters
    ----------
    log_dir : str or path, default='logs'
        The folder to write into.
    histogram_freq : int, default=0
        Every how many epochs to write histograms of the weights, under
        ``'{layer}/weight_{index}/histogram'``. 0: never.
    write_graph : bool, default=True
        Without effect: no graph is written.
    write_steps_per_second : bool, default=False
        Whether to write ``epoch_steps_per_second``, and with `update_freq` of batches
        ``batch_steps_per_second``.
    update_freq : 'epoch', 'batch' or int, default='epoch'
        Whether to write the figures of every batch too, or of every so many. Each batch is then a
        call into the core of its own.
    write_images, profile_batch, embeddings_freq, embeddings_metadata
        Not built yet, only their defaults.

    Raises
    ------
    ImportError
        When training or evaluation begins, if tensorboardX is not installed.
    NotImplementedError
        If an argument that is not built yet is given.
    TypeError, ValueError
        If an argument is of a wrong type or out of range.

    Examples
    --------
    >>> callback = TensorBoard("logs", update_freq=100)
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: None = None,
    ) -> None:
        unbuilt = {
            "write_images": write_images,
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
            "embeddings_metadata": embeddings_metadata,
        }
        refuse_unbuilt("TensorBoard", unbuilt, _DEFAULTS)
        self.log_dir = Path(log_dir)
        self.histogram_freq = check_integer(histogram_freq, "histogram_freq", minimum=0)
        self.write_steps_per_second = check_bool(write_steps_per_second, "write_steps_per_second")
        self.update_freq = _check_frequency(update_freq)
        self._writer_class: Any = None
        self._writers: dict[str, Any] = {}
        self._is_training = False
        self._n_batches = 0  # since training began
        self._batch_start = self._epoch_start = 0.0

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        self._writer_class = _import_writer()

    def on_train_begin(self, logs: Logs = None) -> None:
        self._is_training = True
        self._n_batches = 0

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._n_batches += 1
        if self.update_freq == "epoch" or self._n_batches % int(self.update_freq):
            return
        figures = dict(logs or {})
        if self.write_steps_per_second:
            figures["steps_per_second"] = 1.0 / (time.perf_counter() - self._batch_start)
        self._write("train", "batch_{}", figures, self._n_batches)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch_start = time.perf_counter()
        self._first_step = self.model.optimizer._n_steps

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        figures, validation = _split(logs or {})
        figures["learning_rate"] = optimizer.learning_rate
        if self.write_steps_per_second:
            seconds = time.perf_counter() - self._epoch_start
            figures["steps_per_second"] = (optimizer._n_steps - self._first_step) / seconds
        self._write("train", "epoch_{}", figures, epoch)
        self._write("validation", "epoch_{}", validation, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)

    def on_test_end(self, logs: Logs = None) -> None:
        step = self.model.optimizer._n_steps
        self._write("validation", "evaluation_{}_vs_iterations", logs or {}, step)
        if not self._is_training:
            self._close()

    def on_train_end(self, logs: Logs = None) -> None:
        self._is_training = False
        self._close()

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _write(self, folder: str, tag: str, figures: Mapping[str, float], step: int) -> None:
        if not figures:
            return
        writer = self._writer(folder)
        for name, value in figures.items():
            writer.add_scalar(tag.format(name), value, step)

    def _write_histograms(self, epoch: int) -> None:
        writer = self._writer("train")
        for layer in self.model.layers:
            for index, weight in enumerate(layer.get_weights()):
                writer.add_histogram(f"{layer.name}/weight_{index}/histogram", weight, epoch)

    def _writer(self, folder: str) -> Any:
        """Return the writer into a folder; the file is made when there is something to write."""
        if folder not in self._writers:
            self._writers[folder] = self._writer_class(
                str(self.log_dir / folder),
                flush_secs=_SECONDS_UNTIL_SEEN,
                filename_suffix=f".{os.getpid()}.{next(_file_numbers)}",
            )
        return self._writers[folder]

    def _idle_hooks(self) -> tuple[Callable[..., Any], ...]:
        hooks = TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end
        return hooks if self.update_freq == "epoch" else ()


def _split(logs: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the figures of training and those of validation, without their prefix."""
    prefix = "val_"
    training = {name: value for name, value in logs.items() if not name.startswith(prefix)}
    validation = {
        name.removeprefix(prefix): value for name, value in logs.items() if name.startswith(prefix)
    }
    return training, validation


def _check_frequency(value: object) -> str | int:
    if isinstance(value, str):
        if value not in ("epoch", "batch"):
            raise ValueError(
                f"expected update_freq to be 'epoch', 'batch' or an integer. Received: {value!r}"
            )
        return value if value == "epoch" else 1
    return check_integer(value, "update_freq", minimum=1)


def _import_writer() -> Any:
    try:
        from tensorboardX import SummaryWriter
    except ImportError:
        raise ImportError(
            "expected tensorboardX to write for TensorBoard. Received: no such module. "
            "Run `pip install fastnn[tensorboard]`"
        ) from None
    return SummaryWriter
