"""Small files in the formats of the data sets, for tests that read, break or publish them."""

import gzip
import io
import lzma
import struct
import tarfile

import numpy as np

from fastnn.datasets import cifar10, mnist

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = mnist._SOURCE.md5


def idx(array):
    """Return `array` as the bytes of a packed IDX file of uint8."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes())


def small_images(n):
    rng = np.random.default_rng(n)
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), np.arange(n, dtype=np.uint8) % 10


def write_mnist(folder):
    """Write six images to train with and four to test with, and return them."""
    folder.mkdir(parents=True)
    parts = small_images(6), small_images(4)
    for name, array in zip(mnist._SOURCE.md5, (a for part in parts for a in part), strict=True):
        (folder / name).write_bytes(idx(array))
    return parts


def cifar_batches():
    """Return the bytes of six batches of two rows, every batch with a label of its own."""
    batches = {}
    for label, name in enumerate(cifar10._BATCHES):
        pixels = np.random.default_rng(label).integers(0, 256, (2, 3072), dtype=np.uint8)
        batches[name] = np.insert(pixels, 0, label, axis=1).tobytes()
    return batches


def write_cifar(folder):
    folder.mkdir()
    for name, content in cifar_batches().items():
        (folder / f"{name}.xz").write_bytes(lzma.compress(content))


def tar(members):
    """Return the bytes of an archive laid out as the official one of CIFAR-10."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def assert_same(loaded, expected):
    for part, expected_part in zip(loaded, expected, strict=True):
        for array, expected_array in zip(part, expected_part, strict=True):
            np.testing.assert_array_equal(array, expected_array)
            assert array.dtype == expected_array.dtype
