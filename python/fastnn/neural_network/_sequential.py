"""Estimators as models of layers, and back."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from sklearn.preprocessing import LabelBinarizer

from fastnn import losses, regularizers
from fastnn._validation import Array
from fastnn.layers import Activation, BatchNormalization, Dense, Dropout, Input, Layer
from fastnn.models import Sequential
from fastnn.neural_network._losses import CLASSIFICATION, MARGINS, REGRESSION, loss_weight
from fastnn.neural_network._network import KERAS_NAMES, CoreNetwork, Structure
from fastnn.neural_network._optimizers import make_optimizer
from fastnn.neural_network._parameters import ACTIVATIONS
from fastnn.neural_network._weights import BatchNorm, Weights
from fastnn.optimizers import Optimizer

if TYPE_CHECKING:
    from fastnn.neural_network._base import MultilayerPerceptron
    from fastnn.neural_network._classification import MLPClassifier
    from fastnn.neural_network._regression import MLPRegressor

E = TypeVar("E", bound="MultilayerPerceptron")
_OUT_ACTIVATIONS = {
    "linear": "identity",
    "sigmoid": "logistic",
    "softmax": "softmax",
    "exponential": "exp",
}


def shared_model(estimator: MultilayerPerceptron, network: CoreNetwork) -> Sequential:
    """Return a compiled model that trains the network itself, and so shares what it remembers."""
    model = _model(network.structure)
    cores = [core for layer in network.layers for core in layer]
    for layer, core in zip(model.layers, cores, strict=True):
        layer._core = [core]
    _compile(model, network.structure, estimator._descent.optimizer, estimator.compute_dtype)
    model._get_compiled().divides_penalties = True
    model._network = network.core
    return model


def copied_model(estimator: MultilayerPerceptron, network: CoreNetwork) -> Sequential:
    """Return a compiled model with copies of the network's weights."""
    batch_size = 200 if estimator.batch_size == "auto" else estimator.batch_size
    model = _model(network.structure, float(estimator.alpha) / 2 / int(batch_size))
    cores = [core for layer in network.layers for core in layer]
    for layer, core in zip(model.layers, cores, strict=True):
        layer._take_weights(core.parameters())
    optimizer = "adam" if estimator.solver == "lbfgs" else make_optimizer(estimator)
    _compile(model, network.structure, optimizer, estimator.compute_dtype)
    return model


def _model(structure: Structure, l2: float = 0.0) -> Sequential:
    """Return a model whose layers await their weights, one a layer of the core's."""
    layers = list(_layers(structure, regularizers.L2(l2) if l2 else None))
    for layer in layers:
        layer._awaits_weights = True
    return Sequential([Input((structure.sizes[0],), dtype=structure.dtype), *layers])


def _layers(structure: Structure, penalty: regularizers.Regularizer | None) -> Iterator[Layer]:
    seeds = structure.dropout_seeds()
    n_hidden = len(structure.sizes) - 2
    for i, (_, n_units) in enumerate(pairwise(structure.sizes)):
        yield Dense(n_units, kernel_regularizer=penalty)
        if i < len(structure.batch_norms):
            momentum, epsilon = structure.batch_norms[i]
            yield BatchNormalization(momentum=momentum, epsilon=epsilon)
        name = structure.activations[i] if i < n_hidden else structure.out_activation
        if name not in ("identity", "linear"):
            yield Activation(KERAS_NAMES.get(name, name))
        if i < len(structure.dropout) and structure.dropout[i] > 0:
            yield Dropout(structure.dropout[i], seed=seeds[i])


def _compile(
    model: Sequential, structure: Structure, optimizer: str | Optimizer, compute_dtype: str | None
) -> None:
    weight = loss_weight(structure.loss, structure.out_activation, structure.sizes[-1])
    loss = _keras_loss(structure.loss, structure.out_activation)
    loss.reduction = "mean_with_sample_weight"
    model.compile(optimizer, loss, loss_weights=weight, compute_dtype=compute_dtype)


