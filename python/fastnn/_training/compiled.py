"""What ``compile`` was told, and the figures that follow from it."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from fastnn import _core, losses, metrics, optimizers
from fastnn._training.data import Part
from fastnn._validation import Array
from fastnn._weights import Network

Metrics: TypeAlias = Sequence[str | Mapping[str, Any] | Callable[..., Any] | metrics.Metric]
Figures: TypeAlias = dict[str, float]


class Compiled:
    """An optimizer, a loss and metrics.

    Parameters
    ----------
    optimizer, loss, plain, weighted
        As ``compile`` takes them; metrics in `weighted` are told the weights of the rows.
    compute_dtype : str or None
        As `check_compute_dtype` let it pass.
    """

    def __init__(
        self,
        optimizer: str | optimizers.Optimizer,
        loss: str | Callable[..., Any] | losses.Loss,
        plain: Metrics | None,
        weighted: Metrics | None,
        compute_dtype: str | None,
    ) -> None:
        self.optimizer = optimizers.get(optimizer)
        self.loss = losses.get(loss)
        self.compute_dtype = compute_dtype
        self._given = _check_metrics(plain, "metrics"), _check_metrics(weighted, "weighted_metrics")
        self.scoreboard: Scoreboard | None = None

    def judge(self, network: Network, y: Array) -> "Scoreboard":
        """Return the scoreboard for a network whose targets look like `y`."""
        labels, n_outputs = y.ndim == 1, network.output_size
        if self.scoreboard is None or not self.scoreboard.fits(network, labels):
            plain, weighted = (
                [metrics.resolve(given, labels=labels, n_outputs=n_outputs) for given in kind]
                for kind in self._given
            )
            self.scoreboard = Scoreboard(network, self.loss, plain, weighted, labels=labels)
        return self.scoreboard


class Scoreboard:
    """The loss and the metrics of a network: some the core counts, the others Python.

    Parameters
    ----------
    network : Network
        Is told what to count.
    loss : Loss
    plain, weighted : list of Metric
        As in `Compiled`.
    labels : bool
        Whether targets are class indices.
    """

    def __init__(
        self,
        network: Network,
        loss: losses.Loss,
        plain: Sequence[metrics.Metric],
        weighted: Sequence[metrics.Metric],
        *,
        labels: bool,
    ) -> None:
        self.metrics = [*plain, *weighted]
        self.names = _names(plain, weighted)
        self._network = network
        self._labels = labels
        self._n_plain = len(plain)
        self._tally = _core.Tally()
        counted = [metric._core_metric(labels) for metric in self.metrics]
        self._counted = [core is not None for core in counted]
        network.set_objective(
            loss._to_core(),
            [core for core in counted[: self._n_plain] if core is not None],
            [core for core in counted[self._n_plain :] if core is not None],
            not all(self._counted),
        )

    def fits(self, network: Network, labels: bool) -> bool:
        """Whether this is a scoreboard for such data."""
        return self._network is network and self._labels == labels

    def fresh(self) -> "Scoreboard":
        """Return one for the same figures, on which no row is counted yet."""
        other = copy.copy(self)
        other.metrics = [
            metric if in_core else copy.deepcopy(metric)
            for metric, in_core in zip(self.metrics, self._counted, strict=True)
        ]
        other.reset()
        return other

    def reset(self) -> None:
        """Forget all rows."""
        self._tally = _core.Tally()
        for metric in self.metrics:
            metric.reset_state()

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
        """Return the loss, then the metrics in the order in which they were asked for."""
        loss, *counted = self._tally.figures()
        means = iter(counted)
        return [
            loss,
            *(
                # Where nothing has been counted yet the core has no figures.
                next(means, 0.0) if in_core else float(metric.result())
                for metric, in_core in zip(self.metrics, self._counted, strict=True)
            ),
        ]

    def shown(self, return_dict: bool) -> float | list[float] | Figures:
        """Return the figures as Keras's functions do: a single one without a list."""
        if return_dict:
            return self.figures()
        figures = self.in_order()
        return figures if len(figures) > 1 else figures[0]

    def live_figures(self, figures: Sequence[float]) -> Figures:
        """Return what the core reports while it is at work, under the names."""
        names = (name for name, in_core in self._in_core() if in_core)
        return dict(sorted(zip(names, figures, strict=False)))

    def _in_core(self) -> Iterator[tuple[str, bool]]:
        return zip(self.names, [True, *self._counted], strict=True)

    def _update(self, part: Part, outputs: Array | None) -> None:
        if outputs is None:  # all is counted
            return
        y = part.examples.y[part.order]
        weights = part.examples.weights
        for index, metric in enumerate(self.metrics):
            if self._counted[index]:
                continue
            # A function of one's own may ask which rows are one batch.
            n_rows = len(outputs) if metric._adds_up() else part.batch_size
            for begin in range(0, len(outputs), n_rows):
                rows = slice(begin, begin + n_rows)
                if index < self._n_plain or weights is None:
                    metric.update_state(y[rows], outputs[rows])
                else:
                    metric.update_state(y[rows], outputs[rows], weights[part.order[rows]])


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


def _check_metrics(given: object, name: str) -> list[Any]:
    if given is None:
        return []
    if not isinstance(given, (list, tuple)):
        raise TypeError(f"expected {name} to be a list. Received: {given!r}")
    for metric in given:
        if not (isinstance(metric, str) and metric.lower() in ("accuracy", "acc")):
            metrics.get(metric)  # says what is wrong with it
    return list(given)


def _names(plain: Sequence[metrics.Metric], weighted: Sequence[metrics.Metric]) -> list[str]:
    names = ["loss", *(metric.name for metric in plain)]
    names += [f"weighted_{m.name}" if m.name in names else m.name for m in weighted]
    if len(set(names)) < len(names):
        raise ValueError(f"expected metrics of different names. Received: {names[1:]}")
    return names
