"""Losses: what training makes small, named as in ``keras.losses``.

Each is a class and, in snake case, a function of targets and outputs that returns the loss of each
row.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fastnn._arguments import look_up
from fastnn._serialization import describe, read_description
from fastnn.losses import _functions
from fastnn.losses._base import Loss
from fastnn.losses._binary import BinaryCrossentropy, BinaryFocalCrossentropy
from fastnn.losses._functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from fastnn.losses._hinge import CategoricalHinge, Hinge, SquaredHinge
from fastnn.losses._probabilistic import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    KLDivergence,
    SparseCategoricalCrossentropy,
)
from fastnn.losses._regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
)

__all__ = [
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cosine_similarity",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "serialize",
    "sparse_categorical_crossentropy",
    "squared_hinge",
]

_BUILT: Mapping[str, type[Loss]] = {
    "binary_crossentropy": BinaryCrossentropy,
    "binary_focal_crossentropy": BinaryFocalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "categorical_focal_crossentropy": CategoricalFocalCrossentropy,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "kl_divergence": KLDivergence,
    "poisson": Poisson,
    "mean_squared_error": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
    "log_cosh": LogCosh,
    "huber": Huber,
    "cosine_similarity": CosineSimilarity,
    "hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "categorical_hinge": CategoricalHinge,
}
_OTHER_NAMES = {kind.__name__: name for name, kind in _BUILT.items()} | {
    alias: name
    for short, name in (
        ("bce", "binary_crossentropy"),
        ("kld", "kl_divergence"),
        ("mae", "mean_absolute_error"),
        ("mape", "mean_absolute_percentage_error"),
        ("mse", "mean_squared_error"),
        ("msle", "mean_squared_logarithmic_error"),
    )
    for alias in (short, short.upper())
}
_UNBUILT = (
    "dice tversky circle ctc categorical_generalized_cross_entropy Dice Tversky Circle CTC "
    "CategoricalGeneralizedCrossEntropy crossentropy ce"
)


def serialize(loss: Loss) -> dict[str, Any]:
    """Return what describes a loss, fit for JSON, as Keras does.

    Parameters
    ----------
    loss : Loss
        Any.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Examples
    --------
    >>> serialize(Huber(delta=2.0))["config"]["delta"]
    2.0
    """
    return describe(loss, "keras.losses", _BUILT.values())


def deserialize(
    name: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Loss:
    """Return the loss that `serialize`, or Keras's, has described.

    Parameters
    ----------
    name : str or dict
        The name of a loss; or a dict with ``'class_name'`` and ``'config'``.
    custom_objects : dict of str to type, optional
        Classes of your own losses under their names.

    Returns
    -------
    Loss
        As new.

    Raises
    ------
    NotImplementedError
        If it describes a loss of Keras that is not built yet.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(Huber(delta=2.0))).delta
    2.0
    """
    description = {"class_name": name, "config": {}} if isinstance(name, str) else name
    known_as, config = read_description("loss", description)
    kind: type[Loss] = (custom_objects or {}).get(known_as) or look_up(
        "loss", _OTHER_NAMES.get(known_as, known_as), _BUILT, _UNBUILT
    )
    return kind.from_config(config)


def get(identifier: str | Mapping[str, Any] | Callable[..., Any] | Loss) -> Loss:
    """Return the loss that a name, a function or a description stands for, or a loss as it is.

    Parameters
    ----------
    identifier : str, function, dict or Loss
        The name of a loss, such as ``'mean_squared_error'``, ``'MeanSquaredError'`` or ``'mse'``;
        a function of this module; what `serialize` returned; or a loss.

    Returns
    -------
    Loss
        Ready for ``Sequential.compile``.

    Raises
    ------
    NotImplementedError
        If it names a loss of Keras that is not built yet, or if it is a function or a subclass of
        your own, whose gradient is not known.
    TypeError, ValueError
        If it is none of these, or an unknown name.

    Examples
    --------
    >>> get("mse").name
    'mean_squared_error'
    """
    if isinstance(identifier, (str, Mapping)):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        identifier = identifier()
    if isinstance(identifier, Loss):
        if type(identifier).call is not Loss.call:
            raise NotImplementedError(
                f"a loss with a call of its own has no gradient, which training needs. "
                f"Received: {type(identifier).__name__}"
            )
        return identifier
    if callable(identifier):
        name = getattr(identifier, "__name__", repr(identifier))
        if getattr(_functions, name, None) is identifier:
            return deserialize(name)
        raise NotImplementedError(
            "a loss that is a Python function has no gradient, which training needs. "
            f"Received: {name}"
        )
    raise TypeError(f"expected loss to be a name or a Loss. Received: {identifier!r}")
