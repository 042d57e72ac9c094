"""Checks of the constructor's parameters, made when `fit` is called, as in scikit-learn."""

import warnings
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import DistanceMetric
from sklearn.neighbors import VALID_METRICS

from fastnn._arguments import check_bool
from fastnn._validation import check_choice, check_integer

_CORE_NAMES = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "sqeuclidean": "sqeuclidean",
    "manhattan": "manhattan",
    "l1": "manhattan",
    "cityblock": "manhattan",
    "chebyshev": "chebyshev",
    "infinity": "chebyshev",
    "minkowski": "minkowski",
    "p": "minkowski",
    "cosine": "cosine",
    "inner_product": "inner_product",
    "hamming": "hamming",
    "canberra": "canberra",
    "braycurtis": "braycurtis",
    "nan_euclidean": "nan_euclidean",
    "haversine": "haversine",
}
_POWERS = {1.0: "manhattan", 2.0: "euclidean", np.inf: "chebyshev"}
_METRICS = sorted(set(_CORE_NAMES).union(*VALID_METRICS.values()))
_NORMS = ("euclidean", "sqeuclidean", "manhattan", "chebyshev", "minkowski")
_ALGORITHMS = ("auto", "ball_tree", "kd_tree", "brute", "pruned")


class Metric(NamedTuple):
    """A distance: what the estimator calls it, and what the core does if it knows it."""

    name: str | Callable[..., float] | DistanceMetric
    params: dict[str, Any]
    core_name: str | None  # None: computed by scikit-learn
    p: float

    @property
    def is_precomputed(self) -> bool:
        """Whether rows are distances already."""
        return isinstance(self.name, str) and self.name == "precomputed"

    @property
    def allows_nan(self) -> bool:
        """Whether rows may hold NaN."""
        return isinstance(self.name, str) and self.name == "nan_euclidean"

    @property
    def is_signed(self) -> bool:
        """Whether distances, and so a radius, may be negative."""
        return self.core_name == "inner_product"


def check_search_parameters(
    *,
    n_neighbors: object,
    radius: object,
    algorithm: object,
    leaf_size: object,
    n_jobs: object,
    verbose: object,
    metric: Metric,
) -> None:
    """Raise unless the parameters are valid; None for what an estimator does not have."""
    if n_neighbors is not None:
        check_integer(n_neighbors, "n_neighbors", minimum=1)
    if radius is not None:
        check_radius(radius, metric)
    check_choice(algorithm, "algorithm", _ALGORITHMS)
    check_integer(leaf_size, "leaf_size", minimum=1)
    if n_jobs is not None:
        check_n_jobs(n_jobs)
    check_bool(verbose, "verbose")


def check_radius(radius: object, metric: Metric) -> float:
    """Return `radius` if it is a number that distances can be compared with."""
    if not isinstance(radius, Real) or isinstance(radius, bool):
        raise TypeError(f"expected radius to be a number. Received: {radius!r}")
    value = float(radius)
    if np.isnan(value) or (value < 0 and not metric.is_signed):
        raise ValueError(f"expected radius >= 0. Received: {radius}")
    return value


def check_n_jobs(n_jobs: object) -> int:
    """Return `n_jobs` if it is a number of threads, or -1, -2, … for all, all but one, …."""
    if not isinstance(n_jobs, Integral) or isinstance(n_jobs, bool):
        raise TypeError(f"expected n_jobs to be an integer or None. Received: {n_jobs!r}")
    if n_jobs == 0:
        raise ValueError("expected n_jobs >= 1, or -1 for all. Received: 0")
    return int(n_jobs)


def as_metric(metric: object, p: object, metric_params: object) -> Metric:
    """Return what `metric` and its parameters mean, with scikit-learn's effective names.

    Examples
    --------
    >>> as_metric("minkowski", 1, None)
    Metric(name='manhattan', params={}, core_name='manhattan', p=2.0)
    >>> as_metric("jaccard", 2, None).core_name is None
    True
    """
    if metric_params is not None and not isinstance(metric_params, Mapping):
        raise TypeError(f"expected metric_params to be a dict or None. Received: {metric_params!r}")
    params = dict(metric_params or {})
    if callable(metric) or isinstance(metric, DistanceMetric):
        return Metric(metric, params, None, 2.0)
    if not isinstance(metric, str) or metric not in _METRICS:
        listed = ", ".join(map(repr, _METRICS))
        raise ValueError(
            f"expected metric to be a callable or one of {listed}. Received: {metric!r}"
        )
    if metric in ("minkowski", "p"):
        return _minkowski(p, params)
    return Metric(metric, params, None if params else _CORE_NAMES.get(metric), 2.0)


def core_algorithm(algorithm: str, metric: Metric, *, sparse: bool) -> str:
    """Return the core's name for `algorithm`; ValueError where `metric` cannot be searched so."""
    if algorithm in ("ball_tree", "kd_tree") and metric.p < 1:
        raise ValueError(f"expected p >= 1 with algorithm={algorithm!r}. Received: {metric.p}")
    if metric.core_name is None:
        check_choice(algorithm, f"algorithm with metric={metric.name!r}", _computed_by(metric))
        return "brute"
    if sparse and algorithm in ("ball_tree", "kd_tree"):
        warnings.warn(f"no {algorithm} for sparse rows: brute force is used", stacklevel=4)
        return "auto"
    if algorithm == "ball_tree":
        return "kd_tree" if metric.core_name in _NORMS else "auto"
    return algorithm


def _computed_by(metric: Metric) -> tuple[str, ...]:
    """Return the algorithms that scikit-learn takes; what its trees find, brute force finds."""
    if metric.is_precomputed:
        return ("auto", "brute")
    if isinstance(metric.name, DistanceMetric):
        return ("auto", "brute", "ball_tree", "kd_tree")
    return ("auto", "brute", "ball_tree")


def _minkowski(p: object, params: dict[str, Any]) -> Metric:
    if "p" in params and p is not None:
        warnings.warn(
            "p stands in metric_params: the estimator's own p is not read",
            SyntaxWarning,
            stacklevel=4,
        )
    power = _check_p(params.pop("p", p))
    weights = params.pop("w", None)
    if weights is None and not params and power in _POWERS:
        name = _POWERS[power]
        return Metric(name, {}, name, 2.0)
    is_native = weights is None and not params
    params |= {"p": power, "w": weights}
    return Metric("minkowski", params, "minkowski" if is_native else None, power)


def _check_p(p: object) -> float:
    if not isinstance(p, Real) or isinstance(p, bool):
        raise TypeError(f"expected p to be a number. Received: {p!r}")
    if not float(p) > 0:
        raise ValueError(f"expected p > 0. Received: {p}")
    return float(p)
