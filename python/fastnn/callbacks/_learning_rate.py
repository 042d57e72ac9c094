"""Changing the learning rate between epochs."""

import inspect
from collections.abc import Callable

from fastnn import _console
from fastnn._arguments import BELOW_ONE, check_not_negative, check_number
from fastnn._validation import check_integer
from fastnn.callbacks._base import Callback, Logs
from fastnn.callbacks._monitor import MonitorCallback


class LearningRateScheduler(Callback):
    """Sets the learning rate of each epoch, when it begins.

    The figures of the epoch then tell it as ``'learning_rate'``. For a rate that changes with
    each step, give the optimizer a schedule of ``fastnn.optimizers.schedules``.

    Parameters
    ----------
    schedule : callable
        Takes the epoch, counted from 0, and the present rate, or the epoch alone; returns the new
        rate.
    verbose : {0, 1}, default=0
        1 prints the rate of each epoch.

    Raises
    ------
    TypeError
        When an epoch begins: if no number was returned, or if the optimizer has a schedule of its
        own, which no number replaces.
    ValueError
        When an epoch begins: if the rate is negative or not finite.

    Examples
    --------
    >>> from fastnn.models import Sequential
    >>> model = Sequential()
    >>> model.compile("sgd", "mse")
    >>> scheduler = LearningRateScheduler(lambda epoch, rate: rate if epoch < 2 else rate / 10)
    >>> scheduler.set_model(model)
    >>> for epoch in range(3):
    ...     scheduler.on_epoch_begin(epoch)
    >>> model.optimizer.learning_rate
    0.001
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"expected schedule to be a callable. Received: {schedule!r}")
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        optimizer = self.model.optimizer
        arguments = (epoch, optimizer.learning_rate)
        taken = arguments if _takes(self.schedule, arguments) else arguments[:1]
        rate = check_not_negative(self.schedule(*taken), "what schedule returns")
        optimizer.learning_rate = rate
        if self.verbose:
            _console.write(f"\nEpoch {epoch + 1}: setting the learning rate to {rate:g}\n")

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate


class ReduceLROnPlateau(MonitorCallback):
    """Lowers the learning rate when a figure has stopped improving.

    The figures of each epoch tell the rate as ``'learning_rate'``.

    Parameters
    ----------
    monitor : str, default='val_loss'
        The figure's name, as in ``History.history``.
    factor : float, default=0.1
        What the rate is multiplied by, in [0, 1).
    patience : int, default=10
        Lower it behind so many epochs in a row without improvement.
    verbose : {0, 1}, default=0
        1 prints each new rate.
    mode : {'auto', 'min', 'max'}, default='auto'
        Whether small or large values are good; ``'auto'`` goes by the name.
    min_delta : float, default=1e-4
        A smaller improvement counts as none.
    cooldown : int, default=0
        So many epochs behind a change are not counted.
    min_lr : float, default=0
        The rate is not lowered below this.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type or out of range, or if the name does not tell the mode.
    TypeError
        When the rate is to be lowered, and the optimizer has a schedule, which no number replaces.

    Warns
    -----
    UserWarning
        If an epoch has no such figure.

    Examples
    --------
    >>> from fastnn.models import Sequential
    >>> model = Sequential()
    >>> model.compile("sgd", "mse")
    >>> plateau = ReduceLROnPlateau("loss", factor=0.5, patience=2)
    >>> plateau.set_model(model)
    >>> for epoch, loss in enumerate([0.5, 0.3, 0.4, 0.3]):
    ...     plateau.on_epoch_end(epoch, {"loss": loss})
    >>> model.optimizer.learning_rate
    0.005
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.factor = check_number(factor, "factor", "[0, 1)", 0.0, BELOW_ONE)
        self.patience = check_integer(patience, "patience", minimum=0)
        self.verbose = verbose
        self.cooldown = check_integer(cooldown, "cooldown", minimum=0)
        self.min_lr = check_not_negative(min_lr, "min_lr")
        self._reset()

    def on_train_begin(self, logs: Logs = None) -> None:
        self._reset()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        if logs is not None:
            logs["learning_rate"] = self.model.optimizer.learning_rate
        current = self._monitored(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self._is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch)

    def in_cooldown(self) -> bool:
        """Tell whether epochs are not counted yet, behind a change.

        Returns
        -------
        bool
            True for `cooldown` epochs.
        """
        return self.cooldown_counter > 0

    def _reduce(self, epoch: int) -> None:
        optimizer = self.model.optimizer
        if optimizer.learning_rate <= self.min_lr:
            return
        rate = max(optimizer.learning_rate * self.factor, self.min_lr)
        optimizer.learning_rate = rate
        self.cooldown_counter = self.cooldown
        self.wait = 0
        if self.verbose:
            _console.write(f"\nEpoch {epoch + 1}: reducing the learning rate to {rate:g}\n")

    def _reset(self) -> None:
        """Begin anew, so that one object may serve several trainings."""
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0


def _takes(function: Callable[..., object], arguments: tuple[object, ...]) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:  # a function of C that does not tell
        return True
    return True
