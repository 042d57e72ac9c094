"""Which classes are taken for which."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastnn._validation import Array
from fastnn.plot._classes import labels_of, predicted_labels
from fastnn.plot._matplotlib import one_axes


def confusion_matrix(
    model: Any,
    x: ArrayLike,
    y: ArrayLike,
    ax: Any = None,
    *,
    normalize: str | None = None,
    class_names: Sequence[str] | None = None,
) -> Any:
    """Draw how many rows of each class the model takes for which.

    Parameters
    ----------
    model : Model or estimator
        A trained model of fastnn: its class is the largest of its outputs, or class 1 where its
        one output is above 0.5. Or a fitted classifier of scikit-learn's kind.
    x : array_like
        Rows, as the model reads them.
    y : array_like of shape (n_samples,) or (n_samples, n_classes)
        Their labels, or these as one-hot.
    ax : Axes, optional
        Where to draw. Default: a new picture.
    normalize : {'true', 'pred', 'all'}, optional
        Draw shares: of the rows of a label, of those taken for it, or of all. Default: counts.
    class_names : sequence of str, optional
        What to write instead of the labels, which are sorted.

    Returns
    -------
    Axes
        What was drawn on; labels from top to bottom, what they were taken for from left to right.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    TypeError, ValueError
        If `x` and `y` do not fit, or as ``sklearn.metrics.ConfusionMatrixDisplay`` does.

    Examples
    --------
    >>> import matplotlib
    >>> matplotlib.use("agg")
    >>> from fastnn.neighbors import KNeighborsClassifier
    >>> x, y = [[0], [1], [5], [6]], [0, 0, 1, 1]
    >>> axes = confusion_matrix(KNeighborsClassifier(1).fit(x, y), [[2], [4], [9]], [0, 0, 1])
    >>> [text.get_text() for text in axes.texts]
    ['1', '1', '0', '1']
    """
    axes = one_axes(ax)
    from sklearn.metrics import ConfusionMatrixDisplay

    labels, seen = labels_of(y), predicted_labels(model, x)
    ConfusionMatrixDisplay.from_predictions(
        labels,
        seen,
        labels=_all_classes(labels, seen, class_names),
        display_labels=class_names,
        normalize=normalize,
        ax=axes,
        cmap="Blues",
        colorbar=False,
        values_format=None if normalize is None else ".2f",
    )
    _turn_long_names(axes)
    return axes


def _turn_long_names(axes: Any) -> None:
    """Write what stands below upright where it is wider than its column."""
    names = axes.get_xticklabels()
    column = axes.bbox.width / len(names)
    if any(name.get_window_extent().width > 0.9 * column for name in names):
        axes.tick_params(axis="x", labelrotation=90)


def _all_classes(labels: Array, seen: Array, class_names: Sequence[str] | None) -> Array:
    """Return the classes to draw: where labels are numbers and have names, all that have one."""
    found = np.union1d(labels, seen)
    if class_names is not None and found.dtype.kind in "iu" and found.max() < len(class_names):
        return np.arange(len(class_names))
    return found
