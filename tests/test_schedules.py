"""What schedules promise: the learning rates of Keras, at every step of training."""

import json
from pathlib import Path

import numpy as np
import pytest

from fastnn import optimizers
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD, schedules
from fixtures.optimizer_settings import SCHEDULE_STEPS, SCHEDULES, make_schedule
from messages import raises

RECORDED = np.load(Path(__file__).parent / "fixtures" / "optimizers.npz")


class Halving(schedules.LearningRateSchedule):
    def __init__(self, initial_learning_rate):
        self.initial_learning_rate = initial_learning_rate

    def __call__(self, step):
        return self.initial_learning_rate / 2**step

    def get_config(self):
        return {"initial_learning_rate": self.initial_learning_rate}


@pytest.mark.parametrize("setting", SCHEDULES)
def test_rates_equal_those_of_keras(setting):
    schedule = make_schedule(optimizers, setting)
    rates = [schedule(step) for step in SCHEDULE_STEPS]
    assert all(type(rate) is float for rate in rates)
    np.testing.assert_allclose(rates, RECORDED[f"{setting}/rates"], rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize("setting", SCHEDULES)
def test_descriptions_equal_those_of_keras(setting):
    received = schedules.serialize(make_schedule(optimizers, setting))
    assert json.loads(json.dumps(received)) == json.loads(str(RECORDED[f"{setting}/config"]))


@pytest.mark.parametrize("setting", SCHEDULES)
def test_a_described_schedule_is_made_anew(setting):
    schedule = make_schedule(optimizers, setting)
    again = schedules.deserialize(json.loads(json.dumps(schedules.serialize(schedule))))
    assert type(again) is type(schedule)
    assert [again(step) for step in range(50)] == [schedule(step) for step in range(50)]


def test_the_description_in_the_documentation_of_keras_is_read():
    """The name is None there."""
    config = {"initial_learning_rate": 0.1, "decay_steps": 10000, "end_learning_rate": 0.01}
    rest = {"power": 0.5, "cycle": False, "name": None}
    schedule = schedules.deserialize({"class_name": "PolynomialDecay", "config": config | rest})
    assert schedule(7500) == pytest.approx(0.055, rel=1e-12)


def test_a_schedule_of_ones_own_is_made_anew_with_its_class():
    description = schedules.serialize(Halving(0.4))
    assert description["class_name"] == description["registered_name"] == "Halving"
    again = schedules.deserialize(description, {"Halving": Halving})
    assert type(again) is Halving
    assert again(2) == 0.1


def test_a_schedule_of_ones_own_need_not_be_fit_to_be_saved():
    class Constant(schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.25

    assert SGD(Constant()).learning_rate == 0.25
    message = "expected Constant to define get_config(self), as it is to be saved"
    with raises(NotImplementedError, message):
        schedules.serialize(Constant())


def trained(optimizer, fits=(30,)):
    """The weights of a small network after some calls of `fit`, with 2 rows a step."""
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(30, 4)), rng.normal(size=(30, 2))
    model = Sequential([Input((4,)), Dense(2)], dtype="float64")
    model.set_weights([np.ones((4, 2)), np.zeros(2)])
    model.compile(optimizer, "mse")
    start = 0
    for n_rows in fits:
        rows = slice(start, start + n_rows)
        model.fit(x[rows], y[rows], batch_size=2, shuffle=False, verbose=0)
        start += n_rows
    return model.get_weights()


def test_each_step_has_its_rate_also_in_later_fits():
    """Steps by hand: w −= rate · g with the rate that the schedule gives for the step."""
    by_schedule = SGD(Halving(0.1))
    expected = iter([0.1 / 2**step for step in range(15)])
    by_callable = SGD(lambda: next(expected))
    weights = trained(by_callable)
    for fits in ((30,), (2, 2, 20, 6)):
        for received, exact in zip(trained(by_schedule, fits), weights, strict=True):
            np.testing.assert_array_equal(received, exact)
    assert not np.allclose(weights[0], trained(SGD(0.1))[0], rtol=1e-3)


def test_a_second_compile_begins_with_the_first_rate():
    optimizer = SGD(Halving(0.1))
    first = trained(optimizer)
    np.testing.assert_array_equal(trained(optimizer)[0], first[0])


def test_learning_rate_is_that_of_the_next_step():
    optimizer = SGD(Halving(0.1))
    assert optimizer.learning_rate == 0.1
    trained(optimizer, fits=(2, 4))
    assert optimizer.learning_rate == 0.1 / 2**3


def test_rates_from_numpy_are_taken():
    class OfNumPy(schedules.LearningRateSchedule):
        def __call__(self, step):
            return np.float32(0.125) * np.ones(())

    for received, expected in zip(trained(SGD(OfNumPy())), trained(SGD(0.125)), strict=True):
        np.testing.assert_array_equal(received, expected)


class Given(schedules.LearningRateSchedule):
    def __init__(self, *rates):
        self.rates = rates

    def __call__(self, step):
        return self.rates[step % len(self.rates)]


@pytest.mark.parametrize(
    ("rates", "error", "message"),
    [
        ((0.1, -0.5), ValueError, "expected learning rates in [0, inf). Received: -0.5 for step 1"),
        (
            (0.1, 0.1, float("nan")),
            ValueError,
            "expected the learning rates without NaN or infinity. Received: nan at index 2",
        ),
        ((None,), TypeError, "expected the learning rates to hold numbers. Received dtype: object"),
        (
            ([0.1, 0.2],),
            ValueError,
            "expected the learning rates of shape (15,). Received: (15, 2)",
        ),
    ],
)
def test_a_wrong_rate_stops_training_ahead_of_the_first_step(rates, error, message):
    for optimizer in (SGD(Given(*rates)), SGD(iter_rates(rates))):
        with raises(error, message):
            trained(optimizer)


def iter_rates(rates):
    steps = iter(range(1000))
    return lambda: rates[next(steps) % len(rates)]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: schedules.ExponentialDecay(-0.1, 10, 0.5),
            ValueError,
            "expected initial_learning_rate in [0, inf). Received: -0.1",
        ),
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            ValueError,
            "expected decay_steps in (0, inf). Received: 0",
        ),
        (
            lambda: schedules.ExponentialDecay(0.1, 10, "half"),
            TypeError,
            "expected decay_rate to be a number. Received: 'half'",
        ),
        (
            lambda: schedules.InverseTimeDecay(0.1, 10, 0.5, staircase=1),
            TypeError,
            "expected staircase to be True or False. Received: 1",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]),
            ValueError,
            "expected one value more than boundaries. Received: 2 values, 2 boundaries",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([2, 1], [0.1, 0.2, 0.3]),
            ValueError,
            "expected boundaries in ascending order. Received: [2, 1]",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1], [0.1, -0.2]),
            ValueError,
            "expected values[1] in [0, inf). Received: -0.2",
        ),
        (
            lambda: schedules.PolynomialDecay(0.1, 10, power=-1),
            ValueError,
            "expected power in [0, inf). Received: -1",
        ),
        (
            lambda: schedules.CosineDecay(0.1, 10, alpha=1.5),
            ValueError,
            "expected alpha in [0, 1]. Received: 1.5",
        ),
        (
            lambda: schedules.CosineDecay(0.1, 10, warmup_target=-1.0),
            ValueError,
            "expected warmup_target in [0, inf). Received: -1.0",
        ),
        (
            lambda: schedules.CosineDecayRestarts(0.1, 10, t_mul=0.5),
            ValueError,
            "expected t_mul in [1, inf). Received: 0.5",
        ),
        (
            lambda: schedules.LearningRateSchedule()(0),
            NotImplementedError,
            "expected LearningRateSchedule to define __call__(self, step)",
        ),
        (
            lambda: schedules.deserialize({"class_name": "Halving", "config": {}}),
            ValueError,
            "expected schedule to be one of 'ExponentialDecay', 'PiecewiseConstantDecay', "
            "'PolynomialDecay', 'InverseTimeDecay', 'CosineDecay', 'CosineDecayRestarts'. "
            "Received: 'Halving'",
        ),
        (
            lambda: schedules.deserialize(["CosineDecay"]),
            ValueError,
            "expected schedule as a dict of 'class_name' and 'config'. Received: ['CosineDecay']",
        ),
    ],
)
def test_a_schedule_says_what_is_wrong(make, error, message):
    with raises(error, message):
        make()
