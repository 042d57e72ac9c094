"""What training loops promise beside their figures: hooks, memory, threads and bits."""

import itertools
import threading
import tracemalloc

import numpy as np
import pytest

from fastnn.callbacks import Callback, LambdaCallback
from fastnn.layers import Dense, Dropout, Input
from fastnn.models import Model, Sequential
from fastnn.optimizers import SGD, Adam
from fastnn.utils import set_random_seed

RNG = np.random.default_rng(23)
X = RNG.normal(size=(90, 6)).astype("float32")
LABELS = RNG.integers(0, 3, size=90)
N_BATCHES = 6
BATCHES = [(X[begin : begin + 16], LABELS[begin : begin + 16]) for begin in range(0, 90, 16)]
LOSS = "sparse_categorical_crossentropy"


def compiled(optimizer=None, **arguments):
    set_random_seed(5)
    model = Sequential(
        [Input((6,)), Dense(8, activation="relu"), Dropout(0.3), Dense(3, activation="softmax")]
    )
    model.compile(optimizer or Adam(), LOSS, **arguments)
    return model


def fit(model, epochs=1, **arguments):
    return model.fit(X, LABELS, batch_size=16, epochs=epochs, verbose=0, **arguments)


def assert_same_bits(received, expected):
    assert len(received) == len(expected)
    for own, wanted in zip(received, expected, strict=True):
        np.testing.assert_array_equal(own, wanted)


class Recorder(Callback):
    """Writes down the hooks that are called, with the number of the batch."""

    def __init__(self):
        super().__init__()
        self.calls = []

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(("train begin", batch))

    def on_train_batch_end(self, batch, logs=None):
        self.calls.append(("train end", batch))

    def on_test_begin(self, logs=None):
        self.calls.append("test begin")

    def on_test_end(self, logs=None):
        self.calls.append(("test end", sorted(logs)))

    def on_test_batch_begin(self, batch, logs=None):
        self.calls.append(("test batch begin", batch))

    def on_test_batch_end(self, batch, logs=None):
        self.calls.append(("test batch end", batch, sorted(logs)))

    def on_predict_begin(self, logs=None):
        self.calls.append("predict begin")

    def on_predict_end(self, logs=None):
        self.calls.append("predict end")

    def on_predict_batch_begin(self, batch, logs=None):
        self.calls.append(("predict batch begin", batch))

    def on_predict_batch_end(self, batch, logs=None):
        self.calls.append(("predict batch end", batch, logs["outputs"].shape))


def test_hooks_hear_of_each_batch_of_training_before_and_behind_it():
    recorder = Recorder()
    fit(compiled(), epochs=2, callbacks=recorder)
    of_an_epoch = [(hook, b) for b in range(N_BATCHES) for hook in ("train begin", "train end")]
    assert recorder.calls == of_an_epoch * 2


def test_hooks_hear_of_each_batch_of_an_evaluation():
    recorder = Recorder()
    compiled(metrics=["accuracy"]).evaluate(
        X, LABELS, batch_size=40, verbose=0, callbacks=[recorder]
    )
    names = ["accuracy", "loss"]
    assert recorder.calls == [
        "test begin",
        ("test batch begin", 0),
        ("test batch end", 0, names),
        ("test batch begin", 1),
        ("test batch end", 1, names),
        ("test batch begin", 2),
        ("test batch end", 2, names),
        ("test end", names),
    ]


def test_hooks_hear_of_validation_within_training():
    recorder = Recorder()
    fit(compiled(), callbacks=recorder, validation_data=(X[:20], LABELS[:20]))
    assert recorder.calls[2 * N_BATCHES :] == [
        "test begin",
        ("test batch begin", 0),
        ("test batch end", 0, ["loss"]),
        ("test batch begin", 1),
        ("test batch end", 1, ["loss"]),
        ("test end", ["loss"]),
    ]


