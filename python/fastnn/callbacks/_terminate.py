"""Stopping when the loss is no number any more."""

import math
from collections.abc import Callable
from typing import Any

from fastnn import _console
from fastnn.callbacks._base import Callback, Logs


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite.

    It does not slow training down: the loss of an epoch, a running mean, is NaN or infinite as
    soon as that of one batch was. So an epoch that went wrong is finished, and no other begins,
    where Keras stops within it; both have the same epochs. Where another callback hears of
    batches, so that each is a call of its own, this one stops behind the batch as Keras does.

    Parameters
    ----------
    raise_error : bool, default=False
        Whether to raise a RuntimeError instead, so that no ``on_train_end`` is called.

    Raises
    ------
    RuntimeError
        In training, if `raise_error` asks for it.

    Examples
    --------
    >>> from fastnn.models import Sequential
    >>> callback = TerminateOnNaN()
    >>> callback.set_model(Sequential())
    >>> callback.on_epoch_end(4, {"loss": float("nan")})
    <BLANKLINE>
    Epoch 5: the loss is nan, training ends
    >>> callback.model.stop_training
    True
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error
        self._has_ended = False

    def on_train_begin(self, logs: Logs = None) -> None:
        self._has_ended = False

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._check(f"Batch {batch + 1}", logs)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._check(f"Epoch {epoch + 1}", logs)

    def _check(self, place: str, logs: Logs) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss) or self._has_ended:
            return
        if self.raise_error:
            raise RuntimeError(f"{place}: expected a finite loss. Received: {loss}")
        self._has_ended = True
        self.model.stop_training = True
        _console.write(f"\n{place}: the loss is {loss}, training ends\n")

    def _idle_hooks(self) -> tuple[Callable[..., Any], ...]:
        return (TerminateOnNaN.on_batch_end,)
