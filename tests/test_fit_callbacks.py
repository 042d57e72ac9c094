"""What happens when ``fit``, ``evaluate`` and ``predict`` are given callbacks."""

import numpy as np
import pytest

from fastnn.callbacks import (
    Callback,
    CallbackList,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    LivePlot,
    ModelCheckpoint,
    ReduceLROnPlateau,
    TerminateOnNaN,
)
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD

N_ROWS, BATCH_SIZE = 20, 8  # two whole batches and a short one
SETTINGS = {"batch_size": BATCH_SIZE, "verbose": 0}


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(N_ROWS, 3))
    return x, x @ [[1.0], [-2.0], [0.5]]


def make_model(learning_rate=0.05):
    model = Sequential([Input((3,)), Dense(1)], dtype="float64")
    model.set_weights([np.full((3, 1), 0.1), np.zeros(1)])
    model.compile(SGD(learning_rate), "mse", metrics=["mae"])
    return model


class Recorder(Callback):
    """Notes every hook that is called, with its place and the names of its figures."""

    def __init__(self):
        self.calls, self.logs = [], []

    def note(self, hook, place, logs):
        self.calls.append((hook, *place))
        self.logs.append((hook, dict(logs)))


def _noting(hook):
    def on_batch_or_epoch(self, place, logs=None):
        self.note(hook, (place,), logs)

    def on_pass(self, logs=None):
        self.note(hook, (), logs)

    return on_batch_or_epoch if "batch" in hook or "epoch" in hook else on_pass


ALL = [f"on_{n}_{end}" for n in ("train", "test", "predict") for end in ("begin", "end")]
EPOCHS = ["on_epoch_begin", "on_epoch_end"]
BATCHES = [f"on_{n}_batch_{end}" for n in ("train", "test", "predict") for end in ("begin", "end")]
Passes = type("Passes", (Recorder,), {hook: _noting(hook) for hook in ALL + EPOCHS})
Everything = type("Everything", (Passes,), {hook: _noting(hook) for hook in BATCHES})


def batches(kind, n):
    return [(f"on_{kind}_batch_{end}", b) for b in range(n) for end in ("begin", "end")]


VALIDATION = [("on_test_begin",), ("on_test_end",)]


def test_fit_calls_the_hooks_of_epochs_in_keras_s_order(data):
    heard = Passes()
    make_model().fit(*data, epochs=2, validation_data=data, callbacks=[heard], **SETTINGS)
    epochs = [[("on_epoch_begin", e), *VALIDATION, ("on_epoch_end", e)] for e in range(2)]
    assert heard.calls == [("on_train_begin",), *epochs[0], *epochs[1], ("on_train_end",)]


def test_fit_calls_the_hooks_of_batches_in_keras_s_order(data):
    heard = Everything()
    x, y = data
    make_model().fit(x, y, validation_data=(x[:10], y[:10]), callbacks=[heard], **SETTINGS)
    assert heard.calls == [
        ("on_train_begin",),
        ("on_epoch_begin", 0),
        *batches("train", 3),
        ("on_test_begin",),
        *batches("test", 2),
        ("on_test_end",),
        ("on_epoch_end", 0),
        ("on_train_end",),
    ]


def test_evaluate_and_predict_call_their_hooks(data):
    heard, model = Everything(), make_model()
    model.evaluate(*data, callbacks=[heard], **SETTINGS)
    model.predict(data[0], callbacks=[heard], **SETTINGS)
    assert heard.calls == [
        ("on_test_begin",),
        *batches("test", 3),
        ("on_test_end",),
        ("on_predict_begin",),
        *batches("predict", 3),
        ("on_predict_end",),
    ]


def test_evaluate_leaves_the_history_of_fit_alone(data):
    model = make_model()
    history = model.fit(*data, **SETTINGS)
    model.evaluate(*data, callbacks=[Callback()], **SETTINGS)
    assert model.history is history
    assert history.epoch == [0]


