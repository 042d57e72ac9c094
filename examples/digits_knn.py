"""Handwritten digits by their nearest neighbours
==============================================

A program for scikit-learn: ``from fastnn.neighbors`` instead of ``from sklearn.neighbors`` is all
that was changed. scikit-learn's own classifier answers beside it, on the same rows.
"""

from sklearn import neighbors as published
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from fastnn.neighbors import KNeighborsClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=1, stratify=y)

print("k   fastnn   scikit-learn")
for k in (1, 3, 5, 7):
    classifier = KNeighborsClassifier(n_neighbors=k).fit(X_train, y_train)
    peer = published.KNeighborsClassifier(n_neighbors=k).fit(X_train, y_train)
    print(f"{k}   {classifier.score(X_test, y_test):.4f}   {peer.score(X_test, y_test):.4f}")
