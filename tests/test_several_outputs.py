"""What training of several outputs promises; `test_fits_keras.py` compares it with Keras."""

import numpy as np
import pytest

import fastnn
from fastnn import utils
from fastnn.callbacks import ModelCheckpoint
from fastnn.layers import Activation, Dense, Input
from fastnn.losses import Huber, LogCosh, MeanSquaredError
from fastnn.models import Model, clone_model, load_model
from fixtures.output_settings import (
    frozen_trunk,
    inner_layer,
    logits_and_probabilities,
    merged,
    one_place_thrice,
    three_of_a_chain,
    two_branches,
)
from messages import raises
from test_gradients import compare_gradients, judged_by

RNG = np.random.default_rng(17)
X = RNG.normal(size=(60, 5))
PLANE = RNG.normal(size=(60, 2))
LABELS = np.arange(60) % 3
WEIGHTS = RNG.uniform(0.5, 2.0, size=60)
SPARSE = "sparse_categorical_crossentropy"
BOTH = {"inner": PLANE, "end": LABELS}


def model_of(build, dtype="float64", **compiled):
    entry = Input((5,), dtype=dtype)
    model = Model(entry, build(fastnn, entry))
    model.compile("adam", **compiled)
    return model


def two(**compiled):
    utils.set_random_seed(4)
    return model_of(inner_layer, **{"loss": ["mse", SPARSE]} | compiled)


NETWORKS = [
    inner_layer,
    logits_and_probabilities,
    three_of_a_chain,
    two_branches,
    one_place_thrice,
    merged,
    frozen_trunk,
]


@pytest.mark.parametrize("build", NETWORKS)
def test_gradients_are_those_of_the_weighted_sum_of_losses(core, build):
    utils.set_random_seed(2)
    model = model_of(build, loss="mse")
    rng = np.random.default_rng(5)
    model.set_weights([rng.normal(size=weight.shape) / 2 for weight in model.get_weights()])
    y = [rng.uniform(0.1, 0.9, size=(11, symbol.shape[1])) for symbol in model.outputs]
    kinds = MeanSquaredError(), LogCosh(), Huber(0.4, reduction="sum")
    judged = [
        judged_by(kind, weight, output)
        for output, (kind, weight) in enumerate(zip(kinds, (0.5, 3.0, 1.5), strict=True))
    ]
    _, slopes = compare_gradients(model, X[:11], y, judged[: len(y)])
    assert min(slopes) > 1e-4, "a gradient of zero proves nothing"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_at_one_output_alone_train_as_its_own_model_does(dtype):
    """The other outputs are there, and nobody asks them."""
    whole = model_of(inner_layer, dtype, loss=[None, SPARSE])
    alone = Model(whole.input, whole.outputs[1])
    alone.set_weights(whole.get_weights())
    start = whole.get_weights()
    alone.compile("adam", SPARSE)
    one = whole.fit(X, [PLANE, LABELS], shuffle=False, verbose=0).history
    trained = whole.get_weights()
    alone.set_weights(start)
    assert one == alone.fit(X, LABELS, shuffle=False, verbose=0).history
    for received, expected in zip(alone.get_weights(), trained, strict=True):
        np.testing.assert_array_equal(received, expected)


def test_weights_of_rows_may_be_named_as_targets_are():
    histories = [
        two(weighted_metrics={"inner": "mae", "end": "acc"})
        .fit(X, y, sample_weight=row_weights, shuffle=False, verbose=0)
        .history
        for y, row_weights in [
            ([PLANE, LABELS], [WEIGHTS, None]),
            (BOTH, {"inner": WEIGHTS, "end": None}),
            ((PLANE, LABELS[:, np.newaxis]), [WEIGHTS, np.ones(60)]),
        ]
    ]
    assert histories[0] == histories[1] == histories[2]
    assert list(histories[0]) == ["end_acc", "end_loss", "inner_loss", "inner_mae", "loss"]


