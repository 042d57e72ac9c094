"""The figures of every epoch in a file."""

import csv
import os
from pathlib import Path
from typing import Any

from fastnn._arguments import check_bool
from fastnn.callbacks._base import Callback, Logs


class CSVLogger(Callback):
    """Writes the figures of each epoch to a file, as soon as there are any.

    The columns are ``epoch``, counted from 0, and the figures of the first epoch in the order of
    the alphabet. Where these have no validation figures, there are columns for them as well, for
    a validation that comes later; what is missing is ``NA``.

    Parameters
    ----------
    filename : str or path
        Where to write. The folder must be there.
    separator : str, default=','
        One character between columns.
    append : bool, default=False
        Whether to go on with the file that is there, below its header. False replaces it.

    Raises
    ------
    OSError
        When training begins, if the file cannot be written.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "training.csv")
    >>> logger = CSVLogger(path)
    >>> logger.on_train_begin()
    >>> logger.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    >>> logger.on_train_end()
    >>> print(path.read_text())
    epoch,loss,val_loss
    0,0.5,0.75
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        self.filename = Path(filename)
        self.sep = separator
        self.append = check_bool(append, "append")
        self._file: Any = None
        self._writer: csv.DictWriter[str] | None = None

    def on_train_begin(self, logs: Logs = None) -> None:
        self._close()
        self._file = self.filename.open("a" if self.append else "w", newline="", encoding="utf-8")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        figures = logs or {}
        if self._writer is None:
            self._writer = csv.DictWriter(
                self._file,
                ["epoch", *_columns(figures)],
                restval="NA",
                extrasaction="ignore",
                delimiter=self.sep,
            )
            if self._file.tell() == 0:
                self._writer.writeheader()
        self._writer.writerow({"epoch": epoch, **figures})
        self._file.flush()

    def on_train_end(self, logs: Logs = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = self._writer = None


def _columns(figures: dict[str, float]) -> list[str]:
    names = sorted(figures)
    if any(name.startswith("val_") for name in names):
        return names
    return names + [f"val_{name}" for name in names]
