"""Losses: what training makes small, named as in ``keras.losses``."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from fastnn import _core
from fastnn._arguments import check_bool, look_up, refuse_unbuilt
from fastnn._examples import check_fits
from fastnn._validation import Array, check_array, check_class_indices

__all__ = [
    "CategoricalCrossentropy",
    "Loss",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "get",
]


class Loss:
    """What every loss has: a name, its counterpart in the core and a check of its targets.

    The loss of a batch is the mean over its rows.

    Parameters
    ----------
    name : str, optional
        Default: the name of the loss in Keras, such as ``'mean_squared_error'``.
    from_logits : bool, default=False
        Whether the network's outputs are logits, to be turned into probabilities by a softmax.
    **unbuilt : object
        Keras's further arguments (``reduction``, ``dtype``, …), only with their defaults.

    Raises
    ------
    NotImplementedError
        If one of Keras's further arguments has another value than its default.
    """

    _core_name: ClassVar[str]
    _min_outputs: ClassVar[int] = 1
    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        "reduction": "sum_over_batch_size",
        "dtype": None,
    }

    def __init__(self, name: str | None = None, from_logits: bool = False, **unbuilt: Any) -> None:
        refuse_unbuilt(type(self).__name__, unbuilt, self._unbuilt_defaults)
        self.name = name or self._core_name
        self.from_logits = check_bool(from_logits, "from_logits")

    def _to_core(self) -> _core.Loss:
        return _core.Loss(self._core_name, self.from_logits)

    def _check_targets(
        self, y: object, name: str, shape: tuple[int, int], dtype: DTypeLike
    ) -> Array:
        """Return `y` as the core reads it, for outputs of `shape` (n_samples, n_outputs)."""
        if shape[1] < self._min_outputs:
            raise ValueError(
                f"expected a network with at least {self._min_outputs} outputs for {self.name}. "
                f"Received: {shape[1]}"
            )
        return self._as_targets(y, name, shape, dtype)

    def _as_targets(self, y: object, name: str, shape: tuple[int, int], dtype: DTypeLike) -> Array:
        n_samples, n_outputs = shape
        column_missing = n_outputs == 1 and np.ndim(y) == 1  # type: ignore[arg-type]
        targets = check_array(y, name, shape=(n_samples,) if column_missing else shape)
        check_fits(targets, name, dtype)
        return targets.reshape(shape).astype(dtype, copy=False)

    def _accuracy(self, n_outputs: int) -> str:
        """Name the accuracy that ``metrics=['accuracy']`` stands for, as Keras chooses it."""
        return "binary_accuracy" if n_outputs == 1 else "categorical_accuracy"


class MeanSquaredError(Loss):
    """The mean of (y − ŷ)² over the outputs of a row.

    Targets: array_like of shape (n_samples, n_outputs), or (n_samples,) for one output.

    Parameters
    ----------
    name : str, optional
        Default: ``'mean_squared_error'``.
    **unbuilt : object
        Keras's further arguments (``reduction``, ``dtype``), only with their defaults.

    Raises
    ------
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    Examples
    --------
    >>> MeanSquaredError().name
    'mean_squared_error'
    """

    _core_name = "mean_squared_error"

    def __init__(self, name: str | None = None, **unbuilt: Any) -> None:
        super().__init__(name, **unbuilt)


class _CrossEntropy(Loss):
    """What both forms of cross-entropy share: at least two classes, one output for each."""

    _min_outputs = 2
    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {**Loss._unbuilt_defaults, "axis": -1}

    def __init__(self, from_logits: bool = False, name: str | None = None, **unbuilt: Any) -> None:
        super().__init__(name, from_logits, **unbuilt)


class CategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy −Σ y log p between one-hot targets y and predicted probabilities p.

    Outputs that do not sum to one, such as those of a sigmoid, are divided by their sum first.
    Behind a softmax the two are computed as one, from the logits, and stay exact where the
    probability would round to zero.

    Targets: array_like of shape (n_samples, n_classes); each row one-hot, or a distribution.

    Parameters
    ----------
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    name : str, optional
        Default: ``'categorical_crossentropy'``.
    **unbuilt : object
        Keras's further arguments (``label_smoothing``, ``axis``, ``reduction``, ``dtype``), only
        with their defaults.

    Raises
    ------
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    Examples
    --------
    >>> CategoricalCrossentropy(from_logits=True).from_logits
    True
    """

    _core_name = "categorical_crossentropy"
    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **_CrossEntropy._unbuilt_defaults,
        "label_smoothing": 0.0,
    }


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy −log p of the true class, for targets that are class indices.

    Outputs that do not sum to one, such as those of a sigmoid, are divided by their sum first.
    Behind a softmax the two are computed as one, from the logits, and stay exact where the
    probability would round to zero.

    Targets: array_like of integers of shape (n_samples,) or (n_samples, 1), each in
    ``[0, n_classes)``.

    Parameters
    ----------
    from_logits : bool, default=False
        Whether the network's outputs are logits instead of probabilities.
    name : str, optional
        Default: ``'sparse_categorical_crossentropy'``.
    **unbuilt : object
        Keras's further arguments (``ignore_class``, ``axis``, ``reduction``, ``dtype``), only
        with their defaults.

    Raises
    ------
    NotImplementedError
        If one of Keras's further arguments has another value than its default.

    Examples
    --------
    >>> SparseCategoricalCrossentropy().name
    'sparse_categorical_crossentropy'
    """

    _core_name = "sparse_categorical_crossentropy"
    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **_CrossEntropy._unbuilt_defaults,
        "ignore_class": None,
    }

    def _as_targets(self, y: object, name: str, shape: tuple[int, int], dtype: DTypeLike) -> Array:
        n_samples, n_classes = shape
        labels = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = labels[:, 0]
        return check_class_indices(labels, name, n_samples=n_samples, n_classes=n_classes)

    def _accuracy(self, n_outputs: int) -> str:
        return "sparse_categorical_accuracy"


_BUILT: Mapping[str, type[Loss]] = {
    "categorical_crossentropy": CategoricalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "mse": MeanSquaredError,
}
_UNBUILT = (
    "binary_crossentropy bce binary_focal_crossentropy categorical_focal_crossentropy "
    "kl_divergence kld poisson mean_absolute_error mae mean_absolute_percentage_error mape "
    "mean_squared_logarithmic_error msle cosine_similarity log_cosh huber hinge squared_hinge "
    "categorical_hinge dice tversky circle ctc"
)


def get(identifier: str | Loss) -> Loss:
    """Return the loss that a string names, with its defaults, or a loss as it is.

    Parameters
    ----------
    identifier : str or Loss
        ``'categorical_crossentropy'``, ``'sparse_categorical_crossentropy'``,
        ``'mean_squared_error'`` or ``'mse'``, or a loss.

    Returns
    -------
    Loss
        Ready for ``Sequential.compile``.

    Raises
    ------
    NotImplementedError
        If it names a loss of Keras that is not built yet.
    TypeError, ValueError
        If it is neither a string nor a loss, or an unknown name.

    Examples
    --------
    >>> get("mse").name
    'mean_squared_error'
    """
    if isinstance(identifier, Loss):
        return identifier
    if not isinstance(identifier, str):
        raise TypeError(f"expected loss to be a name or a Loss. Received: {identifier!r}")
    return look_up("loss", identifier, _BUILT, _UNBUILT)()
