"""What models do with data: train, evaluate, predict."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from numpy.typing import ArrayLike

from fastnn import _training, losses, optimizers
from fastnn._arguments import BELOW_ONE, check_number, refuse_unbuilt
from fastnn._examples import Examples, check_examples, check_inputs, row_shape, split_examples
from fastnn._progress import Progress, check_verbose
from fastnn._validation import Array
from fastnn.callbacks import History

if TYPE_CHECKING:
    from fastnn._graph import Shape, Symbol
    from fastnn._weights import Network
    from fastnn.layers import Layer

_COMPILE_DEFAULTS = {"loss_weights": None, "weighted_metrics": None, "auto_scale_loss": True}
_FIT_DEFAULTS = {
    "callbacks": None,
    "class_weight": None,
    "sample_weight": None,
    "steps_per_epoch": None,
    "validation_steps": None,
    "validation_freq": 1,
}
_EVALUATE_DEFAULTS = {"sample_weight": None, "steps": None, "callbacks": None}
_PREDICT_DEFAULTS = {"steps": None, "callbacks": None}


class Trainer:
    """Training, evaluation and prediction for models, which bring the network."""

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

        def _wired(self, trainable: Mapping[int, bool]) -> Network: ...
        def _leaves(self) -> Iterator[Layer]: ...
        def _build_for(self, row_shape: Shape) -> None: ...
        def _output_shapes(self, row_shape: Shape) -> list[Shape]: ...

    def _start_trainer(self) -> None:
        self.history: History | None = None
        self._compiled: _training.Compiled | None = None
        self._trainable_when_compiled: dict[int, bool] = {}
        self._in_training = threading.Lock()

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The optimizer that `compile` was given; its learning rate may be changed."""
        return self._get_compiled().optimizer

    def compile(
        self,
        optimizer: str | optimizers.Optimizer = "rmsprop",
        loss: str | Callable[..., Any] | losses.Loss | None = None,
        loss_weights: None = None,
        metrics: Sequence[str] | None = None,
        weighted_metrics: None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: bool | str = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Choose what `fit` is to do. What an earlier optimizer remembered is forgotten.

        Which layers are trainable is settled here, as in Keras: what is set later counts from the
        next time on.

        Parameters
        ----------
        optimizer : str or Optimizer, default='rmsprop'
            A name such as ``'adam'``, or an object of ``fastnn.optimizers``.
        loss : str, function or Loss
            The name of a loss, such as ``'categorical_crossentropy'`` or ``'mse'``, or a function
            or an object of ``fastnn.losses``.
        metrics : list of str, optional
            ``['accuracy']`` or ``['acc']``. Which accuracy is meant follows from the loss.
        loss_weights, weighted_metrics, auto_scale_loss
            Not built yet, only their defaults.
        run_eagerly, steps_per_execution, jit_compile
            Without effect: how Keras runs a step changes no result, and here an epoch is one call.

        Raises
        ------
        NotImplementedError
            If something of Keras is asked for that is not built yet.
        TypeError, ValueError
            If a name is unknown, or if there is no loss.
        """
        unbuilt = {
            "loss_weights": loss_weights,
            "weighted_metrics": weighted_metrics,
            "auto_scale_loss": auto_scale_loss,
        }
        refuse_unbuilt("compile", unbuilt, _COMPILE_DEFAULTS)
        if loss is None:
            raise ValueError("expected a loss. Received: None")
        self._compiled = _training.Compiled(
            optimizers.get(optimizer), losses.get(loss), _training.check_metric(metrics)
        )
        self._trainable_when_compiled = {id(leaf): leaf.trainable for leaf in self._leaves()}
        self._network = None

    def fit(
        self,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: None = None,
        validation_split: float = 0.0,
        validation_data: Sequence[ArrayLike] | None = None,
        shuffle: bool = True,
        class_weight: None = None,
        sample_weight: None = None,
        initial_epoch: int = 0,
        steps_per_epoch: None = None,
        validation_steps: None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> History:
        """Train on rows and their targets.

        All data is checked before the first weight changes. Ctrl-C stops behind a whole batch.

        Parameters
        ----------
        x : array_like of shape (n_samples, ...), or a list of them for several inputs
            uint8, float32 and float64 are read as they are; other numbers are converted.
        y : array_like
            Targets as the loss wants them: (n_samples,) integers for sparse cross-entropy, else
            (n_samples, n_outputs).
        batch_size : int, optional
            Rows a step; a last short batch counts. Default: 32.
        epochs : int, default=1
            The epoch to stop before, counted from 0.
        verbose : {'auto', 0, 1, 2}, default='auto'
            0 is silent, 1 draws a bar, 2 prints a line an epoch; ``'auto'`` is 1.
        validation_split : float, default=0.0
            The share of rows, the last ones, that is kept out of training for validation.
        validation_data : tuple (x, y), optional
            Data for validation; goes before `validation_split`.
        shuffle : bool, default=True
            Whether each epoch takes the rows in a new order.
        initial_epoch : int, default=0
            The epoch to start with.
        validation_batch_size : int, optional
            Rows a step of validation. Without effect where the loss is a mean over the rows.
            Default: `batch_size`.
        callbacks, class_weight, sample_weight, steps_per_epoch, validation_steps, validation_freq
            Not built yet, only their defaults.

        Returns
        -------
        History
            Loss and metric of each epoch, running means over it; with validation data also
            ``'val_loss'`` and so on, taken at its end.

        Raises
        ------
        NotImplementedError
            If an argument that is not built yet is given.
        RuntimeError
            If another thread is training this model.
        TypeError, ValueError
            If the model is not compiled or has no layers, or if an argument does not fit.
        """
        unbuilt = {
            "callbacks": callbacks,
            "class_weight": class_weight,
            "sample_weight": sample_weight,
            "steps_per_epoch": steps_per_epoch,
            "validation_steps": validation_steps,
            "validation_freq": validation_freq,
        }
        refuse_unbuilt("fit", unbuilt, _FIT_DEFAULTS)
        compiled = self._get_compiled()
        schedule = _training.Schedule.checked(
            batch_size, epochs, initial_epoch, shuffle, verbose, validation_batch_size
        )
        with self._training_alone():
            examples = self._check_examples(x, y, ("x", "y"))
            training, validation = self._split(examples, validation_split, validation_data)
            network = self._get_network(x)
            self.history = History()
            _training.train(
                network,
                compiled,
                schedule,
                examples=training,
                validation=validation,
                history=self.history,
            )
        return self.history

    def evaluate(
        self,
        x: ArrayLike | None = None,
        y: ArrayLike | None = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: None = None,
        steps: None = None,
        callbacks: None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return the loss and the metric on rows and their targets.

        Parameters
        ----------
        x, y : array_like
            As for `fit`.
        batch_size : int, optional
            Rows a step. Without effect where the loss is a mean over the rows. Default: 32.
        verbose : {'auto', 0, 1, 2}, default='auto'
            Whether to print the figures: 0 not, 1 with a bar, 2 without; ``'auto'`` is 1.
        return_dict : bool, default=False
            Whether to return the figures under their names.
        sample_weight, steps, callbacks
            Not built yet, only their defaults.

        Returns
        -------
        float, list of float or dict of str to float
            The loss; ``[loss, metric]`` if a metric was asked for.

        Raises
        ------
        NotImplementedError
            If an argument that is not built yet is given.
        TypeError, ValueError
            If the model is not compiled or has no layers, or if an argument does not fit.
        """
        unbuilt = {"sample_weight": sample_weight, "steps": steps, "callbacks": callbacks}
        refuse_unbuilt("evaluate", unbuilt, _EVALUATE_DEFAULTS)
        compiled = self._get_compiled()
        rows_a_step, verbose = _training.check_batch_size(batch_size), check_verbose(verbose)
        examples = self._check_examples(x, y, ("x", "y"))
        network = self._get_network(x)
        progress = Progress(examples.n_rows, rows_a_step, verbose)
        logs = _training.evaluate(network, compiled, examples, rows_a_step)
        progress.finish(logs)
        if return_dict:
            return logs
        return [logs["loss"], logs[compiled.metric]] if compiled.metric else logs["loss"]

    def predict(
        self,
        x: ArrayLike,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: None = None,
        callbacks: None = None,
    ) -> Any:
        """Return the outputs for each row.

        Parameters
        ----------
        x : array_like of shape (n_samples, ...)
            As for `fit`; no rows are fine.
        batch_size : int, optional
            Without effect on the result. Default: 32.
        verbose : {'auto', 0, 1, 2}, default='auto'
            Whether to print a line: 0 not, 1 with a bar, 2 without; ``'auto'`` is 1.
        steps, callbacks
            Not built yet, only their defaults.

        Returns
        -------
        ndarray of shape (n_samples, ...), or a list of them for several outputs
            Of the model's dtype.

        Raises
        ------
        NotImplementedError
            If an argument that is not built yet is given.
        TypeError, ValueError
            If the model has no layers, or if an argument does not fit.
        """
        refuse_unbuilt("predict", {"steps": steps, "callbacks": callbacks}, _PREDICT_DEFAULTS)
        rows_a_step, verbose = _training.check_batch_size(batch_size), check_verbose(verbose)
        shapes, outputs = self._shapes_for(x)
        rows = check_inputs(x, "x", shapes, self.dtype)
        progress = Progress(len(rows[0]), rows_a_step, verbose)
        computed: list[Array] = list(self._get_network(x).predict(rows))
        progress.finish({})
        shaped = [
            array.reshape(len(array), *shape)
            for array, shape in zip(computed, outputs, strict=True)
        ]
        return shaped[0] if len(shaped) == 1 else shaped

    def _get_compiled(self) -> _training.Compiled:
        if self._compiled is None:
            raise ValueError(f"expected '{self.name}' to be compiled: call compile() first")
        return self._compiled

    def _shapes_for(self, x: object) -> tuple[list[Shape], list[Shape]]:
        """Return the shapes of rows that come in and go out, where `x` comes in."""
        if self.built:
            return list(self._built_for), [s._row_shape for s in self.outputs]
        known = self._inputs[0]._row_shape if self._inputs else row_shape(x, "x")
        return [known], [self._output_shapes(known)[-1]]

    def _get_network(self, x: object) -> Network:
        """Return the core's network, built for rows like those of `x`."""
        if not self.built:
            self._build_for(self._shapes_for(x)[0][0])
        if self._network is None:
            self._network = self._wired(self._trainable_when_compiled)
        return self._network

    def _check_examples(self, x: object, y: object, names: tuple[str, str]) -> Examples:
        inputs, outputs = self._shapes_for(x)
        if len(outputs) > 1:
            raise NotImplementedError("training a model of several outputs is not built yet")
        return check_examples(
            x,
            y,
            names=names,
            input_shapes=inputs,
            n_outputs=math.prod(outputs[0]),
            loss=self._get_compiled().loss,
            dtype=self.dtype,
        )

    def _split(
        self, examples: Examples, split: object, data: object
    ) -> tuple[Examples, Examples | None]:
        """Return what to train on, and what to validate on if anything."""
        fraction = check_number(split, "validation_split", "[0, 1)", 0.0, BELOW_ONE)
        if data is None:
            return split_examples(examples, fraction) if fraction else (examples, None)
        if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
            raise ValueError(f"expected validation_data to be a tuple (x, y). Received: {data!r}")
        if len(data) == 3:
            raise NotImplementedError("fit(validation_data=(x, y, sample_weight)) is not built yet")
        x, y = data
        names = "validation_data[0]", "validation_data[1]"
        return examples, self._check_examples(x, y, names)

    @contextmanager
    def _training_alone(self) -> Iterator[None]:
        if not self._in_training.acquire(blocking=False):
            raise RuntimeError(f"expected one thread at a time to train '{self.name}'")
        try:
            yield
        finally:
            self._in_training.release()
