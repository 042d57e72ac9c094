"""What callbacks promise beside Keras's decisions: whom they call, what they print and refuse."""

import json
from pathlib import Path

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
    TensorBoard,
    TerminateOnNaN,
)
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD
from fastnn.optimizers.schedules import ExponentialDecay
from messages import raises

RECORDED = Path(__file__).parent / "fixtures" / "callbacks.json"
HOOKS = json.loads(RECORDED.read_text())["hooks"]


def make_model(optimizer="sgd"):
    model = Sequential([Input((2,)), Dense(1)])
    model.compile(optimizer, "mse")
    model.stop_training = False
    return model


def run(callbacks, epochs, model=None, first_epoch=0):
    """Tell callbacks of epochs, as ``fit`` does where nobody hears of batches."""
    heard = CallbackList(callbacks, model=model or make_model(), params={"epochs": len(epochs)})
    heard.on_train_begin()
    for epoch, logs in enumerate(epochs, first_epoch):
        heard.on_epoch_begin(epoch)
        heard.on_epoch_end(epoch, dict(logs))
    heard.on_train_end(epochs[-1])
    return heard


def losses(*values):
    return [{"loss": value} for value in values]


# Which hooks are called, and when


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_reaches_all_callbacks_in_their_order(hook):
    heard = []

    def note(name):
        return LambdaCallback(**{hook: lambda *args, **logs: heard.append((name, *args, logs))})

    place = (7,) if "batch" in hook or "epoch" in hook else ()
    getattr(CallbackList([note("first"), note("second")]), hook)(*place, {"loss": 0.5})
    given = (*place, {"logs": {"loss": 0.5}}) if "batch" in hook else (*place, {"loss": 0.5}, {})
    assert heard == [("first", *given), ("second", *given)]


def test_hooks_get_a_dict_where_there_are_no_figures():
    heard = []
    callback = LambdaCallback(
        on_train_begin=heard.append,
        on_epoch_begin=lambda epoch, logs: heard.append(logs),
        on_train_batch_begin=lambda batch, logs: heard.append(logs),
    )
    callbacks = CallbackList(callback)
    callbacks.on_train_begin()
    callbacks.on_epoch_begin(0)
    callbacks.on_train_batch_begin(0)
    assert heard == [{}, {}, {}]


@pytest.mark.parametrize("when", ["begin", "end"])
def test_the_older_names_of_batch_hooks_are_called_for_batches_of_fit(when):
    heard = []

    class Older(Callback):
        def on_batch_begin(self, batch, logs=None):
            heard.append(("begin", batch, logs))

        def on_batch_end(self, batch, logs=None):
            heard.append(("end", batch, logs))

    callbacks = CallbackList(Older())
    getattr(callbacks, f"on_train_batch_{when}")(3, {"loss": 0.5})
    assert heard == [(when, 3, {"loss": 0.5})]
    assert callbacks.hears_train_batches


HEARD_BATCHES = {
    "on_train_batch_begin": "train",
    "on_train_batch_end": "train",
    "on_batch_begin": "train",
    "on_batch_end": "train",
    "on_test_batch_begin": "test",
    "on_test_batch_end": "test",
    "on_predict_batch_begin": "predict",
    "on_predict_batch_end": "predict",
}


@pytest.mark.parametrize("hook", HOOKS)
@pytest.mark.parametrize("way", ["class", "function"])
def test_batches_are_asked_for_only_by_those_who_have_a_hook_for_them(hook, way):
    def function(*args, **logs):
        pass

    callback = (
        type("Own", (Callback,), {hook: function})()
        if way == "class"
        else LambdaCallback(**{hook: function})
    )
    callbacks = CallbackList([History(), callback])
    received = {
        pass_
        for pass_ in ("train", "test", "predict")
        if getattr(callbacks, f"hears_{pass_}_batches")
    }
    assert received == ({HEARD_BATCHES[hook]} if hook in HEARD_BATCHES else set())


def test_none_of_the_usual_callbacks_slows_training_down():
    usual = [
        History(),
        EarlyStopping(),
        ModelCheckpoint("x.safetensors"),
        LearningRateScheduler(lambda epoch: 0.1),
        ReduceLROnPlateau(),
        CSVLogger("log.csv"),
        TerminateOnNaN(),
        TensorBoard(),
        LambdaCallback(on_epoch_end=print),
        LivePlot(),
    ]
    callbacks = CallbackList(usual)
    assert not callbacks.hears_train_batches
    assert not callbacks.hears_test_batches
    assert not callbacks.hears_predict_batches


@pytest.mark.parametrize(
    "callback", [ModelCheckpoint("x.safetensors", save_freq=10), TensorBoard(update_freq="batch")]
)
def test_callbacks_that_count_batches_ask_for_them(callback):
    assert CallbackList(callback).hears_train_batches


