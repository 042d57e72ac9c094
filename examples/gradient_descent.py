"""Gradient descent in three ways
==============================

Full batch, mini-batches and single rows, side by side.

Logistic regression on the tumours of the breast cancer data, standardised, from zero weights and
with a constant learning rate, each up to the same loss; L-BFGS says where the minimum lies.
"""

import time

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from fastnn.linear_model import LogisticRegression

LOSS = 0.1
WAYS = {  # rows a step, learning rate
    "full batch": (None, 0.1),
    "mini-batch of 32": (32, 0.1),
    "stochastic": (1, 0.01),
}

X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=1, stratify=y)
scaler = StandardScaler().fit(X_train)
X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

print(f"down to a mean loss of {LOSS}, from {len(X_train)} rows\n")
print("                 epochs   steps     loss   test accuracy      time")
for name, (batch_size, learning_rate) in WAYS.items():
    classifier = LogisticRegression(
        solver="sgd",
        batch_size=batch_size,
        learning_rate=learning_rate,
        loss_threshold=LOSS,
        n_iter_no_change=float("inf"),
        max_iter=10_000,
        random_state=1,
    )
    start = time.perf_counter()
    classifier.fit(X_train, y_train)
    milliseconds = 1000 * (time.perf_counter() - start)
    n_epochs = classifier.n_iter_[0]
    n_steps = n_epochs * -(-len(X_train) // (batch_size or len(X_train)))
    print(
        f"{name:16} {n_epochs:6} {n_steps:7}   {classifier.loss_:.4f}"
        f"          {classifier.score(X_test, y_test):.4f} {milliseconds:6.1f} ms"
    )

minimum = LogisticRegression().fit(X_train, y_train)
print(f"\nminimum of the loss: {minimum.loss_:.4f}")
print(f"test accuracy there: {minimum.score(X_test, y_test):.4f}")
