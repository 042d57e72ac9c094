"""Perceptrons and logistic regression beside scikit-learn's: the same lines, another import.

What is timed is `fit` of a new model; of one that has been trained for an epoch, where it starts
warm; of a whole grid search; or `predict` of one row.
"""

from __future__ import annotations

import importlib
import warnings
from functools import partial
from typing import Any

import numpy as np

from fastnn._bench.timing import Contender, Work
from timed_cases import tables, timed

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


def digits(dtype: str, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    from fastnn.datasets import mnist

    (x, y), _ = mnist.load_data()
    return (x[:n_rows].reshape(n_rows, -1) / 256).astype(dtype), y[:n_rows].astype(int)


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_breast_cancer
    from sklearn.preprocessing import StandardScaler

    x, y = load_breast_cancer(return_X_y=True)
    return StandardScaler().fit_transform(x), y


def epochs(
    package: str, dtype: str, n_rows: int, hidden: tuple[int, ...], **parameters: Any
) -> Work:
    x, y = digits(dtype, n_rows)
    model = new_model(package, "MLPClassifier", hidden, random_state=0, **parameters)
    return timed(lambda: model.fit(x, y), 1, lambda: f"loss {model.loss_:.4f}")


def to_convergence(package: str, name: str, n_repeats: int, **parameters: Any) -> Work:
    x, y = breast_cancer()
    model = new_model(package, name, solver="lbfgs", max_iter=1000, **parameters)
    return timed(lambda: model.fit(x, y), n_repeats, lambda: f"{int(np.max(model.n_iter_))} steps")


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


def of_type(prepare: Any, *arguments: Any, dtypes: str = "64", **keywords: Any) -> Any:
    """List fastnn in float32 or float64, or both, and scikit-learn in float64."""
    chosen = {"32": ["float32"], "64": ["float64"], "both": ["float64", "float32"]}[dtypes]
    programs = [("fastnn", dtype) for dtype in chosen] + [("sklearn", "float64")]
    return [
        Contender(
            f"{'scikit-learn' if package == 'sklearn' else package}, {dtype}",
            (package,),
            partial(prepare, package, dtype, *arguments, **keywords),
        )
        for package, dtype in programs
    ]


def both(prepare: Any, *arguments: Any, **keywords: Any) -> list[Contender]:
    return [
        Contender(name, (package,), partial(prepare, package, *arguments, **keywords))
        for name, package in (("fastnn", "fastnn"), ("scikit-learn", "sklearn"))
    ]


SMALL = (60_000, (128,))
CASES = {
    "784-128-10, batches of 32, Adam, one epoch of 60,000 rows (goal 20 ×)": of_type(
        epochs, *SMALL, dtypes="32", max_iter=1, batch_size=32
    ),
    "the same in float64 (goal 8 ×)": of_type(epochs, *SMALL, max_iter=1, batch_size=32),
    "784-3000-1500-10, batches of 200, SGD with momentum, 8 epochs of 1,000 rows (goal 3.5 ×)": (
        of_type(epochs, 1000, (3000, 1500), max_iter=8, **BOOK)
    ),
    "784-100-50-10, batches of 200, Adam, one more epoch of 6,000 rows (goal 10 ×)": of_type(
        epochs, 6000, (100, 50), dtypes="both", max_iter=1, warm_start=True
    ),
    "breast cancer, lbfgs, 30-100-1 (goal 2 ×)": both(
        to_convergence, "MLPClassifier", 1, random_state=0
    ),
    "breast cancer, lbfgs, `LogisticRegression` (goal 2 ×)": both(
        to_convergence, "LogisticRegression", 50
    ),
    "iris, 4-20-3, 40 fits of 100 epochs in a grid search (goal 4 ×)": both(grid_search),
    "breast cancer, 30-100-1, `predict` of one row": both(one_row),
}


def compare(n_runs: int) -> str:
    """Time each case with all that take part."""
    return tables("Estimators", CASES, n_runs)