def _keras_loss(name: str, out_activation: str) -> losses.Loss:
    one_of_several = out_activation == "softmax"
    if name == "log_loss":
        return (
            losses.SparseCategoricalCrossentropy()
            if one_of_several
            else losses.BinaryCrossentropy()
        )
    if name == "focal":
        return (
            losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0)
            if one_of_several
            else losses.BinaryFocalCrossentropy(gamma=2.0)
        )
    kinds: dict[str, type[losses.Loss]] = {
        "squared_error": losses.MeanSquaredError,
        "absolute_error": losses.MeanAbsoluteError,
        "huber": losses.Huber,
        "poisson": losses.Poisson,
        "hinge": losses.Hinge,
        "squared_hinge": losses.SquaredHinge,
    }
    return kinds[name]()


class Read(NamedTuple):
    """What an estimator takes over from a model."""

    weights: Weights
    activations: list[str]
    out_activation: str
    dropout: list[float]


class _Block:
    """A `Dense` and what follows it."""

    def __init__(self, dense: Dense) -> None:
        self.dense = dense
        self.norm: BatchNormalization | None = None
        self.activation: str | None = None
        self.dropout: float | None = None
        function, arguments = dense._function
        if function != "linear":
            self.activation = _named(dense, function, arguments)

    def take(self, layer: Layer) -> bool:
        """Note a layer that follows; False if it is none that an estimator has at this place."""
        if isinstance(layer, BatchNormalization):
            fits = self.norm is None and self.activation is None and self.dropout is None
            fits = fits and layer.center and layer.scale
            self.norm = layer
        elif isinstance(layer, Activation):
            fits = self.activation is None and self.dropout is None
            self.activation = _named(layer, layer._function, layer._arguments)
        elif isinstance(layer, Dropout):
            fits = self.dropout is None
            self.dropout = layer.rate
        else:
            fits = False
        return fits


def read_model(model: Sequential) -> Read:
    """Return weights and settings of a trained model of layers that estimators have.

    Raises
    ------
    TypeError
        If it is no `Sequential`.
    ValueError
        If it is not built yet, or has another layer, which is named.
    """
    if not isinstance(model, Sequential):
        raise TypeError(f"expected model to be a Sequential. Received: {model!r}")
    model._check_graph()
    blocks: list[_Block] = []
    for layer in model.layers:
        if isinstance(layer, Dense) and layer.use_bias:
            blocks.append(_Block(layer))
        elif not blocks or not blocks[-1].take(layer):
            raise _unfit(layer)
    *hidden, last = blocks
    norms = [block.norm for block in hidden if block.norm is not None]
    if last.norm is not None or last.dropout is not None or len(norms) not in (0, len(hidden)):
        raise ValueError(
            "expected BatchNormalization behind each hidden Dense or none, and behind the last "
            f"Dense its activation alone. Received: {', '.join(la.name for la in model.layers)}"
        )
    out_activation = _OUT_ACTIVATIONS.get(last.activation or "linear")
    if out_activation is None:
        listed = ", ".join(map(repr, _OUT_ACTIVATIONS))
        raise ValueError(
            f"expected the last activation to be one of {listed}. Received: {last.activation!r}"
        )
    pairs = [block.dense.get_weights() for block in blocks]
    return Read(
        Weights(
            [kernel for kernel, _ in pairs],
            [bias for _, bias in pairs],
            [BatchNorm.of(norm.get_weights(), norm.momentum, norm.epsilon) for norm in norms],
        ),
        [block.activation or "identity" for block in hidden],
        out_activation,
        [block.dropout or 0.0 for block in hidden],
    )


