"""What is told about training while it runs, named as in ``keras.callbacks``."""

from collections.abc import Mapping

__all__ = ["History"]


class History:
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

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Append the figures of one epoch.

        Parameters
        ----------
        epoch : int
            Which epoch has ended, counted from 0.
        logs : mapping of str to float
            Its figures.
        """
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)
