"""The passes over the data: epochs of training, and evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from fastnn._console import write
from fastnn._progress import Progress
from fastnn._training.compiled import Figures, Scoreboard
from fastnn._training.data import Part, Source
from fastnn._validation import check_integer
from fastnn.callbacks import CallbackList
from fastnn.optimizers import Optimizer


class Trainee(Protocol):
    """What the loop asks of a model."""

    stop_training: bool

    @property
    def optimizer(self) -> Optimizer:
        """What makes the steps."""
        ...

    def _scoreboard(self) -> Scoreboard:
        """Return what counts the rows; there has been one by now."""
        ...

    def _finish_training(self) -> None:
        """Let the optimizer do what it has left for the end."""
        ...


@dataclass(frozen=True)
class Loop:
    """Takes a model through data, and tells the callbacks and the console."""

    model: Trainee
    callbacks: CallbackList
    verbose: int

    def fit(
        self,
        source: Source,
        epochs: range,
        validation: Source | None,
        freq: int | Sequence[int],
    ) -> None:
        """Train for `epochs`, and validate behind each `freq`-th or behind those it lists."""
        self.model.stop_training = False
        logs: Figures = {}
        self.callbacks.on_train_begin()
        try:
            for epoch in epochs:
                self.callbacks.on_epoch_begin(epoch)
                if self.verbose:
                    write(f"Epoch {epoch + 1}/{epochs.stop}\n")
                progress = Progress(source.n_steps, self.verbose)
                n_steps = self._train_epoch(source, progress)
                due = validation if _is_due(epoch, freq) else None
                logs = self._figures(due)
                self.callbacks.on_epoch_end(epoch, logs)
                progress.finish(logs, n_steps)
                if self.model.stop_training:
                    break
        finally:  # Ctrl-C ends a training as well
            self.model._finish_training()
        self.callbacks.on_train_end(logs)

    def evaluate(self, source: Source) -> Scoreboard:
        """Return a scoreboard on which all rows of `source` are counted."""
        self.callbacks.on_test_begin()
        board: Scoreboard | None = None
        n_steps = 0
        for part in source.one_pass(0, by_batch=self.callbacks.hears_test_batches):
            board = board or self.model._scoreboard().fresh()
            self.callbacks.on_test_batch_begin(n_steps)
            board.evaluate(part)
            n_steps += part.n_steps
            self.callbacks.on_test_batch_end(n_steps - 1, board.figures())
        if board is None:
            raise ValueError("expected at least one batch to evaluate. Received: none")
        self.callbacks.on_test_end(board.figures())
        return board

    def _figures(self, validation: Source | None) -> Figures:
        """Return the figures of an epoch, in the order of the alphabet, as Keras does."""
        logs = self.model._scoreboard().figures()
        if validation is not None:
            figures = self.evaluate(validation).figures()
            logs |= {f"val_{name}": value for name, value in figures.items()}
        return dict(sorted(logs.items()))

    def _train_epoch(self, source: Source, progress: Progress) -> int:
        """Take the steps of one epoch, and return how many there were.

        The hooks of batches are called for each part: nobody who has reasons of its own to hear of
        each batch gets several as one.
        """
        by_batch = self.callbacks.hears_train_batches
        n_steps = 0
        for part in source.one_pass(self.model.optimizer._n_steps, by_batch=by_batch):
            if n_steps == 0:
                self.model._scoreboard().reset()
            self.callbacks.on_train_batch_begin(n_steps)
            self._train(part, n_steps, progress)
            n_steps += part.n_steps
            self.callbacks.on_train_batch_end(n_steps - 1, self.model._scoreboard().figures())
            if self.model.stop_training:
                break
        if n_steps == 0:
            raise ValueError("expected at least one batch to train on. Received: none")
        return n_steps

    def _train(self, part: Part, steps_before: int, progress: Progress) -> None:
        scoreboard = self.model._scoreboard()

        def report(rows: int, figures: Sequence[float]) -> None:
            step = steps_before + -(-rows // part.batch_size)
            progress.update(step, scoreboard.live_figures(figures))

        # A single step may be over before the core reports.
        is_single = part.n_steps == 1
        scoreboard.train(
            part, self.model.optimizer, report if progress.is_live and not is_single else None
        )
        if progress.is_live and is_single:
            progress.update_now_and_then(steps_before + 1, scoreboard.figures)


def check_freq(value: object) -> int | Sequence[int]:
    """Return how often to validate: a positive number of epochs, or a list of epochs from 1 on."""
    if isinstance(value, (list, tuple, set)):
        return [check_integer(epoch, "each epoch in validation_freq", minimum=1) for epoch in value]
    return check_integer(value, "validation_freq", minimum=1)


def _is_due(epoch: int, freq: int | Sequence[int]) -> bool:
    return (epoch + 1) % freq == 0 if isinstance(freq, int) else epoch + 1 in freq
