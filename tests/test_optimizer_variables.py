"""What an optimizer remembers has Keras's names, order and values, and may be assigned to."""

import copy
import pickle

import numpy as np
import pytest

import fastnn
from fastnn import layers, optimizers

X = np.random.default_rng(0).normal(size=(12, 3))
Y = np.random.default_rng(1).normal(size=(12, 1))
CASES = {
    "SGD": ("SGD", {}),
    "SGD momentum": ("SGD", {"momentum": 0.9}),
    "RMSprop": ("RMSprop", {}),
    "RMSprop momentum": ("RMSprop", {"momentum": 0.9}),
    "RMSprop centered": ("RMSprop", {"centered": True}),
    "RMSprop all": ("RMSprop", {"momentum": 0.9, "centered": True, "use_ema": True}),
    "Adam": ("Adam", {}),
    "Adam amsgrad": ("Adam", {"amsgrad": True, "clipnorm": 0.5}),
    "Adam averaged": (
        "Adam",
        {"use_ema": True, "gradient_accumulation_steps": 2},
    ),
    "AdamW": ("AdamW", {}),
    "Adamax": ("Adamax", {}),
    "Adagrad": ("Adagrad", {}),
    "Adadelta": ("Adadelta", {}),
    "Lion": ("Lion", {}),
}


def make_model(package, optimizer, dtype="float64"):
    """A model of `package`, Keras or fastnn, with an optimizer."""
    model = package.Sequential(
        [
            package.Input((3,), dtype=dtype),
            package.layers.Dense(4, activation="tanh", name="hidden", dtype=dtype),
            package.layers.BatchNormalization(name="norm", dtype=dtype),
            package.layers.Dense(1, use_bias=False, name="out", dtype=dtype),
        ]
    )
    model.compile(optimizer=optimizer, loss="mse")
    return model


def trained(optimizer, n_steps=3):
    model = make_model(fastnn, optimizer)
    for _ in range(n_steps):
        model.train_on_batch(X, Y)
    return model


def names(variables):
    return [variable.name for variable in variables]


@pytest.mark.parametrize("case", CASES)
def test_variables_are_those_of_keras(case):
    keras = pytest.importorskip("keras")
    name, settings = CASES[case]
    fastnn.utils.set_random_seed(5)
    optimizer = getattr(optimizers, name)(0.05, **settings)
    peer = getattr(keras.optimizers, name)(0.05, **settings)
    ours, theirs = (make_model(*one, "float32") for one in ((fastnn, optimizer), (keras, peer)))
    theirs.set_weights(ours.get_weights())
    for _ in range(3):
        ours.train_on_batch(X, Y)
        theirs.train_on_batch(X, Y)
    prefix = f"{theirs.name}_"  # of the model, which a layer of ours does not know
    assert names(optimizer.variables) == [v.name.removeprefix(prefix) for v in peer.variables]
    for variable, expected in zip(optimizer.variables, peer.variables, strict=True):
        assert variable.shape == tuple(expected.shape)
        np.testing.assert_allclose(
            variable, np.asarray(expected), rtol=2e-5, atol=1e-5, err_msg=variable.path
        )


def test_slots_are_listed_weight_by_weight_behind_count_and_rate():
    optimizer = optimizers.Adam(0.1)
    assert [v.path for v in optimizer.variables] == ["adam/iteration", "adam/learning_rate"]
    model = trained(optimizer)
    assert [v.shape for v in optimizer.variables[2::2]] == [
        w.shape for w in model.trainable_weights
    ]
    slots = [
        f"{weight}_{slot}"
        for weight in ("hidden_kernel", "hidden_bias", "norm_gamma", "norm_beta", "out_kernel")
        for slot in ("momentum", "velocity")
    ]
    assert names(optimizer.variables) == ["iteration", "learning_rate", *slots]
    assert int(optimizer.variables[0]) == optimizer.iterations == 3
    assert float(optimizer.variables[1]) == 0.1
    assert [v.trainable for v in optimizer.variables] == [False] * 12


def test_a_schedule_is_no_variable_and_a_frozen_layer_has_no_slots():
    schedule = optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    optimizer = optimizers.SGD(schedule, momentum=0.9)
    model = make_model(fastnn, optimizer)
    model.layers[0].trainable = False
    model.compile(optimizer=optimizer, loss="mse")
    model.train_on_batch(X, Y)
    expected = ["norm_gamma_momentum", "norm_beta_momentum", "out_kernel_momentum"]
    assert names(optimizer.variables) == ["iteration", *expected]


