"""Files of the format safetensors: replaced whole, and read without trust."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# What content can raise that nothing here has written.
_DAMAGE = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RuntimeError)


def replace_file(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a file beside `path`, and put it in the place of `path` when it is whole."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        write(beside)
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def open_file(path: str | os.PathLike[str], writer: str) -> Iterator[Any]:
    """Open a file that `writer` has written; ValueError where what is done with it fails.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is damaged, or was written by something else.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            yield file
    except (SafetensorError, *_DAMAGE) as error:
        raise ValueError(
            f"expected a file that {writer} has written. Received: {path} ({error})"
        ) from error
