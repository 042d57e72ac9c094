"""What TensorBoard finds in the files that are written for it."""

import struct
import sys

import numpy as np
import pytest

from fastnn.callbacks import CallbackList, TensorBoard
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from messages import raises

pytest.importorskip("tensorboardX", reason="needs tensorboardX")
from tensorboardX.proto.event_pb2 import Event


def events(folder):
    """The values in the event files of a folder, each a record of length, check, data, check."""
    for path in folder.glob("events.out.tfevents.*"):
        content, place = path.read_bytes(), 0
        while place < len(content):
            (length,) = struct.unpack_from("<Q", content, place)
            event = Event.FromString(content[place + 12 : place + 12 + length])
            place += 16 + length
            yield from ((value, event.step) for value in event.summary.value)


def scalars(folder):
    found = {}
    for value, step in events(folder):
        if value.HasField("simple_value"):
            found.setdefault(value.tag, []).append((step, value.simple_value))
    return found


@pytest.fixture
def model():
    model = Sequential([Input((2,)), Dense(1, name="only")])
    model.compile("sgd", "mse")
    return model


def run(callback, model, n_epochs=2, n_batches=3):
    """Two epochs of three steps, each told to the callback where it hears of them."""
    callbacks = CallbackList(callback, model=model)
    callbacks.on_train_begin()
    for epoch in range(n_epochs):
        callbacks.on_epoch_begin(epoch)
        if callbacks.hears_train_batches:
            for batch in range(n_batches):
                callbacks.on_train_batch_begin(batch)
                callbacks.on_train_batch_end(batch, {"loss": 10.0 * epoch + batch})
        model.optimizer._n_steps += n_batches
        callbacks.on_test_begin()
        callbacks.on_test_end({"loss": 0.75 - epoch})
        callbacks.on_epoch_end(epoch, {"loss": 0.5 - epoch, "val_loss": 0.75 - epoch})
    callbacks.on_train_end()


def test_epochs_are_written_under_keras_s_names(model, tmp_path):
    run(TensorBoard(tmp_path), model)
    training = scalars(tmp_path / "train")
    assert training.pop("epoch_learning_rate") == [(0, np.float32(0.01)), (1, np.float32(0.01))]
    assert training == {"epoch_loss": [(0, 0.5), (1, -0.5)]}
    assert scalars(tmp_path / "validation") == {
        "epoch_loss": [(0, 0.75), (1, -0.25)],
        "evaluation_loss_vs_iterations": [(3, 0.75), (6, -0.25)],
    }


@pytest.mark.parametrize(
    ("update_freq", "steps"),
    [
        ("batch", [(1, 0.0), (2, 1.0), (3, 2.0), (4, 10.0), (5, 11.0), (6, 12.0)]),
        (4, [(4, 10.0)]),
        ("epoch", None),
    ],
)
def test_batches_are_written_as_often_as_asked_for(model, tmp_path, update_freq, steps):
    run(TensorBoard(tmp_path, update_freq=update_freq), model)
    assert scalars(tmp_path / "train").get("batch_loss") == steps


def test_batches_are_counted_anew_in_each_training(model, tmp_path):
    callback = TensorBoard(tmp_path, update_freq=6)
    run(callback, model)
    run(callback, model)
    assert scalars(tmp_path / "train")["batch_loss"] == [(6, 12.0), (6, 12.0)]


def test_steps_per_second_are_written_if_asked_for(model, tmp_path):
    run(TensorBoard(tmp_path, update_freq=1, write_steps_per_second=True), model)
    training = scalars(tmp_path / "train")
    assert [step for step, _ in training["epoch_steps_per_second"]] == [0, 1]
    assert [step for step, _ in training["batch_steps_per_second"]] == [1, 2, 3, 4, 5, 6]
    assert all(value > 0 for _, value in training["epoch_steps_per_second"])


def test_histograms_of_weights_are_written_as_often_as_asked_for(model, tmp_path):
    model.set_weights([[[1.0], [3.0]], [2.0]])
    run(TensorBoard(tmp_path, histogram_freq=2), model, n_epochs=4)
    found = {}
    for value, step in events(tmp_path / "train"):
        if value.HasField("histo"):
            histogram = value.histo
            found[value.tag, step] = histogram.num, histogram.sum, histogram.min, histogram.max
    kernel, bias = (2, 4.0, 1.0, 3.0), (1, 2.0, 2.0, 2.0)
    assert found == {
        ("only/weight_0/histogram", 0): kernel,
        ("only/weight_1/histogram", 0): bias,
        ("only/weight_0/histogram", 2): kernel,
        ("only/weight_1/histogram", 2): bias,
    }


def test_a_folder_is_made_only_where_there_is_something_to_write(model, tmp_path):
    callbacks = CallbackList(TensorBoard(tmp_path), model=model)
    callbacks.on_test_begin()
    callbacks.on_test_end({"loss": 0.5})
    assert [path.name for path in tmp_path.iterdir()] == ["validation"]
    assert scalars(tmp_path / "validation") == {"evaluation_loss_vs_iterations": [(0, 0.5)]}


def test_without_tensorboardx_it_says_what_to_install(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    message = (
        "expected tensorboardX to write for TensorBoard. Received: no such module. "
        "Run `pip install fastnn[tensorboard]`"
    )
    with raises(ImportError, message):
        CallbackList(TensorBoard(), model=model)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"write_images": True},
            NotImplementedError,
            "TensorBoard(write_images=...) is not built yet, only its default False",
        ),
        (
            {"profile_batch": 2},
            NotImplementedError,
            "TensorBoard(profile_batch=...) is not built yet, only its default 0",
        ),
        (
            {"update_freq": "step"},
            ValueError,
            "expected update_freq to be 'epoch', 'batch' or an integer. Received: 'step'",
        ),
        ({"histogram_freq": -1}, ValueError, "expected histogram_freq >= 0. Received: -1"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(arguments, error, message):
    with raises(error, message):
        TensorBoard(**arguments)
