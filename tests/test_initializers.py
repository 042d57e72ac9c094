"""What initializers promise: Keras's formulas, and the same weights for the same seed."""

import math

import numpy as np
import pytest

from fastnn import initializers, utils
from fastnn.initializers import (
    Constant,
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    Identity,
    LecunNormal,
    LecunUniform,
    Ones,
    Orthogonal,
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    Zeros,
)
from messages import raises

RANDOM = [
    RandomNormal,
    RandomUniform,
    TruncatedNormal,
    VarianceScaling,
    GlorotUniform,
    GlorotNormal,
    HeUniform,
    HeNormal,
    LecunUniform,
    LecunNormal,
    Orthogonal,
]
SHAPE = (300, 200)


def check_uniform(weights, limit):
    assert np.abs(weights).max() <= limit * (1 + 1e-6)
    # 60,000 draws: the mean within five standard errors, the quantiles of a straight line
    assert abs(weights.mean()) < 5 * limit / math.sqrt(3 * weights.size)
    levels = np.linspace(0.05, 0.95, 19)
    np.testing.assert_allclose(
        np.quantile(weights, levels), limit * (2 * levels - 1), atol=0.02 * limit
    )


def check_normal(weights, mean, stddev):
    assert abs(weights.mean() - mean) < 5 * stddev / math.sqrt(weights.size)
    assert weights.std() == pytest.approx(stddev, rel=0.02)


@pytest.mark.parametrize(
    ("initializer", "limit"),
    [
        (RandomUniform(-0.3, 0.3, seed=1), 0.3),
        (GlorotUniform(seed=1), math.sqrt(6 / 500)),
        (HeUniform(seed=1), math.sqrt(6 / 300)),
        (LecunUniform(seed=1), math.sqrt(3 / 300)),
        (VarianceScaling(2.5, "fan_out", "uniform", seed=1), math.sqrt(3 * 2.5 / 200)),
    ],
)
def test_uniform_weights_have_the_limits_of_keras(initializer, limit):
    check_uniform(initializer(SHAPE), limit)


@pytest.mark.parametrize(
    ("initializer", "variance"),
    [
        (GlorotNormal(seed=1), 2 / 500),
        (HeNormal(seed=1), 2 / 300),
        (LecunNormal(seed=1), 1 / 300),
        (VarianceScaling(seed=1), 1 / 300),
        (VarianceScaling(3.0, "fan_avg", "normal", seed=1), 3 / 250),
    ],
)
def test_truncated_weights_have_the_variance_that_scaling_asks_for(initializer, variance):
    weights = initializer(SHAPE)
    check_normal(weights, 0.0, math.sqrt(variance))
    # Cut at two deviations of the wider normal distribution; 60,000 draws come close to the cut.
    cut = 2 * math.sqrt(variance) / 0.87962566103423978
    assert 0.99 * cut < np.abs(weights).max() <= cut * (1 + 1e-6)


def test_the_correction_for_truncation_is_the_deviation_between_minus_two_and_two():
    density = math.exp(-2) / math.sqrt(2 * math.pi)
    share = math.erf(math.sqrt(2))
    stddev = math.sqrt(1 - 4 * density / share)
    assert stddev == pytest.approx(initializers._scaling._TRUNCATED_STDDEV, rel=1e-12)


def test_normal_weights_have_their_mean_and_deviation():
    check_normal(RandomNormal(0.5, 0.2, seed=1)(SHAPE), 0.5, 0.2)
    check_normal(
        VarianceScaling(2.0, "fan_in", "untruncated_normal", 1)(SHAPE), 0, math.sqrt(2 / 300)
    )
    assert np.abs(RandomNormal(stddev=1.0, seed=1)(SHAPE)).max() > 3.5


def test_truncated_normal_weights_stay_within_two_deviations():
    weights = TruncatedNormal(mean=1.0, stddev=0.1, seed=1)(SHAPE)
    assert np.abs(weights - 1).max() <= 0.2 * (1 + 1e-6)
    check_normal(weights, 1.0, 0.1 * 0.8796)


@pytest.mark.parametrize("shape", [(5, 5), (40, 7), (7, 40), (2, 3, 4), (3, 1, 10), (1, 1)])
@pytest.mark.parametrize("gain", [1.0, 2.5])
def test_orthogonal_weights_are_orthogonal(shape, gain):
    weights = Orthogonal(gain)(shape, "float64")
    assert weights.shape == shape
    matrix = weights.reshape(-1, shape[-1])
    smaller = matrix.T @ matrix if matrix.shape[0] >= matrix.shape[1] else matrix @ matrix.T
    np.testing.assert_allclose(smaller, gain**2 * np.eye(len(smaller)), atol=1e-12)


