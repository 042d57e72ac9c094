"""Nearest neighbours with the names, arguments and attributes of `sklearn.neighbors`.

>>> from fastnn.neighbors import KNeighborsClassifier
>>> classifier = KNeighborsClassifier(n_neighbors=3).fit([[0], [1], [2], [3]], [0, 0, 1, 1])
>>> classifier.predict([[1.1]])
array([0])
"""

from fastnn.neighbors._centroid import NearestCentroid
from fastnn.neighbors._classification import KNeighborsClassifier
from fastnn.neighbors._radius import RadiusNeighborsClassifier, RadiusNeighborsRegressor
from fastnn.neighbors._regression import KNeighborsRegressor
from fastnn.neighbors._transformer import KNeighborsTransformer, RadiusNeighborsTransformer
from fastnn.neighbors._unsupervised import NearestNeighbors

__all__ = [
    "KNeighborsClassifier",
    "KNeighborsRegressor",
    "KNeighborsTransformer",
    "NearestCentroid",
    "NearestNeighbors",
    "RadiusNeighborsClassifier",
    "RadiusNeighborsRegressor",
    "RadiusNeighborsTransformer",
]
