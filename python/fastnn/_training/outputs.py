"""What users give for each output of a model: one for all, a list in their order, or a dict."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from fastnn import losses, metrics
from fastnn._arguments import check_finite


def losses_of_outputs(given: Any, outputs: Sequence[str]) -> list[losses.Loss | None]:
    """Return the loss of each output, None where it is not trained on.

    >>> [loss and loss.name for loss in losses_of_outputs({"b": "mse", "a": None}, ["a", "b"])]
    [None, 'mean_squared_error']
    """
    is_description = isinstance(given, Mapping) and "class_name" in given
    by_output = [given] * len(outputs) if is_description else _by_output(given, "loss", outputs)
    found = [None if loss is None else losses.get(loss) for loss in by_output]
    if not any(loss is not None for loss in found):
        raise ValueError(f"expected a loss. Received: {given}")
    return found


def loss_weights_of_outputs(given: Any, outputs: Sequence[str]) -> list[float]:
    """Return what the loss of each output weighs in their sum.

    >>> loss_weights_of_outputs([1, 0.5], ["a", "b"])
    [1.0, 0.5]
    """
    if given is not None and not isinstance(given, (Real, list, tuple, Mapping)):
        raise TypeError(
            f"expected loss_weights to be a number, a list or a dict. Received: {given!r}"
        )
    by_output = _by_output(1.0 if given is None else given, "loss_weights", outputs)
    return [check_finite(weight, "each of loss_weights") for weight in by_output]


def metrics_of_outputs(given: Any, name: str, outputs: Sequence[str]) -> list[list[Any]]:
    """Return the metrics of each output, as they were given; those of one output may be bare.

    >>> metrics_of_outputs({"b": "mae"}, "metrics", ["a", "b"])
    [[], ['mae']]
    """
    if given is not None and not isinstance(given, (list, tuple, Mapping)):
        raise TypeError(f"expected {name} to be a list. Received: {given!r}")
    if isinstance(given, Mapping):
        _check_names(given, name, outputs, all_of_them=False)
        by_output = [given.get(output) for output in outputs]
    else:
        by_output = [given] if len(outputs) == 1 else _by_output(given, name, outputs)
    listed = [
        [] if own is None else list(own) if isinstance(own, (list, tuple)) else [own]
        for own in by_output
    ]
    for metric in (metric for own in listed for metric in own):
        if not (isinstance(metric, str) and metric.lower() in ("accuracy", "acc")):
            metrics.get(metric)  # says what is wrong with it
    return listed


def targets_of_outputs(
    given: Any, name: str, outputs: Sequence[str], learned: Sequence[bool]
) -> list[tuple[Any, str]]:
    """Return the targets of each output, and what to call them in messages.

    As in Keras, they may be given for the outputs alone that are learned.

    >>> targets_of_outputs([[1.0, 2.0]], "y", ["a", "b"], [False, True])
    [(None, 'y'), ([1.0, 2.0], 'y[0]')]
    """
    if isinstance(given, Mapping):
        known = [output for output, is_learned in zip(outputs, learned, strict=True) if is_learned]
        _check_names(given, name, known if set(given) == set(known) else outputs)
        return [(given.get(output), f"{name}[{output!r}]") for output in outputs]
    if len(outputs) == 1:
        return [(_alone(given), name)]
    if not isinstance(given, (list, tuple)) and sum(learned) > 1:
        raise TypeError(
            f"expected {name} to be a list or a dict of arrays, for the outputs "
            f"{_listed(outputs)}. Received: {type(given).__name__}"
        )
    given = given if isinstance(given, (list, tuple)) else [given]
    entries = [(array, f"{name}[{index}]") for index, array in enumerate(given)]
    if len(entries) == sum(learned):
        left = iter(entries)
        return [next(left) if is_learned else (None, name) for is_learned in learned]
    if len(entries) != len(outputs):
        raise _wrong_length(given, name, outputs)
    return entries


def row_weights_of_outputs(
    given: Any, name: str, outputs: Sequence[str], learned: Sequence[bool]
) -> list[tuple[Any, str]]:
    """Return the weights of the rows for each output, and what to call them in messages.

    One array is for all outputs.

    >>> row_weights_of_outputs(None, "sample_weight", ["a", "b"], [True, True])
    [(None, 'sample_weight'), (None, 'sample_weight')]
    """
    if isinstance(given, (list, tuple, Mapping)):
        return targets_of_outputs(given, name, outputs, learned)
    return [(given, name)] * len(outputs)


def _alone(given: Any) -> Any:
    """Return the only array of a list, or what was given."""
    is_list = isinstance(given, list) and len(given) == 1
    if is_list and isinstance(given[0], np.ndarray) and given[0].ndim > 0:
        return given[0]
    return given


def _by_output(given: Any, name: str, outputs: Sequence[str]) -> list[Any]:
    """Return the entry of each output."""
    if isinstance(given, Mapping):
        _check_names(given, name, outputs)
        return [given[output] for output in outputs]
    if not isinstance(given, (list, tuple)):
        return [given] * len(outputs)
    if len(given) != len(outputs):
        raise _wrong_length(given, name, outputs)
    return list(given)


def _wrong_length(given: Sequence[Any], name: str, outputs: Sequence[str]) -> ValueError:
    return ValueError(
        f"expected {name} with an entry for each of the {len(outputs)} outputs {_listed(outputs)}. "
        f"Received: {len(given)}"
    )


def _check_names(
    given: Mapping[str, Any], name: str, outputs: Sequence[str], *, all_of_them: bool = True
) -> None:
    if set(given) == set(outputs) or (not all_of_them and set(given) <= set(outputs)):
        return
    raise ValueError(
        f"expected {name} with the names of outputs, {_listed(outputs)}. Received: {_listed(given)}"
    )


def _listed(names: Any) -> str:
    return ", ".join(map(repr, names))
