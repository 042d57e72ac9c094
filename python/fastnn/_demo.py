"""The main job, ``fastnn demo``: a network and a k-NN on real images, beside scikit-learn's."""

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import sklearn.neighbors
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

import fastnn
from fastnn._demo_data import Images, Labels, Pixels
from fastnn.layers import Dense
from fastnn.models import Sequential
from fastnn.neighbors import KNeighborsClassifier

HIDDEN_UNITS = 128
BATCH_SIZE = 32
N_NEIGHBORS = 3
SEED = 0


class Result(NamedTuple):
    """One line of the table."""

    contender: str
    accuracy: float
    fit_seconds: float
    predict_seconds: float

    @property
    def seconds(self) -> float:
        """What fitting and predicting took together."""
        return self.fit_seconds + self.predict_seconds


def run(images: Images, epochs: int | None, folder: Path) -> None:
    """Train and compare, print the table, and save the picture where matplotlib is installed.

    Parameters
    ----------
    images : Images
        What `load` returns.
    epochs : int or None
        None is the data set's own number.
    folder : Path
        Where ``fastnn-demo-<name>.png`` goes.
    """
    epochs = epochs or images.about.epochs
    _print_header(images, epochs)
    network = _Network(images, epochs)
    contenders: Mapping[str, Any] = {
        "fastnn Sequential": network,
        "scikit-learn MLPClassifier": _peer_network(epochs),
        "fastnn KNeighborsClassifier": KNeighborsClassifier(N_NEIGHBORS),
        "scikit-learn KNeighborsClassifier": sklearn.neighbors.KNeighborsClassifier(N_NEIGHBORS),
    }
    _print_table([_measure(name, contender, images) for name, contender in contenders.items()])
    _save_picture(network, images, folder)


class _Network:
    """A Sequential with the methods of a scikit-learn classifier."""

    def __init__(self, images: Images, epochs: int) -> None:
        fastnn.utils.set_random_seed(SEED)
        self._validation_data = images.x_test, images.y_test
        self._epochs = epochs
        self._model = Sequential(
            [
                Dense(HIDDEN_UNITS, activation="relu"),
                Dense(len(images.about.classes), activation="softmax"),
            ]
        )
        self._model.compile(
            optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"]
        )
        self.history: dict[str, list[float]] = {}

    def fit(self, x: Pixels, y: Labels) -> None:
        self.history = self._model.fit(
            x,
            y,
            batch_size=BATCH_SIZE,
            epochs=self._epochs,
            validation_data=self._validation_data,
            verbose=1,
        ).history

    def predict(self, x: Pixels) -> Labels:
        labels: Labels = self.predict_proba(x).argmax(axis=1)
        return labels

    def predict_proba(self, x: Pixels) -> Pixels:
        probabilities: Pixels = self._model.predict(x, verbose=0)
        return probabilities


def _peer_network(epochs: int) -> Any:
    return MLPClassifier(
        (HIDDEN_UNITS,),
        alpha=0,  # Keras adds no weight decay
        epsilon=1e-7,  # Keras's
        batch_size=BATCH_SIZE,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=SEED,
    )


def _print_header(images: Images, epochs: int) -> None:
    shape = " x ".join(str(length) for length in images.pictures.shape[1:])
    n_pixels, n_classes = images.x_train.shape[1], len(images.about.classes)
    print(
        f"{images.about.title}: {'the first ' if images.about.n_train else ''}"
        f"{len(images.x_train):,} images of {shape} to train with, "
        f"{len(images.x_test):,} to test with, {n_classes} classes\n"
        f"Network: {n_pixels}-{HIDDEN_UNITS}-{n_classes}, relu, softmax, Adam, batches of "
        f"{BATCH_SIZE}, {epochs} epochs. k-NN: {N_NEIGHBORS} neighbours, Euclidean.\n"
        f"All on the same float32 pixels from 0 to 1. fastnn {fastnn.__version__} on "
        f"{fastnn.get_num_threads()} threads, scikit-learn {sklearn.__version__}.",
        flush=True,
    )


def _measure(name: str, contender: Any, images: Images) -> Result:
    print(f"\n{name}: training ...", flush=True)
    _, fit_seconds = _timed(_fit, contender, images)
    print(f"{name}: trained in {fit_seconds:.3g} s, predicting ...", flush=True)
    labels, predict_seconds = _timed(contender.predict, images.x_test)
    print(f"{name}: predicted in {predict_seconds:.3g} s", flush=True)
    return Result(name, float(np.mean(labels == images.y_test)), fit_seconds, predict_seconds)


def _fit(contender: Any, images: Images) -> None:
    with warnings.catch_warnings():
        # MLPClassifier warns that it stopped at max_iter: here that is the number of epochs.
        warnings.simplefilter("ignore", ConvergenceWarning)
        # It meets Ctrl-C with a warning and would be judged half trained: here all is to end.
        warnings.filterwarnings("error", "Training interrupted by user", UserWarning)
        try:
            contender.fit(images.x_train, images.y_train)
        except UserWarning:
            raise KeyboardInterrupt from None


def _timed(function: Callable[..., Any], *arguments: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    returned = function(*arguments)
    return returned, time.perf_counter() - start


def _print_table(results: list[Result]) -> None:
    print(f"\n{'':34} {'accuracy':>9} {'fit':>11} {'predict':>11}")
    for name, accuracy, fit_seconds, predict_seconds in results:
        print(f"{name:34} {accuracy:9.4f} {fit_seconds:9.4f} s {predict_seconds:9.4f} s")
    print()
    network, peer_network, knn, peer_knn = results
    for what, ours, peers in (("network", network, peer_network), ("k-NN", knn, peer_knn)):
        ratio = peers.seconds / ours.seconds
        print(f"{what}, fit and predict: fastnn is {ratio:.1f} times as fast as scikit-learn")
    print("(fastnn's fit of the network includes its validation after every epoch)")


def _save_picture(network: _Network, images: Images, folder: Path) -> None:
    try:
        from fastnn._demo_picture import draw
    except ImportError:
        print("\nNo picture: it needs matplotlib, `pip install fastnn[plot]`")
        return
    path = folder / f"fastnn-demo-{images.name}.png"
    picture = draw(
        f"fastnn on {images.about.title}",
        history=network.history,
        pictures=images.pictures,
        probabilities=network.predict_proba(images.x_test),
        labels=images.y_test,
        classes=images.about.classes,
    )
    picture.savefig(path)
    print(f"\nPicture: {path}")
