"""Whom a list of callbacks calls, and when: who asks for batches, and who does not."""

import json
from pathlib import Path

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
from fastnn.models import Sequential
from messages import raises

RECORDED = Path(__file__).parent / "fixtures" / "callbacks.json"
HOOKS = json.loads(RECORDED.read_text())["hooks"]


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
    callback, model = Callback(), Sequential()
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
