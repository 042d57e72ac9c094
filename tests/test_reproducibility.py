"""The same seed gives the same bits, whatever the number of threads."""

import numpy as np
import pytest

import fastnn
from fastnn import optimizers, utils
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import Adam
from fixtures.optimizer_settings import OPTIMIZERS, make_optimizer
from messages import raises


@pytest.fixture
def set_threads():
    before = fastnn.get_num_threads()
    yield fastnn.set_num_threads
    fastnn.set_num_threads(before)


def trained(seed, dtype="float32"):
    """The weights and the history of a network after three epochs of shuffled rows."""
    if seed is not None:
        utils.set_random_seed(seed)
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(333, 20)), rng.integers(0, 10, size=333)
    model = Sequential(
        [Input((20,)), Dense(67, activation="relu"), Dense(10, activation="softmax")], dtype=dtype
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(x, y, epochs=3, validation_split=0.1, verbose=0).history
    return [*model.get_weights(), model(x), *map(np.array, history.values())]


def assert_same_bits(received, expected):
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_same_seed_gives_the_same_bits_with_and_without_a_limit_on_threads(
    core, set_threads, dtype
):
    expected = trained(4, dtype)
    set_threads(1)
    assert_same_bits(trained(4, dtype), expected)


def dense_layer(layer, rng, n_inputs, units):
    """A layer of the core, with weights and both penalties."""
    dense = layer.dense(n_inputs, units, True)
    weights = [rng.normal(size=weight.shape) / 10 for weight in dense.parameters()]
    dtype = dense.parameters()[0].dtype
    dense.set_parameters([weight.astype(dtype) for weight in weights])
    dense.set_penalties([(1e-4, 1e-3), (0.0, 0.0)])
    return dense


def trained_by_core(core, dtype, n_threads, optimizer):
    """What two epochs leave of a network wide enough for every one of seven threads to get work."""
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=(1100, 100)).astype(dtype), rng.integers(0, 10, size=1100)
    layer = {"float32": core.LayerFloat32, "float64": core.LayerFloat64}[dtype]
    layers = [
        dense_layer(layer, rng, 100, 301),
        layer.activation(301, "relu"),
        layer.dropout(301, 0.3, 5),
        layer.batch_normalization(301, 0.9, 1e-3, True, True),
        dense_layer(layer, rng, 301, 10),
        layer.layer_normalization(10, 1e-3, True, True),
        layer.activation(10, "softmax"),
    ]
    network_type = {"float32": core.NetworkFloat32, "float64": core.NetworkFloat64}[dtype]
    chain = [[place] for place in range(len(layers))]
    network = network_type([100], layers, chain, [len(layers)], [True] * len(layers))
    loss = core.Loss.cross_entropy(False, 0.0)
    rates = optimizer._learning_rates(0, 4)
    accuracy = core.CountedMetric(core.Metric.categorical_accuracy())
    network.set_objective([core.WeightedLoss(loss)], [accuracy], [0])
    tally = core.Tally()
    trained, again = [
        network.train(
            [x],
            [y],
            [None],
            core.permutation(1100, 3, epoch),
            600,
            optimizer._to_core(),
            rates[2 * epoch : 2 * (epoch + 1)],
            tally,
            None,
            n_threads,
        )
        for epoch in range(2)
    ]
    in_order = np.arange(1100)
    judged = network.evaluate([x], [y], [None], in_order, 32, tally, None, n_threads)
    return [
        *(weight for layer in layers for weight in layer.parameters()),
        *network.predict([x], None, n_threads),
        *trained,
        *again,
        *judged,
        np.array(tally.figures()),
    ]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_threads", [2, 3, 7])
def test_any_number_of_threads_gives_the_same_bits(core, dtype, n_threads):
    expected = trained_by_core(core, dtype, 1, Adam())
    assert_same_bits(trained_by_core(core, dtype, n_threads, Adam()), expected)


@pytest.mark.parametrize("setting", OPTIMIZERS)
def test_one_two_and_five_threads_give_the_same_bits_with_every_optimizer(core, setting):
    one, two, five = (
        trained_by_core(core, "float32", n, make_optimizer(optimizers, setting)) for n in (1, 2, 5)
    )
    assert_same_bits(two, one)
    assert_same_bits(five, one)


def test_every_level_shuffles_alike(core):
    np.testing.assert_array_equal(core.permutation(99, 5, 2), fastnn._core.permutation(99, 5, 2))


def test_another_seed_and_no_seed_give_other_weights():
    first, second = trained(4)[0], trained(5)[0]
    third, fourth = trained(None)[0], trained(None)[0]
    weights = [first, second, third, fourth]
    for index, weight in enumerate(weights):
        assert not any(np.array_equal(weight, other) for other in weights[:index])


def test_rows_are_shuffled_anew_in_each_epoch_and_only_if_asked():
    orders = [fastnn._core.permutation(100, 7, epoch) for epoch in range(3)]
    for order in orders:
        np.testing.assert_array_equal(np.sort(order), np.arange(100))
    assert not np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[1], orders[2])
    np.testing.assert_array_equal(orders[0], fastnn._core.permutation(100, 7, 0))


def test_numpys_global_state_is_left_alone():
    np.random.seed(1)  # noqa: NPY002  this is the state in question
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    trained(4)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


@pytest.mark.parametrize(
    ("seed", "error", "message"),
    [
        (-1, ValueError, "expected seed >= 0. Received: -1"),
        (1.5, TypeError, "expected seed to be an integer. Received: 1.5"),
        (None, TypeError, "expected seed to be an integer. Received: None"),
    ],
)
def test_a_seed_is_an_integer_from_zero_on(seed, error, message):
    with raises(error, message):
        utils.set_random_seed(seed)


@pytest.mark.parametrize(
    ("x", "num_classes", "expected"),
    [
        ([0, 2, 1], None, [[1, 0, 0], [0, 0, 1], [0, 1, 0]]),
        ([0, 1], 3, [[1, 0, 0], [0, 1, 0]]),
        ([[1], [0]], None, [[0, 1], [1, 0]]),
        ([[1, 0]], None, [[[0, 1], [1, 0]]]),
        (np.array([1, 0], np.uint8), None, [[0, 1], [1, 0]]),
        ([1.0, 0.0], None, [[0, 1], [1, 0]]),
        ([], 2, np.empty((0, 2))),
    ],
)
def test_to_categorical_equals_keras(x, num_classes, expected):
    received = utils.to_categorical(x, num_classes)
    assert received.dtype == np.float64
    np.testing.assert_array_equal(received, expected)


@pytest.mark.parametrize(
    ("x", "num_classes", "error", "message"),
    [
        ([0, 3], 3, ValueError, "expected x in [0, 3). Received: 3 at index 1"),
        ([0, -1], None, ValueError, "expected x in [0, 1). Received: -1 at index 1"),
        ([0.5], None, ValueError, "expected x to hold whole numbers. Received: 0.5"),
        ([], None, ValueError, "expected num_classes where x is empty. Received: None"),
        (["a"], None, TypeError, "expected x to hold numbers. Received dtype: <U1"),
        ([0], 0, ValueError, "expected num_classes >= 1. Received: 0"),
    ],
)
def test_to_categorical_says_what_is_wrong(x, num_classes, error, message):
    with raises(error, message):
        utils.to_categorical(x, num_classes)