def test_a_subclass_with_a_batch_hook_of_its_own_is_heard():
    class Own(ModelCheckpoint):
        def on_train_batch_end(self, batch, logs=None):
            pass

    assert CallbackList(Own("x.safetensors")).hears_train_batches


# Lists of callbacks


def test_a_list_takes_one_callback_several_none_or_a_list():
    one, other = Callback(), Callback()
    assert CallbackList(one).callbacks[:-1] == [one]
    assert CallbackList((one, other)).callbacks[:-1] == [one, other]
    ready = CallbackList([one])
    assert CallbackList(ready).callbacks == ready.callbacks
    assert CallbackList(ready).history is ready.history


def test_a_list_without_callbacks_has_a_history():
    callbacks = CallbackList(None)
    assert callbacks.callbacks == [callbacks.history]
    assert isinstance(callbacks.history, History)


def test_a_history_that_is_given_is_the_one_used():
    mine = History()
    callbacks = CallbackList([mine, Callback()])
    assert callbacks.history is mine
    assert callbacks.callbacks[0] is mine
    assert len(callbacks.callbacks) == 2


def test_callbacks_know_the_model_and_how_training_was_asked_for():
    callback, model = Callback(), make_model()
    CallbackList(callback, model=model, params={"epochs": 3}, verbose=0)
    assert callback.model is model
    assert callback.params == {"epochs": 3, "verbose": 0}


def test_a_callback_may_be_added_to_a_list():
    heard = []
    callbacks = CallbackList()
    callbacks.append(LambdaCallback(on_train_begin=heard.append))
    callbacks.on_train_begin()
    assert heard == [{}]


@pytest.mark.parametrize("wrong", [print, [EarlyStopping], "early stopping"])
def test_what_is_no_callback_is_refused(wrong):
    entry = wrong[0] if isinstance(wrong, list) else wrong
    message = (
        "expected callbacks to be a Callback of fastnn.callbacks or a list of them. "
        f"Received: {entry!r}"
    )
    with raises(TypeError, message):
        CallbackList(wrong)


def test_a_progress_bar_of_its_own_is_not_built():
    with raises(
        NotImplementedError,
        "CallbackList(add_progbar=...) is not built yet, only its default False",
    ):
        CallbackList(add_progbar=True)


# History


def test_history_keeps_the_learning_rate_that_another_callback_tells():
    scheduler = LearningRateScheduler(lambda epoch: 0.1 / (1 + epoch))
    heard = run(scheduler, losses(0.5, 0.4))
    assert heard.history.history == {"loss": [0.5, 0.4], "learning_rate": [0.1, 0.05]}


def test_history_is_the_model_s_from_the_beginning():
    model = make_model()
    callbacks = CallbackList(model=model)
    callbacks.on_train_begin()
    assert model.history is callbacks.history


def test_a_history_goes_on_with_its_figures_and_begins_its_epochs_anew():
    mine = History()
    run(mine, losses(0.5, 0.4))
    run(mine, losses(0.3), first_epoch=2)
    assert (mine.history, mine.epoch) == ({"loss": [0.5, 0.4, 0.3]}, [2])


# Early stopping


def test_the_weights_of_the_best_epoch_come_back():
    model = make_model()
    at_epoch = []

    def train(epoch, logs):
        model.set_weights([w + 1 + epoch for w in model.get_weights()])
        at_epoch.append(model.get_weights())

    stopping = EarlyStopping("loss", patience=5, restore_best_weights=True)
    run([LambdaCallback(on_epoch_begin=train), stopping], losses(0.5, 0.2, 0.3), model)
    for weight, expected in zip(model.get_weights(), at_epoch[1], strict=True):
        np.testing.assert_array_equal(weight, expected)
    assert not model.stop_training


def test_early_stopping_serves_several_trainings():
    stopping = EarlyStopping("loss", patience=1)
    for _ in range(2):
        model = make_model()
        run(stopping, losses(0.5, 0.6), model)
        assert model.stop_training
        assert (stopping.best, stopping.stopped_epoch) == (0.5, 1)


@pytest.mark.parametrize(
    "callback", [EarlyStopping("val_loss"), ReduceLROnPlateau("val_loss", patience=0)]
)
def test_a_figure_that_is_missing_is_warned_of(callback):
    model = make_model()
    known = "'loss', 'learning_rate'" if isinstance(callback, ReduceLROnPlateau) else "'loss'"
    message = rf"^expected monitor of \w+ to be one of {known}\. Received: 'val_loss'$"
    with pytest.warns(UserWarning, match=message):
        run(callback, losses(0.5), model)
    assert not model.stop_training
    assert model.optimizer.learning_rate == 0.01


