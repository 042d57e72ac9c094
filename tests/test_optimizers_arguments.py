"""What optimizers promise about their arguments: Keras's names, defaults and descriptions."""

import inspect
import json
from pathlib import Path

import numpy as np
import pytest

from fastnn import optimizers
from fastnn.layers import Dense, Input
from fastnn.models import Sequential
from fastnn.optimizers import SGD, Adam, AdamW, Lion, RMSprop, schedules
from fixtures.optimizer_settings import OPTIMIZERS, make_optimizer
from messages import raises

RECORDED = np.load(Path(__file__).parent / "fixtures" / "optimizers.npz")
KINDS = {kind for kind, _ in OPTIMIZERS.values()}
NAMES = "'sgd', 'rmsprop', 'adam', 'adamw', 'adamax', 'nadam', 'adagrad', 'adadelta', 'lion'"


def described_by_keras(setting):
    return json.loads(str(RECORDED[f"{setting}/config"]))


def without_name(description):
    """Keras counts the names of its optimizers; they have no effect."""
    config = {key: value for key, value in description["config"].items() if key != "name"}
    return description | {"config": config}


@pytest.mark.parametrize("setting", OPTIMIZERS)
def test_descriptions_equal_those_of_keras(setting):
    received = optimizers.serialize(make_optimizer(optimizers, setting))
    expected = described_by_keras(setting)
    assert without_name(json.loads(json.dumps(received))) == without_name(expected)


@pytest.mark.parametrize("setting", OPTIMIZERS)
def test_a_described_optimizer_is_made_anew(setting):
    again = optimizers.deserialize(described_by_keras(setting))
    assert type(again) is type(make_optimizer(optimizers, setting))
    assert without_name(optimizers.serialize(again)) == without_name(described_by_keras(setting))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_optimizers_are_found_by_the_names_of_keras_in_any_case(kind):
    expected = getattr(optimizers, kind)
    for name in (kind, kind.lower(), kind.upper()):
        assert type(optimizers.get(name)) is expected
        assert type(optimizers.get({"class_name": name, "config": {}})) is expected


def test_an_optimizer_is_returned_as_it_is():
    optimizer = Lion()
    assert optimizers.get(optimizer) is optimizer


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_arguments_have_the_order_and_defaults_of_keras(kind):
    of_keras = json.loads(str(RECORDED[f"{kind}/signature"]))
    received = inspect.signature(getattr(optimizers, kind)).parameters.values()
    assert [(argument.name, argument.default) for argument in received] == list(of_keras.items())
    optimizer = getattr(optimizers, kind)(**of_keras)
    assert optimizer.get_config() == getattr(optimizers, kind)().get_config()


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("limit", ["clipnorm", "clipvalue", "global_clipnorm"])
def test_all_arguments_are_taken_by_position(kind, limit):
    """Each has a value of its own; only one limit may be given."""
    others = {
        "nesterov": True,
        "centered": True,
        "amsgrad": True,
        "clipnorm": None,
        "clipvalue": None,
        "global_clipnorm": None,
        "use_ema": True,
        "ema_overwrite_frequency": 7,
        "gradient_accumulation_steps": 3,
        "name": "mine",
    } | {limit: 0.7}
    arguments = {
        name: others.get(name, (index + 1) / 16)
        for index, name in enumerate(json.loads(str(RECORDED[f"{kind}/signature"])))
    }
    received = getattr(optimizers, kind)(*arguments.values()).get_config()
    assert received == arguments


def test_an_optimizer_of_ones_own_shows_its_own_arguments():
    class Fast(SGD):
        def __init__(self, factor, **named):
            super().__init__(0.1 * factor, **named)

    assert list(inspect.signature(Fast).parameters) == ["factor", "named"]
    assert Fast(2, clipnorm=1.0).clipnorm == 1.0


def test_the_default_of_compile_is_that_of_keras():
    model = Sequential([Input((2,)), Dense(1)])
    model.compile(loss="mse")
    assert type(model.optimizer) is RMSprop


class Halving(schedules.LearningRateSchedule):
    def __call__(self, step):
        return 0.1 / 2**step

    def get_config(self):
        return {}


def test_a_schedule_of_ones_own_is_found_in_the_description():
    description = optimizers.serialize(SGD(Halving()))
    again = optimizers.deserialize(json.loads(json.dumps(description)), {"Halving": Halving})
    assert again._learning_rates(2, 2).tolist() == [0.025, 0.0125]


def test_an_optimizer_of_ones_own_is_found_by_its_class():
    class Fast(SGD):
        pass

    description = optimizers.serialize(Fast(0.5))
    assert type(optimizers.deserialize(description, {"Fast": Fast})) is Fast


def test_a_description_is_left_as_it_was():
    description = optimizers.serialize(SGD(Halving()))
    before = json.dumps(description)
    optimizers.deserialize(description, {"Halving": Halving})
    assert json.dumps(description) == before


def test_a_number_may_be_set_to_a_number_a_schedule_or_a_callable():
    optimizer = SGD(0.1)
    optimizer.learning_rate = 0.01
    assert optimizer.learning_rate == 0.01
    optimizer.learning_rate = lambda: 0.5
    assert optimizer.learning_rate == 0.5
    optimizer.learning_rate = Halving()
    assert optimizer.learning_rate == 0.1


