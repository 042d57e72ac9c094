"""What every callback has: the hooks."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Logs: TypeAlias = dict[str, Any] | None


class Callback:
    """What ``fit``, ``evaluate`` and ``predict`` call on their way: hooks that do nothing yet.

    For a callback of your own, write a class with the hooks that it needs. An epoch is one call
    into the core unless a callback has a hook for batches; then each batch is one.

    Attributes
    ----------
    model : Model or None
        What is trained or asked. Setting ``model.stop_training`` to True ends the training behind
        this epoch, or behind this batch where a callback hears of batches.
    params : dict or None
        ``'verbose'``, ``'epochs'`` and ``'steps'`` (batches an epoch).

    Examples
    --------
    >>> class StopAt(Callback):
    ...     def __init__(self, loss):
    ...         self.loss = loss
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         if logs["loss"] < self.loss:
    ...             self.model.stop_training = True
    >>> callback = StopAt(loss=0.1)
    """

    params: Mapping[str, Any] | None = None
    _model: Any = None

    @property
    def model(self) -> Any:
        """The model that is trained or asked."""
        return self._model

    def set_model(self, model: Any) -> None:
        """Remember the model; called before everything else."""
        self._model = model

    def set_params(self, params: Mapping[str, Any]) -> None:
        """Remember how training was asked for; called before everything else."""
        self.params = params

    def on_train_begin(self, logs: Logs = None) -> None:
        """Hear that ``fit`` begins."""

    def on_train_end(self, logs: Logs = None) -> None:
        """Hear that ``fit`` ends; `logs` are those of the last epoch."""

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Hear that an epoch, counted from 0, begins."""

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Hear how an epoch, counted from 0, went.

        `logs` are the running means over the epoch and, under names that begin with ``'val_'``,
        the figures of the validation data. What a callback adds to them, those behind it see.
        """

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Hear that a batch of ``fit``, counted from 0 in each epoch, begins."""
        self.on_batch_begin(batch, logs=logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Hear how a batch of ``fit`` went; `logs` are the running means up to it."""
        self.on_batch_end(batch, logs=logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Do the same as `on_train_batch_begin`, which calls it: an older name."""

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Do the same as `on_train_batch_end`, which calls it: an older name."""

    def on_test_begin(self, logs: Logs = None) -> None:
        """Hear that ``evaluate``, or the validation of an epoch, begins."""

    def on_test_end(self, logs: Logs = None) -> None:
        """Hear how ``evaluate``, or the validation of an epoch, went."""

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Hear that a batch of ``evaluate`` or of validation begins."""

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Hear how a batch of ``evaluate`` or of validation went."""

    def on_predict_begin(self, logs: Logs = None) -> None:
        """Hear that ``predict`` begins."""

    def on_predict_end(self, logs: Logs = None) -> None:
        """Hear that ``predict`` ends."""

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Hear that a batch of ``predict`` begins."""

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Hear that a batch of ``predict`` ends; ``logs['outputs']`` are its outputs."""

    def _idle_hooks(self) -> tuple[Callable[..., Any], ...]:
        """Return hooks of the class for whose sake nobody has to go batch by batch."""
        return ()

    def _hears(self, hook: str) -> bool:
        """Return whether a hook is there for a reason: no empty one of this class, nor idle."""
        function = getattr(getattr(self, hook), "__func__", None)
        return function not in (getattr(Callback, hook), *self._idle_hooks())
