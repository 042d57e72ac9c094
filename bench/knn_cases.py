"""The searches that are compared: the data of each, the peers that take part, and the goal.

A new case is a line in `CASES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from importlib import import_module

import numpy as np

from fastnn._bench.knn import Arrays, Search

DENSE = ("faiss", "scikit-learn", "scikit-learn-intelex", "PyTorch")
TREES = ("SciPy cKDTree", "scikit-learn")


@dataclass(frozen=True)
class Faster:
    """The goal of so many times the speed of the fastest of these peers."""

    times: float
    peers: tuple[str, ...] = ("faiss",)


@dataclass(frozen=True)
class Within:
    """The goal of so many seconds at most."""

    seconds: float


@dataclass(frozen=True)
class Case(Search):
    """A search with a goal."""

    goal: Faster | Within | None = None


def images(name: str, dtype: type = np.float32, n_queries: int | None = None) -> Arrays:
    """Return the raw pixels of a data set of `fastnn.datasets`, 0 to 255."""
    (x, _), (queries, _) = import_module(f"fastnn.datasets.{name}").load_data()
    flat = (array.reshape(len(array), -1).astype(dtype) for array in (x, queries[:n_queries]))
    return dict(zip(("x", "queries"), flat, strict=True))


def standardised_mnist() -> Arrays:
    """Return MNIST with each pixel of mean 0 and deviation 1 over the train rows."""
    pixels = images("mnist", np.float64)
    mean, deviation = pixels["x"].mean(axis=0), pixels["x"].std(axis=0) + 1e-8
    return {name: ((x - mean) / deviation).astype(np.float32) for name, x in pixels.items()}


def random(distribution: str, n_samples: int, n_features: int, n_queries: int) -> Arrays:
    """Return independent features: "normal", or "uniform" in [0, 1)."""
    rng = np.random.default_rng(0)
    draw = {"normal": rng.standard_normal, "uniform": rng.random}[distribution]
    return {
        "x": draw((n_samples, n_features), dtype=np.float32),
        "queries": draw((n_queries, n_features), dtype=np.float32),
    }


normal, uniform = partial(random, "normal"), partial(random, "uniform")


def blobs(n_samples: int, n_features: int, n_queries: int) -> Arrays:
    """Return 1000 Gaussian clusters in a cube, which queries and rows share."""
    from sklearn.datasets import make_blobs

    rows, _ = make_blobs(n_samples + n_queries, n_features, centers=1000, random_state=0)
    rows = rows.astype(np.float32)
    return {"x": rows[:n_samples], "queries": rows[n_samples:]}


def breast_cancer() -> Arrays:
    """Return the standardised measures of 569 tumours and their labels, 113 of them to predict."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler

    x, y = load_breast_cancer(return_X_y=True)
    split = train_test_split(StandardScaler().fit_transform(x), y, test_size=113, random_state=0)
    return dict(zip(("x", "queries", "y", "targets"), split, strict=True))


def cosine(n_features: int, n_queries: int) -> Case:
    """Return a search by angle; faiss gets the rows normalised."""
    plural = "query" if n_queries == 1 else "queries"
    return Case(
        f"cosine-{n_features}-{n_queries}",
        f"cosine, Gaussian 50,000 × {n_features:,}, {n_queries} {plural}",
        partial(normal, 50_000, n_features, n_queries),
        ("faiss", "scikit-learn", "PyTorch"),
        goal=Faster(3),
        metric="cosine",
    )


CASES = (
    Case(
        "mnist",
        "MNIST, 60,000 × 784, 10,000 queries",
        partial(images, "mnist"),
        DENSE,
        goal=Faster(10),
    ),
    Case("fashion-mnist", "Fashion-MNIST", partial(images, "fashion_mnist"), DENSE, goal=Faster(7)),
    Case("mnist-standardised", "MNIST, standardised", standardised_mnist, DENSE, goal=Faster(4)),
    Case(
        "cifar10",
        "CIFAR-10, 50,000 × 3,072, 10,000 queries",
        partial(images, "cifar10"),
        DENSE,
        goal=Faster(10),
    ),
    Case(
        "mnist-uint8",
        "MNIST as uint8; the peers get float32",
        partial(images, "mnist", np.uint8),
        ("faiss",),
        goal=Faster(12),
    ),
    *(
        Case(
            f"gaussian-{n_features}",
            f"Gaussian 100,000 × {n_features}, 2,000 queries",
            partial(normal, 100_000, n_features, 2_000),
            DENSE,
            goal=Faster(5, ("faiss", "scikit-learn")),
        )
        for n_features in (32, 128)
    ),
    Case(
        "gaussian-784",
        "Gaussian 60,000 × 784, 10,000 queries",
        partial(normal, 60_000, 784, 10_000),
        DENSE,
        goal=Faster(1.15),
    ),
    *(
        Case(
            f"{name.lower()}-3",
            f"{name} 1,000,000 × 3, 100,000 queries",
            partial(draw, 1_000_000, 3, 100_000),
            TREES,
            goal=Faster(2, ("SciPy cKDTree",)),
        )
        for name, draw in (("Uniform", uniform), ("Gaussian", normal))
    ),
    *(
        Case(
            f"{name.lower()}-8",
            f"{name} 200,000 × 8, 20,000 queries",
            partial(draw, 200_000, 8, 20_000),
            (*TREES, "faiss"),
            goal=Faster(4, (*TREES, "faiss")),
        )
        for name, draw in (("Uniform", uniform), ("Gaussian", normal))
    ),
    Case(
        "one-query",
        "MNIST, one query, the search alone",
        partial(images, "mnist", n_queries=132),
        DENSE,
        goal=Faster(5),
        measure="search alone",
    ),
    Case(
        "one-query-with-fit",
        "MNIST, one query",
        partial(images, "mnist", n_queries=1),
        DENSE,
        goal=Faster(5),
    ),
    *(cosine(n_features, n_queries) for n_features in (512, 4096) for n_queries in (1, 100)),
    Case(
        "manhattan",
        "manhattan, Gaussian 20,000 × 64, 2,000 queries",
        partial(normal, 20_000, 64, 2_000),
        ("faiss", "scikit-learn", "scikit-learn-intelex"),
        goal=Faster(4, ("scikit-learn",)),
        metric="manhattan",
    ),
    Case(
        "breast-cancer",
        "breast cancer, 456 × 30, fit + score of 113",
        breast_cancer,
        ("scikit-learn",),
        goal=Within(0.3e-3),
        measure="fit + score",
    ),
)

GROWTH_QUERIES = 2_000
GROWTH = {  # by the number of rows
    n_samples: Case(
        f"blobs-{n_samples}",
        f"1,000 clusters, {n_samples:,} × 128, {GROWTH_QUERIES:,} queries",
        partial(blobs, n_samples, 128, GROWTH_QUERIES),
        ("faiss", "scikit-learn"),
    )
    for n_samples in (10_000, 30_000, 100_000, 300_000, 1_000_000)
}
