"""The images that ``fastnn demo`` can show, ready for every contender."""

from dataclasses import dataclass
from importlib import import_module
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.float32]  # (n_samples, n_pixels), from 0 to 1
Labels = NDArray[np.int64]  # (n_samples,)


class DataSet(NamedTuple):
    """What the demo knows of one data set beforehand.

    Epochs and rows are such that it ends within about two minutes, most of them scikit-learn's.
    """

    title: str
    classes: tuple[str, ...]
    largest_pixel: int
    epochs: int
    n_train: int | None = None  # how many of the first rows, None is all
    n_test: int | None = None


_DIGITS = tuple("0123456789")
DATA_SETS = {
    "digits": DataSet("scikit-learn's digits", _DIGITS, 16, epochs=30),
    "mnist": DataSet("MNIST", _DIGITS, 255, epochs=5),
    "fashion_mnist": DataSet(
        "Fashion-MNIST",
        (
            "T-shirt",
            "trouser",
            "pullover",
            "dress",
            "coat",
            "sandal",
            "shirt",
            "sneaker",
            "bag",
            "boot",
        ),
        255,
        epochs=5,
    ),
    "cifar10": DataSet(
        "CIFAR-10",
        (
            "airplane",
            "automobile",
            "bird",
            "cat",
            "deer",
            "dog",
            "frog",
            "horse",
            "ship",
            "truck",
        ),
        255,
        epochs=5,
        n_train=20_000,
        n_test=5_000,
    ),
}


@dataclass(frozen=True)
class Images:
    """One data set, ready for every contender."""

    name: str
    x_train: Pixels
    y_train: Labels
    x_test: Pixels
    y_test: Labels
    pictures: NDArray[np.uint8]  # the test images as they were loaded

    @property
    def about(self) -> DataSet:
        """What was known beforehand."""
        return DATA_SETS[self.name]


def load(name: str) -> Images:
    """Load a data set of `DATA_SETS` and scale its pixels to [0, 1].

    Raises
    ------
    ImportError, OSError, ValueError
        If the data is missing or broken, see `fastnn.datasets`.
    """
    about = DATA_SETS[name]
    train, test = import_module(f"fastnn.datasets.{name}").load_data()
    x_train, y_train = (array[: about.n_train] for array in train)
    x_test, y_test = (array[: about.n_test] for array in test)

    def scaled(x: NDArray[np.uint8]) -> Pixels:
        return x.reshape(len(x), -1).astype(np.float32) / np.float32(about.largest_pixel)

    def flat(y: NDArray[np.uint8]) -> Labels:
        return y.ravel().astype(np.int64)

    return Images(name, scaled(x_train), flat(y_train), scaled(x_test), flat(y_test), x_test)
