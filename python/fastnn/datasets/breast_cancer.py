"""Breast cancer Wisconsin (diagnostic): 569 tumours, which come with scikit-learn."""

from fastnn.datasets._splits import Split, stratified_split

__all__ = ["load_data"]


def load_data() -> Split:
    """Load the breast cancer data, 455 tumours to train with and 114 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 30), float64, measures of the
        cell nuclei in units of their own (standardise them); `y` of shape (n,), int64:
        0 malignant, 1 benign. Split by ``train_test_split`` with
        ``test_size=0.2, random_state=1, stratify=y``.

    Notes
    -----
    W. Wolberg, O. Mangasarian, N. Street and W. Street, "Breast Cancer Wisconsin (Diagnostic)",
    UCI, 1995.

    Examples
    --------
    >>> from fastnn.datasets import breast_cancer
    >>> (x_train, y_train), (x_test, y_test) = breast_cancer.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape
    ((455, 30), (455,), (114, 30))
    """
    from sklearn.datasets import load_breast_cancer

    return stratified_split(*load_breast_cancer(return_X_y=True))