def test_a_name_that_does_not_tell_the_mode_is_refused():
    message = (
        "expected mode='min' or mode='max' for EarlyStopping with monitor='val_profit', whose "
        "name does not tell which. Received: 'auto'"
    )
    with raises(ValueError, message):
        EarlyStopping("val_profit")
    assert EarlyStopping("val_profit", mode="max").monitor == "val_profit"
    assert ModelCheckpoint("x.safetensors", "val_profit").monitor == "val_profit"


# Learning rates


def test_a_schedule_of_the_optimizer_is_not_replaced_by_a_number():
    optimizer = SGD(ExponentialDecay(0.1, 10, 0.5))
    message = "expected a schedule or a callable as learning_rate, because this optimizer was "
    for callback, epochs in (
        (LearningRateScheduler(lambda epoch, rate: rate / 2), losses(0.5)),
        (ReduceLROnPlateau("loss", patience=1), losses(0.5, 0.5)),
    ):
        with pytest.raises(TypeError, match=message):
            run(callback, epochs, make_model(optimizer))


def test_an_error_within_a_schedule_is_not_hidden():
    def schedule(epoch, rate):
        raise TypeError("of my own")

    with raises(TypeError, "of my own"):
        run(LearningRateScheduler(schedule), losses(0.5))


@pytest.mark.parametrize(
    ("returned", "error", "message"),
    [
        (None, TypeError, "expected what schedule returns to be a number. Received: None"),
        (-0.1, ValueError, "expected what schedule returns in [0, inf). Received: -0.1"),
    ],
)
def test_a_schedule_must_return_a_learning_rate(returned, error, message):
    with raises(error, message):
        run(LearningRateScheduler(lambda epoch: returned), losses(0.5))


def test_a_schedule_of_the_optimizers_may_tell_the_rate_of_an_epoch():
    model = make_model()
    run(LearningRateScheduler(ExponentialDecay(0.1, 1, 0.5)), losses(0.5, 0.5, 0.5), model)
    assert model.optimizer.learning_rate == pytest.approx(0.025)


# Checkpoints


def test_folders_of_checkpoints_are_made(tmp_path):
    model = make_model()
    model.save = lambda path: path.write_text("model")
    path = tmp_path / "of" / "epoch {epoch}" / "{loss:.1f}.safetensors"
    run(ModelCheckpoint(path), losses(0.5), model)
    assert (tmp_path / "of" / "epoch 1" / "0.5.safetensors").read_text() == "model"


def test_weights_alone_are_saved_as_such(tmp_path):
    model = make_model()
    model.save_weights = lambda path: path.write_text("weights")
    run(ModelCheckpoint(tmp_path / "x.safetensors", save_weights_only=True), losses(0.5), model)
    assert (tmp_path / "x.safetensors").read_text() == "weights"


def test_a_checkpoint_without_its_figure_is_saved_with_a_warning(tmp_path):
    model, saved = make_model(), []
    model.save = saved.append
    path = tmp_path / "x.safetensors"
    message = r"^expected monitor of ModelCheckpoint to be one of 'loss'\. Received: 'val_loss'$"
    with pytest.warns(UserWarning, match=message):
        run(ModelCheckpoint(path, save_best_only=True), losses(0.5), model)
    assert saved == [path]


def test_the_best_of_one_training_counts_in_the_next():
    checkpoint = ModelCheckpoint("x.safetensors", "loss", save_best_only=True)
    for loss, n_saved in ((0.5, 1), (0.6, 0), (0.4, 1)):
        model, saved = make_model(), []
        model.save = saved.append
        run(checkpoint, losses(loss), model)
        assert len(saved) == n_saved


def test_a_field_that_nobody_fills_is_told():
    checkpoint = ModelCheckpoint("{val_loss:.2f}.safetensors")
    message = (
        "expected fields of '{val_loss:.2f}.safetensors' among 'epoch', 'loss'. "
        "Received: 'val_loss'"
    )
    with pytest.raises(KeyError) as told:
        run(checkpoint, losses(0.5))
    assert told.value.args == (message,)


# The log


def test_a_log_goes_on_below_its_header(tmp_path):
    path = tmp_path / "log.csv"
    run(CSVLogger(path, append=True), losses(0.5))
    run(CSVLogger(path, append=True), losses(0.25), first_epoch=1)
    assert path.read_text() == "epoch,loss,val_loss\n0,0.5,NA\n1,0.25,NA\n"


def test_a_log_has_room_for_a_validation_that_comes_later(tmp_path):
    path = tmp_path / "log.csv"
    run(CSVLogger(path), [{"loss": 0.5}, {"loss": 0.25, "val_loss": 0.75}])
    assert path.read_text() == "epoch,loss,val_loss\n0,0.5,NA\n1,0.25,0.75\n"


