"""The way from an estimator to a model of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklearn.utils.validation import check_is_fitted

if TYPE_CHECKING:
    from fastnn.models import Sequential


class AsSequential:
    """What makes a model of a fitted estimator."""

    def to_sequential(self) -> Sequential:
        """Return a model of the same layers with copies of the weights.

        It is compiled with the estimator's loss and a new optimizer, Adam for 'lbfgs', and may be
        trained on, saved, or taken apart. Its ``Dense`` layers have the penalty
        ``L2(alpha / (2 · batch_size))``, `alpha` of whole batches, 'auto' taken as 200.

        Returns
        -------
        fastnn.models.Sequential
            Of ``Dense``, ``BatchNormalization``, ``Activation`` and ``Dropout``. It predicts the
            outputs of the network: probabilities, of the second class alone where there are two,
            margins, or numbers, bit for bit those of the estimator. For 'log_loss' and more than
            two classes its targets are numbers of classes in the order of `classes_`; for other
            losses they are 0 or 1 for each output.

        Raises
        ------
        NotFittedError
            Before `fit`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from fastnn.neural_network import MLPClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> classifier = MLPClassifier((20,), solver="lbfgs", random_state=0).fit(X, y)
        >>> model = classifier.to_sequential()
        >>> [type(layer).__name__ for layer in model.layers]
        ['Dense', 'Activation', 'Dense', 'Activation']
        >>> bool((model.predict(X, verbose=0) == classifier.predict_proba(X)).all())
        True
        """
        from fastnn.neural_network._sequential import copied_model

        check_is_fitted(self)
        estimator: Any = self
        network = estimator._network()
        with network.lock:
            network.set_weights(estimator._weights())
            return copied_model(estimator, network)
