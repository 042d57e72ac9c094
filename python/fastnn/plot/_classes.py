"""The classes that a model or an estimator sees in rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fastnn._validation import Array
from fastnn.models import Model


def labels_of(y: ArrayLike) -> Array:
    """Return the labels (n_samples,) of targets, which may be one-hot or a column."""
    labels = np.asarray(y)
    if labels.ndim == 2:
        return labels[:, 0] if labels.shape[1] == 1 else labels.argmax(axis=1)
    if labels.ndim != 1:
        raise ValueError(
            f"expected y of shape (n_samples,) or (n_samples, n_classes). Received: {labels.shape}"
        )
    return labels


def predicted_labels(model: Any, x: ArrayLike) -> Array:
    """Return the label (n_samples,) of each row.

    Of a fastnn model's outputs the largest counts; of a single one, whether it is above 0.5.
    """
    if not isinstance(model, Model):
        return np.asarray(model.predict(x))
    outputs = np.asarray(model.predict(x, verbose=0))
    if outputs.shape[1:] == (1,):
        return np.asarray(outputs[:, 0] > 0.5, dtype=int)
    return np.asarray(outputs.argmax(axis=1))


def probabilities(model: Any, x: ArrayLike) -> Array:
    """Return what the model says of each class, (n_samples, n_classes)."""
    if not isinstance(model, Model):
        return np.asarray(model.predict_proba(x))
    outputs = np.asarray(model.predict(x, verbose=0))
    return np.hstack([1 - outputs, outputs]) if outputs.shape[1:] == (1,) else outputs
