"""Helpers that programs written for Keras use, named as in ``keras.utils``."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._seeds import set_seed
from fastnn._training.py_dataset import PyDataset
from fastnn._validation import check_class_indices, check_integer, check_whole_numbers

__all__ = ["PyDataset", "Sequence", "set_random_seed", "to_categorical"]

Sequence = PyDataset  # the name of Keras 2, which Keras 3 keeps


def set_random_seed(seed: int) -> None:
    """Make the initialisation of weights and the shuffling of rows repeatable.

    Two programs that call this with the same seed, and then do the same, get the same bits,
    whatever the number of threads. Other than in Keras the global generators of Python and
    NumPy are left alone.

    Parameters
    ----------
    seed : int
        Any integer from 0 on.

    Raises
    ------
    TypeError, ValueError
        If `seed` is no integer, or negative.

    Examples
    --------
    >>> import fastnn
    >>> weights = []
    >>> for _ in range(2):
    ...     fastnn.utils.set_random_seed(7)
    ...     model = fastnn.Sequential([fastnn.Input((4,)), fastnn.layers.Dense(3)])
    ...     weights.append(model.get_weights()[0])
    >>> bool((weights[0] == weights[1]).all())
    True
    """
    set_seed(check_integer(seed, "seed", minimum=0))


def to_categorical(x: ArrayLike, num_classes: int | None = None) -> NDArray[np.float64]:
    """Turn class indices into one-hot rows.

    Parameters
    ----------
    x : array_like of shape (...) or (..., 1)
        Class indices in ``[0, num_classes)``. Floats are accepted where they are whole numbers.
    num_classes : int, optional
        The length of a row. Default: the largest index plus one.

    Returns
    -------
    ndarray of shape (..., num_classes), float64
        One at the class, zero elsewhere.

    Raises
    ------
    TypeError
        If `x` does not hold numbers.
    ValueError
        If an index is not a whole number or out of range, or if `x` is empty and `num_classes`
        is not given.

    Examples
    --------
    >>> to_categorical([0, 2, 1])
    array([[1., 0., 0.],
           [0., 0., 1.],
           [0., 1., 0.]])
    """
    indices = check_whole_numbers(x, "x")
    if num_classes is None:
        if indices.size == 0:
            raise ValueError("expected num_classes where x is empty. Received: None")
        num_classes = max(int(indices.max()), 0) + 1
    num_classes = check_integer(num_classes, "num_classes", minimum=1)
    flat = check_class_indices(
        indices.reshape(-1), "x", n_samples=indices.size, n_classes=num_classes
    )
    one_hot = np.zeros((flat.size, num_classes))
    one_hot[np.arange(flat.size), flat] = 1.0
    shape = indices.shape[:-1] if indices.ndim > 1 and indices.shape[-1] == 1 else indices.shape
    return one_hot.reshape(*shape, num_classes)
