"""What a model was compiled with and what training remembers, as JSON and tensors."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from fastnn import _core, losses, metrics, optimizers
from fastnn._arguments import check_bool
from fastnn._serialization import describe_function, described_function
from fastnn._validation import Array, check_integer
from fastnn.saving._weights_in_files import read_tensor

if TYPE_CHECKING:
    from fastnn.models import Model

_MOST_STEPS = 2**53
_MOST_IN_METRICS = 2**22


def compile_config(model: Model) -> dict[str, Any]:
    """Return what ``compile`` was told."""
    compiled = model._get_compiled()
    described = [None if loss is None else losses.serialize(loss) for loss in compiled.losses]
    plain, weighted = (
        [list(map(_written_metric, of_output)) for of_output in of_outputs]
        for of_outputs in (compiled.plain, compiled.weighted)
    )
    excluded = compiled.optimizer._undecayed_weights
    return {
        "optimizer": optimizers.serialize(compiled.optimizer),
        "excluded_from_weight_decay": compiled.optimizer._undecayed,
        "excluded_weights": [i for i, w in enumerate(model.weights) if w in excluded],
        "loss": described if len(described) > 1 else described[0],
        "loss_weights": compiled.loss_weights,
        "metrics": plain if len(described) > 1 else plain[0],
        "weighted_metrics": weighted if len(described) > 1 else weighted[0],
        "compute_dtype": compiled.compute_dtype,
    }


def compile_from_config(
    model: Model, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None
) -> None:
    """Compile a model as another one was."""
    optimizer = optimizers.deserialize(config["optimizer"], custom_objects)
    weights = model.weights
    optimizer.exclude_from_weight_decay(
        [
            weights[check_integer(i, "excluded", minimum=0)]
            for i in config.get("excluded_weights", [])
        ],
        [re.escape(name) for name in config["excluded_from_weight_decay"]],
    )
    compute_dtype = config.get("compute_dtype")
    if compute_dtype == "bfloat16" and not _core.has_bfloat16():
        warnings.warn(
            "this CPU has no AVX512-BF16: the model will go on training in float32", stacklevel=2
        )
        compute_dtype = None
    described = config["loss"]
    plain, weighted = (
        [_read_metrics(of_output, custom_objects) for of_output in config[kind]]
        if isinstance(described, list)
        else _read_metrics(config[kind], custom_objects)
        for kind in ("metrics", "weighted_metrics")
    )
    model.compile(
        optimizer=optimizer,
        loss=[
            None if loss is None else losses.deserialize(loss, custom_objects)
            for loss in (described if isinstance(described, list) else [described])
        ],
        loss_weights=config.get("loss_weights"),
        metrics=plain,
        weighted_metrics=weighted,
        compute_dtype=compute_dtype,
    )


def training_state(model: Model) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return what training goes on from: counts and flags, and what the optimizer remembers."""
    step, slots = 0, list[list[Array]]()
    if model._network is not None:
        step, slots = cast(Any, model._network.optimizer_state())
    learns = [model._trainable_when_compiled.get(id(leaf), True) for leaf in model._leaves()]
    state = {"step": step, "n_slots": list(map(len, slots)), "learns": learns}
    if model._seed is not None:
        state["seed"] = model._seed
    tensors = {
        _slot_name(i, k): slot for i, of_one in enumerate(slots) for k, slot in enumerate(of_one)
    }
    return state, tensors


def restore_training(model: Model, state: Mapping[str, Any], file: Any) -> None:
    """Let a compiled model go on from there."""
    leaves, learns = list(model._leaves()), state["learns"]
    model._trainable_when_compiled = {
        id(leaf): check_bool(flag, "learns") for leaf, flag in zip(leaves, learns, strict=True)
    }
    step = check_integer(state["step"], "step", minimum=0)
    if step > _MOST_STEPS:
        raise ValueError(f"expected step <= {_MOST_STEPS}")
    slots = [
        [read_tensor(file, _slot_name(i, k), model.dtype) for k in range(n_slots)]
        for i, n_slots in enumerate(state["n_slots"])
    ]
    network = model._wired(model._trainable_when_compiled)
    network.set_optimizer_state(step, slots)
    model._network = network
    model.optimizer._n_steps = step
    if "seed" in state:
        model._seed, model._goes_on = check_integer(state["seed"], "seed", minimum=0), True


def _written_metric(metric: Any) -> Any:
    """Return a metric, as ``compile`` takes it, as JSON can hold it."""
    if isinstance(metric, (str, Mapping)):
        return metric
    if isinstance(metric, type):
        metric = metric()
    return (
        metrics.serialize(metric)
        if isinstance(metric, metrics.Metric)
        else describe_function(metric)
    )


def _read_metrics(described: Any, custom_objects: Mapping[str, Any] | None) -> list[Any]:
    if not isinstance(described, list) or _sum_of_integers(described) > _MOST_IN_METRICS:
        raise ValueError(f"no list of metrics, or numbers in it beyond {_MOST_IN_METRICS}")
    no_metrics = ("deserialize", "get", "serialize")
    of_package = {
        name: getattr(metrics, name) for name in metrics.__all__ if name not in no_metrics
    }
    known = of_package | dict(custom_objects or {})
    return [
        metric
        if isinstance(metric, str)
        else described_function("metric", metric, known)
        or metrics.deserialize(metric, custom_objects)
        for metric in described
    ]


def _sum_of_integers(value: Any) -> int:
    """Add up what may be a size, such as the number of thresholds of an AUC."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        return sum(map(_sum_of_integers, value))
    return abs(value) if isinstance(value, int) else 0


def _slot_name(parameter: int, slot: int) -> str:
    return f"optimizer/{parameter}/{slot}"
