"""ROC curves and confusion matrices
=================================

scikit-learn's displays draw what a network says of a test set, a program for scikit-learn::

    python roc_curves.py                 five draws of a thousand images to learn
    python roc_curves.py --runs 1 --picture FILE

Is a digit odd? Networks of 2 and of 100 hidden units learn it from 1,000 images of MNIST; others
tell the ten digits apart. What is told are AUC, accuracy and Matthews's correlation (MCC) on all
10,000 test images: means over the draws, and from where to where they go. The figures are those of
R. Kneusel, *Practical Deep Learning*, each of one network; which thousand it learnt is not told.

The settings are the book's: 200 epochs of SGD with a rate of 0.001, momentum 0.9 without Nesterov,
batches of 64, pixels divided by 256. ``from fastnn.neural_network`` instead of ``from
sklearn.neural_network`` is all that was changed.
"""

import argparse
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    ConfusionMatrixDisplay,
    RocCurveDisplay,
    accuracy_score,
    matthews_corrcoef,
    roc_auc_score,
)

from fastnn.datasets import mnist
from fastnn.neural_network import MLPClassifier

parser = argparse.ArgumentParser()
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("--picture", metavar="FILE", help="needs matplotlib")
arguments = parser.parse_args()

AUC = {(2,): 0.9373, (100,): 0.9722}  # published, by hidden units
ACCURACY_AND_MCC = {
    (2,): (0.4008, 0.3440),
    (100,): (0.8871, 0.8747),
    (100, 50): (0.8894, 0.8773),
    (500, 250): (0.8963, 0.8849),
}

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train, x_test = x_train.reshape(-1, 784) / 256, x_test.reshape(-1, 784) / 256
is_odd = y_test % 2
warnings.simplefilter("ignore", ConvergenceWarning)  # 200 epochs are what was published


def trained(hidden, targets, run):
    """Return a network that has learnt the thousand images of this run."""
    rows = np.random.default_rng(run).permutation(len(x_train))[:1000]
    network = MLPClassifier(
        hidden,
        solver="sgd",
        batch_size=64,
        learning_rate_init=0.001,
        momentum=0.9,
        nesterovs_momentum=False,
        tol=1e-8,
        max_iter=200,
        random_state=run,
    )
    return network.fit(x_train[rows], targets[rows])


def name(hidden):
    return ", ".join(map(str, hidden))


runs = range(arguments.runs)
odd = {
    hidden: [trained(hidden, y_train % 2, run).predict_proba(x_test)[:, 1] for run in runs]
    for hidden in AUC
}
print("odd or even\nhidden units      AUC")
for hidden, scores in odd.items():
    areas = [roc_auc_score(is_odd, score) for score in scores]
    print(
        f"{name(hidden):14} {np.mean(areas):.4f}   ({min(areas):.4f} to {max(areas):.4f}),"
        f" published {AUC[hidden]:.4f}"
    )

digits = {
    hidden: [trained(hidden, y_train, run).predict(x_test) for run in runs]
    for hidden in ACCURACY_AND_MCC
}
print("\nten digits\nhidden units   accuracy      MCC")
for hidden, answers in digits.items():
    accuracies = [accuracy_score(y_test, answer) for answer in answers]
    mcc = np.mean([matthews_corrcoef(y_test, answer) for answer in answers])
    accuracy_published, mcc_published = ACCURACY_AND_MCC[hidden]
    print(
        f"{name(hidden):14} {np.mean(accuracies):8.4f} {mcc:8.4f}"
        f"   ({min(accuracies):.4f} to {max(accuracies):.4f}),"
        f" published {accuracy_published:.4f}, {mcc_published:.4f}"
    )

if arguments.picture:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 5), layout="constrained")
    for hidden, scores in odd.items():
        RocCurveDisplay.from_predictions(
            is_odd, scores[0], name=f"{name(hidden)} hidden units", ax=left
        )
    left.plot([0, 1], [0, 1], "k:")
    left.set_title("Is it odd?")
    answers = digits[100, 50][0]
    ConfusionMatrixDisplay.from_predictions(y_test, answers, ax=right, cmap="Blues", colorbar=False)
    right.set_title("Ten digits, hidden layers of 100 and 50")
    figure.savefig(arguments.picture)
