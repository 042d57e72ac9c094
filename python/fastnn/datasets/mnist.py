"""MNIST: 70,000 handwritten digits."""

from fastnn.datasets._files import ImageSplit, Source
from fastnn.datasets._idx import load_idx_images

__all__ = ["load_data"]

_SOURCE = Source(
    folder="mnist",
    url="https://storage.googleapis.com/cvdf-datasets/mnist/",
    md5={
        "train-images-idx3-ubyte.gz": "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "train-labels-idx1-ubyte.gz": "d53e105ee54ea40749a09fcbcd1e9432",
        "t10k-images-idx3-ubyte.gz": "9fb629c4189551a2d022fa330f9573f3",
        "t10k-labels-idx1-ubyte.gz": "ec29112dd5afa0611ce80d1b7f02629c",
    },
)


def load_data() -> ImageSplit:
    """Load MNIST, 60,000 images of handwritten digits to train with and 10,000 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 28, 28), uint8, 0 is the
        background and 255 the ink; `y` of shape (n,), uint8, the digit.

    Raises
    ------
    FileNotFoundError
        If ``FASTNN_DATA_DIR`` is set and a file is not in its folder ``mnist``.
    ImportError
        If the files have to be downloaded and pooch is not installed.
    OSError
        If the download fails or cannot be written.
    ValueError
        If a file is truncated, damaged or not MNIST.

    Notes
    -----
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits". CC BY-SA 3.0.
    As ``keras.datasets.mnist.load_data()``, whose argument `path` names a file in another format
    and is not taken.

    Examples
    --------
    >>> from fastnn.datasets import mnist
    >>> (x_train, y_train), (x_test, y_test) = mnist.load_data()  # doctest: +SKIP
    >>> x_train.shape, y_train.shape  # doctest: +SKIP
    ((60000, 28, 28), (60000,))
    """
    return load_idx_images(_SOURCE)