def test_an_optimizer_whose_variables_are_set_back_begins_anew():
    """The usual way to reset an optimizer in Keras."""
    optimizer = optimizers.Adam(0.01)
    model = trained(optimizer)
    for variable in optimizer.variables:
        if variable.name != "learning_rate":
            variable.assign(np.zeros(variable.shape))
    fresh = make_model(fastnn, optimizers.Adam(0.01))
    fresh.set_weights(model.get_weights())
    for one in (model, fresh):
        one.train_on_batch(X, Y)
    for ours, expected in zip(model.get_weights(), fresh.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)
    optimizer.variables[1].assign(0.5)
    assert optimizer.learning_rate == 0.5


def test_weights_have_names_and_may_be_assigned_to():
    model = trained(optimizers.SGD(0.1))
    assert [weight.path for weight in model.weights] == [
        "hidden/kernel",
        "hidden/bias",
        "norm/gamma",
        "norm/beta",
        "norm/moving_mean",
        "norm/moving_variance",
        "out/kernel",
    ]
    assert names(model.non_trainable_variables) == ["moving_mean", "moving_variance"]
    assert len(model.trainable_variables) == 5
    for weight, expected in zip(model.weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight.numpy(), expected)
        assert (weight.shape, weight.ndim, weight.dtype) == (
            expected.shape,
            expected.ndim,
            "float64",
        )
    bias = model.layers[0].weights[1]
    bias.assign([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_array_equal(model.get_weights()[1], [1, 2, 3, 4])
    assert repr(bias).startswith("<Variable path=hidden/bias, shape=(4,), dtype=float64, value=[1")
    with pytest.raises(ValueError, match=r"expected value of shape \(4,\)"):
        bias.assign([1.0])
    model.layers[0].trainable = False
    assert names(model.trainable_weights) == ["gamma", "beta", "kernel"]


def test_layers_without_weights_have_no_variables():
    data = np.arange(12.0).reshape(4, 3)
    normalization = layers.Normalization()
    normalization.adapt(data)
    model = fastnn.Sequential(
        [fastnn.Input((3,)), layers.Rescaling(2.0), normalization, layers.ReLU(), layers.Dense(1)]
    )
    assert names(model.weights) == ["mean", "variance", "count", "kernel", "bias"]
    assert names(model.trainable_weights) == ["kernel", "bias"]
    assert layers.Dense(2).weights == []


@pytest.mark.parametrize("shares", [False, True])
def test_weights_in_a_list_do_not_decay(shares):
    """Without gradients, decay is all that happens to a weight."""
    inputs = fastnn.Input((3,), dtype="float64")
    hidden = layers.Dense(3, activation="tanh", bias_initializer="ones")
    normed = layers.LayerNormalization()
    outputs = normed(hidden(inputs))
    outputs = layers.Dense(2)(hidden(outputs) if shares else outputs)
    model = fastnn.Model(inputs, outputs)
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(
        var_list=[hidden.weights[0], *normed.weights[1:]], var_names=["gam"]
    )
    model.compile(optimizer=optimizer, loss="mse")
    before = model.get_weights()
    no_weight = np.zeros(len(X))
    model.train_on_batch(X, np.zeros((len(X), 2)), sample_weight=no_weight)
    kept = [1, 0.95, 1, 1, 0.95, 0.95]  # hidden, normed, last
    for weight, old, share, new in zip(
        model.weights, before, kept, model.get_weights(), strict=True
    ):
        np.testing.assert_allclose(new, share * old, rtol=1e-12, err_msg=weight.path)


def test_weights_that_do_not_decay_are_told_in_files(tmp_path):
    optimizer = optimizers.AdamW(0.1, weight_decay=0.5)
    model = make_model(fastnn, optimizer)
    optimizer.exclude_from_weight_decay([model.weights[0], model.weights[6]])
    model.train_on_batch(X, Y)
    model.save(tmp_path / "model.safetensors")
    other = fastnn.models.load_model(tmp_path / "model.safetensors")
    for one in (model, other):
        one.train_on_batch(X, Y)
    for ours, expected in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, expected)
    assert names(other.optimizer.variables) == names(optimizer.variables)


def test_a_copy_of_an_optimizer_belongs_to_no_model():
    optimizer = optimizers.Adam(0.1)
    trained(optimizer)
    for other in (pickle.loads(pickle.dumps(optimizer)), copy.deepcopy(optimizer)):
        assert names(other.variables) == ["iteration", "learning_rate"]
        assert other.iterations == 3
        with pytest.raises(ValueError, match="expected a model that has been trained"):
            other.variables[0].assign(0)


@pytest.mark.parametrize("given", [[1.0], ["kernel"], [np.ones(3)]])
def test_only_weights_of_layers_are_excluded(given):
    with pytest.raises(TypeError, match="expected var_list to hold weights of layers"):
        optimizers.AdamW().exclude_from_weight_decay(given)
