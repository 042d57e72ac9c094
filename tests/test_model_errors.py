"""Models put together or used in the wrong order: what is said, and that nothing has changed."""

import numpy as np
import pytest

from fastnn.layers import Dense, Flatten, Input
from fastnn.models import Sequential
from messages import raises

X = np.random.default_rng(8).normal(size=(20, 6))
LABELS = np.arange(20) % 3


def compiled():
    layers = [Input((6,)), Dense(5, activation="relu"), Dense(3, activation="softmax")]
    model = Sequential(layers, name="mine")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"optimizer": "ftrl"},
            NotImplementedError,
            "optimizer 'ftrl' is not built yet, only 'sgd', 'rmsprop', 'adam', 'adamw', 'adamax', "
            "'nadam', 'adagrad', 'adadelta', 'lion'",
        ),
        ({"loss": None}, ValueError, "expected a loss. Received: None"),
        (
            {"metrics": "accuracy"},
            TypeError,
            "expected metrics to be a list. Received: 'accuracy'",
        ),
        (
            {"metrics": [3]},
            TypeError,
            "expected metric to be a name, a function or a Metric. Received: 3",
        ),
        (
            {"weighted_metrics": "mae"},
            TypeError,
            "expected weighted_metrics to be a list. Received: 'mae'",
        ),
        (
            {"auto_scale_loss": False},
            NotImplementedError,
            "compile(auto_scale_loss=...) is not built yet, only its default True",
        ),
    ],
)
def test_compile_says_what_is_wrong_and_keeps_what_was_compiled(arguments, error, message):
    model = compiled()
    optimizer = model.optimizer
    with raises(error, message):
        model.compile(**{"optimizer": "sgd", "loss": "mse"} | arguments)
    assert model.optimizer is optimizer
    model.fit(X, LABELS, verbose=0)


def test_a_model_must_be_compiled_before_it_trains_or_is_evaluated():
    model = Sequential([Input((6,)), Dense(3)], name="mine")
    for call in model.fit, model.evaluate:
        with raises(ValueError, "expected 'mine' to be compiled: call compile() first"):
            call(X, LABELS)


def test_a_model_must_be_built_before_it_has_weights():
    model = Sequential([Dense(3)], name="mine")
    message = (
        "expected 'mine' to be built: give it an Input, or fit it first. "
        "Received: a model without weights"
    )
    for call in model.get_weights, model.count_params, lambda: model.set_weights([]):
        with raises(ValueError, message):
            call()


def test_a_model_without_layers_can_do_nothing():
    model = Sequential(name="mine")
    model.compile("sgd", "mse")
    for call in lambda: model.fit(X, X), lambda: model.predict(X), lambda: model.build((None, 6)):
        with raises(ValueError, "expected 'mine' to have layers. Received: none"):
            call()


def test_data_that_does_not_fit_leaves_a_model_unbuilt():
    model = Sequential([Dense(3, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    with raises(ValueError, "expected y in [0, 3). Received: 3 at index 2"):
        model.fit(X, LABELS + 1, verbose=0)
    with raises(ValueError, "expected x of shape (n_samples, n_features). Received: (20,)"):
        model.fit(LABELS, LABELS, verbose=0)
    assert not model.built
    assert model.fit(X[:, :2], LABELS, verbose=0)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda w: w[:3], ValueError, "expected 4 weights. Received: 3"),
        (
            lambda w: [*w[:3], np.zeros(4)],
            ValueError,
            "expected weights[3] of shape (3,). Received: (4,)",
        ),
        (
            lambda w: [w[0].T, *w[1:]],
            ValueError,
            "expected weights[0] of shape (6, 5). Received: (5, 6)",
        ),
        (
            lambda w: [w[0], w[1], w[2] + 1e39, w[3]],
            ValueError,
            "expected weights[2] within ±3.403e+38, the range of float32. "
            "Received a magnitude of 1e+39",
        ),
        (
            lambda w: [*w[:3], ["a", "b", "c"]],
            TypeError,
            "expected weights[3] to hold numbers. Received dtype: <U1",
        ),
    ],
)
def test_set_weights_replaces_all_or_nothing(change, error, message):
    model = compiled()
    before = model.get_weights()
    with raises(error, message):
        model.set_weights(change([weight.astype(np.float64) + 1 for weight in before]))
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize(
    ("entry", "error", "message"),
    [
        (lambda: 3, TypeError, "expected a layer. Received: 3"),
        (
            lambda: Input((6,)),
            ValueError,
            "expected Input as the first entry of 'mine', and only there",
        ),
        (
            lambda: Dense(3, name="taken"),
            ValueError,
            "expected layers with unique names. Received a second 'taken'",
        ),
        (
            lambda: Dense(3, dtype="float64", name="wide"),
            NotImplementedError,
            "layers of different dtypes in one model are not built yet: expected float32 "
            "for layer 'wide'. Received: float64",
        ),
        (
            lambda: Sequential([Input((4,)), Dense(3)], name="narrow"),
            ValueError,
            "expected 'narrow' to read (None, 4). Received: (None, 5)",
        ),
        (
            lambda: Sequential([Input((4,)), Dense(3, name="shared")]).layers[0],
            ValueError,
            "expected layer 'shared' to read rows of shape ((4,),) and float32. "
            "Received: ((5,),) and float32",
        ),
    ],
)
def test_add_says_what_is_wrong_and_adds_nothing(entry, error, message):
    model = Sequential([Input((6,)), Dense(5, name="taken")], name="mine")
    with raises(error, message):
        model.add(entry())
    assert [layer.name for layer in model.layers] == ["taken"]
    assert model.predict(X, verbose=0).shape == (20, 5)


def test_dense_on_images_asks_for_flatten():
    message = (
        "Dense over the last dimension of (n_samples, 2, 3) is not built yet: "
        "put Flatten() before it"
    )
    model = Sequential([Input((2, 3))])
    with raises(NotImplementedError, message):
        model.add(Dense(3))
    model.add(Flatten())
    model.add(Dense(3))
    assert model.count_params() == 21


def test_build_refuses_another_input_shape():
    model = Sequential([Input((6,)), Dense(3)])
    with raises(ValueError, "expected input_shape (None, 6). Received: (None, 5)"):
        model.build((None, 5))
    model.build((None, 6))


@pytest.mark.parametrize("arguments", [{"line_length": 80}, {"expand_nested": True}])
def test_summary_names_what_is_not_built(arguments):
    with pytest.raises(NotImplementedError, match=f"^summary\\({next(iter(arguments))}=...\\)"):
        compiled().summary(**arguments)
