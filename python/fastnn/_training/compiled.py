"""What ``compile`` was told, and the figures that follow from it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np

from fastnn import _core, losses, metrics, optimizers
from fastnn._training.data import Part
from fastnn._training.outputs import (
    loss_weights_of_outputs,
    losses_of_outputs,
    metrics_of_outputs,
)
from fastnn._validation import Array
from fastnn._weights import Network
from fastnn.metrics import Metric

ByOutput: TypeAlias = Sequence[Any] | Mapping[str, Any]  # an entry for each output
Figures: TypeAlias = dict[str, float]


class Counted(NamedTuple):
    """A metric of an output."""

    metric: Metric
    output: int
    weighted: bool  # whether it is told the weights of the rows
    core: _core.Metric | None  # what the core counts in its place


class Compiled:
    """An optimizer, and for each output a loss, its weight, and metrics.

    Parameters
    ----------
    optimizer, loss, loss_weights, plain, weighted
        As ``compile`` takes them; metrics in `weighted` are told the weights of the rows.
    outputs : list of str
        The names of the outputs.
    compute_dtype : str or None
        As `check_compute_dtype` let it pass.

    Attributes
    ----------
    losses : list of Loss or None
        None for an output that is not trained on.
    learned : list of bool
        Whether each output is trained on.
    divides_penalties : bool, default=False
        Whether a batch's penalties are divided by the weight of its rows, as scikit-learn does.
    """

    def __init__(
        self,
        optimizer: str | optimizers.Optimizer,
        loss: object,
        loss_weights: object,
        plain: object,
        weighted: object,
        outputs: Sequence[str],
        compute_dtype: str | None,
    ) -> None:
        self.optimizer = optimizers.get(optimizer)
        self.outputs = list(outputs)
        self.compute_dtype = compute_dtype
        self.losses = losses_of_outputs(loss, outputs)
        self.learned = [loss is not None for loss in self.losses]
        self.loss_weights = loss_weights_of_outputs(loss_weights, outputs)
        self.plain = metrics_of_outputs(plain, "metrics", outputs)
        self.weighted = metrics_of_outputs(weighted, "weighted_metrics", outputs)
        self.divides_penalties = False
        self.scoreboard: Scoreboard | None = None

    def reader_of(self, output: int, y: object, n_outputs: int) -> losses.Loss | None:
        """Return the loss whose targets an output's are, or None if nobody looks at them."""
        loss = self.losses[output]
        if loss is not None or not (self.plain[output] or self.weighted[output]):
            return loss
        are_labels = n_outputs > 1 and np.shape(cast(Any, y))[1:] in ((), (1,))
        return losses.get("sparse_categorical_crossentropy" if are_labels else "mse")

    def judge(self, network: Network, y: Sequence[Array | None]) -> Scoreboard:
        """Return the scoreboard for a network whose targets look like `y`."""
        labels = [targets is not None and targets.ndim == 1 for targets in y]
        if self.scoreboard is None or not self.scoreboard.fits(network, labels):
            self.scoreboard = Scoreboard(network, self, labels)
        return self.scoreboard


