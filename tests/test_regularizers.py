"""What regularizers promise: Keras's penalties."""

import numpy as np
import pytest

from fastnn import regularizers
from fastnn.regularizers import L1, L1L2, L2, Regularizer
from messages import raises

W = np.random.default_rng(0).normal(size=(7, 5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("regularizer", "of_magnitudes", "of_squares"),
    [
        (L1(), 0.01, 0),
        (L1(0.3), 0.3, 0),
        (L2(), 0, 0.01),
        (L2(0.2), 0, 0.2),
        (L1L2(), 0, 0),
        (L1L2(l1=0.3), 0.3, 0),
        (L1L2(l2=0.2), 0, 0.2),
        (L1L2(0.3, 0.2), 0.3, 0.2),
        (L1(None), 0.01, 0),
        (L2(None), 0, 0.01),
        (L1L2(None, None), 0, 0),
    ],
)
def test_a_penalty_is_a_sum_of_magnitudes_and_squares(
    regularizer, of_magnitudes, of_squares, dtype
):
    weights = W.astype(dtype)
    exact = weights.astype(np.float64).ravel().tolist()
    expected = sum(of_magnitudes * abs(w) + of_squares * w * w for w in exact)
    assert regularizer(weights) == pytest.approx(expected, rel=1e-12)
    assert isinstance(regularizer(weights), float)


def test_penalties_are_summed_in_float64():
    weights = np.full(1 << 20, 0.1, np.float32)
    assert L1(1.0)(weights) == pytest.approx(float(np.float32(0.1)) * (1 << 20), rel=1e-9)
    assert L2(1.0)(np.full(2, 1e30, np.float32)) == pytest.approx(2e60, rel=1e-6)


def test_a_penalty_of_nothing_is_nothing():
    assert L1L2(1.0, 1.0)(np.empty((0, 3))) == 0.0


def test_infinite_weights_do_not_spoil_a_penalty_of_factor_zero():
    assert L1L2()([np.inf]) == 0.0
    assert L2(0.5)([np.inf]) == np.inf
    assert np.isnan(L1(0.5)([np.nan]))


@pytest.mark.parametrize(
    ("identifier", "kind", "config"),
    [
        ("l1", L1, {"l1": 0.01}),
        ("l2", L2, {"l2": 0.01}),
        ("L2", L2, {"l2": 0.01}),
        ("L1L2", L1L2, {"l1": 0.0, "l2": 0.0}),
        (L1, L1, {"l1": 0.01}),
        (L1L2(0.5, 0.25), L1L2, {"l1": 0.5, "l2": 0.25}),
    ],
)
def test_regularizers_are_found_as_in_keras(identifier, kind, config):
    regularizer = regularizers.get(identifier)
    assert type(regularizer) is kind
    assert regularizer.get_config() == config
    assert kind.from_config(config).get_config() == config


def test_names_in_lower_case_are_the_classes():
    assert (regularizers.l1, regularizers.l2, regularizers.l1_l2) == (L1, L2, L1L2)
    assert regularizers.get(None) is None


class Mine(Regularizer):
    pass


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: regularizers.get("orthogonal_regularizer"),
            NotImplementedError,
            "regularizer 'orthogonal_regularizer' is not built yet, "
            "only 'l1', 'l2', 'l1l2', 'L1', 'L2', 'L1L2'",
        ),
        (
            lambda: regularizers.get("l3"),
            ValueError,
            "expected regularizer to be one of 'l1', 'l2', 'l1l2', 'L1', 'L2', 'L1L2'. "
            "Received: 'l3'",
        ),
        (
            lambda: regularizers.get(0.1),
            TypeError,
            "expected regularizer to be a name or a Regularizer. Received: 0.1",
        ),
        (
            lambda: regularizers.get(abs),
            NotImplementedError,
            "regularizer <built-in function abs> is not built: the core has the gradients of L1 "
            "and L2 alone",
        ),
        (lambda: Mine()(W), NotImplementedError, "Mine is no sum of L1 and L2"),
        (lambda: Mine().get_config(), NotImplementedError, "Mine has to override get_config"),
        (lambda: L1(-1.0), ValueError, "expected l1 in [0, inf). Received: -1.0"),
        (lambda: L2(float("inf")), ValueError, "expected l2 in [0, inf). Received: inf"),
        (lambda: L1L2(l2="a"), TypeError, "expected l2 to be a number. Received: 'a'"),
        (lambda: L2()(["a"]), TypeError, "expected x to hold numbers. Received dtype: <U1"),
    ],
)
def test_a_regularizer_says_what_is_wrong(make, error, message):
    with raises(error, message):
        make()
