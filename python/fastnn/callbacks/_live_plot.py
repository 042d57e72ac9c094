"""A picture of the training that grows while it runs."""

import time
from collections.abc import Sequence
from typing import Any

from fastnn.callbacks._base import Callback, Logs
from fastnn.callbacks._history import History

_SECONDS_BETWEEN = 0.3


class LivePlot(Callback):
    """Draws the curves of loss and metrics anew behind each epoch, in a notebook or a window.

    At most about three times a second, so that it does not hold up a fast training; the last
    picture has all epochs. Needs matplotlib (``pip install fastnn[plot]``).

    Parameters
    ----------
    metrics : str or sequence of str, optional
        Which figures, without ``'val_'``. Default: all.

    Attributes
    ----------
    figure : matplotlib.figure.Figure or None
        The picture of the last training, to be saved.

    Raises
    ------
    ImportError
        When training begins, if matplotlib is not installed.
    ValueError
        Behind the first epoch, if there is no such figure.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> plot = LivePlot("loss")
    >>> plot.on_train_begin()
    >>> plot.on_epoch_end(0, {"loss": 0.5, "val_loss": 0.75})
    >>> plot.on_train_end()
    >>> [axes.get_title() for axes in plot.figure.axes]
    ['loss']
    """

    def __init__(self, metrics: str | Sequence[str] | None = None) -> None:
        self.metrics = metrics
        self.figure: Any = None
        self._history = History()
        self._axes: Any = None
        self._display: Any = None
        self._last_drawn = 0.0
        self._is_behind = False

    def on_train_begin(self, logs: Logs = None) -> None:
        from fastnn.plot import _matplotlib

        _matplotlib.pyplot()
        self.figure = self._axes = self._display = None
        self._history = History()
        self._last_drawn = -_SECONDS_BETWEEN

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._history.on_epoch_end(epoch, logs)
        self._is_behind = time.monotonic() - self._last_drawn < _SECONDS_BETWEEN
        if not self._is_behind:
            self._draw()

    def on_train_end(self, logs: Logs = None) -> None:
        from fastnn.plot import _matplotlib

        if self._is_behind:
            self._draw()
        if self._display is not None:  # else the notebook shows it a second time
            _matplotlib.pyplot().close(self.figure)

    def _draw(self) -> None:
        from fastnn.plot import _matplotlib

        if self._axes is not None:
            for axes in self._axes:
                axes.clear()
        self._axes = self._history.plot(self.metrics, self._axes)
        self.figure = self._axes[0].figure
        self._display = _matplotlib.show_now(self.figure, self._display)
        self._last_drawn = time.monotonic()
