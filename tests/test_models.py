"""What `Sequential` promises: the programs, the histories and the printed lines of Keras."""

import re

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

import fastnn as keras
import reference
from fastnn.layers import Activation, Dense, Flatten, Input
from fastnn.models import Sequential


@pytest.fixture
def data():
    rng = np.random.default_rng(2)
    return rng.normal(size=(70, 6)), rng.integers(0, 3, size=70)


def classifier(**options):
    layers = [Input((6,)), Dense(5, activation="tanh"), Dense(3, activation="softmax")]
    model = Sequential(layers, **options)
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def naive(model):
    return reference.Network(model.get_weights(), ["tanh", "softmax"])


def test_iris_as_written_for_keras():
    x, y = load_iris(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(
        x, keras.utils.to_categorical(y), test_size=0.2, random_state=1, stratify=y
    )
    accuracies = []
    for seed in range(5):
        keras.utils.set_random_seed(seed)
        model = Sequential()
        model.add(Dense(4, input_dim=4, activation="relu"))
        model.add(Dense(128, activation="relu"))
        model.add(Dense(3, activation="softmax"))
        model.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
        assert model.count_params() == 1047
        model.fit(x_train, y_train, epochs=100, validation_split=0.1, verbose=0)
        loss, accuracy = model.evaluate(x_test, y_test, verbose=0)
        accuracies.append(accuracy)
        true_class = model.predict(x_test, verbose=0)[y_test == 1]
        assert loss == pytest.approx(-np.log(true_class).mean(), rel=1e-5)
    assert np.median(accuracies) >= 0.9  # published: 0.90; a seed may do worse, in Keras too


def test_fashion_mnist_as_written_for_keras(fashion_mnist):
    keras.utils.set_random_seed(1)
    (x_train, y_train), (x_test, y_test) = fashion_mnist
    x_train, x_test = x_train / 255.0, x_test / 255.0
    model = keras.Sequential(
        [
            keras.layers.Flatten(input_shape=(28, 28)),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="sigmoid"),
        ]
    )
    assert model.count_params() == 101_770
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["accuracy"],
    )
    history = model.fit(
        x_train, y_train, epochs=10, validation_data=(x_test, y_test), verbose=0
    ).history
    assert history["val_accuracy"][-1] >= 0.87
    assert history["accuracy"][-1] >= 0.90


def test_training_figures_are_running_means_and_validation_figures_come_at_the_end(data):
    x, y = data
    model = classifier(dtype="float64")
    reference_network, optimizer = naive(model), reference.Adam()
    validation = x[:30] + 0.5, y[:30]
    history = model.fit(
        x, y, batch_size=16, epochs=3, shuffle=False, validation_data=validation, verbose=0
    ).history
    for epoch in range(3):
        loss, accuracy = reference_network.train_epoch(
            x, y, np.arange(70), "sparse_categorical_crossentropy", optimizer, 16
        )
        outputs = reference_network.forward(validation[0])[-1]
        val_loss = -np.log(outputs[np.arange(30), validation[1]]).mean()
        val_accuracy = reference.accuracy(outputs, validation[1])
        received = [history[n][epoch] for n in ("loss", "accuracy", "val_loss", "val_accuracy")]
        np.testing.assert_allclose(received, [loss, accuracy, val_loss, val_accuracy], rtol=1e-9)


def test_validation_split_takes_the_last_rows_before_shuffling(data):
    x, y = data
    split, given = classifier(), classifier()
    given.set_weights(split.get_weights())
    keras.utils.set_random_seed(5)
    of_split = split.fit(x, y, validation_split=0.25, epochs=2, verbose=0).history
    keras.utils.set_random_seed(5)
    held = x[52:], y[52:]  # floor(70 × 0.75) = 52 rows stay
    of_given = given.fit(x[:52], y[:52], validation_data=held, epochs=2, verbose=0).history
    assert of_split == of_given


