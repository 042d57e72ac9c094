"""Stopping when the loss is no number any more."""

import math
from collections.abc import Callable
from typing import Any

from fastnn import _console
from fastnn.callbacks._base import Callback, Logs


class TerminateOnNaN(Callback):
    """Ends the training when the loss is NaN or infinite.

    It does not slow training down. Where no callback hears of batches, an epoch is one call into
    the core: then it is finished before this one looks at its loss, which as a running mean is NaN
    or infinite as soon as that of one batch was. Keras stops within the epoch; so does this where
    another callback hears of batches. The epochs are the same.

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
    >>> callback.on_batch_end(468, {"loss": float("nan")})
    <BLANKLINE>
    Behind batch 469 the loss is nan: training ends
    >>> callback.model.stop_training
    True
    """

    def __init__(self, raise_error: bool = False) -> None:
        self.raise_error = raise_error

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        loss = (logs or {}).get("loss", 0.0)
        if math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"expected a finite loss. Received: {loss} behind batch {batch + 1}")
        self.model.stop_training = True
        _console.write(f"\nBehind batch {batch + 1} the loss is {loss}: training ends\n")

    def _idle_hooks(self) -> tuple[Callable[..., Any], ...]:
        return (TerminateOnNaN.on_batch_end,)
