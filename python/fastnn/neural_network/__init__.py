"""Multi-layer perceptrons with the names, arguments and attributes of `sklearn.neural_network`.

>>> from fastnn.neural_network import MLPClassifier
>>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
>>> MLPClassifier((8,), solver="lbfgs", random_state=1).fit(X, y).predict([[0.2], [2.8]])
array([0, 1])
"""

from fastnn.neural_network._classification import MLPClassifier
from fastnn.neural_network._regression import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