def test_a_schedule_may_be_set_to_another_but_not_to_a_number():
    optimizer = Adam(Halving())
    message = (
        "expected a schedule or a callable as learning_rate, because this optimizer was given a "
        "schedule. Received: 0.01"
    )
    with raises(TypeError, message):
        optimizer.learning_rate = 0.01
    optimizer.learning_rate = schedules.ExponentialDecay(0.2, 10, 0.5)
    assert optimizer.learning_rate == 0.2


def test_a_wrong_learning_rate_leaves_the_old_one():
    optimizer = SGD(0.1)
    with raises(ValueError, "expected learning_rate in [0, inf). Received: -1"):
        optimizer.learning_rate = -1
    assert optimizer.learning_rate == 0.1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: optimizers.get("muon"),
            NotImplementedError,
            f"optimizer 'muon' is not built yet, only {NAMES}",
        ),
        (
            lambda: optimizers.get("adamant"),
            ValueError,
            f"expected optimizer to be one of {NAMES}. Received: 'adamant'",
        ),
        (
            lambda: optimizers.get(None),
            TypeError,
            "expected optimizer to be a name or an Optimizer. Received: None",
        ),
        (
            lambda: optimizers.get({"class_name": "SGD"}),
            ValueError,
            "expected optimizer as a dict of 'class_name' and 'config'. "
            "Received: {'class_name': 'SGD'}",
        ),
        (lambda: SGD(-0.1), ValueError, "expected learning_rate in [0, inf). Received: -0.1"),
        (
            lambda: SGD("fast"),
            TypeError,
            "expected learning_rate to be a number. Received: 'fast'",
        ),
        (
            lambda: Adam(float("nan")),
            ValueError,
            "expected learning_rate in [0, inf). Received: nan",
        ),
        (lambda: SGD(momentum=1.5), ValueError, "expected momentum in [0, 1]. Received: 1.5"),
        (lambda: RMSprop(momentum=-1), ValueError, "expected momentum in [0, 1]. Received: -1"),
        (lambda: RMSprop(rho=1.0), ValueError, "expected rho in [0, 1). Received: 1.0"),
        (lambda: Adam(beta_1=1.0), ValueError, "expected beta_1 in [0, 1). Received: 1.0"),
        (lambda: Adam(beta_2=-0.1), ValueError, "expected beta_2 in [0, 1). Received: -0.1"),
        (lambda: Adam(epsilon=0), ValueError, "expected epsilon in (0, inf). Received: 0"),
        (lambda: Lion(beta_1=0), ValueError, "expected beta_1 in (0, 1]. Received: 0"),
        (
            lambda: optimizers.Adagrad(initial_accumulator_value=-1),
            ValueError,
            "expected initial_accumulator_value in [0, inf). Received: -1",
        ),
        (
            lambda: SGD(nesterov=1),
            TypeError,
            "expected nesterov to be True or False. Received: 1",
        ),
        (
            lambda: Adam(amsgrad="yes"),
            TypeError,
            "expected amsgrad to be True or False. Received: 'yes'",
        ),
        (
            lambda: SGD(weight_decay=-0.1),
            ValueError,
            "expected weight_decay in [0, inf). Received: -0.1",
        ),
        (
            lambda: AdamW(weight_decay=None),
            TypeError,
            "expected weight_decay to be a number. Received: None",
        ),
        (lambda: SGD(clipvalue=0), ValueError, "expected clipvalue in (0, inf). Received: 0"),
        (lambda: SGD(clipnorm=0), ValueError, "expected clipnorm in (0, inf). Received: 0"),
        (
            lambda: SGD(global_clipnorm=-1),
            ValueError,
            "expected global_clipnorm in (0, inf). Received: -1",
        ),
        (
            lambda: SGD(clipvalue=2.0, clipnorm=1.0),
            ValueError,
            "expected only one of clipnorm, clipvalue, global_clipnorm. "
            "Received: clipnorm=1.0, clipvalue=2.0",
        ),
        (
            lambda: AdamW(use_ema=1),
            TypeError,
            "expected use_ema to be True or False. Received: 1",
        ),
        (
            lambda: AdamW(ema_momentum=1.5),
            ValueError,
            "expected ema_momentum in [0, 1]. Received: 1.5",
        ),
        (
            lambda: AdamW(ema_overwrite_frequency=0),
            ValueError,
            "expected ema_overwrite_frequency >= 1. Received: 0",
        ),
        (
            lambda: AdamW(ema_overwrite_frequency=2.0),
            TypeError,
            "expected ema_overwrite_frequency to be an integer. Received: 2.0",
        ),
        (
            lambda: Adam(gradient_accumulation_steps=1),
            ValueError,
            "expected gradient_accumulation_steps >= 2. Received: 1",
        ),
        (
            lambda: Adam(loss_scale_factor=0),
            ValueError,
            "expected loss_scale_factor in (0, inf). Received: 0",
        ),
        (
            lambda: Adam().exclude_from_weight_decay(var_names="bias"),
            TypeError,
            "expected var_names to be a list of strings. Received: 'bias'",
        ),
        (
            lambda: SGD(amsgrad=True),
            TypeError,
            "SGD() got an unexpected keyword argument 'amsgrad'",
        ),
        (
            lambda: optimizers.serialize(SGD(max)),
            TypeError,
            "expected a number or a schedule as learning_rate, to be saved. "
            "Received: <built-in function max>",
        ),
        (
            lambda: optimizers.Optimizer(0.1)._to_core(),
            NotImplementedError,
            "an optimizer of one's own, such as Optimizer, is not built yet",
        ),
    ],
)
def test_an_optimizer_says_what_is_wrong_with_its_arguments(make, error, message):
    with raises(error, message):
        make()
