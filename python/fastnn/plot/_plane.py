"""The plane as a classifier sees it: regions, and what layers make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastnn._validation import Array, check_array, check_integer
from fastnn.layers import Layer
from fastnn.models import Model
from fastnn.plot._classes import labels_of, predicted_labels, probabilities
from fastnn.plot._matplotlib import one_axes, pyplot

_MARGIN = 0.1  # of the plane around the points, as a share of their extent


def decision_regions(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    ax: Any = None,
    *,
    probability_of: Any = None,
    resolution: int = 300,
) -> Any:
    """Draw which class the model sees where in the plane, and the rows in the colours of theirs.

    Parameters
    ----------
    model : Model or estimator
        A trained model of fastnn that reads two numbers: its class is the largest of its outputs,
        or class 1 where its one output is above 0.5. Or a fitted classifier of scikit-learn's kind.
    x : array_like of shape (n_samples, 2)
        Rows to draw; the plane is drawn as far as they reach, and a tenth more.
    y : array_like of shape (n_samples,) or (n_samples, n_classes)
        Their labels, or these as one-hot.
    ax : Axes, optional
        Where to draw. Default: a new picture.
    probability_of : label, optional
        Draw how probable this class is instead of the most probable one; of a model of fastnn
        the number of an output.
    resolution : int, default=300
        Into how many parts each side is divided.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If `x`, `y` or a setting does not fit.

    See Also
    --------
    sklearn.inspection.DecisionBoundaryDisplay : The same for estimators alone, with more settings.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from fastnn.neighbors import KNeighborsClassifier
    >>> x, y = [[0, 0], [0, 1], [2, 0], [2, 1]], ["left", "left", "right", "right"]
    >>> axes = decision_regions(KNeighborsClassifier(1).fit(x, y), x, y)
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['left', 'right']
    """
    rows = check_array(x, "x", shape=("n_samples", 2), allow_empty=False)
    labels = labels_of(y)
    if len(labels) != len(rows):
        raise ValueError(f"expected y of {len(rows)} rows. Received: {len(labels)}")
    grid = _grid(rows, check_integer(resolution, "resolution", minimum=2))
    points = np.stack(grid, axis=-1).reshape(-1, 2)
    axes = one_axes(ax)
    seen = predicted_labels(model, points)
    classes = np.union1d(labels, seen)
    colors = _colors(len(classes))
    if probability_of is None:
        codes = np.searchsorted(classes, seen).reshape(grid[0].shape)
        _draw_regions(axes, grid, codes, colors)
    else:
        column = _column(model, probability_of)
        values = probabilities(model, points)[:, column].reshape(grid[0].shape)
        mesh = axes.pcolormesh(*grid, values, cmap="RdBu_r", vmin=0, vmax=1, zorder=-1)
        axes.figure.colorbar(mesh, ax=axes, label=f"probability of {probability_of}")
    _scatter(axes, rows, labels, classes, colors)
    return axes


def plane_map(
    model: Model,
    layer: Layer | str | int | None = None,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
    ax: Any = None,
    *,
    bounds: tuple[float, float, float, float] | None = None,
    n_lines: int = 21,
) -> Any:
    """Draw where a grid of lines in the plane goes in a layer with two outputs.

    Parameters
    ----------
    model : Model
        Reads two numbers.
    layer : Layer, str or int, optional
        The layer, its name, or its place in ``model.layers``. Default: the outputs of the model.
    x : array_like of shape (n_samples, 2), optional
        Rows, to be drawn where they go.
    y : array_like of shape (n_samples,) or (n_samples, n_classes), optional
        Their labels, or these as one-hot, to colour them by.
    ax : Axes, optional
        Where to draw. Default: a new picture.
    bounds : tuple (left, right, bottom, top), optional
        Of the grid. Default: as far as `x` reaches and a tenth more; −1 to 1 without `x`.
    n_lines : int, default=21
        How many lines there are in each direction.

    Returns
    -------
    Axes
        What was drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If the model does not read two numbers, if the layer does not have two outputs or is none
        of the model's, or if an argument does not fit.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from fastnn.layers import Dense, Input
    >>> from fastnn.models import Sequential
    >>> model = Sequential([Input((2,)), Dense(2, name="middle"), Dense(3)])
    >>> axes = plane_map(model, "middle")
    >>> axes.get_title()
    'the plane in middle'
    """
    part = _part(model, layer)
    rows = None if x is None else check_array(x, "x", shape=("n_samples", 2), allow_empty=False)
    if bounds is None:
        bounds = (-1.0, 1.0, -1.0, 1.0) if rows is None else _bounds(rows)
    axes = one_axes(ax)
    _draw_lines(axes, part, bounds, check_integer(n_lines, "n_lines", minimum=2))
    if rows is not None:
        labels = np.zeros(len(rows), dtype=int) if y is None else labels_of(y)
        classes = np.unique(labels)
        _scatter(axes, part.predict(rows, verbose=0), labels, classes, _colors(len(classes)))
    name = model.name if layer is None else part.layers[-1].name
    axes.set_title(f"the plane in {name}")
    return axes


def _part(model: Model, layer: Layer | str | int | None) -> Model:
    """Return the model that ends at `layer`."""
    if model.input_shape != (None, 2):
        raise ValueError(f"expected a model that reads two numbers. Received: {model.input_shape}")
    if isinstance(layer, str):
        layer = model.get_layer(layer)
    elif isinstance(layer, int):
        layer = model.get_layer(index=layer)
    part = model if layer is None else Model(model.inputs, layer.output)
    if part.output_shape != (None, 2):
        raise ValueError(f"expected a layer with two outputs. Received: {part.output_shape}")
    return part


def _draw_lines(
    axes: Any, part: Model, bounds: tuple[float, float, float, float], n_lines: int
) -> None:
    """Draw the images of upright lines in one colour, of level ones in another."""
    pyplot()
    from matplotlib.collections import LineCollection

    left, right, bottom, top = bounds
    n_points = 200  # on each line, for its image to look smooth
    across, along = np.linspace(left, right, n_lines), np.linspace(bottom, top, n_points)
    upright = np.stack(np.meshgrid(across, along, indexing="ij"), axis=-1)
    across, along = np.linspace(left, right, n_points), np.linspace(bottom, top, n_lines)
    level = np.stack(np.meshgrid(across, along), axis=-1)
    for lines, color in ((upright, "tab:purple"), (level, "tab:green")):
        images = part.predict(lines.reshape(-1, 2), verbose=0).reshape(lines.shape)
        axes.add_collection(LineCollection(list(images), colors=color, linewidths=0.7, alpha=0.6))
    axes.autoscale_view()


def _bounds(rows: Array) -> tuple[float, float, float, float]:
    low, high = rows.min(axis=0), rows.max(axis=0)
    margin = np.where(high > low, _MARGIN * (high - low), 1.0)
    (left, bottom), (right, top) = low - margin, high + margin
    return float(left), float(right), float(bottom), float(top)


def _grid(rows: Array, resolution: int) -> list[Array]:
    left, right, bottom, top = _bounds(rows)
    across, along = np.linspace(left, right, resolution), np.linspace(bottom, top, resolution)
    return list(np.meshgrid(across, along))


def _draw_regions(axes: Any, grid: Sequence[Array], codes: Array, colors: Sequence[Any]) -> None:
    pyplot()
    from matplotlib.colors import ListedColormap

    limits = {"vmin": -0.5, "vmax": len(colors) - 0.5}
    axes.pcolormesh(*grid, codes, cmap=ListedColormap(colors), alpha=0.35, zorder=-1, **limits)


def _scatter(axes: Any, rows: Array, labels: Array, classes: Array, colors: Sequence[Any]) -> None:
    for label, color in zip(classes, colors, strict=True):
        chosen = rows[labels == label]
        if len(chosen):
            axes.scatter(*chosen.T, s=14, color=color, edgecolors="white", lw=0.4, label=str(label))
    if len(classes) > 1:
        axes.legend()


def _colors(n_classes: int) -> list[Any]:
    """Return a colour for each class: ten that differ well, or as many as are needed."""
    colormaps = pyplot().colormaps
    if n_classes <= 10:
        return [colormaps["tab10"](index) for index in range(n_classes)]
    return list(colormaps["turbo"](np.linspace(0.05, 0.95, n_classes)))


def _column(model: Any, label: Any) -> int:
    """Return the place of a class among the probabilities."""
    if isinstance(model, Model):
        n_classes = max(model.output_shape[-1], 2)
        if not isinstance(label, (int, np.integer)) or not 0 <= label < n_classes:
            raise ValueError(f"expected probability_of in [0, {n_classes}). Received: {label!r}")
        return int(label)
    classes = list(model.classes_)
    if label not in classes:
        raise ValueError(f"expected probability_of to be one of {classes}. Received: {label!r}")
    return classes.index(label)
