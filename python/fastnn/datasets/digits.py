"""Digits: 1,797 small images of handwritten digits, which come with scikit-learn."""

import numpy as np

from fastnn.datasets._splits import Split, stratified_split

__all__ = ["load_data"]


def load_data() -> Split:
    """Load scikit-learn's digits, 1,437 images to train with and 360 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 8, 8), uint8 from 0 to 16 (not
        255), 0 is the background; `y` of shape (n,), uint8, the digit. Split by
        ``train_test_split`` with ``test_size=0.2, random_state=1, stratify=y``.

    Notes
    -----
    The same numbers as ``sklearn.datasets.load_digits().images``, in the dtypes of `mnist`.
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI, 1998.

    Examples
    --------
    >>> from fastnn.datasets import digits
    >>> (x_train, y_train), (x_test, y_test) = digits.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape
    ((1437, 8, 8), (1437,), (360, 8, 8))
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    return stratified_split(data.images.astype(np.uint8), data.target.astype(np.uint8))