def test_orthogonal_weights_are_uniform_among_rotations():
    """The QR decomposition without its signs would put the same sign on every diagonal."""
    signs = [np.sign(Orthogonal(seed=seed)((3, 3))[0, 0]) for seed in range(60)]
    assert 15 < signs.count(1) < 45


def test_constants_are_constant():
    np.testing.assert_array_equal(Zeros()((2, 3)), np.zeros((2, 3)))
    np.testing.assert_array_equal(Ones()((2, 3)), np.ones((2, 3)))
    np.testing.assert_array_equal(Constant(-1.5)((2,)), [-1.5, -1.5])
    np.testing.assert_array_equal(Constant()((2,)), [0.0, 0.0])
    np.testing.assert_array_equal(Identity(2.0)((2, 3)), [[2, 0, 0], [0, 2, 0]])


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((), (1, 1)),
        ((5,), (5, 5)),
        ((784, 10), (784, 10)),
        ((7, 3, 4), (21, 28)),
        ((3, 3, 16, 32), (144, 288)),
    ],
)
def test_fans_are_counted_as_in_keras(shape, expected):
    assert initializers._scaling.fans(shape) == expected


def test_fans_may_be_named_by_axes():
    given = VarianceScaling(1.0, "fan_in", "uniform", seed=1, input_axes=[0, 2], output_axes=[1, 3])
    assert initializers._scaling.fans((2, 3, 4, 5), [0, 2], [1, 3]) == (8, 15)
    weights = given((2, 3, 4, 5))
    assert 0.9 * math.sqrt(3 / 8) < np.abs(weights).max() <= math.sqrt(3 / 8)
    assert LecunUniform(input_axes=[0], output_axes=[1]).input_axes == [0]


@pytest.mark.parametrize("kind", RANDOM)
def test_the_same_seed_draws_the_same_weights(kind):
    first, again, other = kind(seed=3), kind(seed=3), kind(seed=4)
    np.testing.assert_array_equal(first((7, 5)), again((7, 5)))
    np.testing.assert_array_equal(first((7, 5)), first((7, 5)))
    assert not np.array_equal(first((7, 5)), other((7, 5)))
    np.testing.assert_array_equal(
        first((7, 5), "float32"), first((7, 5), "float64").astype(np.float32)
    )


@pytest.mark.parametrize("kind", RANDOM)
def test_without_a_seed_the_seed_of_the_process_counts(kind):
    utils.set_random_seed(5)
    expected = [kind()((4, 4)) for _ in range(2)]
    utils.set_random_seed(5)
    received = [kind()((4, 4)) for _ in range(2)]
    np.testing.assert_array_equal(received, expected)
    assert not np.array_equal(*received)


def test_the_state_of_numpy_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    for kind in RANDOM:
        kind()((4, 4))
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("kind", [*RANDOM, Zeros, Ones, Constant, Identity])
def test_configs_make_the_same_initializer_again(kind):
    initializer = kind(seed=2) if kind in RANDOM else kind()
    again = kind.from_config(initializer.get_config())
    assert again.get_config() == initializer.get_config()
    np.testing.assert_array_equal(again((3, 4)), initializer((3, 4)))
    np.testing.assert_array_equal(initializer.clone()((3, 4)), initializer((3, 4)))


def test_a_config_keeps_an_open_seed_open():
    assert RandomNormal().get_config() == {"seed": None, "mean": 0.0, "stddev": 0.05}
    assert GlorotUniform(seed=1).get_config() == {
        "seed": 1,
        "input_axes": None,
        "output_axes": None,
    }


@pytest.mark.parametrize("dtype", [None, "float32", np.float64, np.dtype("float64")])
@pytest.mark.parametrize("kind", [*RANDOM, Zeros, Ones, Constant, Identity])
def test_weights_have_the_dtype_that_is_asked_for(kind, dtype):
    assert kind()((3, 4), dtype=dtype).dtype == np.dtype(dtype or "float32")


