"""What optimizers remember of the weights, which lies in the core."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fastnn._validation import Array
from fastnn._variables import Variable, Weight
from fastnn._weights import CoreLayer, Network
from fastnn.optimizers.schedules import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.optimizers._base import Optimizer


def place_in_core(weight: Weight) -> tuple[CoreLayer, int]:
    """Return the layer of the core that has the weight, and its number there."""
    cores = weight.layer._check_built()
    return [(core, k) for core in cores for k, _ in enumerate(core.parameter_names())][
        weight.number
    ]


def parameters_of(network: Network) -> Iterator[tuple[CoreLayer, int, str]]:
    """Yield the layer of each parameter of a network, its number there and its name."""
    for core in network.layers:
        for k, name in enumerate(core.parameter_names()):
            yield core, k, name


def optimizer_variables(optimizer: Optimizer) -> list[Variable]:
    """Return Keras's variables of an optimizer."""
    variables = [
        Variable(
            "iteration",
            optimizer.name,
            lambda: np.asarray(optimizer._n_steps),
            partial(_set_step, optimizer),
        )
    ]
    rate = optimizer._learning_rate
    if not (isinstance(rate, LearningRateSchedule) or callable(rate)):
        variables.append(
            Variable(
                "learning_rate",
                optimizer.name,
                lambda: np.asarray(optimizer.learning_rate),
                lambda value: setattr(optimizer, "learning_rate", float(value)),
            )
        )
    return variables + list(_slots(optimizer))


def _slots(optimizer: Optimizer) -> Iterator[Variable]:
    """Yield what is remembered of the weights: the names of a group weight by weight."""
    model, network = optimizer._model(), _network(optimizer)
    if model is None or network is None:
        return
    numbers = {(core, k): i for i, (core, k, _) in enumerate(parameters_of(network))}
    _, slots = network.optimizer_state()
    learned = [
        (weight, numbers[place_in_core(weight)])
        for weight in cast("list[Weight]", model.trainable_weights)
    ]
    for group in optimizer._all_slot_groups():
        for weight, number in learned:
            if number >= len(slots) or not slots[number]:  # nothing has been learnt yet
                continue
            for name, k in group.items():
                yield Variable(
                    f"{weight.path.replace('/', '_')}_{name}",
                    optimizer.name,
                    partial(_read_slot, network, number, k),
                    partial(_write_slot, network, number, k),
                )


def _network(optimizer: Optimizer) -> Network | None:
    model = optimizer._model()
    return None if model is None else model._network


def _state(network: Network) -> Any:
    return network.optimizer_state()


def _read_slot(network: Network, number: int, k: int) -> Array:
    return cast(Array, _state(network)[1][number][k])


def _write_slot(network: Network, number: int, k: int, value: Array) -> None:
    step, slots = _state(network)
    slots[number][k] = value
    network.set_optimizer_state(step, slots)


def _set_step(optimizer: Optimizer, value: Array) -> None:
    network = _network(optimizer)
    if network is None:
        raise ValueError("expected a model that has been trained with this optimizer")
    if value < 0:
        raise ValueError(f"expected a count of at least 0. Received: {value}")
    network.set_optimizer_state(int(value), _state(network)[1])
    optimizer._n_steps = int(value)