def test_hooks_hear_of_each_batch_of_a_prediction_and_see_its_outputs():
    recorder = Recorder()
    compiled().predict(X, batch_size=60, verbose=0, callbacks=[recorder])
    assert recorder.calls == [
        "predict begin",
        ("predict batch begin", 0),
        ("predict batch end", 0, (60, 3)),
        ("predict batch begin", 1),
        ("predict batch end", 1, (30, 3)),
        "predict end",
    ]


def test_batch_hooks_leave_the_bits_as_they_are():
    """The rows come in the same order, and dropout drops the same units."""
    at_once = compiled(metrics=["accuracy"])
    expected = fit(at_once, epochs=3).history
    heard, step_by_step = [], compiled(metrics=["accuracy"])
    hook = LambdaCallback(on_train_batch_end=lambda batch, logs: heard.append(batch))
    received = fit(step_by_step, epochs=3, callbacks=[hook]).history
    assert heard == [*range(N_BATCHES)] * 3
    assert received == expected
    assert_same_bits(step_by_step.get_weights(), at_once.get_weights())


def test_weights_set_by_a_hook_are_those_that_the_next_batch_trains():
    """SGD remembers nothing else of the batches before."""

    def restore(batch, logs=None):
        if batch == N_BATCHES - 1:
            model.set_weights(before)

    model = compiled(SGD(0.1))
    before = model.get_weights()
    fit(model, shuffle=False, callbacks=[LambdaCallback(on_train_batch_begin=restore)])
    alone = compiled(SGD(0.1))
    alone.fit(iter(BATCHES[:-1]), verbose=0)
    alone.set_weights(before)
    alone.train_on_batch(*BATCHES[-1])
    assert_same_bits(model.get_weights(), alone.get_weights())


def test_a_learning_rate_set_by_a_hook_counts_from_the_next_batch_on():
    def cool(batch, logs):
        weights.append(model.get_weights())
        model.optimizer.learning_rate = 0.0 if batch >= 2 else 0.1

    model, weights = compiled(SGD(0.1)), []
    fit(model, callbacks=[LambdaCallback(on_train_batch_end=cool)])
    assert not np.array_equal(weights[2][0], weights[1][0])
    for later in weights[3:]:
        assert_same_bits(later, weights[2])


def test_a_hook_may_end_a_training_within_an_epoch():
    def stop(batch, logs):
        model.stop_training = batch == 3

    model = compiled()
    history = fit(model, epochs=4, callbacks=[LambdaCallback(on_train_batch_end=stop)])
    assert model.optimizer.iterations == 4
    assert history.epoch == [0]
    fit(model)
    assert model.optimizer.iterations == 4 + N_BATCHES


def test_batches_give_the_bits_of_the_arrays_that_they_are_cut_from():
    from_arrays = compiled()
    fit(from_arrays, shuffle=False)
    from_batches = compiled()
    from_batches.fit(iter(BATCHES), verbose=0)
    assert_same_bits(from_batches.get_weights(), from_arrays.get_weights())


def test_a_generator_goes_on_where_the_last_validation_ended():
    asked = []

    def batches():
        for index in itertools.count():
            asked.append(index)
            yield BATCHES[index % N_BATCHES]

    fit(compiled(), epochs=3, validation_data=batches(), validation_steps=2)
    assert asked == list(range(6))


