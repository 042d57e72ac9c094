"""The command ``fastnn``: ``fastnn demo``, ``fastnn bench`` and ``fastnn info``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fastnn
from fastnn._bench.cases import MAX_SECONDS, NAMES, PEERS
from fastnn._demo_data import DATA_SETS, load

FAILED = 1
INTERRUPTED = 130  # what a shell reports for a program that SIGINT ended

_BENCH = """\
Measure fastnn beside the peers that are installed, on this machine.

  knn            fit and search of images, beside scikit-learn, Intel's extension of it and faiss
  knn-3d         the same of points in three dimensions, beside the trees of scikit-learn and SciPy
  training       an epoch of 784-128-10, batches of 32, Adam, beside PyTorch, JAX, Keras on each of
                 its backends, and scikit-learn's MLPClassifier
  training-wide  an epoch of 784-512-512-10, batches of 256, beside the same
  one-row        a prediction for a single row, beside the same

Each program has a process of its own, the same data, all cores, and the fastest of its public
settings; they run by turns, and medians are compared. What each has found is compared as well, so
that less work is seen. Peers that are missing are named. Images are MNIST's where FASTNN_DATA_DIR
or the cache has them, otherwise made from scikit-learn's digits; nothing is downloaded. Tables go
to the standard output at the end, or after Ctrl-C as far as it got; progress goes to the standard
error.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those that the program was started with.

    Returns
    -------
    int
        The exit code: 0, 1 if something is missing or broken, 130 after Ctrl-C.
    """
    options = _parser().parse_args(arguments)
    try:
        return {"demo": _demo, "bench": _bench, "info": _info}[options.command](options)
    except KeyboardInterrupt:
        print("\nfastnn: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fastnn", description="Exact nearest neighbours and multi-layer perceptrons on a CPU."
    )
    parser.add_argument("--version", action="version", version=f"fastnn {fastnn.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | bench | info")
    demo = commands.add_parser(
        "demo",
        help="train a network and a k-NN on real images, beside scikit-learn's",
        description="Train a network and a k-NN on real images, beside scikit-learn's.",
    )
    demo.add_argument(
        "--data", choices=tuple(DATA_SETS), default="digits", help="default: %(default)s"
    )
    demo.add_argument(
        "--epochs", type=_positive, metavar="N", help="default: what ends within two minutes"
    )
    demo.add_argument(
        "--output",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where the picture goes, default: here",
    )
    _add_bench(commands)
    commands.add_parser(
        "info",
        help="print the configuration",
        description="Print the version, the instruction set, the threads and how it was built.",
    )
    return parser


def _add_bench(commands: Any) -> None:
    bench = commands.add_parser(
        "bench",
        help="measure fastnn beside the peers that are installed, in under five minutes",
        description=_BENCH,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    form = bench.add_mutually_exclusive_group()
    for name, what in (("markdown", "Markdown tables"), ("json", "every run's seconds as JSON")):
        form.add_argument(
            f"--{name}",
            action="store_const",
            dest="form",
            const=name,
            default="text",
            help=f"print {what}",
        )
    bench.add_argument(
        "--runs",
        type=_positive,
        metavar="N",
        help="timed runs of each program after one to warm up, fewer where they take over "
        f"{MAX_SECONDS:.0f} seconds; default: 3, or 1 where little is left of the five minutes",
    )
    for option, values in (("cases", NAMES), ("peers", PEERS)):
        bench.add_argument(
            f"--{option}",
            nargs="+",
            choices=values,
            default=values,
            metavar=option[:-1].upper(),
            help=f"only these of {', '.join(values)}",
        )


def _positive(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on. Received: {text!r}")
    return number


def _demo(options: argparse.Namespace) -> int:
    try:
        options.output.mkdir(parents=True, exist_ok=True)
        images = load(options.data)
    except (ImportError, OSError, ValueError) as error:
        print(f"fastnn: {error}", file=sys.stderr)
        return FAILED
    from fastnn._demo import run

    run(images, options.epochs, options.output)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from fastnn._bench.command import run

    try:
        run(options.form, options.runs, options.cases, options.peers)
    except (OSError, ValueError) as error:
        print(f"fastnn: {error}", file=sys.stderr)
        return FAILED
    return 0


def _info(_: argparse.Namespace) -> int:
    fastnn.show_config()
    return 0