def test_logs_have_the_figures_that_fit_returns(data):
    heard, model = Passes(), make_model()
    history = model.fit(*data, epochs=2, validation_data=data, callbacks=[heard], **SETTINGS)
    of_epochs = [logs for hook, logs in heard.logs if hook == "on_epoch_end"]
    assert [logs["loss"] for logs in of_epochs] == history.history["loss"]
    assert set(of_epochs[0]) == {"loss", "mae", "val_loss", "val_mae"}
    assert all(type(value) is float for logs in of_epochs for value in logs.values())
    of_validation = [logs for hook, logs in heard.logs if hook == "on_test_end"]
    assert [logs["loss"] for logs in of_validation] == history.history["val_loss"]
    assert heard.logs[-1] == ("on_train_end", of_epochs[-1])


def test_logs_of_batches_are_running_means(data):
    x, y = data
    heard, model = Everything(), make_model(learning_rate=0.0)
    model.fit(x, y, shuffle=False, callbacks=[heard], **SETTINGS)
    received = [logs["loss"] for hook, logs in heard.logs if hook == "on_train_batch_end"]
    squares = (model.predict(x, verbose=0) - y) ** 2
    expected = [squares[:end].mean() for end in (8, 16, 20)]
    np.testing.assert_allclose(received, expected, rtol=1e-9)


def test_hearing_of_batches_changes_no_bit(data):
    quiet, heard = make_model(), make_model()
    for model, callback in ((quiet, Passes()), (heard, Everything())):
        model.compile(SGD(0.05, momentum=0.9), "mse")
        model.fit(*data, epochs=3, shuffle=False, callbacks=[callback], **SETTINGS)
    for weight, expected in zip(heard.get_weights(), quiet.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, expected)
    np.testing.assert_array_equal(heard.history.history["loss"], quiet.history.history["loss"])


def test_callbacks_know_how_training_was_asked_for(data):
    callback, model = Callback(), make_model()
    model.fit(*data, epochs=4, callbacks=[callback], **SETTINGS)
    assert callback.params == {"verbose": 0, "epochs": 4, "steps": 3}
    assert callback.model is model


def test_fit_ends_behind_the_epoch_in_which_it_is_stopped(data):
    def stop(epoch, logs):
        model.stop_training = epoch == 1

    model = make_model()
    history = model.fit(*data, epochs=9, callbacks=LambdaCallback(on_epoch_end=stop), **SETTINGS)
    assert history.epoch == [0, 1]
    assert model.fit(*data, epochs=2, **SETTINGS).epoch == [0, 1]  # the next one begins afresh


def test_fit_ends_behind_the_batch_in_which_it_is_stopped(data):
    class Stop(Everything):
        def on_train_batch_end(self, batch, logs=None):
            super().on_train_batch_end(batch, logs)
            self.model.stop_training = batch == 1

    heard = Stop()
    history = make_model().fit(*data, epochs=9, callbacks=[heard], **SETTINGS)
    assert [call for call in heard.calls if "batch" in call[0]] == batches("train", 2)
    assert history.epoch == [0]


def test_a_callback_may_change_the_weights_between_epochs(data):
    def zero(epoch, logs):
        model.set_weights([np.zeros_like(weight) for weight in model.get_weights()])

    model = make_model()
    callback = LambdaCallback(on_epoch_begin=zero)
    losses = model.fit(*data, epochs=3, shuffle=False, callbacks=callback, **SETTINGS)
    assert len(set(losses.history["loss"])) == 1


