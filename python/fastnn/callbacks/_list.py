"""Several callbacks as one."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from fastnn._arguments import refuse_unbuilt
from fastnn.callbacks._base import Callback, Logs
from fastnn.callbacks._history import History

Callbacks: TypeAlias = "Callback | Sequence[Callback] | CallbackList | None"


class CallbackList(Callback):
    """Callbacks that are called one behind the other, a `History` among them.

    ``fit`` makes one of what it is given. For a loop of your own, make one yourself, and call its
    hooks where they belong.

    Parameters
    ----------
    callbacks : Callback, sequence of Callback, or CallbackList, optional
        Called in this order. Where there is no `History` among them, one comes last, so that it
        keeps what the others add to the figures.
    add_history : bool, default=True
        Without effect: there is always a `History`.
    add_progbar : bool, default=False
        Only the default: ``fit`` itself prints.
    model : Model, optional
        What the callbacks find as ``model``.
    params : mapping of str to object, optional
        What the callbacks find as ``params``.
    **more_params : object
        The same one by one, as Keras takes them.

    Attributes
    ----------
    callbacks : list of Callback
        In the order of the calls.
    history : History
        The one among them.

    Raises
    ------
    TypeError
        If something is no callback.

    Examples
    --------
    >>> seen = []
    >>> from fastnn.callbacks import LambdaCallback
    >>> show = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["loss"]))
    >>> callbacks = CallbackList(show, epochs=2)
    >>> callbacks.on_epoch_end(0, {"loss": 0.5})
    >>> seen, callbacks.history.history, callbacks.hears_train_batches
    ([0.5], {'loss': [0.5]}, False)
    """

    def __init__(
        self,
        callbacks: Callbacks = None,
        add_history: bool = True,
        add_progbar: bool = False,
        model: Any = None,
        params: Mapping[str, Any] | None = None,
        **more_params: Any,
    ) -> None:
        refuse_unbuilt("CallbackList", {"add_progbar": add_progbar}, {"add_progbar": False})
        self.callbacks = _as_list(callbacks)
        histories = [callback for callback in self.callbacks if isinstance(callback, History)]
        self.history = histories[-1] if histories else History()
        if not histories:
            self.callbacks.append(self.history)
        self.set_params({**(params or {}), **more_params})
        if model is not None:
            self.set_model(model)

    @property
    def hears_train_batches(self) -> bool:
        """Whether a callback has a hook for the batches of ``fit``."""
        hooks = "on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end"
        return self._any_hears(*hooks)

    @property
    def hears_test_batches(self) -> bool:
        """Whether a callback has a hook for the batches of ``evaluate`` and of validation."""
        return self._any_hears("on_test_batch_begin", "on_test_batch_end")

    @property
    def hears_predict_batches(self) -> bool:
        """Whether a callback has a hook for the batches of ``predict``."""
        return self._any_hears("on_predict_batch_begin", "on_predict_batch_end")

    def append(self, callback: Callback) -> None:
        """Add a callback, to be called last."""
        self.callbacks += _as_list(callback)

    def set_model(self, model: Any) -> None:
        super().set_model(model)
        for callback in self.callbacks:
            callback.set_model(model)

    def set_params(self, params: Mapping[str, Any]) -> None:
        super().set_params(params)
        for callback in self.callbacks:
            callback.set_params(params)

    def on_train_begin(self, logs: Logs = None) -> None:
        self._call("on_train_begin", logs)

    def on_train_end(self, logs: Logs = None) -> None:
        self._call("on_train_end", logs)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        self._call("on_epoch_begin", logs, epoch)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        self._call("on_epoch_end", logs, epoch)

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_train_batch_end", batch, logs)

    def on_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_batch_begin", batch, logs)

    def on_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_batch_end", batch, logs)

    def on_test_begin(self, logs: Logs = None) -> None:
        self._call("on_test_begin", logs)

    def on_test_end(self, logs: Logs = None) -> None:
        self._call("on_test_end", logs)

    def on_test_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_test_batch_end", batch, logs)

    def on_predict_begin(self, logs: Logs = None) -> None:
        self._call("on_predict_begin", logs)

    def on_predict_end(self, logs: Logs = None) -> None:
        self._call("on_predict_end", logs)

    def on_predict_batch_begin(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch: int, logs: Logs = None) -> None:
        self._call_on_batch("on_predict_batch_end", batch, logs)

    def _call(self, hook: str, logs: Logs, *epoch: int) -> None:
        shared = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(*epoch, shared)

    def _call_on_batch(self, hook: str, batch: int, logs: Logs) -> None:
        shared = {} if logs is None else logs
        for callback in self.callbacks:
            getattr(callback, hook)(batch, logs=shared)

    def _any_hears(self, *hooks: str) -> bool:
        return any(callback._hears(hook) for callback in self.callbacks for hook in hooks)


def _as_list(callbacks: Callbacks) -> list[Callback]:
    if callbacks is None:
        return []
    if isinstance(callbacks, CallbackList):
        return list(callbacks.callbacks)
    entries: list[Any] = list(callbacks) if isinstance(callbacks, (list, tuple)) else [callbacks]
    for entry in entries:
        if not isinstance(entry, Callback):
            raise TypeError(
                "expected callbacks to be a Callback of fastnn.callbacks or a list of them. "
                f"Received: {entry!r}"
            )
    return entries
