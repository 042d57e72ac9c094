"""fastnn beside its peers: the same work, in turn, medians and ratios as a Markdown table.

    python bench/compare.py                      every comparison
    python bench/compare.py knn --runs 9         one of them, nine runs of each peer
    python bench/compare.py all --markdown FILE  the tables in a file as well

The peers that are installed take part (`pip install "fastnn[bench]"`), each at the fastest of its
public settings. MNIST is read from FASTNN_DATA_DIR, or downloaded.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import peers_import
import peers_knn
import peers_matmul
import peers_memory
import peers_training
import report

COMPARISONS = {
    "knn": peers_knn.compare,
    "training": peers_training.compare,
    "matmul": peers_matmul.compare,
    "import": peers_import.compare,
    "memory": peers_memory.compare,
}
PEERS = ("numpy", "sklearn", "faiss", "torch", "keras", "tensorflow", "jax")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", nargs="?", default="all", choices=["all", *COMPARISONS])
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="timed runs (default: 5)")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error(f"expected --runs of at least 1. Received: {arguments.runs}")
    return arguments


def main() -> None:
    arguments = parse_arguments()
    chosen = COMPARISONS if arguments.what == "all" else [arguments.what]
    parts = [report.header(PEERS)]
    print(parts[0], end="\n\n", flush=True)
    for name in chosen:
        parts.append(COMPARISONS[name](arguments.runs))
        print(parts[-1], end="\n\n", flush=True)
    if arguments.markdown:
        arguments.markdown.write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    main()
