"""Stopping when nothing gets better any more."""

from fastnn import _console
from fastnn._arguments import check_bool
from fastnn._validation import Array, check_integer
from fastnn.callbacks._base import Logs
from fastnn.callbacks._monitor import MonitorCallback


class EarlyStopping(MonitorCallback):
    """Ends the training when a figure has stopped improving.

    Parameters
    ----------
    monitor : str, default='val_loss'
        The figure's name, as in ``History.history``.
    min_delta : float, default=0
        A smaller improvement counts as none.
    patience : int, default=0
        Stop behind so many epochs in a row without improvement.
    verbose : {0, 1}, default=0
        1 prints when it stops, and which weights it restores.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether small or large values are good; ``'auto'`` goes by the name: small for losses and
        errors, large for accuracies and scores.
    baseline : float, optional
        Only what is better than this restarts the patience. Default: whatever is better than
        before.
    restore_best_weights : bool, default=False
        Whether the model gets back the weights of the best epoch when training ends, also when it
        ends by itself. False leaves those of the last.
    start_from_epoch : int, default=0
        Epochs before this one, counted from 0, are not looked at.

    Attributes
    ----------
    stopped_epoch : int
        The epoch behind which it stopped, counted from 0; 0 if it did not.
    best : float or None
        The best value.
    best_epoch : int
        Its epoch, counted from 0.
    best_weights : list of ndarray or None
        The model's weights behind it, where they are to be restored.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type or out of range, or if the name does not tell the mode.

    Warns
    -----
    UserWarning
        If an epoch has no such figure.

    References
    ----------
    L. Prechelt, "Early stopping – but when?", 1998.

    Examples
    --------
    >>> from fastnn.models import Sequential
    >>> stopping = EarlyStopping("loss", patience=2)
    >>> stopping.set_model(Sequential())
    >>> stopping.on_train_begin()
    >>> for epoch, loss in enumerate([0.5, 0.3, 0.4, 0.3]):
    ...     stopping.on_epoch_end(epoch, {"loss": loss})
    >>> stopping.stopped_epoch, stopping.best, stopping.best_epoch
    (3, 0.3, 1)
    """

    wait: int
    best_weights: list[Array] | None

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience = check_integer(patience, "patience", minimum=0)
        self.verbose = verbose
        self.baseline = baseline
        self.restore_best_weights = check_bool(restore_best_weights, "restore_best_weights")
        self.start_from_epoch = check_integer(start_from_epoch, "start_from_epoch", minimum=0)
        self._reset()

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        current = self._monitored(logs)
        if current is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self._is_improvement(current, self.best):
            self._remember(epoch, current)
            if self.baseline is None or self._is_improvement(current, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs: Logs = None) -> None:
        if self.verbose and self.stopped_epoch:
            _console.write(f"Epoch {self.stopped_epoch + 1}: early stopping\n")
        if self.best_weights is None:
            return
        if self.verbose:
            _console.write(f"Restoring the weights of the best epoch, {self.best_epoch + 1}\n")
        self.model.set_weights(self.best_weights)

    def _remember(self, epoch: int, value: float) -> None:
        self.best, self.best_epoch = value, epoch
        if self.restore_best_weights:
            self.best_weights = self.model.get_weights()

    def _reset(self) -> None:
        """Begin anew, so that one object may serve several trainings."""
        self.wait = 0
        self.stopped_epoch = 0
        self.best = None
        self.best_epoch = 0
        self.best_weights = None
