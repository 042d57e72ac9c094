"""fastnn beside its peers: the same work, in turn, medians and ratios as a Markdown table.

    python bench/compare.py                      every comparison
    python bench/compare.py knn --runs 9         one of them, nine runs of each peer
    python bench/compare.py knn --only mnist     one case of bench/knn_cases.py, or several
    python bench/compare.py training --only wide one case of bench/training_cases.py
    python bench/compare.py growth --plot FILE   time by the number of rows, drawn as well
    python bench/compare.py training-growth      GFLOP/s by width and batch
    python bench/compare.py estimators           perceptrons and logistic regression: scikit-learn's
    python bench/compare.py strategies           whether the way that is chosen is the best one
    python bench/compare.py all --markdown FILE  the tables in a file as well

The peers that are installed take part (`pip install "fastnn[bench]"`), each at the fastest of its
public settings. Data sets are read from FASTNN_DATA_DIR, or downloaded.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path

import peers_estimators
import peers_growth
import peers_import
import peers_knn
import peers_matmul
import peers_memory
import peers_steps
import peers_training
import strategies
import training_growth
from fastnn._bench import report
from knn_cases import CASES
from training_cases import TRAININGS

COMPARISONS = (
    "all",
    "knn",
    "growth",
    "strategies",
    "training",
    "training-growth",
    "steps",
    "estimators",
    "matmul",
    "import",
    "memory",
)
PEERS = (
    "numpy",
    "scipy",
    "sklearn",
    "sklearnex",
    "faiss",
    "torch",
    "keras",
    "tensorflow",
    "jax",
)


def comparisons(arguments: argparse.Namespace) -> dict[str, Callable[[int], str]]:
    """Return each comparison as a function of the number of runs."""
    return {
        "knn": partial(peers_knn.compare, only=arguments.only),
        "growth": partial(peers_growth.compare, picture=arguments.plot),
        "strategies": strategies.compare,
        "training": partial(peers_training.compare, only=arguments.only),
        "training-growth": training_growth.compare,
        "steps": peers_steps.compare,
        "estimators": peers_estimators.compare,
        "matmul": peers_matmul.compare,
        "import": peers_import.compare,
        "memory": peers_memory.compare,
    }


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="all", choices=COMPARISONS)
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="timed runs (default: 5)")
    cases = [case.name for case in (*CASES, *TRAININGS)]
    parser.add_argument(
        "--only", nargs="+", default=(), choices=cases, metavar="CASE", help=", ".join(cases)
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the growth there")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error(f"expected --runs of at least 1. Received: {arguments.runs}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    compare = comparisons(arguments)
    chosen = compare if arguments.what == "all" else [arguments.what]
    parts = [report.header(PEERS)]
    print(parts[0], end="\n\n", flush=True)
    for name in chosen:
        parts.append(compare[name](arguments.runs))
        print(parts[-1], end="\n\n", flush=True)
    if arguments.markdown:
        arguments.markdown.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