def test_half_the_loss_at_twice_the_rate_takes_the_same_steps():
    trained = []
    for rate, weights in (0.1, None), (0.2, [0.5, 0.5]):
        model = two()
        model.compile(fastnn.optimizers.SGD(rate), ["mse", SPARSE], weights)
        history = model.fit(X, [PLANE, LABELS], shuffle=False, verbose=0).history
        trained.append((history, model.get_weights()))
    (plain, weights), (halved, expected) = trained
    np.testing.assert_allclose(plain["loss"], np.multiply(2, halved["loss"]), rtol=1e-12)
    np.testing.assert_allclose(plain["end_loss"], halved["end_loss"], rtol=1e-12)
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize("shuffle", [False, True])
def test_training_goes_on_from_a_file_to_the_same_bits(tmp_path, shuffle):
    def gap(y_true, y_pred):
        return abs(y_true - y_pred).max(axis=-1)

    def three(k, entry):
        hidden = k.layers.Dense(6, "relu", name="hidden")(entry)
        inner = k.layers.Dense(2, name="inner")(k.layers.Dropout(0.4, seed=1)(hidden))
        return [hidden, inner, k.layers.Dense(3, "softmax", name="end")(inner)]

    def new():
        utils.set_random_seed(6)
        return model_of(
            three,
            "float32",
            loss={"hidden": None, "inner": "mae", "end": SPARSE},
            loss_weights={"hidden": 0.0, "inner": 2.0, "end": 0.3},
            metrics={"end": "accuracy", "inner": [gap, "mse"]},
            weighted_metrics={"end": ["acc"]},
        )

    given = {"sample_weight": WEIGHTS, "shuffle": shuffle, "verbose": 0}
    whole = new()
    expected = whole.fit(X, BOTH, epochs=4, **given).history
    part = new()
    part.fit(X, BOTH, epochs=2, **given)
    part.save(tmp_path / "model.safetensors")
    again = load_model(tmp_path / "model.safetensors", custom_objects={"gap": gap})
    history = again.fit(X, BOTH, epochs=2, **given).history
    assert history == {name: values[2:] for name, values in expected.items()}
    for one, other in zip(again.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_clone_ends_where_its_model_does():
    model = two()
    clone = clone_model(model)
    assert clone.output_names == model.output_names
    clone.set_weights(model.get_weights())
    for one, other in zip(clone.predict(X, verbose=0), model.predict(X, verbose=0), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n_threads", [2, 3])
def test_the_number_of_threads_does_not_change_a_bit(n_threads):
    """Also of losses at one place, whose gradients are added."""

    def trained(threads):
        utils.set_random_seed(8)
        entry = Input((5,))
        wide = Dense(700, "relu", name="wide")(entry)
        logits = Dense(300, name="logits")(wide)
        model = Model(entry, [logits, Activation("softmax", name="end")(logits), wide])
        model.compile("adam", ["mse", SPARSE, "mae"], metrics=[None, "accuracy", None])
        rng = np.random.default_rng(1)
        x, labels = rng.normal(size=(900, 5)), rng.integers(0, 300, size=900)
        before = fastnn.get_num_threads()
        fastnn.set_num_threads(threads)
        try:
            y = [rng.normal(size=(900, 300)), labels, rng.normal(size=(900, 700))]
            figures = model.fit(x, y, batch_size=450, shuffle=False, verbose=0).history
        finally:
            fastnn.set_num_threads(before)
        return figures, model.get_weights()

    (figures, weights), (expected, expected_weights) = trained(n_threads), trained(1)
    assert figures == expected
    for one, other in zip(weights, expected_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_loss_of_an_output_may_be_watched(tmp_path):
    path = tmp_path / "best.safetensors"
    model = two()
    watch = ModelCheckpoint(path, monitor="val_end_loss", mode="min", save_best_only=True)
    model.fit(X, BOTH, validation_split=0.5, callbacks=watch, verbose=0)
    assert load_model(path).metrics_names == ["loss"]
    assert model.metrics_names == ["loss", "inner_loss", "end_loss"]


def test_the_figures_are_shown_by_name(capsys):
    two(metrics={"end": "accuracy"}).fit(X, BOTH, verbose=2)
    line = capsys.readouterr().out.splitlines()[-1]
    names = [part.split(":")[0] for part in line.split(" - ")[3:]]
    assert names == ["end_accuracy", "end_loss", "inner_loss", "loss"]


def test_what_was_compiled_can_be_read():
    model = two(loss=[None, SPARSE], metrics=["mae", None])
    assert [loss and loss.name for loss in model.loss] == [None, SPARSE]
    assert model.output_names == ["inner", "end"]
    assert model.metrics == []
    model.evaluate(X, [PLANE, LABELS], verbose=0)
    assert [metric.name for metric in model.metrics] == ["mae"]


NAMES = "'inner', 'end'"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            {"loss": ["mse"]},
            ValueError,
            f"expected loss with an entry for each of the 2 outputs {NAMES}. Received: 1",
        ),
        (
            {"loss": {"end": "mse"}},
            ValueError,
            f"expected loss with the names of outputs, {NAMES}. Received: 'end'",
        ),
        ({"loss": [None, None]}, ValueError, "expected a loss. Received: [None, None]"),
        (
            {"loss": "mse", "loss_weights": [1.0]},
            ValueError,
            f"expected loss_weights with an entry for each of the 2 outputs {NAMES}. Received: 1",
        ),
        (
            {"loss": "mse", "loss_weights": {"end": 1.0}},
            ValueError,
            f"expected loss_weights with the names of outputs, {NAMES}. Received: 'end'",
        ),
        (
            {"loss": "mse", "loss_weights": "one"},
            TypeError,
            "expected loss_weights to be a number, a list or a dict. Received: 'one'",
        ),
        (
            {"loss": "mse", "loss_weights": [1.0, np.nan]},
            ValueError,
            "expected each of loss_weights in (-inf, inf). Received: nan",
        ),
        (
            {"loss": "mse", "metrics": ["mae"]},
            ValueError,
            f"expected metrics with an entry for each of the 2 outputs {NAMES}. Received: 1",
        ),
        (
            {"loss": "mse", "weighted_metrics": {"middle": "mae"}},
            ValueError,
            f"expected weighted_metrics with the names of outputs, {NAMES}. Received: 'middle'",
        ),
    ],
)
def test_compile_says_what_does_not_fit_the_outputs(arguments, error, message):
    model = two()
    with raises(error, message):
        model.compile("sgd", **arguments)
    assert [loss.name for loss in model.loss] == ["mean_squared_error", SPARSE]


