"""The curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn.plot._matplotlib import panels, pyplot

if TYPE_CHECKING:
    from fastnn.callbacks import History


def history(
    history: History | Mapping[str, Sequence[float]],
    metrics: str | Sequence[str] | None = None,
    ax: Any = None,
) -> Any:
    """Draw loss and metrics against the epoch, those of training and of validation together.

    Parameters
    ----------
    history : History or mapping of str to sequence of float
        What ``fit`` returned, or its ``history``.
    metrics : str or sequence of str, optional
        Which figures, without ``'val_'``. Default: all.
    ax : Axes or sequence of Axes, optional
        Where to draw, one for each figure. Default: a new picture.

    Returns
    -------
    ndarray of Axes, of shape (n_metrics,)
        What was drawn on. Epochs are counted from 1, as ``fit`` prints them.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    ValueError
        If there is no such figure, or another number of Axes.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> axes = history({"loss": [0.5, 0.2], "val_loss": [0.6, 0.4], "accuracy": [0.7, 0.9]})
    >>> [panel.get_title() for panel in axes]
    ['loss', 'accuracy']
    """
    curves = _curves(history)
    names = _check_names(metrics, [name for name in curves if not name.startswith("val_")])
    axes = panels(len(names), 3, (4.5, 3.5)) if ax is None else np.atleast_1d(ax).ravel()
    if len(axes) != len(names):
        raise ValueError(f"expected ax of {len(names)} Axes. Received: {len(axes)}")
    for panel, name in zip(axes, names, strict=True):
        for key, label in ((name, "training"), (f"val_{name}", "validation")):
            if key in curves:
                epochs, values = curves[key]
                panel.plot([epoch + 1 for epoch in epochs], values, marker=".", label=label)
        _finish(panel, name)
    return axes


def _curves(
    history: History | Mapping[str, Sequence[float]],
) -> dict[str, tuple[Sequence[int], Sequence[float]]]:
    """Return the epochs and the values of each figure."""
    if isinstance(history, Mapping):
        return {name: (range(len(values)), values) for name, values in history.items()}
    return {name: (history._epochs[name], values) for name, values in history.history.items()}


def _check_names(metrics: str | Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    names = known if metrics is None else [metrics] if isinstance(metrics, str) else list(metrics)
    if not names or not set(names) <= set(known):
        raise ValueError(
            f"expected metrics among {', '.join(map(repr, known))}. Received: {metrics!r}"
        )
    return names


def _finish(panel: Any, name: str) -> None:
    pyplot()
    from matplotlib.ticker import MaxNLocator

    panel.set_title(name)
    panel.set_xlabel("epoch")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.grid(alpha=0.3)
    panel.legend()
