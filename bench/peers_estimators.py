"""Perceptrons and logistic regression beside scikit-learn's: the same lines, another import.

What is timed is `fit` of a new model; of one that has been trained for an epoch, where it starts
warm; of a whole grid search; or `predict` of one row.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from fastnn._bench.timing import Contender, Work
from timed_cases import tables, timed
from training_cases import real_or_random

BOOK: dict[str, Any] = {
    "solver": "sgd",
    "momentum": 0.9,
    "nesterovs_momentum": False,
    "learning_rate_init": 0.001,
    "tol": 1e-8,
}


def new_model(package: str, name: str, *arguments: Any, **keywords: Any) -> Any:
    """Make an estimator, of which nobody expects that it converges."""
    warnings.filterwarnings("ignore")
    room = "linear_model" if name == "LogisticRegression" else "neural_network"
    return getattr(importlib.import_module(f"{package}.{room}"), name)(*arguments, **keywords)


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_breast_cancer
    from sklearn.preprocessing import StandardScaler

    x, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(x), y


def epochs(
    package: str,
    dtype: str,
    n_rows: int,
    hidden: tuple[int, ...],
    n_repeats: int = 1,
    **parameters: Any,
) -> Work:
    x, y = real_or_random((784, 10), n_rows)
    x = x.astype(dtype)
    model = new_model(package, "MLPClassifier", hidden, random_state=0, **parameters)
    return timed(lambda: model.fit(x, y), n_repeats, lambda: f"loss {model.loss_:.4f}")


def to_convergence(package: str, name: str, n_repeats: int, **parameters: Any) -> Work:
    x, y = breast_cancer()
    model = new_model(package, name, solver="lbfgs", max_iter=1000, **parameters)
    return timed(lambda: model.fit(x, y), n_repeats, lambda: f"{int(np.max(model.n_iter_))} steps")


def ten_steps(package: str) -> Work:
    x, y = real_or_random((784, 10), 60_000)
    model = new_model(package, "LogisticRegression", max_iter=10)
    return timed(lambda: model.fit(x, y), 1, lambda: f"accuracy {model.score(x, y):.4f}")


def grid_search(package: str) -> Work:
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV

    x, y = load_iris(return_X_y=True)
    network = new_model(package, "MLPClassifier", (20,), max_iter=100, random_state=0)
    grid = {"alpha": [1e-4, 1e-3, 1e-2, 1e-1], "learning_rate_init": [0.001, 0.01]}
    search = GridSearchCV(network, grid, cv=5, refit=False)
    return timed(lambda: search.fit(x, y), 1, lambda: f"best score {search.best_score_:.3f}")


def one_row(package: str) -> Work:
    x, y = breast_cancer()
    model = new_model(package, "MLPClassifier", (100,), random_state=0).fit(x, y)
    return timed(lambda: model.predict(x[:1]), 1000, lambda: str(model.predict(x[:1])))


def contenders(
    programs: Sequence[tuple[str, ...]],
    prepare: Callable[..., Work],
    *arguments: Any,
    **keywords: Any,
) -> list[Contender]:
    """List programs: each a name, the package, and what `prepare` takes behind that."""
    return [
        Contender(name, (package,), partial(prepare, package, *first, *arguments, **keywords))
        for name, package, *first in programs
    ]


BOTH = (("fastnn", "fastnn"), ("scikit-learn", "sklearn"))
IN_32 = ("fastnn, float32", "fastnn", "float32")
IN_64 = ("fastnn, float64", "fastnn", "float64")
PEER = ("scikit-learn, float64", "sklearn", "float64")
SMALL = (60_000, (128,))
CASES = {
    "784-128-10, batches of 32, Adam, one epoch of 60,000 rows (goal 20 ×)": contenders(
        (IN_32, PEER), epochs, *SMALL, max_iter=1, batch_size=32
    ),
    "the same in float64 (goal 8 ×)": contenders(
        (IN_64, PEER), epochs, *SMALL, max_iter=1, batch_size=32
    ),
    "784-3000-1500-10, batches of 200, SGD with momentum, 8 epochs of 1,000 rows (goal 3.5 ×)": (
        contenders((IN_64, PEER), epochs, 1000, (3000, 1500), max_iter=8, **BOOK)
    ),
    "784-100-50-10, batches of 200, Adam, one more epoch of 6,000 rows, 20 fits (goal 10 ×)": (
        contenders((IN_64, IN_32, PEER), epochs, 6000, (100, 50), 20, max_iter=1, warm_start=True)
    ),
    "breast cancer, lbfgs, 30-100-1 (goal 2 ×)": contenders(
        BOTH, to_convergence, "MLPClassifier", 1, random_state=0
    ),
    "breast cancer, lbfgs, `LogisticRegression` (goal 2 ×)": contenders(
        BOTH, to_convergence, "LogisticRegression", 50
    ),
    "MNIST, 60,000 rows in float32, lbfgs, `LogisticRegression`, 10 steps": contenders(
        BOTH, ten_steps
    ),
    "iris, 4-20-3, 40 fits of 100 epochs in a grid search (goal 4 ×)": contenders(
        BOTH, grid_search
    ),
    "breast cancer, 30-100-1, `predict` of one row": contenders(BOTH, one_row),
}


def compare(n_runs: int) -> str:
    """Time each case with all that take part."""
    return tables("Estimators", CASES, n_runs)