class Scoreboard:
    """The losses and the metrics of a network: some the core counts, the others Python.

    Parameters
    ----------
    network : Network
        Is told what to count.
    compiled : Compiled
        What to count.
    labels : list of bool
        Whether the targets of each output are class indices.
    """

    def __init__(self, network: Network, compiled: Compiled, labels: Sequence[bool]) -> None:
        self._network = network
        self._labels = list(labels)
        self._tally = _core.Tally()
        learned = [output for output, loss in enumerate(compiled.losses) if loss is not None]
        self._counted = list(_counted(network, compiled, labels))
        metric_names = _names(self._counted, compiled.outputs)
        if len(compiled.outputs) > 1:  # then Keras lists them in the order of the alphabet
            order = sorted(range(len(metric_names)), key=metric_names.__getitem__)
            self._counted = [self._counted[index] for index in order]
            metric_names.sort()
        several = [f"{compiled.outputs[output]}_loss" for output in learned]
        self._loss_names = ["loss", *(several if len(several) > 1 else [])]
        self.names = [*self._loss_names, *metric_names]
        self._kept = sorted({counted.output for counted in self._counted if counted.core is None})
        network.set_objective(
            [
                _core.WeightedLoss(loss._to_core(), weight, output)
                for output, (loss, weight) in enumerate(
                    zip(compiled.losses, compiled.loss_weights, strict=True)
                )
                if loss is not None
            ],
            [
                _core.CountedMetric(counted.core, counted.weighted, counted.output)
                for counted in self._counted
                if counted.core is not None
            ],
            self._kept,
            compiled.divides_penalties,
        )

    @property
    def metrics(self) -> list[Metric]:
        """Those that were asked for."""
        return [counted.metric for counted in self._counted]

    def fits(self, network: Network, labels: Sequence[bool]) -> bool:
        """Whether this is a scoreboard for such data."""
        return self._network is network and self._labels == labels

    def fresh(self) -> Scoreboard:
        """Return one for the same figures, on which no row is counted yet."""
        other = copy.copy(self)
        other._counted = [
            counted._replace(metric=copy.deepcopy(counted.metric))
            if counted.core is None
            else counted
            for counted in self._counted
        ]
        other.reset()
        return other

    def reset(self) -> None:
        """Forget all rows."""
        self._tally = _core.Tally()
        for counted in self._counted:
            counted.metric.reset_state()

    def train(
        self,
        part: Part,
        optimizer: optimizers.Optimizer,
        progress: Callable[[int, Sequence[float]], None] | None = None,
    ) -> None:
        """Take the optimizer's steps through a part of the data, and count what came out."""
        examples, order, batch_size = part
        rates = optimizer._learning_rates(self._network.step, part.n_steps)
        try:
            outputs = self._network.train(
                *examples,
                order,
                batch_size,
                optimizer._for_network(self._network),
                rates,
                self._tally,
                progress,
            )
        finally:
            optimizer._n_steps = self._network.step
        self._update(part, outputs)

    def finish(self, optimizer: optimizers.Optimizer) -> None:
        """Let the optimizer do what it has left for the end of a training."""
        self._network.finish_training(optimizer._to_core())

    def evaluate(self, part: Part) -> None:
        """Count the rows of a part without learning from them."""
        self._update(part, self._network.evaluate(*part.examples, *part[1:], self._tally))

    def figures(self) -> Figures:
        """Return the means over all rows since the last reset, in Keras's order: the alphabet's."""
        return dict(sorted(zip(self.names, self.in_order(), strict=True)))

    def in_order(self) -> list[float]:
        """Return the figures in the order of `names`."""
        counted = self._tally.figures()
        if len(counted) == len(self.names):
            return counted
        means = iter(counted)
        return [
            # Where nothing has been counted yet the core has no figures.
            next(means, 0.0) if metric is None else _figure(metric.result())
            for metric in self._counted_here()
        ]

    def shown(self, return_dict: bool) -> float | list[float] | Figures:
        """Return the figures as Keras's functions do: a single one without a list."""
        if return_dict:
            return self.figures()
        figures = self.in_order()
        return figures if len(figures) > 1 else figures[0]

    def live_figures(self, figures: Sequence[float]) -> Figures:
        """Return what the core reports while it is at work, under the names."""
        pairs = zip(self.names, self._counted_here(), strict=True)
        names = [name for name, metric in pairs if metric is None]
        return dict(sorted(zip(names, figures, strict=False)))

    def _counted_here(self) -> Iterator[Metric | None]:
        """Yield for each name the metric that Python counts, None where the core does."""
        yield from (None for _ in self._loss_names)
        yield from (c.metric if c.core is None else None for c in self._counted)

    def _update(self, part: Part, outputs: Sequence[Array]) -> None:
        """Count what came out of the kept outputs."""
        examples, order, batch_size = part
        for output, rows in zip(self._kept, outputs, strict=True):
            y, weights = examples.y[output], examples.weights[output]
            assert y is not None, "metrics have targets"
            y = y[order]
            weights = None if weights is None else weights[order]
            for counted in self._counted:
                if counted.core is None and counted.output == output:
                    own = weights if counted.weighted else None
                    _update(counted.metric, y, rows, own, batch_size)


def check_compute_dtype(value: object, dtype: str) -> None:
    """Raise unless a model of `dtype` can be trained with this ``compute_dtype`` here."""
    if value is None:
        return
    if value != "bfloat16":
        raise ValueError(f"expected compute_dtype to be None or 'bfloat16'. Received: {value!r}")
    if dtype != "float32":
        raise ValueError(
            f"expected a float32 model for compute_dtype='bfloat16'. Received: {dtype}"
        )
    if not _core.has_bfloat16():
        raise RuntimeError(
            "expected a CPU with AVX512-BF16 for compute_dtype='bfloat16'. Received: one without, "
            f"or the core for x86-64-{_core.isa}"
        )


def _update(
    metric: Metric, y: Array, outputs: Array, weights: Array | None, batch_size: int
) -> None:
    # A function of one's own may ask which rows are one batch.
    n_rows = len(outputs) if metric._adds_up() else batch_size
    for begin in range(0, len(outputs), n_rows):
        rows = slice(begin, begin + n_rows)
        if weights is None:
            metric.update_state(y[rows], outputs[rows])
        else:
            metric.update_state(y[rows], outputs[rows], weights[rows])


def _counted(network: Network, compiled: Compiled, labels: Sequence[bool]) -> Iterator[Counted]:
    """Yield the metrics of all outputs, then those that are told the weights of the rows."""
    sizes = network.output_sizes
    for weighted, of_outputs in ((False, compiled.plain), (True, compiled.weighted)):
        for output, given in enumerate(of_outputs):
            for identifier in given:
                metric = metrics.resolve(identifier, labels=labels[output], n_outputs=sizes[output])
                yield Counted(metric, output, weighted, metric._core_metric(labels[output]))


def _figure(result: Any) -> Any:
    """Return a number; an array where a metric has several, one for each class or threshold."""
    return float(result) if np.ndim(result) == 0 else np.asarray(result)


def _names(counted: Sequence[Counted], outputs: Sequence[str]) -> list[str]:
    """Return the names of the metrics in the history; that of an output tells among several."""
    prefixes = [f"{name}_" for name in outputs] if len(outputs) > 1 else [""]
    names = ["loss"]
    for metric, output, weighted, _ in counted:
        name = prefixes[output] + metric.name
        is_second = weighted and name in names
        names.append(f"{prefixes[output]}weighted_{metric.name}" if is_second else name)
    if len(set(names)) < len(names):
        raise ValueError(f"expected metrics of different names. Received: {names[1:]}")
    return names[1:]
