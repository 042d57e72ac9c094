"""The passes over the data: epochs of training, and evaluation."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._arguments import check_bool
from fastnn._console import write
from fastnn._examples import Examples
from fastnn._progress import Progress, check_verbose
from fastnn._seeds import next_seed
from fastnn._validation import check_integer
from fastnn._weights import Network
from fastnn.callbacks import History
from fastnn.losses import Loss
from fastnn.optimizers import Optimizer

DEFAULT_BATCH_SIZE = 32
METRICS = ("accuracy", "acc")


def check_batch_size(value: int | None, name: str = "batch_size") -> int:
    """Return the number of rows in a batch; None is Keras's default of 32."""
    return DEFAULT_BATCH_SIZE if value is None else check_integer(value, name, minimum=1)


def check_metric(metrics: object) -> str:
    """Return the metric's name in the history, or '' for none."""
    if metrics is None:
        return ""
    if not isinstance(metrics, (list, tuple)):
        raise TypeError(f"expected metrics to be a list of names. Received: {metrics!r}")
    if any(metric not in METRICS for metric in metrics) or len(metrics) > 1:
        raise NotImplementedError(
            f"metrics={list(metrics)!r} is not built yet, only ['accuracy'] or ['acc']"
        )
    return str(metrics[0]) if metrics else ""


@dataclass(frozen=True)
class Compiled:
    """What ``compile`` was told."""

    optimizer: Optimizer
    loss: Loss
    metric: str  # '' where none was asked for

    def core_metric(self, network: Network) -> str:
        """Return the core's name of the metric."""
        return self.loss._accuracy(network.output_size) if self.metric else ""

    def logs(self, loss: float, metric: float) -> dict[str, float]:
        """Return the figures under their names, in Keras's order: the alphabet's."""
        named = {"loss": loss} | ({self.metric: metric} if self.metric else {})
        return dict(sorted(named.items()))


@dataclass(frozen=True)
class Schedule:
    """How ``fit`` is to go through the data."""

    batch_size: int
    first_epoch: int
    last_epoch: int  # exclusive
    shuffle: bool
    verbose: int
    validation_batch_size: int

    @classmethod
    def checked(
        cls,
        batch_size: int | None,
        epochs: int,
        initial_epoch: int,
        shuffle: bool,
        verbose: object,
        validation_batch_size: int | None,
    ) -> "Schedule":
        """Return a schedule of what the user passed, or say what is wrong with it."""
        rows_a_step = check_batch_size(batch_size)
        if validation_batch_size is None:
            validation_batch_size = rows_a_step
        return cls(
            rows_a_step,
            check_integer(initial_epoch, "initial_epoch", minimum=0),
            check_integer(epochs, "epochs", minimum=1),
            check_bool(shuffle, "shuffle"),
            check_verbose(verbose),
            check_batch_size(validation_batch_size, "validation_batch_size"),
        )


def train(
    network: Network,
    compiled: Compiled,
    schedule: Schedule,
    *,
    examples: Examples,
    validation: Examples | None,
    history: History,
) -> None:
    """Run the epochs of `schedule`, one call into the core for each, and fill `history`."""
    seed = next_seed()
    batch_size = min(schedule.batch_size, examples.n_rows)
    n_steps = math.ceil(examples.n_rows / batch_size)
    for epoch in range(schedule.first_epoch, schedule.last_epoch):
        if schedule.verbose:
            write(f"Epoch {epoch + 1}/{schedule.last_epoch}\n")
        progress = Progress(examples.n_rows, schedule.batch_size, schedule.verbose)
        loss, metric = network.train_epoch(
            examples.x,
            examples.y,
            _order(examples.n_rows, schedule.shuffle, seed, epoch),
            compiled.loss._to_core(),
            compiled.optimizer._to_core(),
            compiled.optimizer._learning_rates(network.step, n_steps),
            compiled.core_metric(network),
            batch_size,
            _reporter(progress, compiled),
        )
        compiled.optimizer._n_steps = network.step
        logs = compiled.logs(loss, metric)
        if validation is not None:
            figures = evaluate(network, compiled, validation, schedule.validation_batch_size)
            logs |= {f"val_{name}": value for name, value in figures.items()}
        progress.finish(logs)
        history.on_epoch_end(epoch, logs)
    network.finish_training(compiled.optimizer._to_core())


def evaluate(
    network: Network, compiled: Compiled, examples: Examples, batch_size: int
) -> dict[str, float]:
    """Return the loss and the metric of `examples` under their names."""
    metric = compiled.core_metric(network)
    return compiled.logs(
        *network.evaluate(examples.x, examples.y, compiled.loss._to_core(), metric, batch_size)
    )


def _order(n_rows: int, shuffle: bool, seed: int, epoch: int) -> NDArray[np.int64]:
    return _core.permutation(n_rows, seed, epoch) if shuffle else np.arange(n_rows, dtype=np.int64)


def _reporter(progress: Progress, compiled: Compiled) -> Callable[[int, float, float], None] | None:
    if not progress.is_live:
        return None
    return lambda rows, loss, metric: progress.update(rows, compiled.logs(loss, metric))
