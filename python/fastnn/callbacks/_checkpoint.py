"""Saving the model while it trains."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastnn import _console
from fastnn._arguments import check_bool
from fastnn._validation import check_integer
from fastnn.callbacks._base import Logs
from fastnn.callbacks._monitor import MonitorCallback

_ENDING = ".safetensors"


class ModelCheckpoint(MonitorCallback):
    """Saves the model, or its weights, as training goes on.

    Parameters
    ----------
    filepath : str or path
        Must end in ``'.safetensors'``, where Keras wants ``'.keras'`` or ``'.weights.h5'``. May
        have fields, which ``str.format`` fills: ``{epoch}``, counted from 1, and the figures by
        their names, as in ``'{epoch:02d}-{val_loss:.2f}.safetensors'``; with an integer
        `save_freq` also ``{batch}``. Without fields each file replaces the one before. Folders are
        made where they are missing.
    monitor : str, default='val_loss'
        The figure that tells the best model.
    verbose : {0, 1}, default=0
        1 prints what is saved, and when nothing got better.
    save_best_only : bool, default=False
        Whether to save only when `monitor` is better than ever before.
    save_weights_only : bool, default=False
        Whether to call ``model.save_weights`` instead of ``model.save``.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether small or large values of `monitor` are good; ``'auto'`` goes by the name.
    save_freq : 'epoch' or int, default='epoch'
        Save behind each epoch, or behind so many batches, counted on from epoch to epoch. With an
        integer each batch is a call into the core of its own, and the figures are running means
        up to the batch.
    initial_value_threshold : float, optional
        The best value before training, for `save_best_only`. Default: anything is better.

    Attributes
    ----------
    best : float or None
        The best value so far, where `save_best_only` asks for it. Another ``fit`` goes on from it.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type or out of range, or if the name does not tell the mode.
    KeyError
        When it is to be saved, if `filepath` has a field for something that there is not.
    OSError
        When it is to be saved, if that cannot be.

    Warns
    -----
    UserWarning
        If there is no such figure; then the model is saved.

    Examples
    --------
    >>> checkpoint = ModelCheckpoint("best.safetensors", "val_accuracy", save_best_only=True)
    >>> checkpoint = ModelCheckpoint("best.keras")
    Traceback (most recent call last):
        ...
    ValueError: expected filepath to end in '.safetensors'. Received: 'best.keras'
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        self.save_best_only = check_bool(save_best_only, "save_best_only")
        super().__init__(monitor, mode, is_watching=save_best_only)
        self.best = initial_value_threshold
        self.filepath = os.fspath(filepath)
        if not self.filepath.endswith(_ENDING):
            raise ValueError(
                f"expected filepath to end in {_ENDING!r}. Received: {self.filepath!r}"
            )
        self.verbose = verbose
        self.save_weights_only = check_bool(save_weights_only, "save_weights_only")
        self.save_freq = _check_frequency(save_freq)
        self._epoch = 0
        self._n_batches = 0  # since the last file

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            return
        self._n_batches += 1
        if self._n_batches >= int(self.save_freq):
            self._n_batches = 0
            self._save(self._epoch, {"batch": batch + 1, **(logs or {})})

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, dict(logs or {}))

    def _save(self, epoch: int, figures: dict[str, float]) -> None:
        path = self._path(epoch, figures)
        if self.save_best_only and not self._is_best(epoch, figures):
            return
        if self.verbose:
            _console.write(f"\nEpoch {epoch + 1}: saving the model to {path}\n")
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _path(self, epoch: int, figures: dict[str, float]) -> Path:
        fields = {"epoch": epoch + 1, **figures}
        try:
            return Path(self.filepath.format(**fields))
        except KeyError as error:
            raise KeyError(
                f"expected fields of {self.filepath!r} among {', '.join(map(repr, fields))}. "
                f"Received: {error}"
            ) from None

    def _is_best(self, epoch: int, figures: dict[str, float]) -> bool:
        current = self._monitored(figures)
        if current is None:
            return True
        before = "nothing" if self.best is None else f"{self.best:.5f}"
        is_better = self._is_improvement(current, self.best)
        if is_better:
            self.best = current
        if self.verbose:
            way = f"from {before} to {current:.5f}" if is_better else f"from {before}"
            word = "improved" if is_better else "did not improve"
            _console.write(f"\nEpoch {epoch + 1}: {self.monitor} {word} {way}\n")
        return is_better

    def _idle_hooks(self) -> tuple[Callable[..., Any], ...]:
        return (ModelCheckpoint.on_train_batch_end,) if self.save_freq == "epoch" else ()


def _check_frequency(value: object) -> str | int:
    if isinstance(value, str):
        if value != "epoch":
            raise ValueError(f"expected save_freq to be 'epoch' or an integer. Received: {value!r}")
        return value
    return check_integer(value, "save_freq", minimum=1)
