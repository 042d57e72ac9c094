"""The figures of every epoch."""

from collections.abc import Sequence
from typing import Any

from fastnn.callbacks._base import Callback, Logs


class History(Callback):
    """The figures of every epoch, as ``fit`` returns them.

    Attributes
    ----------
    history : dict of str to list of float
        One list per figure, with one entry per epoch: ``'loss'``, the metric under the name it
        was asked for, and both with ``'val_'`` before them where there was validation data.
        Training figures are running means over the epoch, validation figures are taken at its end.
    epoch : list of int
        The epochs that ran, counted from 0.

    Examples
    --------
    >>> history = History()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.on_epoch_end(1, {"loss": 0.25})
    >>> history.history, history.epoch
    ({'loss': [0.5, 0.25]}, [0, 1])
    """

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []
        self._epochs: dict[str, list[int]] = {}  # of each figure: validation may skip some

    def on_train_begin(self, logs: Logs = None) -> None:
        self.epoch = []
        self._put_into_model()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Append the figures of one epoch.

        Parameters
        ----------
        epoch : int
            Which epoch has ended, counted from 0.
        logs : dict of str to float, optional
            Its figures.
        """
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs.setdefault(name, []).append(epoch)
        self._put_into_model()

    def plot(self, metrics: str | Sequence[str] | None = None, ax: Any = None) -> Any:
        """Draw the curves, as ``fastnn.plot.history`` does.

        Parameters
        ----------
        metrics : str or sequence of str, optional
            Which figures, without ``'val_'``. Default: all.
        ax : Axes or sequence of Axes, optional
            Where to draw, one for each figure. Default: a new picture.

        Returns
        -------
        ndarray of Axes, of shape (n_metrics,)
            What was drawn on.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        ValueError
            If there is no such figure.
        """
        from fastnn import plot

        return plot.history(self, metrics, ax)

    def _put_into_model(self) -> None:
        if self.model is not None:
            self.model.history = self