@pytest.mark.parametrize(
    ("y", "arguments", "error", "message"),
    [
        (
            PLANE,
            {},
            TypeError,
            f"expected y to be a list or a dict of arrays, for the outputs {NAMES}. "
            "Received: ndarray",
        ),
        (
            [PLANE, LABELS, LABELS],
            {},
            ValueError,
            f"expected y with an entry for each of the 2 outputs {NAMES}. Received: 3",
        ),
        (
            {"inner": PLANE},
            {},
            ValueError,
            f"expected y with the names of outputs, {NAMES}. Received: 'inner'",
        ),
        (
            [PLANE, LABELS[:59]],
            {},
            ValueError,
            "expected y[1] of shape (60,). Received: (59,)",
        ),
        (
            {"inner": PLANE[:, :1], "end": LABELS},
            {},
            ValueError,
            "expected y['inner'] of shape (60, 2). Received: (60, 1)",
        ),
        (
            BOTH,
            {"sample_weight": [WEIGHTS]},
            ValueError,
            f"expected sample_weight with an entry for each of the 2 outputs {NAMES}. Received: 1",
        ),
        (
            BOTH,
            {"sample_weight": [WEIGHTS, WEIGHTS[:3]]},
            ValueError,
            "expected sample_weight[1] of shape (60,). Received: (3,)",
        ),
        (
            BOTH,
            {"class_weight": {0: 2.0}},
            ValueError,
            "expected no class_weight for a model of several outputs. Received: {0: 2.0}",
        ),
    ],
)
def test_fit_says_what_does_not_fit_the_outputs(y, arguments, error, message):
    model = two()
    before = model.get_weights()
    with raises(error, message):
        model.fit(X, y, verbose=0, **arguments)
    for received, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(received, expected)


def test_the_core_refuses_outputs_that_are_not_there(core):
    network = two()._get_network(X)
    loss = core.WeightedLoss(core.Loss("mean_squared_error"), 1.0, 2)
    with raises(ValueError, "expected an output before 2. Received: 2"):
        network.set_objective([loss], [], [])
    with raises(ValueError, "expected an output before 2. Received: 5"):
        network.set_objective([], [], [5])
    one = core.WeightedLoss(core.Loss("mean_squared_error"))
    with raises(ValueError, "expected y for 2 outputs. Received: 1"):
        network.loss_and_gradients([X], [PLANE], [one])
