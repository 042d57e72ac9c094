"""Classification by the vote of the nearest neighbours."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.metrics import DistanceMetric

from fastnn import _core
from fastnn._typing import Float64
from fastnn._validation import Array
from fastnn.neighbors._explanation import Explanation
from fastnn.neighbors._input import Numbers
from fastnn.neighbors._mixins import KNeighborsMixin
from fastnn.neighbors._supervised import VotingBase, accuracy
from fastnn.neighbors._sweep import sweep
from fastnn.neighbors._targets import ClassTargets
from fastnn.neighbors._weights import Weights, weigh

_VOTES_AT_ONCE = 1 << 22  # of all queries and classes, 32 MiB


class KNeighborsClassifier(KNeighborsMixin, VotingBase):
    """Classify by the vote of exact nearest neighbours, as `sklearn.neighbors` does.

    Neighbours are those of smallest (distance, index); a tied vote goes to the lowest class.
    Beyond scikit-learn's class it scores many numbers of neighbours at once (`sweep`), tells who
    voted (`explain`), votes among some of the rows (`mask`), and takes and loses rows without a
    rebuild (`partial_fit`, `remove`).

    Parameters
    ----------
    n_neighbors : int, default=5
        Number of neighbours that vote.
    weights : {'uniform', 'distance'} or callable, default='uniform'
        Weight of a vote: 1, 1 / distance, or what a function returns for an array of distances
        of shape (n_queries, n_neighbors), in the same shape. Where neighbours weigh infinitely,
        as by 'distance' those equal to the query do, only these vote. None is 'uniform'.
    algorithm : {'auto', 'brute', 'pruned', 'kd_tree', 'ball_tree'}, default='auto'
        How to search; it changes the time taken, not the answer. See `NearestNeighbors`.
    leaf_size : int, default=30
        Checked, but read by nothing: the tree chooses the size of its leaves.
    p : float, default=2
        Power of the 'minkowski' metric.
    metric : str, callable or DistanceMetric, default='minkowski'
        The distance. See `NearestNeighbors` for the names and for how fast each is.
    metric_params : dict, optional
        Further arguments of the metric.
    n_jobs : int, optional
        Number of threads; -1 is all, -2 all but one. None is fastnn's default, see
        `fastnn.set_num_threads`.
    verbose : bool, default=False
        Whether a search that takes longer than half a second shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of such arrays
        The labels, sorted; a list with an array for each output where there are several.
    effective_metric_ : str, callable or DistanceMetric
        `metric`; for 'minkowski' with p of 1, 2 or infinity 'manhattan', 'euclidean' or
        'chebyshev'.
    effective_metric_params_ : dict
        `metric_params`; for 'minkowski' with `p` and the weights `w`.
    n_features_in_ : int
        Number of columns of the fitted rows.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if `X` had names that are strings.
    n_samples_fit_ : int
        Number of fitted rows, without the removed ones.
    outputs_2d_ : bool
        Whether the labels have more than one column.

    Notes
    -----
    uint8, float32 and float64 are searched where they lie, without a copy: do not change the
    rows while the estimator is in use. Other numbers become float32 or float64.

    Several threads may predict with one estimator while one other adds or removes rows: each
    prediction is made by the rows there were when it began.

    Beside the neighbours, `predict` takes at most 32 MiB, or one count for each class if that is
    more; `predict_proba` takes what it returns.

    Examples
    --------
    >>> from fastnn.neighbors import KNeighborsClassifier
    >>> classifier = KNeighborsClassifier(n_neighbors=3)
    >>> classifier.fit([[0], [1], [2], [3]], ["low", "low", "high", "high"])
    KNeighborsClassifier(n_neighbors=3)
    >>> classifier.predict([[1.1]]).tolist()
    ['low']
    >>> classifier.predict_proba([[0.9]]).round(3)
    array([[0.333, 0.667]])
    """

    def __init__(
        self,
        n_neighbors: int = 5,
        *,
        weights: Weights = "uniform",
        algorithm: str = "auto",
        leaf_size: int = 30,
        p: float = 2,
        metric: str | Callable[..., float] | DistanceMetric = "minkowski",
        metric_params: Mapping[str, Any] | None = None,
        n_jobs: int | None = None,
        verbose: bool = False,
    ) -> None:
        super().__init__(
            n_neighbors=n_neighbors,
            algorithm=algorithm,
            leaf_size=leaf_size,
            p=p,
            metric=metric,
            metric_params=metric_params,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.weights = weights

    def predict(self, X: ArrayLike | None, *, mask: ArrayLike | None = None) -> Array:
        """Return the label that most neighbours of each row have.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may vote.

        Returns
        -------
        ndarray of shape (n_queries,) or (n_queries, n_outputs)
            Of the dtype of the labels given to `fit`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `kneighbors` does; ValueError also if weights have no positive sum.

        Examples
        --------
        >>> from fastnn.neighbors import KNeighborsClassifier
        >>> classifier = KNeighborsClassifier(n_neighbors=1).fit([[0.0], [1.0]], ["a", "b"])
        >>> classifier.predict([[0.1]], mask=[False, True]).tolist()
        ['b']
        """
        return self._winners(*self._nearest(X, mask=mask))

    def predict_proba(
        self, X: ArrayLike | None, *, mask: ArrayLike | None = None
    ) -> Float64 | list[Float64]:
        """Return the share of the votes that each class has.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may vote.

        Returns
        -------
        float64 ndarray of shape (n_queries, n_classes), or list of such arrays
            Columns in the order of `classes_`; each row sums to 1. A list with an array for each
            output where there are several.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does.
        """
        distances, indices = self._nearest(X, mask=mask)
        votes = self._votes(self._targets, weigh(self.weights, distances), indices)
        shares = [of_output / of_output.sum(axis=1, keepdims=True) for of_output in votes]
        return shares if self.outputs_2d_ else shares[0]

    def sweep(
        self, X: ArrayLike | None, y: ArrayLike, ks: Iterable[int] = range(1, 16)
    ) -> dict[int, float]:
        """Return the accuracy for every number of neighbours, from one search for the largest.

        It equals `score` after setting `n_neighbors` to each, which is not read.

        Parameters
        ----------
        X : array_like, sparse or frame of shape (n_queries, n_features), or None
            None predicts every fitted row from the others (leave-one-out).
        y : array_like of shape (n_queries,) or (n_queries, n_outputs)
            The true labels.
        ks : iterable of int, default=range(1, 16)
            Numbers of neighbours.

        Returns
        -------
        dict of int to float
            The share of rows whose label is predicted by each k, in the order of `ks`.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `score` does, or if `ks` is empty or holds anything but integers of at least 1.

        Examples
        --------
        >>> from fastnn.neighbors import KNeighborsClassifier
        >>> classifier = KNeighborsClassifier().fit([[0], [1], [2], [3], [4]], [0, 0, 1, 1, 0])
        >>> accuracies = classifier.sweep([[0.4], [1.9], [3.2]], [0, 1, 1], ks=[1, 3, 5])
        >>> accuracies
        {1: 1.0, 3: 1.0, 5: 0.3333333333333333}
        >>> max(accuracies, key=accuracies.get)
        1
        """
        return sweep(
            ks,
            search=lambda k: self._nearest(X, k),
            predict=self._winners,
            score=lambda predicted: accuracy(y, predicted),
        )

    def explain(self, x: ArrayLike, *, mask: ArrayLike | None = None) -> Explanation:
        """Return the neighbours that vote on one query, and what comes of it.

        Parameters
        ----------
        x : array_like of shape (n_features,), or array_like, sparse or frame of one row
            The query.
        mask : array_like of bool of shape (n_rows,), optional
            Which of all rows ever fitted may vote.

        Returns
        -------
        Explanation
            `prediction`, and for each voter, nearest first, `labels`, `distances`, `indices` and
            `weights`; printing it lists them.

        Raises
        ------
        NotFittedError, ValueError, TypeError
            As `predict` does; ValueError also if `x` has several rows.

        Examples
        --------
        >>> from fastnn.neighbors import KNeighborsClassifier
        >>> classifier = KNeighborsClassifier(n_neighbors=2, weights="distance")
        >>> voters = classifier.fit([[0.0], [1.0], [5.0]], ["a", "b", "b"]).explain([0.25])
        >>> print(voters.prediction, voters.labels, voters.weights)
        a ['a' 'b'] [0.75 0.25]
        """
        distances, indices = self._nearest(_as_one_row(x), mask=mask)
        if len(indices) != 1:
            raise ValueError(f"expected x to be one row. Received: {len(indices)} rows")
        weights = weigh(self.weights, distances)
        weights = np.ones_like(distances) if weights is None else weights
        targets = self._targets
        return Explanation(
            prediction=self._winners(distances, indices)[0],
            labels=targets.labels([codes[indices[0]] for codes in targets.codes]),
            distances=distances[0],
            indices=indices[0],
            weights=weights[0] / weights[0].sum(),
        )

    def _winners(self, distances: Float64, indices: Numbers) -> Array:
        """Return the label of the most votes, the lowest of equals, for each query."""
        weights, targets = weigh(self.weights, distances), self._targets
        step = max(1, _VOTES_AT_ONCE // max(map(len, targets.classes)))
        winners = []
        for start in range(0, len(indices), step):
            part = slice(start, start + step)
            of_part = None if weights is None else weights[part]
            votes = self._votes(targets, of_part, indices[part])
            winners.append([of_output.argmax(axis=1) for of_output in votes])
        return targets.labels([np.concatenate(of_parts) for of_parts in zip(*winners, strict=True)])

    def _votes(
        self, targets: ClassTargets, weights: Float64 | None, indices: Numbers
    ) -> list[Float64]:
        """Return votes of shape (n_queries, n_classes) for each output."""
        return [
            _core.class_votes(codes[indices], weights, len(classes), self._n_threads())
            for classes, codes in zip(targets.classes, targets.codes, strict=True)
        ]


def _as_one_row(x: ArrayLike) -> ArrayLike:
    return np.asarray(x)[np.newaxis] if np.ndim(x) == 1 else x
