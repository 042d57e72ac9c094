"""Rows and weights as images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastnn._validation import Array, check_array, check_integer
from fastnn.layers import Dense
from fastnn.models import Model
from fastnn.plot._classes import labels_of
from fastnn.plot._matplotlib import panels

_PIXELS = (np.uint8, np.float32, np.float64)
_PANEL = (1.2, 1.4)  # inches


def images(
    x: ArrayLike,
    labels: ArrayLike | None = None,
    predicted: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    image_shape: Sequence[int] | None = None,
    n_images: int = 24,
    n_columns: int = 8,
) -> Any:
    """Draw a grid of images with their labels; those that were taken for others stand out in red.

    Parameters
    ----------
    x : array_like of shape (n_samples, height, width), (…, 1), (…, 3) or (n_samples, n_pixels)
        Pixels: bytes; or numbers, of which the smallest is drawn black and the largest white
        (colours: from 0 to 1).
    labels : array_like of shape (n_samples,) or (n_samples, n_classes), optional
        What they show, also as one-hot.
    predicted : array_like of shape (n_samples,) or (n_samples, n_classes), optional
        What they were taken for: labels, or what ``predict`` returned.
    class_names : sequence of str, optional
        What to write instead of the labels 0, 1, ….
    image_shape : tuple (height, width) or (height, width, 3), optional
        Of rows that are flat. Default: a square.
    n_images : int, default=24
        How many to draw, the first ones.
    n_columns : int, default=8
        How many beside each other, at most.

    Returns
    -------
    ndarray of Axes, of shape (n_drawn,)
        What was drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If the arrays do not fit each other, or are no images.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from fastnn.datasets import digits
    >>> (x, y), _ = digits.load_data()
    >>> axes = images(x[:2], labels=y[:2], predicted=[y[0], 8])
    >>> print(axes[1].get_title())
    8, not 1
    """
    pictures = _as_images(x, "x", image_shape)[: check_integer(n_images, "n_images", minimum=1)]
    titles, are_wrong = _titles(labels, predicted, class_names, len(pictures))
    axes = panels(len(pictures), check_integer(n_columns, "n_columns", minimum=1), _PANEL)
    for panel, picture, title, is_wrong in zip(axes, pictures, titles, are_wrong, strict=True):
        panel.imshow(picture, cmap="gray")
        panel.set_title(title, fontsize="small", color="red" if is_wrong else "black")
        panel.set_axis_off()
    return axes


def templates(
    model: Model,
    layer: Dense | None = None,
    *,
    image_shape: Sequence[int] | None = None,
    n_images: int = 24,
    n_columns: int = 8,
) -> Any:
    """Draw the weights of each unit of the first layer as the image that excites it most.

    All units have one scale. Red is positive, blue negative, white zero; of coloured images, grey
    is zero and each colour stands for its own weights.

    Parameters
    ----------
    model : Model
        With a ``Dense`` layer that reads pixels.
    layer : Dense, optional
        Which one. Default: the first.
    image_shape : tuple (height, width) or (height, width, 3), optional
        Of the images that the layer reads. Default: the shape of the model's rows where these
        are images, else a square.
    n_images : int, default=24
        How many to draw, the first ones.
    n_columns : int, default=8
        How many beside each other, at most.

    Returns
    -------
    ndarray of Axes, of shape (n_drawn,)
        What was drawn on.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If there is no such layer, or if it does not read images.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from fastnn.layers import Dense, Flatten, Input
    >>> from fastnn.models import Sequential
    >>> model = Sequential([Input((8, 8)), Flatten(), Dense(5)])
    >>> templates(model).shape
    (5,)
    """
    if layer is None:
        layer = next((leaf for leaf in model._leaves() if isinstance(leaf, Dense)), None)
    if not isinstance(layer, Dense):
        raise ValueError(f"expected a Dense layer in '{model.name}'. Received: {layer!r}")
    kernel = layer.get_weights()[0].T[: check_integer(n_images, "n_images", minimum=1)]
    if image_shape is None:
        row_shape = model.input_shape[1:]
        is_image = len(row_shape) > 1 and math.prod(row_shape) == kernel.shape[1]
        image_shape = row_shape if is_image else None
    pictures = _as_images(kernel, "the kernel", image_shape)
    limit = float(np.abs(kernel).max()) or 1.0
    axes = panels(len(pictures), check_integer(n_columns, "n_columns", minimum=1), _PANEL)
    for unit, (panel, picture) in enumerate(zip(axes, pictures, strict=True)):
        if picture.ndim == 3:
            panel.imshow(0.5 + picture / (2 * limit))
        else:
            panel.imshow(picture, cmap="RdBu_r", vmin=-limit, vmax=limit)
        panel.set_title(str(unit), fontsize="small")
        panel.set_axis_off()
    return axes


def _as_images(x: ArrayLike, name: str, image_shape: Sequence[int] | None) -> Array:
    """Return at least one image, of shape (n_samples, height, width) or (n_samples, …, 3)."""
    pixels = check_array(x, name, shape=None, dtypes=_PIXELS, allow_empty=False)
    if pixels.ndim == 2:
        side = math.isqrt(pixels.shape[1])
        shape = (side, side) if image_shape is None else tuple(image_shape)
        if math.prod(shape) != pixels.shape[1]:
            raise ValueError(
                f"expected image_shape of {pixels.shape[1]} pixels. Received: {image_shape}"
            )
        pixels = pixels.reshape(len(pixels), *shape)
    if pixels.ndim == 4 and pixels.shape[-1] == 1:
        pixels = pixels[..., 0]
    if pixels.ndim != 3 and not (pixels.ndim == 4 and pixels.shape[-1] == 3):
        raise ValueError(
            f"expected {name} of shape (n_samples, height, width) or (n_samples, height, width, 3)"
            f". Received: {pixels.shape}"
        )
    return pixels


def _titles(
    labels: ArrayLike | None,
    predicted: ArrayLike | None,
    class_names: Sequence[str] | None,
    n_images: int,
) -> tuple[list[str], list[bool]]:
    """Return what to write over each image, and whether it was taken for another."""

    def names(values: ArrayLike | None) -> list[str]:
        if values is None:
            return []
        chosen = labels_of(values)[:n_images]
        if len(chosen) < n_images:
            raise ValueError(f"expected a label for each image. Received: {len(chosen)}")
        return [str(label) if class_names is None else class_names[label] for label in chosen]

    right, seen = names(labels), names(predicted)
    if not right or not seen:
        return right or seen or [""] * n_images, [False] * n_images
    are_wrong = [answer != label for label, answer in zip(right, seen, strict=True)]
    titles = [
        f"{answer}, not {label}" if is_wrong else label
        for label, answer, is_wrong in zip(right, seen, are_wrong, strict=True)
    ]
    return titles, are_wrong
