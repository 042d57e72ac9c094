"""CIFAR-10: 60,000 colour photographs of ten kinds of things."""

import io
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from fastnn.datasets._files import (
    Bytes,
    ImageSplit,
    Source,
    check_labels,
    data_dir,
    locate,
    read_unpacked,
)

__all__ = ["load_data"]

_ARCHIVE = "cifar-10-binary.tar.gz"
_SOURCE = Source(
    folder="cifar-10",
    url="https://www.cs.toronto.edu/~kriz/",
    md5={_ARCHIVE: "c32a1d4ab5d03f1284b67883e8d87530"},
)
_BATCHES = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")
_PIXELS = (3, 32, 32)  # planes of red, green and blue
_ROW = 1 + 3 * 32 * 32  # the label comes first


def load_data() -> ImageSplit:
    """Load CIFAR-10, 50,000 colour photographs to train with and 10,000 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 32, 32, 3), uint8, red, green
        and blue; `y` of shape (n, 1), uint8: 0 airplane, 1 automobile, 2 bird, 3 cat, 4 deer,
        5 dog, 6 frog, 7 horse, 8 ship, 9 truck.

    Raises
    ------
    FileNotFoundError
        If ``FASTNN_DATA_DIR`` is set and its folder ``cifar-10`` does not hold the data.
    ImportError
        If the archive has to be downloaded and pooch is not installed.
    OSError
        If the download fails or cannot be written.
    ValueError
        If a file is truncated, damaged or not CIFAR-10.

    Notes
    -----
    A. Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. Read from the
    official ``cifar-10-binary.tar.gz``, or from its six ``.bin`` files, each packed as
    ``.bin.xz``.

    Examples
    --------
    >>> from fastnn.datasets import cifar10
    >>> (x_train, y_train), (x_test, y_test) = cifar10.load_data()  # doctest: +SKIP
    >>> x_train.shape, y_train.shape  # doctest: +SKIP
    ((50000, 32, 32, 3), (50000, 1))
    """
    folder = data_dir() / _SOURCE.folder
    packed = [folder / f"{name}.xz" for name in _BATCHES]
    if any(path.exists() for path in packed):
        contents = _read_xz(packed)
    else:
        contents = _read_archive(locate(_SOURCE, _ARCHIVE))
    *train, test = (_parse(content, folder / name) for name, content in contents.items())
    x_train, y_train = (np.concatenate(parts) for parts in zip(*train, strict=True))
    return (x_train, y_train), test


def _read_xz(paths: list[Path]) -> dict[str, bytes]:
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"expected the file {path}. Received: no such file")
    with ThreadPoolExecutor(max_workers=6) as pool:  # lzma lets go of the GIL
        return dict(zip(_BATCHES, pool.map(read_unpacked, paths), strict=True))


def _read_archive(path: Path) -> dict[str, bytes]:
    found = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(read_unpacked(path)), mode="r:") as archive:
            for member in archive:
                name = Path(member.name).name
                stream = archive.extractfile(member) if name in _BATCHES else None
                if stream is not None:
                    found[name] = stream.read()
    except tarfile.TarError as error:
        raise ValueError(f"expected {path} to be a tar.gz archive. Received: {error}") from error
    missing = [name for name in _BATCHES if name not in found]
    if missing:
        raise ValueError(
            f"expected {path} to hold {', '.join(missing)}. "
            f"Received: {', '.join(found) or 'none of the batches'}"
        )
    return {name: found[name] for name in _BATCHES}


def _parse(content: bytes, path: Path) -> tuple[Bytes, Bytes]:
    if not content or len(content) % _ROW:
        raise ValueError(
            f"expected {path} to hold rows of {_ROW} bytes, a label and 3 × 32 × 32 pixels. "
            f"Received: {len(content)} bytes"
        )
    rows = np.frombuffer(content, np.uint8).reshape(-1, _ROW)
    labels = rows[:, :1].copy()
    check_labels(labels, path)
    images = rows[:, 1:].reshape(-1, *_PIXELS).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(images), labels
