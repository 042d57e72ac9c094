"""What ``fastnn bench`` measures: on two cores all of it, with all peers, ends in five minutes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from fastnn._bench import knn, one_row, training
from fastnn._bench.images import Images
from fastnn._bench.timing import Contender, Timings

NAMES = ("knn", "knn-3d", "training", "training-wide", "one-row")
PEERS = ("faiss", "jax", "keras", "scipy", "sklearn", "sklearnex", "torch")  # as they are imported
MAX_SECONDS = 10.0  # of a program's runs of one case

_ADAM = "Adam", {"learning_rate": 0.001}
_TRAINERS = (
    training.TORCH,
    training.JAX,
    training.KERAS_JAX,
    training.KERAS_TENSORFLOW,
    training.KERAS_TORCH,
    training.SKLEARN_FLOAT32,
    training.SKLEARN,
)


@dataclass(frozen=True)
class Sizes:
    """Numbers of rows; tests take fewer."""

    images: int = 60_000
    image_queries: int = 2_000
    points: int = 500_000
    point_queries: int = 50_000
    trained: int = 12_800  # a multiple of both batch sizes: JAX trains whole batches only


FULL = Sizes()


@dataclass(frozen=True)
class Case:
    """Work to time, and what tells that it was done.

    `agrees` takes the outcome of fastnn and that of another, and tells whether both did the same.
    """

    name: str
    title: str
    outcome: str  # what the outcome is
    contenders: Sequence[Contender]
    measure: Callable[[int], list[Timings]]  # takes the number of runs
    agrees: Callable[[Any, Any], bool]


class _Kind(NamedTuple):
    title: str
    outcome: str
    contenders: Callable[[Any], Sequence[Contender]]
    measure: Callable[[Any, int], list[Timings]]
    agrees: Callable[[Any, Any], bool]


_KINDS: dict[type, _Kind] = {
    knn.Search: _Kind(
        f"k-NN: fit + search of {{}}, k = {knn.N_NEIGHBORS}",
        "queries wrong",
        partial(knn.contenders, folder=Path()),
        knn.measure,
        lambda _, n_wrong: n_wrong <= 20,  # float32 distances confuse a few neighbours
    ),
    training.Training: _Kind(
        "Training: one epoch of {}, pixels as float32",
        training.LEARNED,
        training.contenders,
        training.measure,
        lambda ours, other: 1 / 2 < other.first_loss / ours.first_loss < 2,  # other first weights
    ),
    one_row.OneRow: _Kind(
        "Prediction: {}, float32",
        "probabilities differ by",
        one_row.contenders,
        one_row.measure,
        lambda _, difference: difference < 1e-4,
    ),
}


def cases(images: Images, folder: Path, sizes: Sizes, peers: Collection[str]) -> list[Case]:
    """Return all cases with the peers of these packages, which find the images in the folder."""
    for part in ("x", "y", "queries"):
        np.save(folder / part, getattr(images, part))
    network = 784, 128, 10
    works = (
        knn.Search(
            "knn",
            f"{len(images.x):,} × 784, {len(images.queries):,} queries ({images.title}, float32)",
            partial(_rows_and_queries, folder),
            ("faiss", "scikit-learn", "scikit-learn-intelex"),
            max_seconds=MAX_SECONDS,
        ),
        knn.Search(
            "knn-3d",
            f"{sizes.points:,} × 3, {sizes.point_queries:,} queries (uniform)",
            partial(_points, sizes),
            ("scikit-learn", "SciPy cKDTree"),
            max_seconds=MAX_SECONDS,
        ),
        *(
            training.Training(
                name,
                layers,
                batch_size,
                _ADAM,
                sizes.trained,
                _TRAINERS,
                partial(_labelled, folder),
                max_seconds=MAX_SECONDS,
            )
            for name, layers, batch_size in (
                ("training", network, 32),
                ("training-wide", (784, 512, 512, 10), 256),
            )
        ),
        one_row.OneRow("one-row", network, one_row.PEERS),
    )
    return [_case(work, peers) for work in works]


def _case(work: Any, peers: Collection[str]) -> Case:
    title, outcome, contenders, measure, agrees = _KINDS[type(work)]
    chosen = tuple(peer.name for peer in contenders(work)[1:] if peer.packages[0] in peers)
    work = replace(work, peers=chosen)
    return Case(
        work.name,
        title.format(work.title),
        outcome,
        contenders(work),
        partial(measure, work),
        agrees,
    )


def _rows_and_queries(folder: Path) -> knn.Arrays:
    return {part: np.load(folder / f"{part}.npy").astype(np.float32) for part in ("x", "queries")}


def _points(sizes: Sizes) -> knn.Arrays:
    rng = np.random.default_rng(0)
    n_rows = {"x": sizes.points, "queries": sizes.point_queries}
    return {part: rng.random((n, 3), dtype=np.float32) for part, n in n_rows.items()}


def _labelled(folder: Path, _: tuple[int, ...], n_rows: int) -> training.Data:
    x, y = (np.load(folder / f"{part}.npy", mmap_mode="r")[:n_rows] for part in ("x", "y"))
    return x.astype(np.float32) / 255, np.array(y)
