"""matplotlib, which is optional: loaded when the first picture is drawn."""

import sys
from typing import Any


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise ImportError(
            "expected matplotlib to draw. Received: no such module. Run `pip install fastnn[plot]`"
        ) from None
    return plt


def panels(n_panels: int, n_columns: int, panel_size: tuple[float, float]) -> Any:
    """Return new Axes of shape (n_panels,), with those of an unfilled last row removed.

    Parameters
    ----------
    n_panels : int
        At least one.
    n_columns : int
        How many beside each other, at most.
    panel_size : tuple of float
        Width and height of each, in inches.
    """
    n_columns = min(n_columns, n_panels)
    n_rows = -(-n_panels // n_columns)
    width, height = panel_size
    _, grid = pyplot().subplots(
        n_rows,
        n_columns,
        figsize=(width * n_columns, height * n_rows),
        layout="constrained",
        squeeze=False,
    )
    axes = grid.ravel()
    for unused in axes[n_panels:]:
        unused.remove()
    return axes[:n_panels]


def one_axes(ax: Any) -> Any:
    """Return `ax`, or the Axes of a new picture."""
    return panels(1, 1, (5.0, 4.5))[0] if ax is None else ax


def show_now(figure: Any, display: Any) -> Any:
    """Bring a figure that has changed before the user's eyes, without waiting for them.

    Parameters
    ----------
    figure : Figure
        Of pyplot.
    display : DisplayHandle or None
        What an earlier call for this figure returned.

    Returns
    -------
    DisplayHandle or None
        The place in the notebook; None in a window, or where nothing can be shown.
    """
    if "ipykernel" in sys.modules:
        from IPython.display import display as show

        if display is None:
            return show(figure, display_id=True)
        display.update(figure)
        return display
    figure.canvas.draw_idle()
    if pyplot().get_backend().lower() != "agg":
        figure.show()
        figure.canvas.flush_events()
    return None
