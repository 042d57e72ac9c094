"""Metrics: what is told of a model beside its loss, named as in ``keras.metrics``."""

from collections.abc import Callable, Mapping
from typing import Any

from fastnn._arguments import look_up
from fastnn._names import snake_case
from fastnn._serialization import describe, read_description
from fastnn.losses import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
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
from fastnn.metrics._accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from fastnn.metrics._auc import AUC
from fastnn.metrics._base import Mean, MeanMetricWrapper, Metric, Sum
from fastnn.metrics._confusion import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from fastnn.metrics._cross_entropies import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    SparseCategoricalCrossentropy,
)
from fastnn.metrics._f_score import F1Score, FBetaScore
from fastnn.metrics._of_losses import (
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from fastnn.metrics._regression import R2Score, RootMeanSquaredError

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
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
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
]

_BUILT: Mapping[str, type[Metric]] = {
    snake_case(kind.__name__): kind
    for kind in (
        Accuracy,
        BinaryAccuracy,
        CategoricalAccuracy,
        SparseCategoricalAccuracy,
        TopKCategoricalAccuracy,
        SparseTopKCategoricalAccuracy,
        Precision,
        Recall,
        AUC,
        TruePositives,
        TrueNegatives,
        FalsePositives,
        FalseNegatives,
        F1Score,
        FBetaScore,
        MeanSquaredError,
        RootMeanSquaredError,
        MeanAbsoluteError,
        MeanAbsolutePercentageError,
        MeanSquaredLogarithmicError,
        LogCoshError,
        CosineSimilarity,
        R2Score,
        BinaryCrossentropy,
        CategoricalCrossentropy,
        SparseCategoricalCrossentropy,
        KLDivergence,
        Poisson,
        Hinge,
        SquaredHinge,
        CategoricalHinge,
        Mean,
        Sum,
    )
}
_OTHER_NAMES = {kind.__name__: name for name, kind in _BUILT.items()} | {
    alias: name
    for short, name in (
        ("bce", "binary_crossentropy"),
        ("mae", "mean_absolute_error"),
        ("mape", "mean_absolute_percentage_error"),
        ("mse", "mean_squared_error"),
        ("msle", "mean_squared_logarithmic_error"),
    )
    for alias in (short, short.upper())
}
_UNBUILT_CLASSES = (
    "PrecisionAtRecall RecallAtPrecision SensitivityAtSpecificity SpecificityAtSensitivity "
    "ConcordanceCorrelation PearsonCorrelation IoU BinaryIoU MeanIoU OneHotIoU OneHotMeanIoU"
)
_UNBUILT = " ".join(name for kind in _UNBUILT_CLASSES.split() for name in (kind, snake_case(kind)))


def serialize(metric: Metric) -> dict[str, Any]:
    """Return what describes a metric, fit for JSON, as Keras does.

    Parameters
    ----------
    metric : Metric
        Any.

    Returns
    -------
    dict
        The name of its class under ``'class_name'``, its configuration under ``'config'``.

    Examples
    --------
    >>> serialize(BinaryAccuracy(threshold=0.7))["config"]["threshold"]
    0.7
    """
    return describe(metric, "keras.metrics", _BUILT.values())


def deserialize(
    config: str | Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
) -> Metric:
    """Return the metric that `serialize`, or Keras's, has described.

    Parameters
    ----------
    config : str or dict
        The name of a metric; or a dict with ``'class_name'`` and ``'config'``.
    custom_objects : dict of str to type, optional
        Classes of your own metrics under their names.

    Returns
    -------
    Metric
        As new.

    Raises
    ------
    NotImplementedError
        If it describes a metric of Keras that is not built yet.
    TypeError, ValueError
        If it describes nothing that is known.

    Examples
    --------
    >>> deserialize(serialize(BinaryAccuracy(threshold=0.7))).threshold
    0.7
    """
    description = {"class_name": config, "config": {}} if isinstance(config, str) else config
    name, settings = read_description("metric", description)
    kind: type[Metric] = (custom_objects or {}).get(name) or look_up(
        "metric", _OTHER_NAMES.get(name, name), _BUILT, _UNBUILT
    )
    return kind.from_config(settings)


def get(identifier: str | Mapping[str, Any] | Callable[..., Any] | Metric) -> Metric:
    """Return the metric that a name, a function or a description stands for, or a metric as it is.

    Parameters
    ----------
    identifier : str, function, dict or Metric
        The name of a metric, such as ``'binary_accuracy'``, ``'AUC'`` or ``'mae'``; a function of
        (y_true, y_pred), whose mean over all rows is the metric; what `serialize` returned; or a
        metric.

    Returns
    -------
    Metric
        Ready for ``Sequential.compile``.

    Raises
    ------
    NotImplementedError
        If it names a metric of Keras that is not built yet.
    TypeError, ValueError
        If it is none of these, or an unknown name.

    Examples
    --------
    >>> get("mae").name
    'mean_absolute_error'
    """
    if isinstance(identifier, (str, Mapping)):
        return deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        identifier = identifier()
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier):
        function: Callable[..., Any] = identifier
        name = getattr(function, "__name__", type(function).__name__)
        return MeanMetricWrapper(function, name=snake_case(name))
    raise TypeError(
        f"expected metric to be a name, a function or a Metric. Received: {identifier!r}"
    )


def resolve(identifier: Any, *, labels: bool, n_outputs: int) -> Metric:
    """Return the metric that ``compile`` was given, under its name in the history, as Keras does.

    Parameters
    ----------
    identifier : str, function, dict or Metric
        As for `get`; ``'accuracy'`` and ``'acc'`` mean the accuracy that fits targets and outputs.
    labels : bool
        Whether the targets are class indices.
    n_outputs : int
        The number of outputs of a row.

    Returns
    -------
    Metric
        A name stands for a new one each time.

    Raises
    ------
    NotImplementedError, TypeError, ValueError
        As `get` does.

    Examples
    --------
    >>> resolve("acc", labels=True, n_outputs=10)
    <SparseCategoricalAccuracy name=acc>
    """
    if not isinstance(identifier, str):
        return get(identifier)
    if identifier.lower() in ("accuracy", "acc"):
        categorical = SparseCategoricalAccuracy if labels else CategoricalAccuracy
        return (BinaryAccuracy if n_outputs == 1 else categorical)(name=identifier)
    metric = get(identifier)
    metric.name = identifier
    return metric