@pytest.mark.parametrize("dtype", ["float16", "uint8"])
def test_memory_maps_are_converted_a_batch_at_a_time(tmp_path, dtype):
    n_rows, n_features = 40_000, 500  # 80 MB as float32
    x = np.memmap(tmp_path / "x", dtype, mode="w+", shape=(n_rows, n_features))
    x[: n_rows // 2 : 100, 3] = 1
    before = x[::1000].copy()
    y = np.arange(n_rows) % 2
    model = Sequential([Input((n_features,)), Dense(2, activation="softmax")])
    model.compile("sgd", LOSS)
    model.fit(x[:100], y[:100], verbose=0)
    hook = LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    tracemalloc.start()
    try:
        model.fit(x, y, batch_size=1000, validation_split=0.1, verbose=0)
        model.fit(x, y, batch_size=1000, callbacks=[hook], steps_per_epoch=5, verbose=0)
        model.evaluate(x, y, verbose=0)
        model.predict(x, verbose=0)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.25 * x.size * 4, f"{peak / 2**20:.0f} MB at most"
    np.testing.assert_array_equal(x[::1000], before)


def test_the_data_is_left_as_it_was():
    weights = np.linspace(0.1, 1, len(X))
    arrays = X, LABELS, weights
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    try:
        model = compiled()
        fit(model, sample_weight=weights, validation_split=0.2, callbacks=Recorder())
        fit(model, class_weight={0: 2.0})
        model.train_on_batch(X, LABELS, weights)
        model.evaluate(X, LABELS, sample_weight=weights, verbose=0)
    finally:
        for array in arrays:
            array.flags.writeable = True
    assert_same_bits(arrays, copies)


def trained_again(data):
    """The weights of a training with batch hooks, dropout and an order of its own."""
    model = compiled()
    hook = LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    model.fit(*data, epochs=2, verbose=0, steps_per_epoch=3, callbacks=[hook])
    return model.get_weights()


@pytest.mark.parametrize("kind", ["arrays", "batches"])
def test_the_same_seed_gives_the_same_bits(kind):
    def data():
        return (X, LABELS) if kind == "arrays" else (iter(BATCHES),)

    assert_same_bits(trained_again(data()), trained_again(data()))


def test_models_that_share_layers_train_them_in_turn():
    """As one model does whose head is exchanged: SGD remembers nothing."""
    set_random_seed(7)
    shared, heads = Dense(5, activation="tanh"), [Dense(3, activation="softmax") for _ in range(2)]
    inputs = Input((6,))
    hidden = shared(inputs)
    models = [Model(inputs, head(hidden)) for head in heads]
    single = Sequential([Input((6,)), Dense(5, activation="tanh"), Dense(3, activation="softmax")])
    for model in (*models, single):
        model.compile(SGD(0.1), LOSS)
    kept = shared.get_weights(), [head.get_weights() for head in heads]
    for step, (x, y) in enumerate(BATCHES):
        turn = step % 2
        models[turn].train_on_batch(x, y)
        single.set_weights([*kept[0], *kept[1][turn]])
        single.train_on_batch(x, y)
        kept[1][turn] = single.get_weights()[2:]
        kept = single.get_weights()[:2], kept[1]
    assert_same_bits(shared.get_weights(), kept[0])
    for head, weights in zip(heads, kept[1], strict=True):
        assert_same_bits(head.get_weights(), weights)


def test_a_frozen_part_stays_and_passes_gradients_on():
    """As the discriminator within the model that trains a generator."""
    set_random_seed(8)
    part = Sequential([Input((4,)), Dense(3, activation="softmax")])
    part.compile(SGD(0.1), LOSS)
    part.trainable = False
    inputs = Input((6,))
    first = Dense(4, activation="tanh")
    whole = Model(inputs, part(first(inputs)))
    whole.compile(SGD(0.1), LOSS)
    before, before_first = part.get_weights(), first.get_weights()
    whole.train_on_batch(X, LABELS)
    assert_same_bits(part.get_weights(), before)
    assert not np.array_equal(first.get_weights()[0], before_first[0])
    part.train_on_batch(X[:, :4], LABELS)  # which was compiled before it was frozen
    assert not np.array_equal(part.get_weights()[0], before[0])


def test_threads_predict_and_evaluate_with_one_model_at_once():
    model = compiled(metrics=["accuracy"])
    fit(model)
    x, y = np.tile(X, (50, 1)), np.tile(LABELS, 50)
    expected = model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)
    failures, start = [], threading.Barrier(6)

    def ask(index):
        start.wait()
        try:
            for _ in range(10):
                if index % 2:
                    np.testing.assert_array_equal(model.predict(x, verbose=0), expected[0])
                else:
                    assert model.evaluate(x, y, verbose=0) == expected[1]
        except AssertionError as error:
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
