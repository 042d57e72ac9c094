"""The files of the data sets: read as they were written, and what is said where one is broken."""

import gzip
import lzma
import re
import struct

import numpy as np
import pytest

from data_files import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    assert_same,
    cifar_batches,
    idx,
    tar,
    write_cifar,
    write_mnist,
)
from fastnn.datasets import cifar10, fashion_mnist, mnist
from messages import raises


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Return an empty data folder, which FASTNN_DATA_DIR names."""
    monkeypatch.setenv("FASTNN_DATA_DIR", str(tmp_path))
    return tmp_path


def raises_on_unpacking(path):
    """Expect the one message for files that are cut or damaged."""
    start = f"expected {path} to be a whole {path.suffix[1:]} file. Received: "
    n_bytes = path.stat().st_size
    pattern = rf"^{re.escape(start)}{n_bytes} bytes that do not unpack \(.+\)\. Delete it and "
    return pytest.raises(ValueError, match=rf"{pattern}fetch it again$")


def test_idx_files_are_read_as_they_were_written(folder):
    expected = write_mnist(folder / "mnist")
    assert_same(mnist.load_data(), expected)


@pytest.mark.parametrize("packing", ["xz", "archive"])
def test_cifar10_is_read_from_packed_batches_and_from_the_official_archive(folder, packing):
    if packing == "xz":
        write_cifar(folder / "cifar-10")
    else:
        (folder / "cifar-10").mkdir()
        in_another_order = dict(reversed(cifar_batches().items()))
        (folder / "cifar-10" / cifar10._ARCHIVE).write_bytes(
            tar({"readme.html": b"", **in_another_order})
        )
    (x_train, y_train), (x_test, y_test) = cifar10.load_data()
    assert y_train.tolist() == [[i] for i in (0, 0, 1, 1, 2, 2, 3, 3, 4, 4)]
    assert y_test.tolist() == [[5], [5]]
    for image, batch in ((x_train[4], "data_batch_3.bin"), (x_test[0], "test_batch.bin")):
        pixels = np.frombuffer(cifar_batches()[batch], np.uint8)[1:3073]
        np.testing.assert_array_equal(image.transpose(2, 0, 1).ravel(), pixels)


def test_a_data_folder_that_is_not_there_is_named(folder, monkeypatch):
    monkeypatch.setenv("FASTNN_DATA_DIR", str(folder / "nowhere"))
    message = (
        f"expected FASTNN_DATA_DIR to name a folder. Received: '{folder / 'nowhere'}', "
        "where there is no folder"
    )
    for module in (mnist, cifar10):
        with raises(FileNotFoundError, message):
            module.load_data()


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (mnist, f"mnist/{TRAIN_IMAGES}"),
        (fashion_mnist, f"fashion-mnist/{TRAIN_IMAGES}"),
        (cifar10, "cifar-10/cifar-10-binary.tar.gz"),
    ],
)
def test_a_missing_file_is_named_and_not_downloaded_behind_the_users_back(folder, module, name):
    message = (
        f"expected the file {folder / name}, because FASTNN_DATA_DIR is set. Received: no such "
        "file. Unset FASTNN_DATA_DIR to have it downloaded"
    )
    with raises(FileNotFoundError, message):
        module.load_data()


def test_a_missing_batch_of_cifar10_is_named(folder):
    write_cifar(folder / "cifar-10")
    missing = folder / "cifar-10" / "data_batch_4.bin.xz"
    missing.unlink()
    with raises(FileNotFoundError, f"expected the file {missing}. Received: no such file"):
        cifar10.load_data()


def cut(path, keep):
    path.write_bytes(path.read_bytes()[:keep])


@pytest.mark.parametrize("keep", [1, 10, 40, -8, -1])
def test_a_truncated_gzip_file_is_named(folder, keep):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TEST_IMAGES
    cut(path, keep)
    with raises_on_unpacking(path):
        mnist.load_data()


def test_a_gzip_file_with_a_wrong_byte_is_named(folder):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with raises_on_unpacking(path):
        mnist.load_data()


def test_an_error_page_saved_as_a_gzip_file_is_named(folder):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_LABELS
    path.write_text("<html>not found</html>")
    with raises_on_unpacking(path):
        mnist.load_data()


@pytest.mark.parametrize("keep", [0, 1, 30, -1])
def test_a_truncated_xz_file_is_named(folder, keep):
    write_cifar(folder / "cifar-10")
    path = folder / "cifar-10" / "test_batch.bin.xz"
    cut(path, keep)
    with raises_on_unpacking(path):
        cifar10.load_data()


@pytest.mark.parametrize("keep", [1, 30, 2000, -1])
def test_a_truncated_archive_is_named(folder, keep):
    path = folder / "cifar-10" / cifar10._ARCHIVE
    path.parent.mkdir()
    path.write_bytes(tar(cifar_batches()))
    cut(path, keep)
    with raises_on_unpacking(path):
        cifar10.load_data()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "be a tar.gz archive. Received: "),
        (gzip.compress(b"<html>not found</html>" * 99), "be a tar.gz archive. Received: "),
        (
            tar({}),
            "hold data_batch_1.bin, data_batch_2.bin, data_batch_3.bin, data_batch_4.bin, "
            "data_batch_5.bin, test_batch.bin. Received: none of the batches",
        ),
        (
            tar(dict.fromkeys(cifar10._BATCHES[1:3], b"")),
            "hold data_batch_1.bin, data_batch_4.bin, "
            "data_batch_5.bin, test_batch.bin. Received: data_batch_2.bin, data_batch_3.bin",
        ),
    ],
    ids=["empty", "no tar", "no members", "two batches"],
)
def test_an_archive_of_something_else_is_named(folder, content, message):
    path = folder / "cifar-10" / cifar10._ARCHIVE
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(f"expected {path} to {message}")):
        cifar10.load_data()


@pytest.mark.parametrize(
    ("content", "received"),
    [
        (b"", "no bytes at all"),
        (gzip.compress(b"\0\0"), "00 00"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x06"), "00 00 08 01 00 00 00 06"),
        (gzip.compress(b"\0\0\x08\x03\0\0\0\x06\0"), "00 00 08 03 00 00 00 06 00"),
        (
            gzip.compress(b"\0\0\x0d\x03" + bytes(60)),
            "00 00 0d 03 00 00 00 00 00 00 00 00 00 00 00 00",
        ),
    ],
    ids=["empty", "two bytes", "labels", "cut header", "float32"],
)
def test_a_file_that_is_not_idx_of_images_is_named(folder, content, received):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_IMAGES
    path.write_bytes(content)
    message = (
        f"expected {path} to begin with the header of an IDX file of uint8 in 3 dimensions, "
        f"00 00 08 03 and 12 bytes more. Received: {received}"
    )
    with raises(ValueError, message):
        mnist.load_data()


@pytest.mark.parametrize("n_pixels", [0, 6 * 784 - 1, 6 * 784 + 1])
def test_a_length_other_than_the_headers_is_an_error(folder, n_pixels):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_IMAGES
    path.write_bytes(gzip.compress(struct.pack(">4I", 0x803, 6, 28, 28) + bytes(n_pixels)))
    message = (
        f"expected {path} to hold {16 + 6 * 784} bytes for the shape (6, 28, 28). "
        f"Received: {16 + n_pixels}"
    )
    with raises(ValueError, message):
        mnist.load_data()


def test_a_size_that_does_not_fit_into_memory_is_an_error_like_any_other(folder):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_IMAGES
    path.write_bytes(gzip.compress(struct.pack(">4I", 0x803, *[2**32 - 1] * 3)))
    message = (
        f"expected {path} to hold {16 + (2**32 - 1) ** 3} bytes for the shape "
        "(4294967295, 4294967295, 4294967295). Received: 16"
    )
    with raises(ValueError, message):
        mnist.load_data()


@pytest.mark.parametrize("shape", [(5, 28, 28), (6, 28, 27)])
def test_images_that_do_not_match_the_labels_are_an_error(folder, shape):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TRAIN_IMAGES
    path.write_bytes(idx(np.zeros(shape)))
    message = (
        f"expected {path} to be of shape (6, 28, 28), one image per label of "
        f"{TRAIN_LABELS}. Received: {shape}"
    )
    with raises(ValueError, message):
        mnist.load_data()


def test_a_label_above_nine_is_an_error(folder):
    write_mnist(folder / "mnist")
    path = folder / "mnist" / TEST_LABELS
    path.write_bytes(idx(np.array([0, 1, 10, 2])))
    with raises(ValueError, f"expected labels from 0 to 9 in {path}. Received: 10"):
        mnist.load_data()


@pytest.mark.parametrize("n_bytes", [0, 3072, 3074])
def test_a_batch_of_cifar10_that_is_not_whole_rows_is_an_error(folder, n_bytes):
    write_cifar(folder / "cifar-10")
    path = folder / "cifar-10" / "test_batch.bin.xz"
    path.write_bytes(lzma.compress(bytes(n_bytes)))
    message = (
        f"expected {path.with_suffix('')} to hold rows of 3073 bytes, a label and 3 × 32 × 32 "
        f"pixels. Received: {n_bytes} bytes"
    )
    with raises(ValueError, message):
        cifar10.load_data()
