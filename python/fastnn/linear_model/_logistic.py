"""Logistic regression, of two classes and of several."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from fastnn import _core
from fastnn._estimators import ValidationSet, fits, is_plain, unchanged_on_error
from fastnn._validation import Array
from fastnn.linear_model import _gradient_descent, _lbfgs
from fastnn.linear_model._objective import Objective, Parameters, Solution, decide
from fastnn.linear_model._parameters import (
    check_parameters,
    course_of,
    inverse_strength,
    seed_of,
)
from fastnn.linear_model._rows import (
    DTYPES,
    Rows,
    fitted_rows,
    with_class_weight,
    with_judges,
)

_CURVES = ("loss", "accuracy", "validation_loss")


class LogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Classify by the logistic function of a linear one, as `sklearn.linear_model` does.

    It minimises C Σ log-loss + ½ ‖w‖², of two classes or, with the softmax, of several; the
    intercept has no penalty. Beyond scikit-learn's class it knows gradient descent as courses
    teach it, from zero weights and with a constant learning rate.

    Parameters
    ----------
    penalty : {'l2', None}, default='deprecated'
        As in scikit-learn 1.9 on its way out, with a warning: leave it out for 'l2', and take
        ``C=np.inf`` for None. 'l1' and 'elasticnet' are not built.
    C : float, default=1.0
        The inverse of the strength of the penalty, above 0; infinity is no penalty.
    l1_ratio : float, default=0.0
        Only 0, the L2 penalty, is built.
    dual : bool, default=False
        Only False is built.
    tol : float, default=1e-4
        'lbfgs' ends where no element of the gradient of the objective, as a mean over rows, is
        above it. With 'sgd', by how much an epoch must lessen the loss: see `n_iter_no_change`.
    fit_intercept : bool, default=True
        Whether the linear function has an intercept.
    intercept_scaling : float, default=1
        Only 1 is built.
    class_weight : dict or 'balanced', default=None
        By how much to multiply the weights of the rows of each label: None by 1, 'balanced' by
        n_samples / (n_classes · n_samples of the class).
    random_state : int or RandomState, optional
        What the order of rows, and the rows of `validation_fraction`, are drawn from; 'lbfgs'
        draws nothing. None takes fastnn's next seed, see `fastnn.utils.set_random_seed`.
    solver : {'lbfgs', 'sgd'}, default='lbfgs'
        'lbfgs' is SciPy's L-BFGS-B, with scikit-learn's settings; 'sgd' is gradient descent. Only
        'sgd' reads what stands below from `batch_size` on; 'lbfgs' refuses all of it but
        `n_iter_no_change`, which has no meaning there.
    max_iter : int, default=100
        The most iterations, or with 'sgd' epochs, at least 1.
    verbose : int, default=0
        Above 0, a line is printed for each iteration or epoch.
    warm_start : bool, default=False
        Whether `fit` begins at the `coef_` and `intercept_` of the last one, not at zero.
    n_jobs : int, optional
        Without effect, with a warning, as in scikit-learn 1.9: see `fastnn.set_num_threads`.
    batch_size : int, optional, default=32
        Rows a step: 1 is stochastic gradient descent, None takes all rows (full batch).
    learning_rate : float, default=0.01
        A step is so many times the gradient of the mean loss of its rows and of the penalty.
    shuffle : bool, default=True
        Whether each epoch has an order of its own; read where there are several batches.
    loss_threshold : float, optional
        The first epoch whose loss (see `loss_curve_`) is at most this is the last one.
    accuracy_threshold : float, optional
        The first epoch whose accuracy (see `accuracy_curve_`) is at least this is the last one.
    validation_fraction : float, optional
        The share of the rows of each class to judge by instead of learning from it, within (0, 1).
    n_iter_no_change : int or infinity, default=5
        Training ends when so many epochs in a row have not brought the loss below its least by
        more than `tol`: the validation loss where there is one, else that of training.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        float32 if `X` was, else float64; one row where there are two classes.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        Zero without `fit_intercept`.
    n_iter_ : int32 ndarray of shape (1,)
        Iterations, or epochs.
    loss_ : float
        With 'lbfgs' the objective, divided by C Σ weights, at `coef_`; with 'sgd' the last of
        `loss_curve_`.
    loss_curve_ : list of float
        The objective behind each iteration or, with 'sgd', its mean over the rows of each epoch,
        each ahead of its step, as in `MLPClassifier`.
    accuracy_curve_ : list of float, or None
        The share of each epoch's rows that were classified right ahead of their step; None with
        'lbfgs'.
    validation_loss_curve_ : list of float, or None
        The mean log-loss of the validation rows behind each epoch. `coef_` is that of the least.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.

    Notes
    -----
    float32 rows are computed with in float32, where scikit-learn takes float64 for the weights:
    'lbfgs' ends where float32 cannot tell losses apart, which is far from the minimum if columns
    are of very different scales. float64 rows give scikit-learn's coefficients to its tolerance.

    Sparse rows stay sparse with 'lbfgs' and in prediction. 'sgd' makes some batches at a time
    dense: 32 MiB of float64, or a single batch if that is more.

    References
    ----------
    C. M. Bishop, *Pattern Recognition and Machine Learning*, section 4.3.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from fastnn.linear_model import LogisticRegression
    >>> X, y = load_iris(return_X_y=True)
    >>> classifier = LogisticRegression(max_iter=200).fit(X, y)
    >>> classifier.predict(X[:2])
    array([0, 0])
    >>> classifier.predict_proba(X[:1]).round(3)
    array([[0.982, 0.018, 0.   ]])
    >>> round(classifier.score(X, y), 2)
    0.97

    Full-batch gradient descent, up to a loss:

    >>> descent = LogisticRegression(
    ...     solver="sgd", batch_size=None, learning_rate=0.1, loss_threshold=0.5, max_iter=1000
    ... )
    >>> round(descent.fit(X, y).loss_curve_[0], 4)  # -log(1/3), from zero weights
    1.0986
    >>> descent.loss_ <= 0.5
    True
    """

    def __init__(
        self,
        penalty: str | None = "deprecated",
        *,
        C: float = 1.0,
        l1_ratio: float | None = 0.0,
        dual: bool = False,
        tol: float = 1e-4,
        fit_intercept: bool = True,
        intercept_scaling: float = 1,
        class_weight: Mapping[Any, float] | str | None = None,
        random_state: int | np.random.RandomState | None = None,
        solver: str = "lbfgs",
        max_iter: int = 100,
        verbose: int = 0,
        warm_start: bool = False,
        n_jobs: int | None = None,
        batch_size: int | None = 32,
        learning_rate: float = 0.01,
        shuffle: bool = True,
        loss_threshold: float | None = None,
        accuracy_threshold: float | None = None,
        validation_fraction: float | None = None,
        n_iter_no_change: float = 5,
    ) -> None:
        self.penalty = penalty
        self.C = C
        self.l1_ratio = l1_ratio
        self.dual = dual
        self.tol = tol
        self.fit_intercept = fit_intercept
        self.intercept_scaling = intercept_scaling
        self.class_weight = class_weight
        self.random_state = random_state
        self.solver = solver
        self.max_iter = max_iter
        self.verbose = verbose
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.shuffle = shuffle
        self.loss_threshold = loss_threshold
        self.accuracy_threshold = accuracy_threshold
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    def fit(
        self,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Any = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
    ) -> Self:
        """Learn from rows and their labels.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)
            float32 stays so, other numbers become float64.
        y : array_like of shape (n_samples,)
            Labels of at least two classes: integers, booleans, strings.
        sample_weight : array_like of shape (n_samples,), optional
            How much each row counts, at least 0.
        X_val, y_val, sample_weight_val
            The like for validation, for solver 'sgd', with loss in `validation_loss_curve_`. The
            names are those of scikit-learn's `HistGradientBoostingClassifier`, so that
            `Pipeline(…, transform_input=["X_val"])` scales `X_val` as it does `X`. Weights of
            classes do not touch them.

        Returns
        -------
        self : estimator

        Raises
        ------
        ValueError, TypeError
            If a parameter or the data are invalid, or if training diverges. The estimator is then
            as it was before.
        NotImplementedError
            If something of scikit-learn's class is asked for that is not built.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` came first.
        FutureWarning
            If a parameter is given that scikit-learn deprecates.
        """
        given = ValidationSet.given(X_val, y_val, sample_weight_val)
        check_parameters(self, validated=given is not None)
        C = inverse_strength(self)
        with unchanged_on_error(self):
            rows, self.classes_ = fitted_rows(self, X, y, sample_weight)
            if self.solver == "lbfgs":
                solution = self._minimise_by_lbfgs(rows, C)
            else:
                solution = self._descend(rows, given, C)
            self.coef_, self.intercept_ = solution.parameters
            self.n_iter_ = np.array([solution.n_iter], dtype=np.int32)
            self.loss_ = solution.loss
            for name in _CURVES:
                setattr(self, f"{name}_curve_", solution.curves.get(name))
        return self

    def decision_function(self, X: Any) -> Array:
        """Return the linear function of each row: the logits.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
            Of two classes one number a row, above 0 where the second is the likelier.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError, TypeError
            If `X` does not fit the fitted rows or holds NaN or infinity.
        """
        check_is_fitted(self)
        if not (is_plain(X, DTYPES) and fits(self, X)):
            X = validate_data(self, X, reset=False, accept_sparse="csr", dtype=DTYPES, order="C")
        dtype = np.result_type(X.dtype, self.coef_.dtype)
        parameters = Parameters(self.coef_.astype(dtype), self.intercept_.astype(dtype))
        outputs = decide(X.astype(dtype, copy=False), parameters)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def predict(self, X: Any) -> Array:
        """Return the likeliest label of each row.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
            Of the dtype of the labels given to `fit`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `decision_function` does.
        """
        outputs = self.decision_function(X)
        codes = outputs.argmax(axis=1) if outputs.ndim == 2 else (outputs > 0).astype(np.int64)
        return np.asarray(self.classes_[codes])

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`; each row sums to 1.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `decision_function` does.
        """
        return _core.activate(self._logits(X), "softmax")

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of each class's probability, finite where that itself is 0.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns in the order of `classes_`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `decision_function` does.
        """
        return _core.activate(self._logits(X), "log_softmax")

    def _logits(self, X: Any) -> Array:
        """Return a logit for each class; with two, that of the first is 0."""
        outputs = self.decision_function(X)
        if outputs.ndim == 1:
            outputs = np.column_stack([np.zeros_like(outputs), outputs])
        return np.ascontiguousarray(outputs)

    def _minimise_by_lbfgs(self, rows: Rows, C: float) -> Solution:
        return _lbfgs.minimise(
            self._objective(rows, C),
            self._start(rows),
            fit_intercept=self.fit_intercept,
            tol=self.tol,
            max_iter=self.max_iter,
            verbose=self.verbose,
        )

    def _descend(self, rows: Rows, given: ValidationSet | None, C: float) -> Solution:
        seed = seed_of(self.random_state)
        course = course_of(self, seed)
        rows, judges = with_judges(self, rows, given, seed)
        return _gradient_descent.minimise(
            self._objective(rows, C),
            self._start(rows),
            course,
            judges and Objective.of(*judges, n_classes=len(self.classes_), C=np.inf),
            fit_intercept=self.fit_intercept,
        )

    def _objective(self, rows: Rows, C: float) -> Objective:
        weighted = with_class_weight(rows, self.class_weight, self.classes_)
        return Objective.of(*weighted, n_classes=len(self.classes_), C=C)

    def _start(self, rows: Rows) -> Parameters:
        n_outputs = len(self.classes_) if len(self.classes_) > 2 else 1
        zeros = Parameters.zeros(n_outputs, rows.X.shape[1], rows.X.dtype)
        if not (self.warm_start and hasattr(self, "coef_")):
            return zeros
        if self.coef_.shape != zeros.coef.shape:
            raise ValueError(
                f"expected classes and columns as in the last fit with warm_start=True, coef_ of "
                f"shape {self.coef_.shape}. Received: those of {zeros.coef.shape}"
            )
        coef, intercept = (values.astype(rows.X.dtype) for values in (self.coef_, self.intercept_))
        return Parameters(coef, intercept if self.fit_intercept else zeros.intercept)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
