"""Linear models with the names, arguments and attributes of `sklearn.linear_model`.

>>> from fastnn.linear_model import LogisticRegression
>>> classifier = LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])
>>> classifier.predict([[0.4], [2.6]])
array([0, 1])
"""

from fastnn.linear_model._logistic import LogisticRegression

__all__ = ["LogisticRegression"]
