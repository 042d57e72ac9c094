"""A callback made of functions."""

from collections.abc import Callable
from typing import Any

from fastnn.callbacks._base import Callback

_HOOKS = [name for name in vars(Callback) if name.startswith("on_")]


class LambdaCallback(Callback):
    """Calls your functions.

    Parameters
    ----------
    on_epoch_begin, on_epoch_end : callable, optional
        Take ``(epoch, logs)``.
    on_train_begin, on_train_end : callable, optional
        Take ``(logs)``.
    on_train_batch_begin, on_train_batch_end : callable, optional
        Take ``(batch, logs)``, the second by its name. With one of these, each batch is a call
        into the core of its own.
    **hooks : callable
        Any other hook of `Callback`, such as ``on_test_end``.

    Raises
    ------
    TypeError
        If there is no such hook, or if something is no callable.

    Examples
    --------
    >>> callback = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))
    >>> callback.on_epoch_end(0, {"loss": 0.5})
    0 0.5
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
        **hooks: Callable[..., Any] | None,
    ) -> None:
        named = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }
        for name, function in {**named, **hooks}.items():
            if name not in _HOOKS:
                raise TypeError(
                    f"expected hooks among {', '.join(map(repr, _HOOKS))}. Received: {name!r}"
                )
            if function is None:
                continue
            if not callable(function):
                raise TypeError(f"expected {name} to be a callable. Received: {function!r}")
            setattr(self, name, function)
