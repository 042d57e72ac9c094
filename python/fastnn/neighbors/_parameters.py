"""Checks of the constructor's parameters, made when `fit` is called, as in scikit-learn."""

from numbers import Integral, Real
from typing import NoReturn

from sklearn.neighbors import VALID_METRICS

from fastnn._validation import check_choice, check_integer

CORE_METRICS = {
    "euclidean": "euclidean",
    "l2": "euclidean",
    "sqeuclidean": "sqeuclidean",
}

_METRICS = ("minkowski", *CORE_METRICS)
_ALGORITHMS = ("auto", "ball_tree", "kd_tree", "brute")


def check_search_parameters(
    *,
    n_neighbors: object,
    algorithm: object,
    leaf_size: object,
    metric: object,
    p: object,
    metric_params: object,
    n_jobs: object,
) -> None:
    """Raise unless the parameters are valid, and what they ask for is built."""
    check_integer(n_neighbors, "n_neighbors", minimum=1)
    check_integer(leaf_size, "leaf_size", minimum=1)
    if check_choice(algorithm, "algorithm", _ALGORITHMS) not in ("auto", "brute"):
        refuse(f"algorithm={algorithm!r}", "'auto', 'brute'")
    _check_metric(metric)
    if metric == "minkowski":
        _check_p(p)
    if metric_params is not None and not isinstance(metric_params, dict):
        raise TypeError(f"expected metric_params to be a dict or None. Received: {metric_params!r}")
    if metric_params:
        refuse(f"metric_params={metric_params!r}", "None")
    if n_jobs is not None:
        check_n_jobs(n_jobs)


def check_radius(radius: object) -> None:
    """Raise unless `radius` is a number that a distance can be compared with."""
    if not isinstance(radius, Real):
        raise TypeError(f"expected radius to be a number. Received: {radius!r}")
    if not float(radius) >= 0:
        raise ValueError(f"expected radius >= 0. Received: {radius}")


def check_n_jobs(n_jobs: object) -> int:
    """Return `n_jobs` if it is a number of threads, or -1, -2, … for all, all but one, …."""
    if not isinstance(n_jobs, Integral) or isinstance(n_jobs, bool):
        raise TypeError(f"expected n_jobs to be an integer or None. Received: {n_jobs!r}")
    if n_jobs == 0:
        raise ValueError("expected n_jobs >= 1, or -1 for all. Received: 0")
    return int(n_jobs)


def is_weighted_by_distance(weights: object) -> bool:
    """Return whether `weights` is 'distance', or raise; None is 'uniform'."""
    if callable(weights):
        refuse(f"weights={weights!r}", "'uniform', 'distance'")
    scheme = "uniform" if weights is None else weights
    return check_choice(scheme, "weights", ("uniform", "distance")) == "distance"


def _check_metric(metric: object) -> None:
    known_elsewhere = any(metric in names for names in VALID_METRICS.values())
    if callable(metric) or (known_elsewhere and metric not in _METRICS):
        refuse(f"metric={metric!r}", ", ".join(map(repr, _METRICS)))
    check_choice(metric, "metric", _METRICS)


def _check_p(p: object) -> None:
    if not isinstance(p, Real):
        raise TypeError(f"expected p to be a number. Received: {p!r}")
    if not float(p) > 0:
        raise ValueError(f"expected p > 0. Received: {p}")
    if p != 2:
        refuse(f"p={p}", "2")


def refuse(what: str, built: str) -> NoReturn:
    """Raise NotImplementedError that names what is asked for and what can be had."""
    raise NotImplementedError(f"{what} is not built yet. Built: {built}")
