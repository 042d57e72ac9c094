"""The picture of ``fastnn demo``: the training curves and the images that were taken for others."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

GRID = (3, 8)
SIZE = (10, 8.5)  # inches
DPI = 120


def draw(
    path: Path,
    *,
    title: str,
    history: Mapping[str, Sequence[float]],
    pictures: NDArray[np.uint8],
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    classes: Sequence[str],
) -> None:
    """Draw the curves over the grid and save them as a PNG of 1200 × 1020 pixels.

    pyplot is not used, so neither a display nor the caller's figures are touched.

    Parameters
    ----------
    path : Path
        The file to write.
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
    """
    figure = Figure(figsize=SIZE, dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, fontsize="x-large")
    curves, grid = figure.subfigures(2, 1, height_ratios=[2, 3])
    loss_axes, accuracy_axes = curves.subplots(1, 2)
    _draw_curves(loss_axes, history, "loss")
    _draw_curves(accuracy_axes, history, "accuracy")
    _draw_mistakes(grid, pictures, probabilities, labels, classes)
    figure.savefig(path)


def _draw_curves(axes: Any, history: Mapping[str, Sequence[float]], name: str) -> None:
    epochs = range(1, len(history[name]) + 1)
    axes.plot(epochs, history[name], marker=".", label="training")
    axes.plot(epochs, history[f"val_{name}"], marker=".", label="test")
    axes.set_xlabel("epoch")
    axes.set_title(name)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.legend()


def _draw_mistakes(
    figure: Any,
    pictures: NDArray[np.uint8],
    probabilities: NDArray[np.floating],
    labels: NDArray[np.integer],
    classes: Sequence[str],
) -> None:
    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != labels)
    surest_first = wrong[np.argsort(-probabilities[wrong, answers[wrong]], kind="stable")]
    figure.suptitle(
        f"{len(wrong):,} of {len(labels):,} test images classified wrongly"
        + (", the surest mistakes first" if len(wrong) else "")
    )
    shown = surest_first[: GRID[0] * GRID[1]]
    for axes, index in zip(figure.subplots(*GRID).flat, shown, strict=False):
        axes.imshow(pictures[index], cmap="gray_r")
        axes.set_title(
            f"label: {classes[labels[index]]}\nanswer: {classes[answers[index]]}",
            fontsize="small",
        )
    for axes in figure.axes:
        axes.set_axis_off()
