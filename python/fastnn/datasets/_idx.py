"""IDX, the file format of MNIST and of the data sets made in its image.

Big-endian header: two zero bytes, the element type (8 is uint8), the number of dimensions, then
each dimension in four bytes; the elements follow in C order. Source: Y. LeCun, C. Cortes and
C. Burges, "The MNIST database of handwritten digits", section "File formats".
"""

import math
import struct
from pathlib import Path

import numpy as np

from fastnn.datasets._files import Bytes, ImageSplit, Source, check_labels, locate, read_unpacked

_UINT8 = b"\x00\x00\x08"


def read_idx(path: Path, ndim: int) -> Bytes:
    """Read a packed IDX file of unsigned bytes.

    Parameters
    ----------
    path : Path
        A ``.gz`` file.
    ndim : int
        The number of dimensions that the file must have.

    Returns
    -------
    ndarray of uint8
        A writable array of the shape that the header gives.

    Raises
    ------
    ValueError
        If the file is truncated or damaged, is not IDX, or has another element type, number of
        dimensions or length.
    """
    content = read_unpacked(path)
    magic = _UINT8 + bytes([ndim])
    header = content[: 4 + 4 * ndim]
    if not header.startswith(magic) or len(header) < 4 + 4 * ndim:
        raise ValueError(
            f"expected {path} to begin with the header of an IDX file of uint8 in {ndim} "
            f"dimensions, {magic.hex(' ')} and {4 * ndim} bytes more. "
            f"Received: {header.hex(' ') or 'no bytes at all'}"
        )
    shape = struct.unpack(f">{ndim}I", header[4:])
    expected = len(header) + math.prod(shape)
    if len(content) != expected:
        raise ValueError(
            f"expected {path} to hold {expected} bytes for the shape {shape}. "
            f"Received: {len(content)}"
        )
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(shape).copy()


def load_idx_images(source: Source) -> ImageSplit:
    """Load the four files of a data set with the layout of MNIST.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``, images (n, 28, 28) and labels (n,), uint8.
    """
    return _load_part(source, "train"), _load_part(source, "t10k")


def _load_part(source: Source, part: str) -> tuple[Bytes, Bytes]:
    images_path = locate(source, f"{part}-images-idx3-ubyte.gz")
    labels_path = locate(source, f"{part}-labels-idx1-ubyte.gz")
    images = read_idx(images_path, ndim=3)
    labels = read_idx(labels_path, ndim=1)
    if images.shape != (len(labels), 28, 28):
        raise ValueError(
            f"expected {images_path} to be of shape ({len(labels)}, 28, 28), one image per label "
            f"of {labels_path.name}. Received: {images.shape}"
        )
    check_labels(labels, labels_path)
    return images, labels
