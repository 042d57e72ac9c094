"""Data sets of a user's own, by batches, as with ``keras.utils.PyDataset``."""

import threading

import numpy as np
import pytest

import fastnn
from fastnn import layers
from fastnn.callbacks import LambdaCallback
from fastnn.utils import PyDataset

BATCH = 2


class Numbers(PyDataset):
    """Batch i holds the number i; what happens to it is noted."""

    def __init__(self, n_batches, **settings):
        super().__init__(**settings)
        self.n_batches = n_batches
        self.heard = []

    def __len__(self):
        return self.n_batches

    def __getitem__(self, index):
        self.heard.append(int(index))
        return np.full((BATCH, 1), index, float), np.full((BATCH, 1), index, float)

    def on_epoch_begin(self):
        self.heard.append("begin")

    def on_epoch_end(self):
        self.heard.append("end")


class Endless(Numbers):
    __len__ = None
    num_batches = None

    def __init__(self):
        super().__init__(None)


def make_model():
    """Its loss, the mean absolute error, is the mean of the batches' numbers."""
    model = fastnn.Sequential([fastnn.Input((1,)), layers.Dense(1, kernel_initializer="zeros")])
    model.compile(optimizer=fastnn.optimizers.SGD(0.0), loss="mae")
    return model


def fitted(dataset, **settings):
    return make_model().fit(dataset, verbose=0, **settings).history


WARNS = pytest.mark.filterwarnings("ignore:the data ended before the steps")

# What Keras 3.15 does, but that it reads the first batch once more ahead of all to build the model.
COURSES = {
    "whole": (3, {"epochs": 2}, ["begin", 0, 1, 2, "end"] * 2),
    "steps that divide": (
        4,
        {"epochs": 3, "steps_per_epoch": 2},
        ["begin", 0, 1, "end", "begin", 2, 3, "end", "begin", 0, 1, "end"],
    ),
    "steps that do not": (
        3,
        {"epochs": 3, "steps_per_epoch": 2},
        ["begin", 0, 1, "end", "begin", 2, "end", "begin", 0, 1, "end"],
    ),
    "too many steps": (2, {"epochs": 2, "steps_per_epoch": 3}, ["begin", 0, 1, "end"] * 2),
}


@WARNS
@pytest.mark.parametrize("course", COURSES)
@pytest.mark.parametrize("ahead", [{}, {"workers": 3}, {"use_multiprocessing": True}])
def test_batches_come_as_with_keras(course, ahead):
    n_batches, settings, expected = COURSES[course]
    dataset = Numbers(n_batches, **ahead)
    history = fitted(dataset, shuffle=False, **settings)
    losses = []
    for event in expected:
        if event == "begin":
            losses.append([])
        elif event != "end":
            losses[-1].append(event)
    assert history["loss"] == [np.mean(of_epoch) for of_epoch in losses]
    if not ahead:
        assert dataset.heard == expected


@WARNS
def test_the_end_of_the_data_within_an_epoch_is_told():
    with pytest.warns(UserWarning, match="the data ended before the steps"):
        fitted(Numbers(3), epochs=2, steps_per_epoch=2)


def test_an_epoch_takes_the_batches_in_a_new_order_that_the_seed_settles():
    orders = []
    for _ in range(2):
        fastnn.utils.set_random_seed(3)
        dataset = Numbers(20)
        assert fitted(dataset, epochs=2)["loss"] == [9.5, 9.5]
        orders.append([event for event in dataset.heard if not isinstance(event, str)])
    assert orders[0] == orders[1]
    first, second = orders[0][:20], orders[0][20:]
    assert sorted(first) == sorted(second) == list(range(20))
    assert first != second != list(range(20)) != first


def test_an_endless_data_set_goes_on_from_epoch_to_epoch():
    history = fitted(Endless(), epochs=2, steps_per_epoch=3)
    assert history["loss"] == [1.0, 4.0]


def test_validation_evaluation_and_prediction_begin_with_the_first_batch():
    validation = Numbers(4)
    history = fitted(Numbers(2), epochs=2, validation_data=validation, validation_steps=2)
    assert validation.heard == ["begin", 0, 1, "end"] * 2
    assert history["val_loss"] == [0.5, 0.5]
    model = make_model()
    assert model.evaluate(Numbers(3, workers=2), verbose=0) == 1.0
    assert model.evaluate(Numbers(3), steps=2, verbose=0) == 0.5
    model.set_weights([np.ones((1, 1)), np.zeros(1)])
    np.testing.assert_array_equal(
        model.predict(Numbers(3, workers=2), verbose=0).ravel(), [0, 0, 1, 1, 2, 2]
    )


