"""k-NN beside scikit-learn's classifiers
======================================

One function runs them all on MNIST::

    python compare_classifiers.py         2,000 rows to train with, 1,000 to test with
    python compare_classifiers.py --full  all 60,000 and 10,000: minutes, nearly all scikit-learn's
"""

import argparse
import time
import warnings

from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from fastnn.datasets import mnist
from fastnn.neighbors import KNeighborsClassifier, NearestCentroid

MODELS = {
    "nearest centroid": NearestCentroid(),
    "3-NN": KNeighborsClassifier(n_neighbors=3),
    "7-NN": KNeighborsClassifier(n_neighbors=7),
    "naive Bayes": GaussianNB(),
    "decision tree": DecisionTreeClassifier(random_state=1),
    "random forest, 50 trees": RandomForestClassifier(50, random_state=1, n_jobs=-1),
    "linear SVM": LinearSVC(dual=False, tol=0.1, random_state=1),
}


def run(train, test, model):
    """Return the accuracy on `test` and the seconds of fit and of score."""
    start = time.perf_counter()
    with warnings.catch_warnings():
        # NearestCentroid warns of pixels that never change, those at the rim.
        warnings.filterwarnings("ignore", ".*at least 1 zero standard deviation", UserWarning)
        model.fit(*train)
    fitted = time.perf_counter()
    accuracy = model.score(*test)
    return accuracy, fitted - start, time.perf_counter() - fitted


def versions_of(x_train, x_test):
    """Yield the name of each way to prepare the pixels, and the rows prepared so."""
    yield "raw", x_train, x_test
    yield "scaled", x_train / 256, x_test / 256
    scaler = StandardScaler().fit(x_train)
    x_train, x_test = scaler.transform(x_train), scaler.transform(x_test)
    yield "standardised", x_train, x_test
    pca = PCA(15, random_state=1).fit(x_train)
    yield "PCA 15", pca.transform(x_train), pca.transform(x_test)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="all rows")
    n_train, n_test = (60_000, 10_000) if parser.parse_args().full else (2_000, 1_000)

    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    x_train, y_train = x_train[:n_train].reshape(-1, 784), y_train[:n_train]
    x_test, y_test = x_test[:n_test].reshape(-1, 784), y_test[:n_test]
    for version, prepared_train, prepared_test in versions_of(x_train, x_test):
        print(f"\nMNIST {version:18}  accuracy     fit s   score s")
        for name, model in MODELS.items():
            accuracy, fit, score = run((prepared_train, y_train), (prepared_test, y_test), model)
            print(f"{name:24}    {accuracy:.4f} {fit:9.3f} {score:9.3f}", flush=True)


if __name__ == "__main__":
    main()