def classifier_of(kind: type[MLPClassifier], model: Sequential, classes: object) -> MLPClassifier:
    """Return a fitted classifier with the weights of a model."""
    read = read_model(model)
    n_outputs = len(read.weights.intercepts[-1])
    loss = _loss_of(model, CLASSIFICATION, read.out_activation)
    fitting = ("identity",) if loss in MARGINS else ("softmax", "logistic")
    _check_output(read.out_activation, loss, fitting)
    estimator = _fitted(kind, model, read, loss)
    labels = _as_classes(classes, max(2, n_outputs))
    several = read.out_activation == "logistic" and n_outputs > 1
    # A row a class: that is how the binarizer tells labels from classes.
    estimator._label_binarizer = LabelBinarizer().fit(
        np.eye(n_outputs, dtype=int) if several else labels
    )
    estimator.classes_ = estimator._label_binarizer.classes_
    return estimator


def regressor_of(kind: type[MLPRegressor], model: Sequential) -> MLPRegressor:
    """Return a fitted regressor with the weights of a model."""
    read = read_model(model)
    loss = _loss_of(model, REGRESSION, read.out_activation)
    _check_output(read.out_activation, loss, ("exp",) if loss == "poisson" else ("identity",))
    return _fitted(kind, model, read, loss)


def _fitted(kind: type[E], model: Sequential, read: Read, loss: str) -> E:
    names = [_ESTIMATOR_NAMES.get(name, name) for name in read.activations]
    parameters: dict[str, Any] = {
        "hidden_layer_sizes": tuple(len(bias) for bias in read.weights.intercepts[:-1]),
        "activation": names[0] if len(set(names)) == 1 else tuple(names) or "relu",
        "dropout": tuple(read.dropout) if len(set(read.dropout)) > 1 else max([0, *read.dropout]),
        "batch_normalization": bool(read.weights.batch_norms),
        "loss": loss,
    }
    if model._compiled is not None:
        parameters["solver"] = copy.deepcopy(model.optimizer)
        parameters["compute_dtype"] = model._compiled.compute_dtype
    estimator = kind(**parameters)
    estimator._take(read.weights)
    sizes = [len(intercept) for intercept in read.weights.intercepts]
    estimator.n_features_in_ = len(read.weights.coefs[0])
    estimator.n_outputs_ = sizes[-1]
    estimator.n_layers_ = len(sizes) + 1
    estimator.out_activation_ = read.out_activation
    estimator.n_iter_ = estimator.t_ = 0
    return estimator


def _loss_of(model: Sequential, known: tuple[str, ...], out_activation: str) -> str:
    """Return the name of the loss that the model was compiled with, or the default."""
    if out_activation == "exp":
        return "poisson"
    given = None if model._compiled is None else type(model.loss)
    kinds: tuple[type, ...] = (losses.CategoricalCrossentropy,)
    fitting = (name for name in known if given is type(_keras_loss(name, out_activation)))
    return known[0] if given in kinds else next(fitting, known[0])


def _check_output(received: str, loss: str, fitting: tuple[str, ...]) -> None:
    if received not in fitting:
        listed = " or ".join(repr(KERAS_NAMES.get(name, name)) for name in fitting)
        raise ValueError(
            f"expected the last activation to be {listed} for loss={loss!r}. "
            f"Received: {KERAS_NAMES.get(received, received)!r}"
        )


_ESTIMATOR_NAMES = {"linear": "identity", "sigmoid": "logistic"}


def _named(layer: Layer, function: str, arguments: tuple[float, ...]) -> str:
    takes_none = not arguments and (function in ACTIVATIONS or function == "softmax")
    if not takes_none:
        raise _unfit(layer)
    return function


def _unfit(layer: Layer) -> ValueError:
    return ValueError(
        "expected layers as to_sequential makes them: Dense with a bias and, behind it, "
        "BatchNormalization with center and scale, Activation by name, Dropout. "
        f"Received: layer '{layer.name}', {type(layer).__name__}"
    )


def _as_classes(classes: object, n_classes: int) -> Array:
    """Return the labels in the order of the outputs."""
    if classes is None:
        return np.arange(n_classes)
    labels = np.asarray(classes)
    if labels.shape != (n_classes,) or not np.array_equal(np.unique(labels), labels):
        raise ValueError(
            f"expected classes of shape ({n_classes},), sorted as the outputs are. "
            f"Received: {classes!r}"
        )
    return labels
