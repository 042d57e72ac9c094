"""What models do with data: train, evaluate, predict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from fastnn._arguments import BELOW_ONE, check_bool, check_number
from fastnn._progress import Progress, check_verbose
from fastnn._training.compiled import ByOutput
from fastnn._training.data import Arrays, Limits, Source
from fastnn._training.loop import Loop, check_freq
from fastnn._validation import check_integer
from fastnn.callbacks import CallbackList, History
from fastnn.models._compiling import NAMES
from fastnn.models._feeding import Feeding
from fastnn.models._on_batch import OnBatch

if TYPE_CHECKING:
    from fastnn.callbacks import Callback


class Trainer(Feeding, OnBatch):
    """Training, evaluation and prediction for models."""

    def _start_trainer(self) -> None:
        super()._start_trainer()
        self.history: History | None = None

    def fit(
        self,
        x: ArrayLike | Iterable[Any] | None = None,
        y: ArrayLike | ByOutput | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Callback | Sequence[Callback] | None = None,
        validation_split: float = 0.0,
        validation_data: Sequence[ArrayLike] | Iterable[Any] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | ByOutput | None = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Sequence[int] = 1,
    ) -> History:
        """Train on rows and their targets, or on batches of them.

        Arrays are checked before the first weight changes, batches as they come. Ctrl-C stops
        behind a whole batch.

        Parameters
        ----------
        x : array_like of shape (n_samples, ...), a list of them for several inputs, or an iterable
            uint8, int64, float16, float32 and float64 are converted a batch at a time, also from
            memory maps; other numbers as a whole. An iterable, such as a generator, yields batches
            as tuples (x, y) or (x, y, sample_weight); see also ``fastnn.utils.PyDataset``.
        y : array_like, or a list or dict of them for several outputs
            Targets as the loss wants them: (n_samples,) integers for sparse cross-entropy, else
            (n_samples, n_outputs). Outputs without a loss may be left out. None with an iterable.
        batch_size : int, optional
            Rows a step; a last short batch counts. Default: 32, or with `steps_per_epoch` what
            divides all rows among them. None with an iterable.
        epochs : int, default=1
            The epoch to stop before, counted from 0.
        verbose : {'auto', 0, 1, 2}, default='auto'
            0 is silent, 1 draws a bar, 2 prints a line an epoch; ``'auto'`` is 1.
        callbacks : Callback or list of Callback, optional
            Are told of epochs and, if they listen, of batches: see ``fastnn.callbacks``.
        validation_split : float, default=0.0
            The share of rows, the last ones, that is kept out of training for validation.
        validation_data : tuple (x, y) or (x, y, sample_weight), or an iterable, optional
            Data for validation; goes before `validation_split`.
        shuffle : bool, default=True
            Whether each epoch takes the rows in a new order, or the batches of a
            ``fastnn.utils.PyDataset``. Without effect on another iterable.
        class_weight : dict of int to float, optional
            What the rows of a class weigh in the loss; 1 where none is given. Not for several
            outputs.
        sample_weight : array_like of shape (n_samples,), or a list or dict of them, optional
            What each row weighs in the loss, or in that of each of several outputs; None in a list
            or dict stands for 1. Default: 1.
        initial_epoch : int, default=0
            The epoch to start with.
        steps_per_epoch : int, optional
            Batches of an epoch; the next goes on behind them. Default: all.
        validation_steps : int, optional
            Batches of a validation, from the first on. Default: all.
        validation_batch_size : int, optional
            Rows a step of validation. Without effect where the loss is a mean over the rows.
            Default: `batch_size`.
        validation_freq : int or list of int, default=1
            Behind each how many epochs to validate, or behind which, counted from 1.

        Returns
        -------
        History
            Loss and metrics of each epoch, running means over it; with validation data also
            ``'val_loss'`` and so on, taken at its end. Of several outputs also each one's loss, as
            ``'<output>_loss'``, and its metrics behind its name.

        Raises
        ------
        RuntimeError
            If another thread is training this model.
        TypeError, ValueError
            If the model is not compiled or has no layers, or if an argument does not fit.
        """
        first = check_integer(initial_epoch, "initial_epoch", minimum=0)
        epoch_range = range(first, check_integer(epochs, "epochs", minimum=1))
        freq, level = check_freq(validation_freq), check_verbose(verbose)
        limits = Limits.checked(batch_size, steps_per_epoch, "steps_per_epoch")
        validation_limits = Limits.checked(
            batch_size if validation_batch_size is None else validation_batch_size,
            validation_steps,
            "validation_steps",
            "validation_batch_size",
        )
        with self._training_alone():
            source, held_out = self._training_source(
                (x, y, sample_weight),
                limits,
                class_weight=class_weight,
                shuffle=check_bool(shuffle, "shuffle"),
                fraction=check_number(validation_split, "validation_split", "[0, 1)", 0, BELOW_ONE)
                if validation_data is None
                else 0.0,
            )
            if validation_data is not None:
                validation: Source | None = self._validation_source(
                    validation_data, validation_limits
                )
            else:
                validation = (
                    None if held_out is None else Arrays(held_out, validation_limits, goes_on=False)
                )
            params = {"verbose": level, "epochs": epochs, "steps": source.n_steps}
            listeners = CallbackList(callbacks, model=self, params=params)
            self.history = listeners.history
            Loop(self, listeners, level).fit(source, epoch_range, validation, freq)
        return self.history

    def evaluate(
        self,
        x: ArrayLike | Iterable[Any] | None = None,
        y: ArrayLike | ByOutput | None = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: ArrayLike | ByOutput | None = None,
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return the loss and the metrics on rows and their targets.

        Parameters
        ----------
        x, y, sample_weight, callbacks
            As for `fit`.
        batch_size : int, optional
            Rows a step. Without effect where the loss is a mean over the rows. Default: 32, or
            with `steps` what divides all rows among them.
        verbose : {'auto', 0, 1, 2}, default='auto'
            Whether to print the figures: 0 not, 1 with a bar, 2 without; ``'auto'`` is 1.
        steps : int, optional
            Batches to look at, from the first on. Default: all.
        return_dict : bool, default=False
            Whether to return the figures under their names.

        Returns
        -------
        float, list of float or dict of str to float
            The loss; ``[loss, metric, ...]`` if metrics were asked for, as `metrics_names` has
            them.

        Raises
        ------
        TypeError, ValueError
            If the model is not compiled or has no layers, or if an argument does not fit.
        """
        level, limits = check_verbose(verbose), Limits.checked(batch_size, steps, "steps")
        self._get_compiled()
        source = self._source((x, y, sample_weight), limits, NAMES)
        params = {"verbose": level, "steps": source.n_steps}
        progress = Progress(source.n_steps, level)
        listeners = CallbackList(callbacks, model=self, params=params)
        board = Loop(self, listeners, level).evaluate(source)
        progress.finish(board.figures(), source.n_steps)
        return board.shown(return_dict)

    def predict(
        self,
        x: ArrayLike | Iterable[Any],
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Callback | Sequence[Callback] | None = None,
    ) -> Any:
        """Return the outputs for each row.

        Parameters
        ----------
        x : array_like of shape (n_samples, ...), or an iterable
            As for `fit`; no rows are fine. Of an iterable's batches only the rows are read.
        batch_size : int, optional
            Without effect on the result where there are no `steps`. Default: as for `evaluate`.
        verbose : {'auto', 0, 1, 2}, default='auto'
            Whether to print a line: 0 not, 1 with a bar, 2 without; ``'auto'`` is 1.
        steps : int, optional
            Batches to look at, from the first on. Default: all.
        callbacks : Callback or list of Callback, optional
            As for `fit`.

        Returns
        -------
        ndarray of shape (n_samples, ...), or a list of them for several outputs
            Of the model's dtype.

        Raises
        ------
        TypeError, ValueError
            If the model has no layers, or if an argument does not fit.
        """
        level, limits = check_verbose(verbose), Limits.checked(batch_size, steps, "steps")
        listeners = CallbackList(callbacks, model=self)
        n_steps, parts = self._rows_to_predict(x, limits, by_batch=listeners.hears_predict_batches)
        progress = Progress(n_steps, level)
        listeners.set_params({"verbose": level, "steps": n_steps})
        outputs = []
        listeners.on_predict_begin()
        for step, rows in enumerate(parts):
            listeners.on_predict_batch_begin(step)
            outputs.append(self._outputs_of(rows))
            listeners.on_predict_batch_end(step, {"outputs": outputs[-1]})
        listeners.on_predict_end()
        progress.finish({}, n_steps or len(outputs))
        return _joined(outputs)


def _joined(outputs: list[Any]) -> Any:
    """Return the outputs of several batches as those of one."""
    if len(outputs) == 1:
        return outputs[0]
    if isinstance(outputs[0], list):
        return [np.concatenate(of_one) for of_one in zip(*outputs, strict=True)]
    return np.concatenate(outputs)