def test_the_weights_of_the_best_epoch_come_back(data):
    model, at_epoch = make_model(learning_rate=2.0), []  # too large a rate: the loss grows
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: at_epoch.append(model.get_weights()))
    stopping = EarlyStopping("loss", patience=2, restore_best_weights=True)
    history = model.fit(*data, epochs=50, callbacks=[keep, stopping], **SETTINGS)
    assert history.epoch == [0, 1, 2]
    assert stopping.best_epoch == 0
    for weight, expected in zip(model.get_weights(), at_epoch[0], strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_a_learning_rate_counts_from_the_epoch_that_it_is_set_for(data):
    scheduled, by_hand = make_model(), make_model()
    rates = [0.05, 0.01, 0.001]
    history = scheduled.fit(
        *data,
        epochs=3,
        shuffle=False,
        callbacks=[LearningRateScheduler(lambda epoch: rates[epoch])],
        **SETTINGS,
    )
    for epoch, rate in enumerate(rates):
        by_hand.optimizer.learning_rate = rate
        settings = {"initial_epoch": epoch, "epochs": epoch + 1, "shuffle": False}
        by_hand.fit(*data, **settings, **SETTINGS)
    np.testing.assert_array_equal(scheduled.get_weights()[0], by_hand.get_weights()[0])
    assert history.history["learning_rate"] == rates


def test_a_plateau_lowers_the_learning_rate(data):
    model = make_model(learning_rate=2.0)
    callback = ReduceLROnPlateau("loss", factor=0.1, patience=1, min_delta=0)
    history = model.fit(*data, epochs=10, callbacks=[callback], **SETTINGS).history
    assert history["learning_rate"][:2] == [2.0, 2.0]
    assert history["learning_rate"][2] == pytest.approx(0.2)
    assert history["loss"][-1] < history["loss"][2]


def test_one_batch_without_a_number_is_enough_to_end_training(data, capsys):
    x, y = data
    y = y.copy()
    y[0] = 1e200  # its square is infinite
    history = make_model().fit(x, y, epochs=9, callbacks=[TerminateOnNaN()], **SETTINGS)
    assert history.epoch == [0]
    assert "Behind batch 3 the loss is inf" in capsys.readouterr().out


def test_a_log_has_the_figures_that_fit_returns(data, tmp_path):
    path = tmp_path / "log.csv"
    history = make_model().fit(
        *data, epochs=3, validation_data=data, callbacks=[CSVLogger(path)], **SETTINGS
    )
    columns = np.genfromtxt(path, delimiter=",", names=True)
    assert columns.dtype.names == ("epoch", "loss", "mae", "val_loss", "val_mae")
    for name in ("loss", "mae", "val_loss", "val_mae"):
        np.testing.assert_array_equal(columns[name], history.history[name])


def test_the_best_weights_are_in_the_file(data, tmp_path):
    path = tmp_path / "best.weights.safetensors"
    model, at_epoch = make_model(learning_rate=2.0), []
    keep = LambdaCallback(on_epoch_end=lambda epoch, logs: at_epoch.append(model.get_weights()))
    best = ModelCheckpoint(path, "loss", save_best_only=True, save_weights_only=True)
    model.fit(*data, epochs=4, callbacks=[keep, best], **SETTINGS)
    fresh = make_model()
    fresh.load_weights(path)
    for weight, expected in zip(fresh.get_weights(), at_epoch[0], strict=True):
        np.testing.assert_array_equal(weight, expected)


def test_files_of_batches_are_written_as_often_as_asked_for(data, tmp_path):
    checkpoint = ModelCheckpoint(tmp_path / "{epoch}-{batch}.safetensors", save_freq=2)
    make_model().fit(*data, epochs=2, callbacks=[checkpoint], **SETTINGS)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "1-2.safetensors",
        "2-1.safetensors",
        "2-3.safetensors",
    ]


def test_a_live_plot_shows_the_training(data):
    import matplotlib as mpl

    mpl.use("agg")
    live, model = LivePlot("loss"), make_model()
    history = model.fit(*data, epochs=20, callbacks=[live], **SETTINGS)
    (line,) = live.figure.axes[0].lines
    np.testing.assert_array_equal(line.get_ydata(), history.history["loss"])
    mpl.pyplot.close("all")


def test_a_history_or_a_list_that_is_given_is_used(data):
    mine = History()
    assert make_model().fit(*data, callbacks=[mine], **SETTINGS) is mine
    ready = CallbackList([Callback()])
    assert make_model().fit(*data, callbacks=ready, **SETTINGS) is ready.history
    assert ready.history.epoch == [0]


def test_an_error_in_a_callback_reaches_the_user_and_the_model_can_go_on(data):
    def fail(epoch, logs):
        raise ValueError("of my own")

    model = make_model()
    with pytest.raises(ValueError, match="of my own"):
        model.fit(*data, callbacks=LambdaCallback(on_epoch_end=fail), **SETTINGS)
    assert model.fit(*data, **SETTINGS).epoch == [0]
