"""Fashion-MNIST: 70,000 pictures of clothing, in the files and shapes of MNIST."""

from fastnn.datasets._files import ImageSplit, Source
from fastnn.datasets._idx import load_idx_images

__all__ = ["load_data"]

_SOURCE = Source(
    folder="fashion-mnist",
    url="http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
    md5={
        "train-images-idx3-ubyte.gz": "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "train-labels-idx1-ubyte.gz": "25c81989df183df01b3e8a0aad5dffbe",
        "t10k-images-idx3-ubyte.gz": "bef4ecab320f06d8554ea6380940ec79",
        "t10k-labels-idx1-ubyte.gz": "bb300cfdad3c16e7a12a480ee83cd310",
    },
)


def load_data() -> ImageSplit:
    """Load Fashion-MNIST, 60,000 images of clothing to train with and 10,000 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 28, 28), uint8, 0 is the
        background; `y` of shape (n,), uint8: 0 T-shirt/top, 1 trouser, 2 pullover, 3 dress,
        4 coat, 5 sandal, 6 shirt, 7 sneaker, 8 bag, 9 ankle boot.

    Raises
    ------
    FileNotFoundError
        If ``FASTNN_DATA_DIR`` is set and a file is not in its folder ``fashion-mnist``.
    ImportError
        If the files have to be downloaded and pooch is not installed.
    OSError
        If the download fails or cannot be written.
    ValueError
        If a file is truncated, damaged or not Fashion-MNIST.

    Notes
    -----
    H. Xiao, K. Rasul and R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
    Machine Learning Algorithms", arXiv:1708.07747. MIT licence.

    Examples
    --------
    >>> from fastnn.datasets import fashion_mnist
    >>> (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()  # doctest: +SKIP
    >>> x_train.shape, y_train.shape  # doctest: +SKIP
    ((60000, 28, 28), (60000,))
    """
    return load_idx_images(_SOURCE)