def test_validation_data_goes_before_validation_split(data):
    x, y = data
    models = [classifier() for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    options = {"validation_data": (x[:10], y[:10]), "shuffle": False, "verbose": 0}
    of_both = models[0].fit(x, y, validation_split=0.5, **options).history
    assert of_both == models[1].fit(x, y, **options).history


def test_a_batch_larger_than_the_data_is_one_step(data):
    x, y = data
    model = classifier(dtype="float64")
    network = naive(model)
    model.fit(x, y, batch_size=1000, shuffle=False, verbose=0)
    network.train_epoch(
        x, y, np.arange(70), "sparse_categorical_crossentropy", reference.Adam(), 70
    )
    for weight, expected in zip(model.get_weights(), network.weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-9, atol=1e-12)


def test_a_batch_and_layers_of_many_blocks_are_one_step():
    rng = np.random.default_rng(8)
    x, y = rng.normal(size=(1100, 300)), rng.normal(size=(1100, 7))
    layers = [Input((300,)), Dense(1050, "relu"), Dense(270, "tanh"), Dense(7)]
    model = Sequential(layers, dtype="float64")
    model.compile("sgd", "mse")
    network = reference.Network(model.get_weights(), ["relu", "tanh", "linear"])
    figures = model.fit(x, y, batch_size=1100, shuffle=False, verbose=0).history
    rows = np.arange(1100)
    loss, _ = network.train_epoch(x, y, rows, "mean_squared_error", reference.SGD(), 1100)
    assert figures["loss"] == [pytest.approx(loss, rel=1e-12)]
    for weight, expected in zip(model.get_weights(), network.weights, strict=True):
        np.testing.assert_allclose(weight, expected, rtol=1e-9, atol=1e-12)


def test_the_default_batch_has_32_rows(data):
    x, y = data
    models = [classifier() for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    models[0].fit(x, y, shuffle=False, verbose=0)
    models[1].fit(x, y, batch_size=32, shuffle=False, verbose=0)
    np.testing.assert_array_equal(models[0].get_weights()[0], models[1].get_weights()[0])


@pytest.mark.parametrize("name", ["accuracy", "acc"])
def test_history_has_the_metric_under_the_name_it_was_asked_for(data, name):
    model = classifier()
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=[name])
    history = model.fit(*data, epochs=2, validation_split=0.2, verbose=0)
    assert list(history.history) == [name, "loss", f"val_{name}", "val_loss"]
    assert all(len(figures) == 2 for figures in history.history.values())
    assert all(type(figure) is float for figures in history.history.values() for figure in figures)
    assert history.epoch == [0, 1]
    assert model.history is history


def test_epochs_are_counted_from_initial_epoch(data):
    history = classifier().fit(*data, epochs=5, initial_epoch=3, verbose=0)
    assert history.epoch == [3, 4]
    assert len(history.history["loss"]) == 2


def test_evaluate_returns_what_keras_returns(data):
    x, y = data
    model = classifier(dtype="float64")
    outputs = naive(model).forward(x)[-1]
    loss = pytest.approx(-np.log(outputs[np.arange(70), y]).mean(), rel=1e-12)
    accuracy = pytest.approx(reference.accuracy(outputs, y))
    assert model.evaluate(x, y, verbose=0) == [loss, accuracy]
    assert model.evaluate(x, y, verbose=0, return_dict=True) == {"loss": loss, "accuracy": accuracy}
    model.compile("adam", "sparse_categorical_crossentropy")
    assert model.evaluate(x, y, verbose=0) == loss


@pytest.mark.parametrize(
    ("n_outputs", "loss", "make_targets"),
    [
        (3, "sparse_categorical_crossentropy", lambda labels: labels),
        (3, "categorical_crossentropy", lambda labels: np.eye(3)[labels]),
        (3, "mse", lambda labels: np.eye(3)[labels]),
        (1, "mse", lambda labels: (labels > 0).astype(float)),
    ],
    ids=["sparse", "categorical", "mse of three", "mse of one"],
)
def test_which_accuracy_is_meant_follows_from_loss_and_outputs(data, n_outputs, loss, make_targets):
    x, y = data[0], make_targets(data[1])
    model = Sequential([Input((6,)), Dense(n_outputs, activation="sigmoid")])
    model.compile("sgd", loss, metrics=["accuracy"])
    expected = reference.accuracy(model(x), y)
    assert 0 < expected < 1
    assert model.evaluate(x, y, verbose=0)[1] == pytest.approx(expected)


def test_predict_equals_the_naive_reference_and_the_call(data):
    x, _ = data
    model = classifier(dtype="float64")
    outputs = model.predict(x, verbose=0)
    np.testing.assert_allclose(outputs, naive(model).forward(x)[-1], rtol=1e-12)
    np.testing.assert_array_equal(model(x), outputs)


def test_no_rows_have_no_predictions():
    assert classifier().predict(np.empty((0, 6)), verbose=0).shape == (0, 3)


@pytest.mark.parametrize(
    "convert",
    [
        lambda x: x.astype(np.uint8),
        lambda x: x.astype(np.float32),
        lambda x: x.astype(np.int64),
        lambda x: x.astype(np.float16),
        lambda x: x.tolist(),
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: x.reshape(-1, 2, 3).transpose(0, 2, 1).copy().transpose(0, 2, 1).reshape(-1, 6),
    ],
    ids=["uint8", "float32", "int64", "float16", "list", "Fortran", "rows apart", "view"],
)
def test_input_of_every_kind_gives_the_same_training(convert):
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 5, size=(40, 6)).astype(np.float64), rng.integers(0, 3, size=40)
    models = [classifier() for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    for model, rows in zip(models, [x, convert(x)], strict=True):
        model.fit(rows, y, epochs=2, shuffle=False, verbose=0)
    np.testing.assert_array_equal(models[0](x), models[1](convert(x)))


def test_data_is_left_as_it_was(data):
    x, y = data[0].copy(), data[1].copy()
    x.flags.writeable = y.flags.writeable = False
    classifier().fit(x, y, validation_split=0.2, verbose=0)
    np.testing.assert_array_equal(x, data[0])
    np.testing.assert_array_equal(y, data[1])


def test_one_feature_may_come_without_its_column():
    x = np.array([-1.0, 0.0, 1.0, 2.0])
    model = Sequential([Dense(1, input_shape=[1])])
    model.compile("sgd", "mse")
    model.fit(x, 2 * x - 1, epochs=500, verbose=0)
    np.testing.assert_allclose(model.predict(x, verbose=0)[:, 0], 2 * x - 1, atol=1e-2)


def test_a_model_without_input_shape_is_built_at_fit(data):
    model = Sequential([Dense(5, activation="relu"), Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    assert not model.built
    model.fit(*data, verbose=0)
    assert [weight.shape for weight in model.get_weights()] == [(6, 5), (5,), (5, 3), (3,)]


def test_images_build_a_model_that_flattens_them():
    model = Sequential([Flatten(), Dense(2)])
    assert model.predict(np.zeros((3, 4, 5), np.uint8), verbose=0).shape == (3, 2)
    assert model.count_params() == 42


def test_layers_may_be_added_to_a_built_model(data):
    x, y = data
    model = Sequential([Input((6,)), Dense(5, activation="tanh")])
    kept = model.get_weights()
    model.add(Dense(3))
    model.add(Activation("softmax"))
    for weight, expected in zip(model.get_weights(), kept, strict=False):
        np.testing.assert_array_equal(weight, expected)
    model.compile("adam", "sparse_categorical_crossentropy")
    before = model.evaluate(x, y, verbose=0)
    model.fit(x, y, epochs=20, verbose=0)
    assert model.evaluate(x, y, verbose=0) < before


def test_a_layer_may_be_added_after_training(data):
    x, y = data
    model = classifier()
    model.fit(x, y, verbose=0)
    model.add(Dense(3, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, verbose=0)
    assert len(model.get_weights()) == 6


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_dtype_is_that_of_the_first_layer(dtype):
    model = Sequential([Dense(3, input_dim=2, dtype=dtype), Dense(2)])
    assert model.dtype == dtype
    assert {weight.dtype.name for weight in model.get_weights()} == {dtype}
    assert model([[1, 2]]).dtype == dtype


def test_weights_of_one_model_fit_another(data):
    models = [classifier() for _ in range(2)]
    models[1].set_weights(models[0].get_weights())
    np.testing.assert_array_equal(models[0](data[0]), models[1](data[0]))


def test_models_are_named_as_in_keras():
    assert re.fullmatch(r"sequential(_\d+)?", Sequential().name)
    assert Sequential(name="mine").name == "mine"


def test_summary_is_laid_out_as_in_keras(capsys):
    model = Sequential(
        [Flatten(input_shape=(28, 28), name="flatten"), Dense(10, name="a" * 30)], name="mine"
    )
    model.summary()
    assert capsys.readouterr().out == (
        'Model: "mine"\n'
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓\n"
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃\n"
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩\n"
        "│ flatten (Flatten)               │ (None, 784)            │             0 │\n"
        "├─────────────────────────────────┼────────────────────────┼───────────────┤\n"
        "│ aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  │ (None, 10)             │         7,850 │\n"
        "│ (Dense)                         │                        │               │\n"
        "└─────────────────────────────────┴────────────────────────┴───────────────┘\n"
        " Total params: 7,850 (30.66 KB)\n"
        " Trainable params: 7,850 (30.66 KB)\n"
        " Non-trainable params: 0 (0.00 B)\n"
    )


def test_summary_of_an_unbuilt_model_says_so():
    received = []
    Sequential([Dense(3, name="dense")], name="mine").summary(print_fn=received.append)
    (text,) = received
    assert "│ dense (Dense)                   │ ?                      │   0 (unbuilt) │" in text
    assert " Total params: 0 (0.00 B)" in text


STEP_TIME = r"\d+(s|ms|us)/step"
FIGURES = (
    r" - accuracy: \d\.\d{4} - loss: \d\.\d{4} - val_accuracy: \d\.\d{4} - val_loss: \d\.\d{4}"
)


def test_verbose_2_prints_a_line_an_epoch(data, capsys):
    classifier().fit(*data, batch_size=32, epochs=2, validation_split=0.1, verbose=2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0::2] == ["Epoch 1/2", "Epoch 2/2"]
    for line in lines[1::2]:
        assert re.fullmatch(rf"2/2 - \d+s - {STEP_TIME}{FIGURES}", line)


@pytest.mark.parametrize("verbose", [1, "auto"])
def test_verbose_1_ends_an_epoch_with_a_full_bar(data, capsys, verbose):
    classifier().fit(*data, batch_size=32, validation_split=0.1, verbose=verbose)
    first, bar = capsys.readouterr().out.splitlines()
    assert first == "Epoch 1/1"
    assert re.fullmatch(rf"2/2 ━{{20}} \d+s {STEP_TIME}{FIGURES}", bar)


def test_verbose_0_is_silent(data, capsys):
    model = classifier()
    model.fit(*data, verbose=0)
    model.evaluate(*data, verbose=0)
    model.predict(data[0], verbose=0)
    model(data[0])
    assert capsys.readouterr().out == ""


def test_evaluate_and_predict_print_as_in_keras(data, capsys):
    model = classifier()
    model.evaluate(*data)
    model.evaluate(*data, verbose=2)
    model.predict(data[0])
    bar, line, prediction = capsys.readouterr().out.splitlines()
    figures = r" - accuracy: \d\.\d{4} - loss: \d\.\d{4}"
    assert re.fullmatch(rf"3/3 ━{{20}} \d+s {STEP_TIME}{figures}", bar)
    assert re.fullmatch(rf"3/3 - \d+s - {STEP_TIME}{figures}", line)
    assert re.fullmatch(rf"3/3 ━{{20}} \d+s {STEP_TIME}", prediction)