def test_threads_read_ahead_as_far_as_they_may():
    """The first batch is held back until the fourth has been asked for: no sooner would it come."""
    asked = threading.Event()

    class Waiting(Numbers):
        def __getitem__(self, index):
            if index == 0:
                assert asked.wait(30)
            if index == 3:
                asked.set()
            return super().__getitem__(index)

    dataset = Waiting(9, workers=2, max_queue_size=4)
    furthest = []
    look = LambdaCallback(
        on_train_batch_end=lambda batch, logs: furthest.append((batch, max(dataset.heard[1:])))
    )
    assert fitted(dataset, shuffle=False, callbacks=look)["loss"] == [4.0]
    assert sorted(dataset.heard[1:-1]) == list(range(9))
    assert all(index <= batch + 4 for batch, index in furthest)


@pytest.mark.parametrize("workers", [1, 3])
def test_what_a_data_set_raises_reaches_the_caller(workers):
    class Broken(Numbers):
        def __getitem__(self, index):
            if index == 5:
                raise OSError("no such picture")
            return super().__getitem__(index)

    model, n_threads = make_model(), threading.active_count()
    seen = []
    note = LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    with pytest.raises(OSError, match="no such picture"):
        model.fit(Broken(8, workers=workers), shuffle=False, callbacks=note, verbose=0)
    assert seen == [0, 1, 2, 3, 4]
    assert threading.active_count() == n_threads
    assert model.fit(Numbers(2), verbose=0).history["loss"] == [0.5]


def test_threads_end_with_a_training_that_is_stopped():
    n_threads = threading.active_count()
    model = make_model()
    stop = LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", True)
    )
    model.fit(Numbers(50, workers=4), callbacks=stop, steps_per_epoch=20, epochs=3, verbose=0)
    assert threading.active_count() == n_threads


def test_lists_and_single_arrays_are_batches_too():
    class Lists(Numbers):
        def __getitem__(self, index):
            return list(super().__getitem__(index))

    class Rows(Numbers):
        def __getitem__(self, index):
            return super().__getitem__(index)[0]

    assert fitted(Lists(3))["loss"] == [1.0]
    assert make_model().predict(Rows(3), verbose=0).shape == (6, 1)


def test_a_subclass_need_not_call_init():
    class Bare(PyDataset):
        def __init__(self):
            self.heard = []

        __len__ = Numbers.__len__
        __getitem__ = Numbers.__getitem__
        n_batches = 3

    dataset = Bare()
    assert (dataset.workers, dataset.use_multiprocessing, dataset.max_queue_size) == (1, False, 10)
    assert fitted(dataset)["loss"] == [1.0]
    assert dataset.num_batches == 3
    assert [int(x[0, 0]) for x, _ in dataset] == [0, 1, 2]


def test_a_data_set_of_keras_is_taken_as_well():
    keras = pytest.importorskip("keras")

    class Peer(keras.utils.PyDataset):
        __len__ = Numbers.__len__
        __getitem__ = Numbers.__getitem__
        n_batches = 3

    dataset = Peer()
    dataset.heard = []
    assert fitted(dataset, epochs=2, steps_per_epoch=3)["loss"] == [1.0, 1.0]


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"workers": -1}, ValueError, "expected workers >= 0. Received: -1"),
        ({"workers": 1.5}, TypeError, "expected workers to be an integer"),
        ({"max_queue_size": 0}, ValueError, "expected max_queue_size >= 1. Received: 0"),
        ({"use_multiprocessing": 1}, TypeError, "expected use_multiprocessing to be True or False"),
    ],
)
def test_wrong_settings_are_told(settings, error, message):
    with pytest.raises(error, match=message):
        PyDataset(**settings)


def test_what_a_subclass_lacks_is_told():
    class Empty(PyDataset):
        pass

    with pytest.raises(NotImplementedError, match="expected Empty to have __len__ or num_batches"):
        fitted(Empty())
    with pytest.raises(NotImplementedError, match="expected Empty to have __getitem__"):
        Empty()[0]
