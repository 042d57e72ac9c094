"""What models are told by ``compile``, and how they check the data that they get."""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from fastnn import losses, metrics, optimizers
from fastnn._arguments import refuse_unbuilt
from fastnn._examples import (
    Examples,
    Given,
    check_examples,
    check_inputs,
    class_weights,
    row_shape,
)
from fastnn._seeds import next_seed
from fastnn._training.compiled import ByOutput, Compiled, Scoreboard, check_compute_dtype
from fastnn._training.outputs import row_weights_of_outputs, targets_of_outputs
from fastnn._validation import Array

if TYPE_CHECKING:
    from fastnn._graph import Shape, Symbol
    from fastnn._weights import Network
    from fastnn.layers import Layer
    from fastnn.models import Model

_COMPILE_DEFAULTS = {"auto_scale_loss": True}
NAMES = "x", "y", "sample_weight"


class Compilable:
    """An optimizer, losses and metrics for models, which bring the network."""

    if TYPE_CHECKING:
        name: str
        _built_for: tuple[Shape, ...]
        _network: Network | None
        _inputs: list[Symbol]

        @property
        def dtype(self) -> str: ...
        @property
        def built(self) -> bool: ...
        @property
        def outputs(self) -> list[Symbol]: ...
        @property
        def output_names(self) -> list[str]: ...

        def _wired(self, trainable: Mapping[int, bool]) -> Network: ...
        def _leaves(self) -> Iterator[Layer]: ...
        def _build_for(self, row_shape: Shape) -> None: ...
        def _output_shapes(self, row_shape: Shape) -> list[Shape]: ...

    def _start_trainer(self) -> None:
        self.stop_training = False
        self._compiled: Compiled | None = None
        self._trainable_when_compiled: dict[int, bool] = {}
        self._in_training = threading.Lock()
        self._seed: int | None = None  # of the orders of the last training
        self._goes_on = False  # whether the next training takes up the orders of the last

    @property
    def _rounds(self) -> bool:
        return self._compiled is not None and self._compiled.compute_dtype == "bfloat16"

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The optimizer that `compile` was given; its learning rate may be changed."""
        return self._get_compiled().optimizer

    @property
    def loss(self) -> losses.Loss | list[losses.Loss | None] | None:
        """The loss that `compile` was given, or those of several outputs."""
        of_outputs = self._get_compiled().losses
        return of_outputs if len(of_outputs) > 1 else of_outputs[0]

    @property
    def metrics(self) -> list[metrics.Metric]:
        """The metrics that `compile` was given; none before the model has seen targets."""
        board = None if self._compiled is None else self._compiled.scoreboard
        return [] if board is None else list(board.metrics)

    @property
    def metrics_names(self) -> list[str]:
        """``'loss'`` and the names of the other figures, as `evaluate` returns them."""
        board = None if self._compiled is None else self._compiled.scoreboard
        return ["loss"] if board is None else list(board.names)

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "rmsprop",
        loss: Any = None,
        loss_weights: float | ByOutput | None = None,
        metrics: ByOutput | None = None,
        weighted_metrics: ByOutput | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
        *,
        compute_dtype: str | None = None,
    ) -> None:
        """Choose what `fit` is to do. What an earlier optimizer remembered is forgotten.

        Which layers are trainable is settled here, as in Keras: what is set later counts from the
        next time on.

        Parameters
        ----------
        optimizer : str or Optimizer, default='rmsprop'
            A name such as ``'adam'``, or an object of ``fastnn.optimizers``.
        loss : str, function or Loss, or a list or dict of them
            The name of a loss, such as ``'categorical_crossentropy'`` or ``'mse'``, or a function
            or an object of ``fastnn.losses``. Where the model has several outputs one loss is for
            all, a list has one for each in their order, and a dict under each of `output_names`;
            None stands for an output that is not trained on.
        loss_weights : float, or list or dict of float, optional
            What the loss of each output weighs in ``'loss'``, their sum. Default: 1.
        metrics : list of str, function or Metric, optional
            Names such as ``'accuracy'`` or ``'AUC'``, objects of ``fastnn.metrics``, or functions
            of your own that take (y_true, y_pred) and return a number for each row. Which accuracy
            ``'accuracy'`` and ``'acc'`` mean follows from targets and outputs. Where there are
            several outputs, a list with one entry for each of them, a metric, a list of metrics
            or None, or a dict of such entries.
        weighted_metrics : list of str, function or Metric, optional
            The same; these are told `sample_weight` and `class_weight`.
        auto_scale_loss
            Not built yet, only its default.
        run_eagerly, steps_per_execution, jit_compile
            Without effect: how Keras runs a step changes no result, and here an epoch is one call.
        compute_dtype : str, optional
            ``'bfloat16'`` lets training round what dense layers multiply to 8 significant bits, on
            CPUs with AVX512-BF16, where wide layers train 1.6 to 1.8 times as fast. Sums, weights
            and all else stay float32, and `evaluate` and `predict` round nothing. In Keras the
            global policy ``'mixed_bfloat16'`` does the like. Default: all in the dtype of the
            model.

        Raises
        ------
        NotImplementedError
            If something of Keras is asked for that is not built yet.
        TypeError, ValueError
            If a name is unknown, if there is no loss, or if a list or a dict has not the length or
            the names of the outputs.
        RuntimeError
            If this CPU has no instructions for `compute_dtype`.

        Examples
        --------
        >>> from fastnn.layers import Dense, Input
        >>> from fastnn.models import Model
        >>> x = Input((4,))
        >>> plane = Dense(2, name="plane")(x)
        >>> model = Model(x, [plane, Dense(3, "softmax", name="kind")(plane)])
        >>> model.compile(
        ...     loss={"plane": "mse", "kind": "sparse_categorical_crossentropy"},
        ...     loss_weights={"plane": 0.1, "kind": 1.0},
        ...     metrics={"kind": ["accuracy"]},
        ... )
        >>> history = model.fit([[0.0, 1.0, 2.0, 3.0]], [[[0.5, -0.5]], [2]], verbose=0)
        >>> list(history.history)
        ['kind_accuracy', 'kind_loss', 'loss', 'plane_loss']
        """
        refuse_unbuilt("compile", {"auto_scale_loss": auto_scale_loss}, _COMPILE_DEFAULTS)
        check_compute_dtype(compute_dtype, self.dtype)
        outputs = self.output_names or [self.name]
        self._compiled = Compiled(
            optimizer, loss, loss_weights, metrics, weighted_metrics, outputs, compute_dtype
        )
        self._trainable_when_compiled = {id(leaf): leaf.trainable for leaf in self._leaves()}
        self._compiled.optimizer._model = weakref.ref(cast("Model", self))
        self._network = None

    def reset_metrics(self) -> None:
        """Forget the rows that `train_on_batch` and `test_on_batch` have counted."""
        if self._compiled is not None and self._compiled.scoreboard is not None:
            self._compiled.scoreboard.reset()

    def _get_compiled(self) -> Compiled:
        if self._compiled is None:
            raise ValueError(f"expected '{self.name}' to be compiled: call compile() first")
        return self._compiled

    def _scoreboard(self) -> Scoreboard:
        board = self._get_compiled().scoreboard
        assert board is not None, "rows are checked before they are counted"
        return board

    def _shapes_for(self, x: object) -> tuple[list[Shape], list[Shape]]:
        """Return the shapes of rows that come in and go out, where `x` comes in."""
        if self.built:
            return list(self._built_for), [s._row_shape for s in self.outputs]
        known = self._inputs[0]._row_shape if self._inputs else row_shape(x, "x")
        return [known], [self._output_shapes(known)[-1]]

    def _in_order(self, x: object, name: str) -> object:
        """Return the entries of a dict in the order of the inputs whose names are its keys."""
        if not isinstance(x, Mapping):
            return x
        names = [getattr(symbol, "name", None) for symbol in self._inputs]
        if x.keys() != set(names):
            raise ValueError(f"expected {name} with the keys {names}. Received: {list(x)}")
        return [np.asarray(x[key]) for key in names]

    def _get_network(self, x: object) -> Network:
        """Return the core's network, built for rows like those of `x`."""
        if not self.built:
            self._build_for(self._shapes_for(x)[0][0])
        if self._network is None:
            self._network = self._wired(self._trainable_when_compiled)
        return self._network

    def _check_inputs(self, x: object, name: str) -> list[Array]:
        """Return rows for each input as the core reads them, for a network that is built now."""
        shapes = self._built_for if self.built else self._shapes_for(x)[0]
        rows = check_inputs(self._in_order(x, name), name, shapes, self.dtype)
        self._get_network(x)
        return rows

    def _check_examples(
        self, x: object, y: object, weights: object, names: tuple[str, str, str]
    ) -> Examples:
        """Return rows, targets and weights as the core reads them."""
        x = self._in_order(x, names[0])
        inputs, shapes = self._shapes_for(x)
        compiled = self._get_compiled()
        targets = targets_of_outputs(y, names[1], compiled.outputs, compiled.learned)
        row_weights = row_weights_of_outputs(weights, names[2], compiled.outputs, compiled.learned)
        sizes = map(math.prod, shapes)
        given = [
            Given(*of_rows, *of_weights, size, compiled.reader_of(output, of_rows[0], size))
            for output, (of_rows, of_weights, size) in enumerate(
                zip(targets, row_weights, sizes, strict=True)
            )
        ]
        return check_examples(x, names[0], given, inputs, self.dtype)

    def _weigh(self, examples: Examples, class_weight: object) -> Examples:
        """Return the examples with the weights of their classes."""
        if class_weight is None:
            return examples
        if len(examples.y) > 1:
            raise ValueError(
                f"expected no class_weight for a model of several outputs. Received: {class_weight}"
            )
        (y,), (weights,) = examples.y, examples.weights
        if weights is not None:
            raise ValueError("expected class_weight or sample_weight. Received: both")
        assert y is not None, "the only output is trained on"
        return examples._replace(weights=[class_weights(y, class_weight, self.dtype)])

    def _get_ready(self, x: object, examples: Examples) -> None:
        """Build the network and what counts its rows, for rows like these."""
        self._get_compiled().judge(self._get_network(x), examples.y)

    def _finish_training(self) -> None:
        compiled = self._get_compiled()
        if compiled.scoreboard is not None:
            compiled.scoreboard.finish(compiled.optimizer)

    def _next_seed(self) -> int:
        """Return the seed of the orders in which a training takes its rows."""
        if self._seed is None or not self._goes_on:
            self._seed = next_seed()
        self._goes_on = False
        return self._seed

    @contextmanager
    def _training_alone(self) -> Iterator[None]:
        if not self._in_training.acquire(blocking=False):
            raise RuntimeError(f"expected one thread at a time to train '{self.name}'")
        try:
            yield
        finally:
            self._in_training.release()
