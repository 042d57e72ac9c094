"""The cache of the data sets, and downloads from a local server."""

import functools
import hashlib
import http.server
import re
import sys
import threading

import pytest

from data_files import TRAIN_IMAGES, assert_same, cifar_batches, tar, write_mnist
from fastnn.datasets import _files, cifar10, mnist
from messages import raises


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the user's cache, empty, with FASTNN_DATA_DIR not set."""
    monkeypatch.delenv("FASTNN_DATA_DIR", raising=False)
    monkeypatch.setattr(_files, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache"


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        """Keep quiet."""


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Return a function that lets a data set's source be a local server of some files."""
    folder = tmp_path / "published"
    folder.mkdir()
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def publish_files(module, files):
        md5 = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
        for name, content in files.items():
            (folder / name).write_bytes(content)
        url = f"http://127.0.0.1:{server.server_port}/"
        monkeypatch.setattr(module, "_SOURCE", _files.Source(module._SOURCE.folder, url, md5))
        return folder

    yield publish_files
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_missing_is_downloaded_once_and_then_read_from_the_cache(cache, publish, tmp_path):
    expected = write_mnist(tmp_path / "origin")
    files = {name: (tmp_path / "origin" / name).read_bytes() for name in mnist._SOURCE.md5}
    published = publish(mnist, files)
    assert_same(mnist.load_data(), expected)
    assert sorted(path.name for path in (cache / "mnist").iterdir()) == sorted(files)
    for name in files:
        (published / name).unlink()
    assert_same(mnist.load_data(), expected)


def test_the_archive_of_cifar10_is_downloaded(cache, publish):
    publish(cifar10, {cifar10._ARCHIVE: tar(cifar_batches())})
    (x_train, y_train), (x_test, _) = cifar10.load_data()
    assert x_train.shape == (10, 32, 32, 3)
    assert y_train.ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert x_test.shape == (2, 32, 32, 3)


def test_a_download_with_another_md5_is_refused_and_not_kept(cache, publish):
    published = publish(mnist, dict.fromkeys(mnist._SOURCE.md5, b"as published"))
    (published / TRAIN_IMAGES).write_bytes(b"something else")
    start = (
        f"expected {mnist._SOURCE.url}{TRAIN_IMAGES} to have the md5 "
        f"{hashlib.md5(b'as published').hexdigest()}. Received: "
    )
    received = hashlib.md5(b"something else").hexdigest()
    with pytest.raises(ValueError, match=f"^{re.escape(start)}.*{received}"):
        mnist.load_data()
    assert list((cache / "mnist").iterdir()) == []


def test_an_address_without_the_file_is_named(cache, publish):
    published = publish(mnist, dict.fromkeys(mnist._SOURCE.md5, b""))
    (published / TRAIN_IMAGES).unlink()
    address = f"{mnist._SOURCE.url}{TRAIN_IMAGES}"
    start = f"expected to download {address} into {cache / 'mnist'}. Received: 404"
    with pytest.raises(OSError, match=f"^{re.escape(start)}"):
        mnist.load_data()


def test_without_pooch_a_download_says_what_to_install_and_the_cache_still_works(
    cache, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pooch", None)
    message = (
        f"expected pooch to download {TRAIN_IMAGES}. Received: no such module. Run "
        "`pip install fastnn[data]`, or point FASTNN_DATA_DIR at a folder that holds "
        f"mnist/{TRAIN_IMAGES}"
    )
    with raises(ImportError, message):
        mnist.load_data()
    expected = write_mnist(cache / "mnist")
    assert_same(mnist.load_data(), expected)


def test_the_cache_is_where_pooch_has_it():
    pooch = pytest.importorskip("pooch", reason="needs pooch, the extra 'data'")
    assert _files.cache_dir() == pooch.os_cache("fastnn")


def test_an_empty_data_dir_variable_counts_as_not_set(cache, monkeypatch):
    monkeypatch.setenv("FASTNN_DATA_DIR", "")
    expected = write_mnist(cache / "mnist")
    assert_same(mnist.load_data(), expected)
