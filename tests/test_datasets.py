"""The data sets: the arrays that Keras and scikit-learn load."""

import hashlib
import lzma
import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets

from data_files import assert_same
from fastnn.datasets import _files, breast_cancer, digits, fashion_mnist, iris, mnist


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_mnists_have_the_shapes_and_dtypes_of_keras(name, request):
    (x_train, y_train), (x_test, y_test) = request.getfixturevalue(name)
    assert x_train.shape == (60000, 28, 28)
    assert y_train.shape == (60000,)
    assert x_test.shape == (10000, 28, 28)
    assert y_test.shape == (10000,)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.flags.writeable


def test_cifar10_has_the_shapes_and_dtypes_of_keras(cifar10):
    (x_train, y_train), (x_test, y_test) = cifar10
    assert x_train.shape == (50000, 32, 32, 3)
    assert y_train.shape == (50000, 1)
    assert x_test.shape == (10000, 32, 32, 3)
    assert y_test.shape == (10000, 1)
    assert {a.dtype for a in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    assert x_train.flags.writeable
    assert x_train.flags.c_contiguous


def test_labels_are_as_often_as_published(mnist, fashion_mnist, cifar10):
    # MNIST: the counts that every description of it gives; the others hold equally many of each.
    (_, y_train), (_, y_test) = mnist
    assert np.bincount(y_train).tolist() == [
        *(5923, 6742, 5958, 6131, 5842),
        *(5421, 5918, 6265, 5851, 5949),
    ]
    assert np.bincount(y_test).tolist() == [
        *(980, 1135, 1032, 1010, 982),
        *(892, 958, 1028, 974, 1009),
    ]
    for (_, y_train), (_, y_test) in (fashion_mnist, cifar10):
        assert np.bincount(y_train.ravel()).tolist() == [len(y_train) // 10] * 10
        assert np.bincount(y_test.ravel()).tolist() == [1000] * 10


@pytest.mark.parametrize("module", [mnist, fashion_mnist])
def test_the_real_files_have_the_md5_that_a_download_must_have(module, request):
    request.getfixturevalue(module.__name__.rpartition(".")[2])
    for name, md5 in module._SOURCE.md5.items():
        content = (_files.data_dir() / module._SOURCE.folder / name).read_bytes()
        assert hashlib.md5(content).hexdigest() == md5


def test_cifar10_pixels_are_red_green_and_blue_planes_in_the_file(cifar10):
    (x_train, y_train), _ = cifar10
    path = _files.data_dir() / "cifar-10" / "data_batch_2.bin.xz"
    with lzma.open(path) as file:
        row = file.read(3073)
    assert y_train[10000, 0] == row[0]
    for channel in range(3):
        plane = np.frombuffer(row, np.uint8)[1 + 1024 * channel :][:1024].reshape(32, 32)
        np.testing.assert_array_equal(x_train[10000, :, :, channel], plane)


@pytest.mark.parametrize(
    ("module", "loader", "n_train"),
    [
        (digits, "load_digits", 1437),
        (iris, "load_iris", 120),
        (breast_cancer, "load_breast_cancer", 455),
    ],
)
def test_scikit_learn_data_is_whole_stratified_and_always_split_alike(module, loader, n_train):
    x, y = getattr(sklearn.datasets, loader)(return_X_y=True)
    (x_train, y_train), (x_test, y_test) = module.load_data()
    assert (len(x_train), len(x_test)) == (n_train, len(x) - n_train)
    rows = np.concatenate([x_train, x_test]).reshape(len(x), -1)
    labelled = np.column_stack([rows, np.concatenate([y_train, y_test])])
    expected = np.column_stack([x, y])
    np.testing.assert_array_equal(
        labelled[np.lexsort(labelled.T)], expected[np.lexsort(expected.T)]
    )
    shares = np.bincount(y_test) / np.bincount(y)
    np.testing.assert_allclose(shares, 0.2, atol=0.02)
    assert_same(module.load_data(), ((x_train, y_train), (x_test, y_test)))


def test_digits_are_images_of_bytes():
    (x_train, y_train), _ = digits.load_data()
    assert x_train.shape == (1437, 8, 8)
    assert (x_train.dtype, y_train.dtype) == (np.uint8, np.uint8)
    assert (x_train.min(), x_train.max()) == (0, 16)


def test_importing_the_data_sets_imports_neither_scikit_learn_nor_pooch():
    program = "import sys, fastnn.datasets; print({'sklearn', 'pooch'} & set(sys.modules))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    assert output == "set()\n"
