"""Iris: 150 flowers of three species, which come with scikit-learn."""

from fastnn.datasets._splits import Split, stratified_split

__all__ = ["load_data"]


def load_data() -> Split:
    """Load iris, 120 flowers to train with and 30 to test with.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``: `x` of shape (n, 4), float64, the length and
        width of sepal and petal in cm; `y` of shape (n,), int64: 0 setosa, 1 versicolor,
        2 virginica. Split by ``train_test_split`` with
        ``test_size=0.2, random_state=1, stratify=y``.

    Notes
    -----
    R. A. Fisher, "The use of multiple measurements in taxonomic problems", 1936.

    Examples
    --------
    >>> from fastnn.datasets import iris
    >>> (x_train, y_train), (x_test, y_test) = iris.load_data()
    >>> x_train.shape, y_train.shape, x_test.shape
    ((120, 4), (120,), (30, 4))
    """
    from sklearn.datasets import load_iris

    return stratified_split(*load_iris(return_X_y=True))
