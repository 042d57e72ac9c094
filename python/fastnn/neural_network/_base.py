"""What the classifier and the regressor share: parameters, first weights, and both ways to fit."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fastnn import _core
from fastnn._estimators import ValidationSet, fits, is_plain
from fastnn._examples import SAMPLES
from fastnn._typing import Floating
from fastnn._validation import Array, with_contiguous_columns
from fastnn.callbacks._list import Callbacks
from fastnn.neural_network._as_sequential import AsSequential
from fastnn.neural_network._held import Rows, own_rows
from fastnn.neural_network._lbfgs import minimize
from fastnn.neural_network._network import CoreNetwork, Examples, Structure
from fastnn.neural_network._optimizers import Descent
from fastnn.neural_network._parameters import (
    activations_of,
    check_parameters,
    check_rounding,
    dropout_of,
    hidden_sizes,
)
from fastnn.neural_network._stochastic import fit_stochastic
from fastnn.neural_network._weights import BatchNorm, Weights
from fastnn.optimizers import Optimizer
from fastnn.optimizers.schedules import LearningRateSchedule

# What the core reads; anything else becomes the first.
_READ = (np.float64, *SAMPLES)


def is_stochastic(estimator: "MultilayerPerceptron") -> bool:
    """Return True, or raise what `available_if` takes as an answer."""
    if not isinstance(estimator.solver, str) or estimator.solver != "lbfgs":
        return True
    raise AttributeError("partial_fit is there for every solver but 'lbfgs'. Received: 'lbfgs'")


class MultilayerPerceptron(AsSequential, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A network of dense layers; a subclass says what targets are."""

    loss: str
    class_weight: object = None
    n_outputs_: int
    coefs_: list[Array]
    intercepts_: list[Array]
    batch_norms_: Sequence[BatchNorm] = ()  # none where a user has set the weights
    loss_: float
    loss_curve_: list[float]
    validation_loss_curve_: list[float] | None
    validation_scores_: list[float] | None
    best_validation_score_: float | None
    best_loss_: float | None
    _descent: Descent
    _dropout_seed: int
    _no_improvement_count: int
    _best_weights: Weights
    _losses: tuple[str, ...]  # those there are
    _score_function: Callable[..., float]  # of a validation set: scikit-learn's, y_true first
    _score_name: str

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | Sequence[str] = "relu",
        *,
        solver: str | Optimizer = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float | LearningRateSchedule = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        tol: float = 1e-4,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: float | Sequence[float] = 0.0,
        batch_normalization: bool = False,
        progress_bar: bool = False,
        compute_dtype: str | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.batch_normalization = batch_normalization
        self.progress_bar = progress_bar
        self.compute_dtype = compute_dtype

    def fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: ArrayLike | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        callbacks: Callbacks = None,
    ) -> Self:
        """Train on rows and their targets.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
            float32 is trained in float32, everything else in float64; 'lbfgs' works in float64.
        y : array_like of shape (n_samples,) or (n_samples, n_outputs)
            The targets.
        sample_weight : array_like of shape (n_samples,), optional
            Weights of the rows in the loss; None weighs all the same.
        X_val, y_val, sample_weight_val
            The like for validation, with loss and score in `validation_loss_curve_` and
            `validation_scores_`; with early stopping in the place of rows that are split off. The
            names are those of scikit-learn's `HistGradientBoostingClassifier`, so that
            `Pipeline(…, transform_input=["X_val"])` scales `X_val` as it does `X`. Weights of
            classes do not touch them.
        callbacks : Callback or list of Callback, optional
            Of `fastnn.callbacks`, not for 'lbfgs'. Their logs are 'loss' and, of a validation set,
            'val_loss' and 'val_accuracy' or 'val_r2_score'. Their `model` is a
            `fastnn.models.Sequential` that shares the weights and the optimizer with the estimator;
            it may be asked, saved and given weights, but not compiled anew. Its `evaluate` adds the
            penalty as training does, which 'val_loss' lacks. That `tol` and `n_iter_no_change` end
            training too is prevented by `n_iter_no_change=np.inf`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If a parameter is not valid, or rows and targets do not fit.
        RuntimeError
            If this CPU has no instructions for `compute_dtype`.
        ValueError
            If the weights are no numbers any more: training has diverged.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` or `max_fun` ended training.
        UserWarning
            If Ctrl-C ended training, but with 'lbfgs': the weights are those of the last whole
            batch.
        """
        given = ValidationSet.given(X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, given, callbacks, incremental=False)

    @available_if(is_stochastic)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one more epoch, on these rows; there for all solvers but 'lbfgs'.

        The optimizer goes on where it was.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As `fit` does; ValueError also with early stopping.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    @abstractmethod
    def _checked(
        self, X: ArrayLike, y: ArrayLike, *, incremental: bool, reset: bool
    ) -> tuple[Any, Array]:
        """Return rows, and targets of shape (n_samples, n_outputs)."""

    @abstractmethod
    def _checked_again(self, X: ArrayLike, y: ArrayLike) -> tuple[Any, Array]:
        """Return the same of a validation set, for an estimator that has seen others."""

    def _row_weights(
        self, targets: Array, weights: Array | None, *, incremental: bool
    ) -> Array | None:
        """Return what the rows weigh in training."""
        return weights

    @abstractmethod
    def _output_activation(self) -> str:
        """Return what `out_activation_` is for the targets that have been seen."""

    @abstractmethod
    def _answer(self, outputs: Floating) -> Array:
        """Return what `predict` says for these outputs of the network."""

    def _init_coef(self, fan_in: int, fan_out: int, dtype: DTypeLike) -> tuple[Array, Array]:
        """Return the first weights of a layer, of shape (fan_in, fan_out) and (fan_out,).

        Glorot and Bengio (2010): uniform within ±sqrt(6 / (fan_in + fan_out)), or with 2 in the
        place of 6 for 'logistic', the layer's own activation; the output goes by that of the last
        hidden layer. A subclass may do otherwise.
        """
        factor = 2.0 if self._begun_activation in ("logistic", "sigmoid") else 6.0
        bound = np.sqrt(factor / (fan_in + fan_out))
        coef = self._random_state.uniform(-bound, bound, (fan_in, fan_out))
        intercept = self._random_state.uniform(-bound, bound, fan_out)
        return coef.astype(dtype, copy=False), intercept.astype(dtype, copy=False)

    def _fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None,
        given: ValidationSet | None = None,
        callbacks: Callbacks = None,
        *,
        incremental: bool,
    ) -> Self:
        check_parameters(self, self._losses)
        is_first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows, targets = self._checked(X, y, incremental=incremental, reset=is_first)
        check_rounding(self.compute_dtype, rows.dtype)
        n_outputs = targets.shape[1]
        if not is_first:
            self._check_unchanged(n_outputs)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, rows)
        weights = self._row_weights(targets, weights, incremental=incremental)
        self._random_state = check_random_state(self.random_state)
        if is_first:
            self.n_outputs_ = n_outputs
            sizes = hidden_sizes(self.hidden_layer_sizes)
            self._initialize([rows.shape[1], *sizes, n_outputs], rows.dtype)
        training = Rows(rows, targets, weights)
        validation = None if given is None else own_rows(self, given)
        if self.solver == "lbfgs":
            if callbacks:
                raise ValueError("expected no callbacks with solver='lbfgs', which has no epochs")
            minimize(self, training, validation)
        else:
            fit_stochastic(self, training, validation, callbacks, incremental=incremental)
        if not all(np.isfinite(array).all() for array in self._weights().arrays()):
            raise ValueError(
                "expected weights that stay finite in training. Received: NaN or infinity; scale X,"
                " or lower the learning rate"
            )
        return self

    def _check_unchanged(self, n_outputs: int) -> None:
        """Raise where training cannot go on with the weights there are."""
        if n_outputs != self.n_outputs_:
            raise ValueError(f"expected y of {self.n_outputs_} outputs. Received: {n_outputs}")
        if len(self.coefs_) > 1 and bool(self.batch_norms_) != self.batch_normalization:
            raise ValueError(
                f"expected batch_normalization={bool(self.batch_norms_)}, as in the fit before. "
                f"Received: {self.batch_normalization}"
            )

    def _initialize(self, sizes: Sequence[int], dtype: DTypeLike) -> None:
        self.n_iter_ = 0
        self.t_ = 0
        self.n_layers_ = len(sizes)
        self.out_activation_ = self._output_activation()
        self.coefs_, self.intercepts_ = [], []
        own = activations_of(self.activation, len(sizes) - 2)
        one_for_all = isinstance(self.activation, str)
        last = self.activation if one_for_all else own[-1] if own else "identity"
        for (fan_in, fan_out), name in zip(pairwise(sizes), [*own, last], strict=True):
            self._begun_activation = name
            coef, intercept = self._init_coef(fan_in, fan_out, dtype)
            self.coefs_.append(coef)
            self.intercepts_.append(intercept)
        normalized = sizes[1:-1] if self.batch_normalization else []
        self.batch_norms_ = [BatchNorm.first(n_units, dtype) for n_units in normalized]
        self.__dict__.pop("loss_curve_", None)  # the epochs begin a new one

    def _weights(self) -> Weights:
        return Weights(self.coefs_, self.intercepts_, self.batch_norms_)

    def _take(self, weights: Weights) -> None:
        self.coefs_, self.intercepts_, self.batch_norms_ = weights

    def _network(self, dtype: DTypeLike | None = None) -> CoreNetwork:
        """Return the core's network for weights of this structure; it has not got them yet.

        `dtype` is that of the weights if not given.
        """
        if dtype is None:
            weights = map(np.asarray, [*self.coefs_, *self.intercepts_])
            dtype = np.result_type(np.float32, *weights)
        n_hidden = len(self.coefs_) - 1
        structure = Structure(
            (len(self.coefs_[0]), *(len(intercept) for intercept in self.intercepts_)),
            activations_of(self.activation, n_hidden),
            self.out_activation_,
            self.loss,
            np.dtype(dtype).name,
            tuple((norm.momentum, norm.epsilon) for norm in self.batch_norms_),
            dropout_of(self.dropout, n_hidden),
            self.__dict__.get("_dropout_seed", 0),
            self.compute_dtype is not None and _core.has_bfloat16(),
        )
        network: CoreNetwork | None = self.__dict__.get("_core_network")
        if network is None or network.structure != structure:
            network = self._core_network = CoreNetwork(structure, network)
        return network

    def _outputs(self, X: ArrayLike) -> Floating:
        """Return what comes out of the network for each row."""
        check_is_fitted(self)
        rows: Any = X
        if not (is_plain(X) and fits(self, X)):
            rows = as_rows(validate_data(self, X, accept_sparse="csr", dtype=_READ, reset=False))
        network = self._network()
        with network.lock:
            network.set_weights(self._weights())
            return network.predict(rows)

    def _examples(
        self, network: CoreNetwork, rows: Any, targets: Array, weights: Array | None
    ) -> Examples:
        if weights is not None:
            weights = np.ascontiguousarray(weights, dtype=network.structure.dtype)
        return Examples(rows, network.targets(targets), weights)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def as_rows(X: Any) -> Any:
    """Return checked rows as the core, or `Examples`, reads them."""
    return X if issparse(X) else with_contiguous_columns(X)
