"""The command ``fastnn``: ``fastnn demo`` and ``fastnn info``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import fastnn
from fastnn._demo_data import DATA_SETS, load

FAILED = 1
INTERRUPTED = 130  # what a shell reports for a program that SIGINT ended


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
        return _demo(options) if options.command == "demo" else _info()
    except KeyboardInterrupt:
        print("\nfastnn: interrupted", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fastnn", description="Exact nearest neighbours and multi-layer perceptrons on a CPU."
    )
    parser.add_argument("--version", action="version", version=f"fastnn {fastnn.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="demo | info")
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
    commands.add_parser(
        "info",
        help="print the configuration",
        description="Print the version, the instruction set, the threads and how it was built.",
    )
    return parser


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


def _info() -> int:
    fastnn.show_config()
    return 0
