"""Small data sets to learn and measure with, loaded as `keras.datasets` loads them.

Each is a module with one function, ``load_data()``, that returns
``(x_train, y_train), (x_test, y_test)``.

- `mnist`, `fashion_mnist`, `cifar10`: images, the arrays that Keras returns. Their files are
  read from the folder that the environment variable ``FASTNN_DATA_DIR`` names. Where it is not
  set they are read from the user's cache, and downloaded into it the first time, which needs
  ``pip install fastnn[data]``; a download is kept only if its md5 is the published one.
- `digits`, `iris`, `breast_cancer`: they come with scikit-learn and need no network.
"""

from fastnn.datasets import breast_cancer, cifar10, digits, fashion_mnist, iris, mnist

__all__ = ["breast_cancer", "cifar10", "digits", "fashion_mnist", "iris", "mnist"]