@pytest.mark.parametrize("kind", [*RANDOM, Zeros, Ones, Constant, Identity])
def test_weights_of_no_inputs_are_empty(kind):
    assert kind()((0, 4)).shape == (0, 4)


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("glorot_uniform", GlorotUniform),
        ("GlorotUniform", GlorotUniform),
        ("he_normal", HeNormal),
        ("lecun_uniform", LecunUniform),
        ("zeros", Zeros),
        ("zero", Zeros),
        ("one", Ones),
        ("normal", RandomNormal),
        ("uniform", RandomUniform),
        ("truncated_normal", TruncatedNormal),
        ("variance_scaling", VarianceScaling),
        ("orthogonal", Orthogonal),
        ("OrthogonalInitializer", Orthogonal),
        ("identity", Identity),
        ("constant", Constant),
        (Ones, Ones),
        (HeUniform(seed=1), HeUniform),
    ],
)
def test_initializers_are_found_as_in_keras(identifier, kind):
    assert type(initializers.get(identifier)) is kind


def test_classes_have_their_names_in_lower_case_too():
    assert initializers.he_uniform is HeUniform
    assert initializers.random_normal is RandomNormal
    assert initializers.get("random_normal").stddev == 0.05


def test_a_callable_is_taken_as_it_is():
    def ramp(shape, dtype=None):
        return np.arange(math.prod(shape), dtype=dtype).reshape(shape)

    assert initializers.get(ramp) is ramp
    assert initializers.get(None) is None


def test_an_array_is_taken_as_the_weights():
    given = np.array([[1.5, 2.0], [3.0, 4.0]])
    initializer = initializers.get(given)
    given[:] = 0
    weights = initializer((2, 2))
    np.testing.assert_array_equal(weights, [[1.5, 2.0], [3.0, 4.0]])
    assert weights.dtype == np.float32
    weights[:] = 0
    assert initializer((2, 2)).any()
    with raises(ValueError, "expected weights of shape (4,). Received: (2, 2)"):
        initializer((4,))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: initializers.get("stft"),
            NotImplementedError,
            None,
        ),
        (lambda: initializers.get("glorot"), ValueError, None),
        (
            lambda: initializers.get(3),
            TypeError,
            "expected initializer to be a name, a callable or an array. Received: 3",
        ),
        (
            lambda: RandomNormal(stddev=-1),
            ValueError,
            "expected stddev in [0, inf). Received: -1",
        ),
        (
            lambda: RandomUniform(1.0, 0.5),
            ValueError,
            "expected maxval >= minval = 1.0. Received: 0.5",
        ),
        (
            lambda: VarianceScaling(scale=0.0),
            ValueError,
            "expected scale in (0, inf). Received: 0.0",
        ),
        (
            lambda: VarianceScaling(mode="fan"),
            ValueError,
            "expected mode to be one of 'fan_in', 'fan_out', 'fan_avg'. Received: 'fan'",
        ),
        (
            lambda: VarianceScaling(distribution="cauchy"),
            ValueError,
            "expected distribution to be one of 'truncated_normal', 'untruncated_normal', "
            "'uniform'. Received: 'cauchy'",
        ),
        (
            lambda: HeNormal(seed=1.5),
            TypeError,
            "expected seed to be an integer. Received: 1.5",
        ),
        (lambda: HeNormal(seed=-1), ValueError, "expected seed >= 0. Received: -1"),
        (
            lambda: Identity()((3,)),
            ValueError,
            "expected a shape of 2 dimensions for Identity. Received: (3,)",
        ),
        (
            lambda: Orthogonal()((3,)),
            ValueError,
            "expected a shape of at least 2 dimensions for Orthogonal. Received: (3,)",
        ),
        (
            lambda: Zeros()(3),
            TypeError,
            "expected shape to be a tuple of integers. Received: 3",
        ),
        (
            lambda: Zeros()((-1,)),
            ValueError,
            "expected each length in shape >= 0. Received: -1",
        ),
        (
            lambda: Zeros()((1,), dtype="float16"),
            ValueError,
            "expected dtype to be one of 'float32', 'float64'. Received: 'float16'",
        ),
        (
            lambda: Constant(1e39)((1,)),
            ValueError,
            "expected the weights within ±3.403e+38, the range of float32. "
            "Received a magnitude of 1e+39",
        ),
    ],
)
def test_an_initializer_says_what_is_wrong(make, error, message):
    if message is None:
        with pytest.raises(error, match="initializer"):
            make()
    else:
        with raises(error, message):
            make()
