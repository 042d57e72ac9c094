"""What a user sees while a network trains: a bar within the epoch, or one line at its end."""

import sys
import time
from collections.abc import Callable, Mapping

import numpy as np

from fastnn import _console

_WIDTH = 20
_SECONDS_BETWEEN_LOOKS = 0.05


def check_verbose(value: object) -> int:
    """Return 0 (silent), 1 (a bar) or 2 (a line an epoch); 'auto' is 1.

    >>> check_verbose("auto")
    1
    """
    if value == "auto":
        return 1
    if value not in (0, 1, 2):
        raise ValueError(f"expected verbose to be 'auto', 0, 1 or 2. Received: {value!r}")
    return int(value)


class Progress:
    """The report on one pass over the data, in the words of Keras.

    Parameters
    ----------
    n_steps : int or None
        How many batches there are; None where that is not known.
    verbose : {0, 1, 2}
        See `check_verbose`.

    Attributes
    ----------
    is_live : bool
        Whether a line can be drawn over: not in a file.
    """

    def __init__(self, n_steps: int | None, verbose: int) -> None:
        self._n_steps = n_steps
        self._step = 0
        self._next_look = 0.0
        self._verbose = verbose
        self._start = time.perf_counter()
        self._printed = 0
        self.is_live = verbose == 1 and (sys.stdout.isatty() or "ipykernel" in sys.modules)

    def update(self, step: int, logs: Mapping[str, float]) -> None:
        """Draw the bar anew, with the time that is left."""
        self._step = step
        per_step = self._elapsed() / max(step, 1)
        left = "" if self._n_steps is None else f" {_clock(per_step * (self._n_steps - step))}"
        self._draw(f"{self._bar()}{left} {_per_step(per_step)}{_figures(logs)}")

    def update_now_and_then(self, step: int, logs: Callable[[], Mapping[str, float]]) -> None:
        """Update some times a second, however often this is called."""
        if self._elapsed() >= self._next_look:
            self._next_look = self._elapsed() + _SECONDS_BETWEEN_LOOKS
            self.update(step, logs())

    def finish(self, logs: Mapping[str, float], step: int | None = None) -> None:
        """Print the line that stays. `step` is the last one; all have been taken if it is None."""
        if self._verbose == 0:
            return
        self._step = step if step is not None else self._n_steps or 0
        self._n_steps = self._n_steps or self._step
        elapsed = self._elapsed()
        taken, per_step = f"{elapsed:.0f}s", _per_step(elapsed / max(self._step, 1))
        if self._verbose == 1:
            self._draw(f"{self._bar()} {taken} {per_step}{_figures(logs)}")
            _console.write("\n")
        else:
            count = f"{self._step}/{self._n_steps}"
            _console.write(f"{count} - {taken} - {per_step}{_figures(logs)}\n")

    def _elapsed(self) -> float:
        return time.perf_counter() - self._start

    def _bar(self) -> str:
        if self._n_steps is None:
            return f"{self._step}/Unknown"
        filled = _WIDTH * self._step // max(self._n_steps, 1)
        digits = len(str(self._n_steps))
        return f"{self._step:{digits}d}/{self._n_steps} {'━' * filled}{'─' * (_WIDTH - filled)}"

    def _draw(self, line: str) -> None:
        back = "\r" if self.is_live else ""
        _console.write(back + line.ljust(self._printed))
        self._printed = len(line)


def _figures(logs: Mapping[str, float]) -> str:
    # A metric that has several results is shown as their mean, as in Keras.
    return "".join(
        f" - {name}: {value:.4e}" if abs(value) <= 1e-3 else f" - {name}: {value:.4f}"
        for name, value in ((name, float(np.mean(figure))) for name, figure in logs.items())
    )


def _per_step(seconds: float) -> str:
    if seconds >= 1 or seconds == 0:
        return f"{seconds:.0f}s/step"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms/step"
    return f"{seconds * 1e6:.0f}us/step"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"
    return f"{minutes}:{rest:02d}" if minutes else f"{rest}s"
