"""Classification by a multi-layer perceptron."""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import Tags, column_or_1d
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import type_of_target, unique_labels
from sklearn.utils.validation import validate_data

from fastnn._typing import Floating
from fastnn._validation import FLOATS, Array
from fastnn.neural_network._base import MultilayerPerceptron, as_rows, is_stochastic


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):  # type: ignore[misc]
    """Classify by a multi-layer perceptron, as `sklearn.neural_network` does.

    It learns to give the classes' probabilities: by a softmax and cross-entropy for more than two
    classes, by logistic outputs and the sum of their binary cross-entropies for two classes or
    several labels a row.

    Parameters
    ----------
    hidden_layer_sizes : int or array_like of int, default=(100,)
        Number of units of each hidden layer; () has none.
    activation : {'identity', 'logistic', 'tanh', 'relu'}, default='relu'
        What the hidden layers compute of their sums; 'logistic' is 1 / (1 + exp(-x)).
    solver : {'lbfgs', 'sgd', 'adam'}, default='adam'
        How the weights are found: by L-BFGS on all rows at once (SciPy's), by gradient descent with
        momentum, or by Adam.
    alpha : float, default=0.0001
        Strength of the penalty: a batch's loss has alpha / 2 · Σ w² over all weights but the
        intercepts, divided by the weight of its rows.
    batch_size : int or 'auto', default='auto'
        Rows of one step; 'auto' is 200, or all if there are fewer. Not for 'lbfgs'.
    learning_rate : {'constant', 'invscaling', 'adaptive'}, default='constant'
        Of 'sgd': always learning_rate_init; that divided by (samples seen + 1)^power_t, anew after
        each epoch; or divided by 5 whenever n_iter_no_change epochs bring no progress, until it is
        at most 1e-6.
    learning_rate_init : float, default=0.001
        Learning rate of the first step. Not for 'lbfgs'.
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

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coefs_ : list of ndarray
        Weights of each layer, of shape (n_inputs, n_units); float32 where the first `fit` had
        float32, unless by 'lbfgs'. They may be changed or replaced at any time.
    intercepts_ : list of ndarray
        What each layer adds, of shape (n_units,).
    loss_ : float
        Mean loss of the last epoch, each batch before its step.
    loss_curve_ : list of float
        Loss of each epoch, also of earlier fits that `warm_start` goes on from. Not for 'lbfgs'.
    best_loss_ : float or None
        Lowest of them; None with early stopping. Not for 'lbfgs'.
    validation_scores_ : list of float or None
        Accuracy of each epoch on the rows held out; None without early stopping. Not for 'lbfgs'.
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

    loss = "log_loss"
    _score_function = staticmethod(accuracy_score)

    @available_if(is_stochastic)  # type: ignore[untyped-decorator]
    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one more epoch, on these rows; there for 'sgd' and 'adam'.

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
            As `fit` does; ValueError also with early stopping, and for classes that are new.
        """
        self._check_classes(y, classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable class of each row, or its labels.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError, TypeError
            If `X` does not fit the network.
        """
        return self._answer(self._outputs(X))

    def predict_proba(self, X: ArrayLike) -> Floating:
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            float32 or float64, as the weights are.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        outputs = self._outputs(X)
        if self.n_outputs_ > 1:
            return outputs
        probabilities: Array = np.hstack([1 - outputs, outputs])
        return probabilities

    def predict_log_proba(self, X: ArrayLike) -> Floating:
        """Return the logarithms of `predict_proba`.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        probabilities = self.predict_proba(X)
        return np.log(probabilities, out=probabilities)

    def _checked(
        self, X: ArrayLike, y: ArrayLike, *, incremental: bool, reset: bool
    ) -> tuple[Any, Array]:
        rows, labels = validate_data(
            self, X, y, accept_sparse="csr", multi_output=True, dtype=FLOATS[::-1], reset=reset
        )
        if labels.ndim == 2 and labels.shape[1] == 1:
            labels = column_or_1d(labels, warn=True)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self._label_binarizer = LabelBinarizer().fit(labels)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._check_known(unique_labels(labels))
        return as_rows(rows), self._label_binarizer.transform(labels).astype(bool)

    def _check_known(self, labels: Array) -> None:
        known = np.isin(labels, self.classes_).all()
        if not known or (self.warm_start and len(labels) != len(self.classes_)):
            raise ValueError(f"expected y with the classes {self.classes_}. Received: {labels}")

    def _check_classes(self, y: ArrayLike, classes: ArrayLike | None) -> None:
        """Learn `classes` in the first call, compare with them later."""
        if hasattr(self, "classes_"):
            if classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
                raise ValueError(f"expected classes {self.classes_}. Received: {classes}")
            return
        if classes is None:
            raise ValueError("expected classes in the first call of partial_fit. Received: None")
        self.classes_ = unique_labels(classes)
        several = type_of_target(y).startswith("multilabel")
        self._label_binarizer = LabelBinarizer().fit(y if several else classes)

    def _output_activation(self) -> str:
        return "softmax" if self._label_binarizer.y_type_ == "multiclass" else "logistic"

    def _answer(self, outputs: Array) -> Array:
        rows = outputs.ravel() if self.n_outputs_ == 1 else outputs
        answers: Array = self._label_binarizer.inverse_transform(rows)
        return answers

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
