"""What programs for Keras do beside `fit`: they look into layers, and pass data in many shapes."""

import numpy as np
import pytest

import fastnn as keras
from fastnn.layers import (
    Add,
    BatchNormalization,
    Concatenate,
    Dense,
    Dropout,
    Input,
    InputLayer,
    LayerNormalization,
)
from fastnn.models import Model, Sequential
from messages import raises

RNG = np.random.default_rng(4)
X = RNG.normal(size=(30, 4)).astype(np.float32)
LABELS = np.arange(30) % 3


def classifier():
    keras.utils.set_random_seed(3)
    model = Sequential([Input((4,)), Dense(8, "relu"), Dense(3, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    return model


def two_inputs():
    keras.utils.set_random_seed(3)
    a, b = Input((4,), name="a"), Input((2,), name="b")
    hidden = Concatenate(name="joined")([Dense(3, name="of_a")(a), Dense(3, name="of_b")(b)])
    skip, hidden = Dense(3, name="skip")(a), Dense(3, name="hidden")(hidden)
    model = Model([a, b], Add(name="sum")([skip, hidden]))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_layers_and_weights_have_the_order_of_keras():
    """By the longest way to the outputs: as Keras 3.15 lists this model."""
    model = two_inputs()
    names = ["a", "b", "of_a", "of_b", "joined", "skip", "hidden", "sum"]
    assert [layer.name for layer in model.layers] == names
    weights = [f"{name}/{kind}" for name in names for kind in ("kernel", "bias")]
    with_weights = ("of_a", "of_b", "skip", "hidden")
    assert [weight.path for weight in model.weights] == [
        path for path in weights if path.split("/")[0] in with_weights
    ]


def test_a_layer_that_is_called_twice_stands_where_its_first_call_does():
    x = Input((4,), name="x")
    twice, once = Dense(4, name="twice"), Dense(4, name="once")
    model = Model(x, Add(name="sum")([twice(once(twice(x))), x]))
    assert [layer.name for layer in model.layers] == ["x", "twice", "once", "sum"]


def test_an_input_that_nobody_reads_comes_last_but_for_the_outputs():
    read, unread = Input((4,), name="read"), Input((2,), name="unread")
    model = Model([read, unread], Dense(3, name="scores")(read))
    assert [layer.name for layer in model.layers] == ["read", "unread", "scores"]
    assert model.predict([X, X[:, :2]], verbose=0).shape == (30, 3)


def test_functional_models_begin_with_an_input_layer():
    x = Input((4,), name="x")
    model = Model(x, Dense(2)(Dense(3, name="hidden")(x)))
    entry = model.layers[0]
    assert isinstance(entry, InputLayer)
    assert entry is model.get_layer("x") is model.get_layer(index=0)
    assert entry is Model(x, model.output).layers[0], "one for each Input"
    assert entry.output is x
    assert entry.get_weights() == [] == entry.weights
    assert entry.count_params() == 0
    inner = Model(model.input, model.layers[1].output)
    np.testing.assert_array_equal(inner(X), model.get_layer("hidden")(X))
    assert len(Sequential([x, Dense(2)]).layers) == 1, "as in Keras"


def test_a_sequential_may_begin_with_an_input_layer():
    model = Sequential([InputLayer((4,), dtype="float64"), Dense(2)])
    assert model.count_params() == 10
    assert model.dtype == "float64"


def test_weights_are_attributes_of_their_layers():
    dense, batch, layer = Dense(3), BatchNormalization(), LayerNormalization(center=False)
    with pytest.raises(AttributeError, match="to be built before its kernel"):
        dense.kernel  # noqa: B018
    model = Sequential([Input((4,)), dense, batch, layer])
    kernel, bias = dense.get_weights()
    np.testing.assert_array_equal(dense.kernel, kernel)
    dense.bias.assign(bias + 1)
    np.testing.assert_array_equal(model.get_weights()[1], bias + 1)
    found = [batch.gamma, batch.beta, batch.moving_mean, batch.moving_variance, layer.gamma]
    assert [weight.name for weight in found] == [weight.name for weight in model.weights[2:]]
    assert layer.beta is None
    assert Dense(3, use_bias=False, input_shape=(4,)).dtype == "float32"


def test_a_model_without_input_computes_in_the_dtype_of_its_first_layer():
    assert Sequential([Dense(3, dtype="float64"), Dense(2)])(X).dtype == np.float64
    assert Dense(3, dtype="float64").dtype == "float64"


def test_training_false_computes_as_predict():
    model = Sequential([Input((4,)), Dropout(0.5), BatchNormalization()])
    np.testing.assert_array_equal(model(X, training=False), model.predict(X, verbose=0))
    message = f"{model.name}(training=...) is not built yet, only its default None"
    with raises(NotImplementedError, message):
        model(X, training=True)
    with raises(NotImplementedError, message):
        model(Input((4,)), training=False)


def test_inputs_come_by_name_too():
    by_name, in_order = {"b": X[:, :2], "a": X}, [X, X[:, :2]]
    first, second = (
        model.fit(x, LABELS, shuffle=False, validation_data=(x, LABELS), verbose=0).model
        for model, x in ((two_inputs(), by_name), (two_inputs(), in_order))
    )
    assert first.history.history == second.history.history
    np.testing.assert_array_equal(
        first.predict(by_name, verbose=0), second.predict(in_order, verbose=0)
    )
    loss = first.evaluate(by_name, LABELS, batch_size=30, verbose=0)
    assert loss == second.evaluate(iter([(by_name, LABELS)]), verbose=0)
    with raises(ValueError, "expected x with the keys ['a', 'b']. Received: ['a']"):
        first.predict({"a": X}, verbose=0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_labels_may_be_whole_floats(dtype):
    first, second = classifier(), classifier()
    labels = LABELS.astype(dtype)[:, None]
    history = first.fit(X, LABELS, shuffle=False, verbose=0).history
    assert second.fit(X, labels, shuffle=False, verbose=0).history == history


@pytest.mark.parametrize("wrong", [0.5, np.nan, np.inf, 1e30])
def test_labels_that_are_no_whole_numbers_are_refused(wrong):
    labels = np.where(np.arange(30) == 4, wrong, LABELS)
    with raises(ValueError, f"expected y to hold whole numbers. Received: {wrong}"):
        classifier().fit(X, labels, verbose=0)


def test_the_weights_of_rows_may_be_a_column():
    weights = np.linspace(0, 2, 30)
    first, second = classifier(), classifier()
    history = first.fit(X, LABELS, sample_weight=weights, shuffle=False, verbose=0).history
    assert (
        second.fit(X, LABELS, sample_weight=weights[:, None], shuffle=False, verbose=0).history
        == history
    )


def test_batches_may_be_lists_as_loaders_of_pytorch_make_them():
    def batches(kind):
        return [kind((X[i : i + 10], LABELS[i : i + 10])) for i in (0, 10, 20)]

    class Loader:
        def __init__(self, kind):
            self._batches = batches(kind)

        def __iter__(self):
            return iter(self._batches)

    first, second = classifier(), classifier()
    history = first.fit(Loader(tuple), epochs=2, verbose=0).history
    assert second.fit(Loader(list), epochs=2, verbose=0).history == history
    np.testing.assert_array_equal(
        second.predict(Loader(list), verbose=0), first.predict(X, verbose=0)
    )


def test_a_metric_of_several_thresholds_has_them_all_in_the_history(capsys):
    recall = keras.metrics.Recall(thresholds=[0.2, 0.9], name="recall")
    model = Sequential([Input((4,)), Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=[recall])
    y = LABELS > 0
    (found,) = model.fit(X, y, verbose=0, validation_data=(X, y)).history["val_recall"]
    above = model.predict(X, verbose=0)[y, 0] > [[0.2], [0.9]]
    np.testing.assert_allclose(found, above.mean(axis=1), rtol=1e-6)
    _, again = model.evaluate(X, y, verbose=2)
    np.testing.assert_array_equal(again, found)
    assert f"recall: {above.mean():.4f}" in capsys.readouterr().out, "the mean, as in Keras"


def test_merges_have_functions():
    a, b = Input((4,)), Input((2,))
    sides = keras.layers.concatenate([Dense(4)(a), b], name="sides")
    model = Model([a, b], keras.layers.add([Dense(2)(sides), b]))
    assert [type(layer).__name__ for layer in model.layers] == [
        "InputLayer", "Dense", "InputLayer", "Concatenate", "Dense", "Add",
    ]  # fmt: skip
    assert model.get_layer("sides").output.shape == (None, 6)
    assert model.predict([X, X[:, :2]], verbose=0).shape == (30, 2)


def test_the_summary_has_a_row_for_each_of_the_layers_in_their_order():
    received = []
    x = Input((4,), name="x")
    twice = Dense(4, name="twice")
    Model(x, Add(name="sum")([twice(twice(x)), x])).summary(print_fn=received.append)
    rows = [line.split()[1] for line in received[0].split("\n") if line.startswith("│")]
    assert rows == ["x", "twice", "sum"]
    two_inputs().summary(print_fn=received.append)
    rows = [line.split()[1] for line in received[1].split("\n") if line.startswith("│")]
    assert rows == [layer.name for layer in two_inputs().layers]