def test_a_log_can_be_read_while_training_goes_on(tmp_path):
    path, seen = tmp_path / "log.csv", []
    read = LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(path.read_text()))
    run([CSVLogger(path), read], losses(0.5))
    assert seen == ["epoch,loss,val_loss\n0,0.5,NA\n"]


# A loss that is no number


@pytest.mark.parametrize("loss", [np.nan, np.inf, -np.inf])
def test_a_loss_that_is_no_number_ends_training_once(loss, capsys):
    model = make_model()
    run(TerminateOnNaN(), losses(0.5, loss, loss), model)
    assert model.stop_training
    assert capsys.readouterr().out == f"\nEpoch 2: the loss is {loss}, training ends\n"


def test_a_loss_that_is_no_number_ends_training_within_the_epoch_where_batches_are_heard(capsys):
    model = make_model()
    callbacks = CallbackList(TerminateOnNaN(), model=model)
    callbacks.on_train_batch_end(0, {"loss": 0.5})
    assert not model.stop_training
    callbacks.on_train_batch_end(1, {"loss": np.nan})
    assert model.stop_training
    callbacks.on_epoch_end(0, {"loss": np.nan})
    assert capsys.readouterr().out == "\nBatch 2: the loss is nan, training ends\n"


def test_a_loss_that_is_no_number_may_be_an_error():
    with raises(RuntimeError, "Epoch 2: expected a finite loss. Received: nan"):
        run(TerminateOnNaN(raise_error=True), losses(0.5, np.nan))


# What is printed


def test_messages_tell_what_was_done(capsys):
    model = make_model()
    model.save = lambda path: None
    run(
        [
            EarlyStopping("loss", patience=1, restore_best_weights=True, verbose=1),
            LearningRateScheduler(lambda epoch, rate: rate, verbose=1),
            ReduceLROnPlateau("loss", patience=1, factor=0.5, verbose=1),
            ModelCheckpoint("x.safetensors", "loss", save_best_only=True, verbose=1),
        ],
        losses(0.5, 0.6),
        model,
    )
    assert [line for line in capsys.readouterr().out.splitlines() if line] == [
        "Epoch 1: setting the learning rate to 0.01",
        "Epoch 1: loss improved from nothing to 0.50000",
        "Epoch 1: saving the model to x.safetensors",
        "Epoch 2: setting the learning rate to 0.01",
        "Epoch 2: reducing the learning rate to 0.005",
        "Epoch 2: loss did not improve from 0.50000",
        "Epoch 2: early stopping",
        "Restoring the weights of the best epoch, 1",
    ]


def test_nothing_is_printed_unless_asked_for(capsys):
    model = make_model()
    model.save = lambda path: None
    quiet = [
        EarlyStopping("loss", restore_best_weights=True),
        LearningRateScheduler(lambda epoch: 0.1),
        ReduceLROnPlateau("loss", patience=0),
        ModelCheckpoint("x.safetensors", "loss", save_best_only=True),
        TerminateOnNaN(),
    ]
    run(quiet, losses(0.5, 0.6), model)
    assert capsys.readouterr().out == ""


# Arguments


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: EarlyStopping(patience=-1), ValueError, "expected patience >= 0. Received: -1"),
        (
            lambda: EarlyStopping(mode="largest"),
            ValueError,
            "expected mode to be one of 'auto', 'min', 'max'. Received: 'largest'",
        ),
        (
            lambda: EarlyStopping(min_delta=np.nan),
            ValueError,
            "expected min_delta in (-inf, inf). Received: nan",
        ),
        (
            lambda: EarlyStopping(restore_best_weights=1),
            TypeError,
            "expected restore_best_weights to be True or False. Received: 1",
        ),
        (
            lambda: ReduceLROnPlateau(factor=1.0),
            ValueError,
            "expected factor in [0, 1). Received: 1.0",
        ),
        (
            lambda: LearningRateScheduler(0.1),
            TypeError,
            "expected schedule to be a callable. Received: 0.1",
        ),
        (
            lambda: ModelCheckpoint("model.keras"),
            ValueError,
            "expected filepath to end in '.safetensors'. Received: 'model.keras'",
        ),
        (
            lambda: ModelCheckpoint("x.safetensors", save_freq="batch"),
            ValueError,
            "expected save_freq to be 'epoch' or an integer. Received: 'batch'",
        ),
        (
            lambda: ModelCheckpoint("x.safetensors", save_freq=0),
            ValueError,
            "expected save_freq >= 1. Received: 0",
        ),
        (
            lambda: LambdaCallback(on_train_end=3),
            TypeError,
            "expected on_train_end to be a callable. Received: 3",
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(make, error, message):
    with raises(error, message):
        make()


def test_a_hook_that_there_is_not_is_refused():
    message = r"^expected hooks among 'on_train_begin', .*\. Received: 'on_fit_end'$"
    with pytest.raises(TypeError, match=message):
        LambdaCallback(on_fit_end=print)
