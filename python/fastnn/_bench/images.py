"""Images to measure with: MNIST where its files are, else some made from scikit-learn's digits."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastnn.datasets import digits, mnist
from fastnn.datasets._files import is_here

SIDE = 28
MADE = "28 × 28 images made from scikit-learn's digits"
_AT_ONCE = 2_000  # images whose coordinates are in memory at one time


class Images(NamedTuple):
    """Rows of 784 pixels from 0 to 255 and what they show, 0 to 9."""

    title: str
    x: NDArray[np.uint8]
    y: NDArray[np.int64]
    queries: NDArray[np.uint8]


def load(n_rows: int, n_queries: int) -> Images:
    """Return the first images of MNIST, or made ones where it would have to be downloaded.

    Raises
    ------
    OSError, ValueError
        If a file of MNIST is there and cannot be read, or `FASTNN_DATA_DIR` names no folder.
    """
    if is_here(mnist._SOURCE):
        (x, y), (queries, _) = mnist.load_data()
        pixels = (rows.reshape(len(rows), -1) for rows in (x[:n_rows], queries[:n_queries]))
        return Images("MNIST", next(pixels), y[:n_rows].astype(np.int64), next(pixels))
    made, labels = make(n_rows + n_queries)
    return Images(MADE, made[:n_rows], labels[:n_rows], made[n_rows:])


def make(n_images: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Enlarge digits of 8 × 8, each moved, turned, sheared, scaled and bent at random.

    Much is as in MNIST: 82 of 100 pixels are 0 (81 there), 64 principal components hold 0.89 of
    the variance (0.87), and the fifth neighbour of 60,000 is 0.53 times as far away as the median
    row (0.50).
    """
    rng = np.random.default_rng(0)
    (small, labels), _ = digits.load_data()
    small = np.pad(small.astype(np.float32), ((0, 0), (1, 1), (1, 1)))
    chosen = rng.integers(len(small), size=n_images)
    parts = [
        _enlarged(small[chosen[start : start + _AT_ONCE]], rng)
        for start in range(0, n_images, _AT_ONCE)
    ]
    return np.concatenate(parts), labels[chosen].astype(np.int64)


def _enlarged(small: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    n_images = len(small)
    axis = np.linspace(-1, 1, SIDE, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    linear = np.eye(2, dtype=np.float32) * 1.3 + _normal(rng, 0.12, n_images, 2, 2)
    points = grid @ linear + _normal(rng, 0.1, n_images, 1, 2)
    points += _bends(grid) @ _normal(rng, 0.05, n_images, 16, 2)
    brightness = _sampled(small, points)
    ink = np.clip((brightness - 5) * rng.uniform(30, 60, (n_images, 1)), 0, 255)
    return ink.astype(np.uint8)


def _normal(rng: np.random.Generator, deviation: float, *shape: int) -> NDArray[np.float32]:
    draws: NDArray[np.float32] = rng.standard_normal(shape, dtype=np.float32)
    return draws * np.float32(deviation)


def _bends(grid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the 16 slowest waves at each point, (784, 16)."""
    waves = np.cos(np.pi / 2 * np.arange(4, dtype=np.float32) * (grid[..., None] + 1))
    products: NDArray[np.float32] = waves[:, 0, :, None] * waves[:, 1, None, :]
    return products.reshape(len(grid), 16)


def _sampled(small: NDArray[np.float32], points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Interpolate each image linearly at points (n_images, 784, 2) of the square from -1 to 1."""
    side = small.shape[1]
    at = np.clip((points + 1) * ((side - 1) / 2), 0, side - 1.001)
    corner = at.astype(np.intp)
    down, right = np.moveaxis(at - corner, -1, 0)
    first = (np.arange(len(small))[:, None] * side + corner[..., 0]) * side + corner[..., 1]
    pixels = small.ravel()
    above = pixels[first] * (1 - right) + pixels[first + 1] * right
    below = pixels[first + side] * (1 - right) + pixels[first + side + 1] * right
    interpolated: NDArray[np.float32] = above * (1 - down) + below * down
    return interpolated
