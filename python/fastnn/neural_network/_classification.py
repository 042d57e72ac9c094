"""Classification by a multi-layer perceptron."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if

from fastnn.neural_network._base import is_stochastic
from fastnn.neural_network._labels import LabelPerceptron
from fastnn.neural_network._losses import CLASSIFICATION
from fastnn.optimizers import Optimizer
from fastnn.optimizers.schedules import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.models import Sequential


class MLPClassifier(ClassifierMixin, LabelPerceptron):  # type: ignore[misc]
    """Classify by a multi-layer perceptron, as `sklearn.neural_network` does.

    It learns to give the classes' probabilities: by a softmax and cross-entropy for more than two
    classes, by logistic outputs and the sum of their binary cross-entropies for two classes or
    several labels a row.

    Parameters
    ----------
    hidden_layer_sizes : int or array_like of int, default=(100,)
        Number of units of each hidden layer; () has none.
    activation : str or array_like of str, default='relu'
        What the hidden layers compute of their sums, or each of them: 'identity', 'logistic', which
        is 1 / (1 + exp(-x)), 'tanh', 'relu', or a function of `fastnn.activations` that looks at
        one number at a time and needs no argument, such as 'elu', 'gelu', 'leaky_relu', 'selu',
        'silu', 'softplus'.
    solver : {'lbfgs', 'sgd', 'adam', 'rmsprop', 'adamw'} or Optimizer, default='adam'
        How the weights are found: by L-BFGS on all rows at once (SciPy's), by gradient descent with
        momentum, or by Adam. 'rmsprop' and 'adamw' are Keras's, with its defaults but for what
        `epsilon` and, for 'adamw', `beta_1` and `beta_2` say; AdamW's decay of 0.004 takes all
        weights, the intercepts too, as in Keras. An object of `fastnn.optimizers` is copied, and
        has a learning rate of its own; its `exclude_from_weight_decay(var_names=["bias"])` keeps
        the intercepts from decaying.
    alpha : float, default=0.0001
        Strength of the penalty: a batch's loss has alpha / 2 · Σ w² over all weights but the
        intercepts, divided by the weight of its rows.
    batch_size : int or 'auto', default='auto'
        Rows of one step; 'auto' is 200, or all if there are fewer. Not for 'lbfgs'.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Of 'sgd': always learning_rate_init; that divided by (samples seen + 1)^power_t, anew after
        each epoch; or divided by 5 whenever n_iter_no_change epochs bring no progress, until it is
        at most 1e-6.
    learning_rate_init : float or LearningRateSchedule, default=0.001
        Learning rate of the first step, or a schedule of `fastnn.optimizers.schedules`, whose steps
        are batches, counted from 0 since the optimizer began. Not for 'lbfgs', nor for an Optimizer
        as `solver`.
    power_t : float, default=0.5
        Exponent of 'invscaling'.
    max_iter : int, default=200
        Most epochs, or iterations of 'lbfgs'.
    shuffle : bool, default=True
        Whether each epoch takes the rows in another order. Not for 'lbfgs'.
    random_state : int, RandomState or None, default=None
        Where the first weights, the validation set and the orders of the rows come from: the same
        draws as scikit-learn's.
    tol : float, default=1e-4
        Progress is a loss lower, or a validation score higher, by this than the best so far; for
        'lbfgs' the gradient below which it ends.
    verbose : bool or int, default=False
        Whether each iteration is printed.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights there are. The optimizer begins anew.
    momentum : float, default=0.9
        Of 'sgd', in [0, 1].
    nesterovs_momentum : bool, default=True
        Whether the momentum of 'sgd' is Nesterov's.
    early_stopping : bool, default=False
        Whether a part of the rows is held out, and training ends when their score makes no progress
        for n_iter_no_change epochs; the weights are then those of the best score.
    validation_fraction : float, default=0.1
        Share of the rows that is held out, in [0, 1).
    beta_1, beta_2 : float, default=0.9 and 0.999
        How much Adam's means of the gradients and of their squares keep, in [0, 1).
    epsilon : float, default=1e-8
        What Adam adds to the root that it divides by.
    n_iter_no_change : int or inf, default=10
        Epochs without progress before training ends.
    max_fun : int, default=15000
        Most evaluations of the loss by 'lbfgs'.
    loss : {'log_loss', 'focal', 'squared_error', 'hinge', 'squared_hinge'}, default='log_loss'
        The cross-entropy; that times (1 - p)², p being the probability of what is true, so that
        rows that are clear weigh little (Lin et al., 2017); the squared errors of the
        probabilities, summed over the outputs, which is Brier's score; or max(1 - m, 0), or its
        square, of margins m, each class against the others, summed over the outputs: then there is
        `decision_function` in the place of `predict_proba`.
    class_weight : dict, 'balanced' or None, default=None
        What the rows of a class weigh, multiplied by `sample_weight`; 1 for classes that are not
        there. 'balanced' is n_samples / (n_classes · rows of the class), and not for `partial_fit`.
        For several labels a row a list of dicts, one a label, whose weights are multiplied.
    dropout : float or array_like of float, default=0.0
        Share of the outputs of each hidden layer, or one share a layer, in [0, 1), that training
        sets to zero at random; the others grow by 1 / (1 - dropout). Not for 'lbfgs'. The same
        units for the same `random_state`, on any number of threads. Source: Srivastava et al.
        (2014).
    batch_normalization : bool, default=False
        Whether each hidden layer's sums are normalized ahead of its activation: by means and
        variances of the batch in training, else by their running means, see `batch_norms_`. Not
        for 'lbfgs'. Source: Ioffe and Szegedy (2015).
    progress_bar : bool, default=False
        Whether tqdm draws a bar over the epochs, or the iterations of 'lbfgs', with the losses.
    compute_dtype : {None, 'bfloat16'}, default=None
        'bfloat16' lets training on float32 rows round what is multiplied to 8 significant bits, on
        CPUs with AVX512-BF16, where wide layers train faster. Sums and weights stay float32, and
        predictions round nothing. Not for 'lbfgs'.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coefs_ : list of ndarray
        Weights of each layer, of shape (n_inputs, n_units); float32 where the first `fit` had
        float32, unless by 'lbfgs'. They may be changed or replaced at any time.
    intercepts_ : list of ndarray
        What each layer adds, of shape (n_units,).
    batch_norms_ : list of BatchNorm
        Of each hidden layer, with batch normalization: named tuples of `gamma`, `beta`,
        `moving_mean`, `moving_variance`, ndarrays of shape (n_units,), and of `momentum` 0.9 and
        `epsilon` 1e-5, as in PyTorch. Else empty.
    loss_ : float
        Mean loss of the last epoch, each batch before its step.
    loss_curve_ : list of float
        Loss of each epoch, also of earlier fits that `warm_start` goes on from. Not for 'lbfgs'.
    best_loss_ : float or None
        Lowest of them; None with early stopping. Not for 'lbfgs'.
    validation_scores_ : list of float or None
        Accuracy of each epoch on the validation set; None without one.
    validation_loss_curve_ : list of float or None
        Loss of each epoch on the validation set, without the penalty; None without one.
    best_validation_score_ : float or None
        Highest of them.
    n_iter_ : int
        Iterations of the last fit.
    t_ : int
        Rows seen by 'sgd' or 'adam', each as often as it was.
    n_layers_ : int
        Number of layers, the input among them.
    n_outputs_ : int
        Number of outputs of the network.
    out_activation_ : str
        'softmax' for more than two classes, else 'logistic'.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of str
        Their names, if `X` had names that are strings.

    Notes
    -----
    With the same `random_state`, training takes the same steps as scikit-learn's; results differ by
    rounding. Losses are computed from logits, where scikit-learn clips probabilities, so that rows
    that are wrong beyond all doubt cost more here.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from fastnn.neural_network import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = MLPClassifier((20,), solver="lbfgs", random_state=0).fit(X, y)
    >>> classifier.predict(X[:2])
    array([0, 0])
    >>> classifier.predict_proba(X[:1]).round(3)
    array([[1., 0., 0.]])
    """

    _losses = CLASSIFICATION
    _score_function = staticmethod(accuracy_score)
    _score_name = "accuracy"

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
        loss: str = "log_loss",
        class_weight: Mapping[Any, float] | Sequence[Mapping[Any, float]] | str | None = None,
        dropout: float | Sequence[float] = 0.0,
        batch_normalization: bool = False,
        progress_bar: bool = False,
        compute_dtype: str | None = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            activation=activation,
            solver=solver,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            n_iter_no_change=n_iter_no_change,
            max_fun=max_fun,
            dropout=dropout,
            batch_normalization=batch_normalization,
            progress_bar=progress_bar,
            compute_dtype=compute_dtype,
        )
        self.loss = loss
        self.class_weight = class_weight

    @available_if(is_stochastic)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on these rows; there for all solvers but 'lbfgs'.

        The optimizer goes on where it was.

        Parameters
        ----------
        X, y, sample_weight
            As for `fit`.
        classes : array_like of shape (n_classes,), optional
            All classes there will be; the first call needs them.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As `fit` does; ValueError also with early stopping and with class_weight='balanced', and
            for classes that are new.
        """
        self._check_classes(y, classes)
        return self._fit(X, y, sample_weight, incremental=True)

    @classmethod
    def from_sequential(
        cls, model: "Sequential", classes: ArrayLike | None = None
    ) -> "MLPClassifier":
        """Return a fitted classifier of a trained model's layers, with copies of its weights.

        Parameters
        ----------
        model : fastnn.models.Sequential
            Of layers as `to_sequential` makes them; a ``Dense`` may have its activation itself. Its
            last activation is a softmax, a sigmoid or, if it was compiled with a hinge loss, none.
            Several sigmoids are as many labels a row. Its loss and its optimizer are taken over
            where the classifier has them; else they are 'log_loss' and 'adam'.
        classes : array_like of shape (n_classes,), optional
            The labels of the outputs, sorted. Default: 0, 1, ….

        Returns
        -------
        MLPClassifier

        Raises
        ------
        TypeError
            If it is no Sequential.
        ValueError
            If it has no weights yet, a layer that does not fit, which is named, or other classes.

        Examples
        --------
        >>> from fastnn.layers import Dense
        >>> from fastnn.models import Sequential
        >>> model = Sequential([Dense(8, "gelu", input_dim=4), Dense(3, "softmax")])
        >>> classifier = MLPClassifier.from_sequential(model, classes=["a", "b", "c"])
        >>> classifier.activation, classifier.predict_proba([[0.0] * 4]).shape
        ('gelu', (1, 3))
        """
        from fastnn.neural_network._sequential import classifier_of

        return classifier_of(cls, model, classes)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
