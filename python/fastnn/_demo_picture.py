"""The picture of ``fastnn demo``: the training curves and the images that were taken for others."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fastnn import plot

COLUMNS = 8
MOST_ROWS = 3
WIDTH, CURVES_HEIGHT, ROW_HEIGHT = 10, 3.5, 1.7  # inches
DPI = 120


def draw(
    title: str,
    *,
    history: Mapping[str, Sequence[float]],
    pictures: NDArray[np.uint8],
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    classes: Sequence[str],
) -> Figure:
    """Draw the training curves over a grid of wrongly classified images.

    pyplot is not used, so neither a display nor the caller's figures are touched.

    Parameters
    ----------
    title : str
        Stands above everything.
    history : mapping
        As in ``History.history``: ``loss``, ``val_loss``, ``accuracy``, ``val_accuracy``.
    pictures : ndarray of shape (n_samples, height, width) or (n_samples, height, width, 3)
        The test images.
    probabilities : ndarray of shape (n_samples, n_classes)
        What the network answered.
    labels : ndarray of shape (n_samples,)
        What would have been right.
    classes : sequence of str
        The classes' names.

    Returns
    -------
    matplotlib.figure.Figure
        To be saved; 1200 pixels wide, with as many rows of images as there is need for.
    """
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    surest_first = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")]
    shown = surest_first[: COLUMNS * MOST_ROWS]
    n_rows = max(-(-len(shown) // COLUMNS), 1)

    heights = CURVES_HEIGHT, ROW_HEIGHT * n_rows
    figure = Figure(figsize=(WIDTH, sum(heights)), dpi=DPI, layout="constrained")
    figure.suptitle(title, fontsize="x-large")
    curves, grid = figure.subfigures(2, 1, squeeze=False, height_ratios=heights).flat
    plot.history(history, ("loss", "accuracy"), ax=curves.subplots(1, 2))
    grid.suptitle(
        f"{len(wrong):,} of {len(labels):,} test images classified wrongly"
        + (", the surest mistakes first" if len(wrong) else "")
    )
    cells = grid.subplots(n_rows, COLUMNS).ravel()
    for axes, index in zip(cells, shown, strict=False):
        _draw_mistake(axes, pictures[index], classes[labels[index]], classes[answers[index]])
    for axes in cells:
        axes.set_axis_off()
    return figure


def _draw_mistake(axes: Any, picture: NDArray[np.uint8], label: str, answer: str) -> None:
    axes.imshow(picture, cmap="gray_r")
    axes.set_title(f"label: {label}\nanswer: {answer}", fontsize="small")
