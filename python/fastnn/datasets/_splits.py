"""The one way in which scikit-learn's data sets are split."""

from typing import Any, TypeAlias

from numpy.typing import NDArray

Split: TypeAlias = tuple[tuple[NDArray[Any], NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]


def stratified_split(x: NDArray[Any], y: NDArray[Any]) -> Split:
    """Keep a fifth of the rows for testing, every class in its share, the same at each call.

    Returns
    -------
    tuple
        ``(x_train, y_train), (x_test, y_test)``, as scikit-learn's ``train_test_split`` gives
        with ``test_size=0.2, random_state=1, stratify=y``.
    """
    from sklearn.model_selection import train_test_split

    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.2, random_state=1, stratify=y
    )
    return (x_train, y_train), (x_test, y_test)
