"""Who hears of the epochs of a fit: callbacks, and the progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastnn import _core
from fastnn._typing import Labels
from fastnn.callbacks import Callback, CallbackList
from fastnn.callbacks._list import Callbacks
from fastnn.neural_network._network import CoreNetwork, Examples

if TYPE_CHECKING:
    from fastnn.models import Sequential
    from fastnn.neural_network._base import MultilayerPerceptron


class Hooks:
    """Calls the callbacks of a fit; they see a model that shares the network.

    Whatever they make of that model's weights is trained on, and the estimator's attributes are
    those of the network whenever they are called.

    Parameters
    ----------
    estimator : MultilayerPerceptron
    network : CoreNetwork
    callbacks : Callback or sequence of Callback, optional
    n_epochs, n_steps : int
        At most so many epochs, of so many batches.
    """

    def __init__(
        self,
        estimator: MultilayerPerceptron,
        network: CoreNetwork,
        callbacks: Callbacks,
        n_epochs: int,
        n_steps: int,
    ) -> None:
        self._estimator, self._network = estimator, network
        self._list = CallbackList(callbacks)
        self._model: Sequential | None = None
        if len(self._list.callbacks) > 1 or callbacks:
            from fastnn.neural_network._sequential import shared_model

            self._model = shared_model(estimator, network)
            self._list.set_model(self._model)
        params = {"verbose": int(estimator.verbose), "epochs": n_epochs, "steps": n_steps}
        self._list.set_params(params)
        self._bar = ProgressBar() if estimator.progress_bar else None
        if self._bar is not None:
            self._bar.set_params(params)

    @property
    def stop(self) -> bool:
        """Whether a callback wants no further epoch, nor batch."""
        return self._model is not None and self._model.stop_training

    def call(self, hook: str, *arguments: Any) -> None:
        """Call this hook of all callbacks and of the bar."""
        if self._model is not None:
            self._call_callbacks(self._model, hook, *arguments)
        if self._bar is not None:
            getattr(self._bar, hook)(*arguments)

    def _call_callbacks(self, model: Sequential, hook: str, *arguments: Any) -> None:
        estimator, network = self._estimator, self._network
        estimator._take(network.weights())
        getattr(self._list, hook)(*arguments)
        if model._network is not network.core:
            raise ValueError(
                "expected callbacks that leave the model compiled as it is: fit trains it with its "
                f"own loss. Received: one that has called compile() in {hook}"
            )
        # Whoever evaluated the model had the network judge by the model's own figures.
        if model._get_compiled().scoreboard is not None:
            model._get_compiled().scoreboard = None
            network.restore_objective()

    def train(self, examples: Examples, order: Labels, batch_size: int) -> _core.Tally:
        """Train for an epoch, at once unless a callback has a hook for batches."""
        network, optimizer = self._network, self._estimator._descent.optimizer
        tally = _core.Tally()
        if self._model is None or not self._list.hears_train_batches:
            network.train(examples, order, batch_size, optimizer, tally)
            return tally
        for step, begin in enumerate(range(0, len(order), batch_size)):
            self.call("on_train_batch_begin", step)
            rows = order[begin : begin + batch_size]
            network.train(examples, rows, batch_size, optimizer, tally)
            self.call("on_train_batch_end", step, {"loss": network.training_loss(tally)})
            if self.stop:
                break
        return tally

    def close(self) -> None:
        """Close the bar, also where training was interrupted."""
        if self._bar is not None:
            self._bar.close()


class ProgressBar(Callback):
    """tqdm's bar, one step an epoch or an iteration, with its figures."""

    def __init__(self) -> None:
        self._bar: Any = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        from tqdm.auto import tqdm

        assert self.params is not None, "fit has set them"
        self._bar = tqdm(total=self.params["epochs"], desc="fit", unit=" epochs")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._bar.set_postfix(logs or {}, refresh=False)
        self._bar.update()

    def close(self) -> None:
        """Leave the line as it is."""
        if self._bar is not None:
            self._bar.close()
