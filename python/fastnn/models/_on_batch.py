"""One batch at a time, for training loops of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from numpy.typing import ArrayLike

from fastnn._training.compiled import ByOutput
from fastnn._training.data import Part, whole
from fastnn._validation import Array
from fastnn.models._compiling import NAMES, Compilable


class OnBatch(Compilable):
    """Steps, figures and outputs of single batches."""

    def train_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike | ByOutput | None = None,
        sample_weight: ArrayLike | ByOutput | None = None,
        class_weight: Mapping[int, float] | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Take one step of the optimizer.

        Parameters
        ----------
        x, y, sample_weight, class_weight
            As for `fit`; all rows are one batch.
        return_dict : bool, default=False
            Whether to return the figures under their names.

        Returns
        -------
        float, list of float or dict of str to float
            The loss; ``[loss, metric, ...]`` if there are metrics. They are those of this batch,
            ahead of the step.

        Raises
        ------
        RuntimeError
            If another thread is training this model.
        TypeError, ValueError
            If the model is not compiled or has no layers, or if an argument does not fit.
        """
        with self._training_alone():
            part = self._batch(x, y, sample_weight, class_weight)
            self.reset_metrics()
            self._scoreboard().train(part, self.optimizer)
        return self._scoreboard().shown(return_dict)

    def test_on_batch(
        self,
        x: ArrayLike,
        y: ArrayLike | ByOutput | None = None,
        sample_weight: ArrayLike | ByOutput | None = None,
        return_dict: bool = False,
    ) -> float | list[float] | dict[str, float]:
        """Return the figures without a step.

        Parameters
        ----------
        x, y, sample_weight, return_dict
            As for `train_on_batch`.

        Returns
        -------
        float, list of float or dict of str to float
            Those of this batch, as from `train_on_batch`.

        Raises
        ------
        TypeError, ValueError
            As `train_on_batch` does.
        """
        part = self._batch(x, y, sample_weight)
        self.reset_metrics()
        self._scoreboard().evaluate(part)
        return self._scoreboard().shown(return_dict)

    def predict_on_batch(self, x: ArrayLike) -> Any:
        """Return the outputs for each row, in as little time as that takes.

        Parameters
        ----------
        x : array_like of shape (n_samples, ...)
            As for `predict`.

        Returns
        -------
        ndarray of shape (n_samples, ...), or a list of them for several outputs
            Of the model's dtype.

        Raises
        ------
        TypeError, ValueError
            As `predict` does.
        """
        return self._outputs_of(self._check_inputs(x, "x"))

    def _outputs_of(self, rows: list[Array]) -> Array | list[Array]:
        assert self._network is not None, "rows are checked before they are asked about"
        computed: Sequence[Array] = self._network.predict(rows)
        shaped = [
            array if len(symbol._row_shape) == 1 else array.reshape(-1, *symbol._row_shape)
            for array, symbol in zip(computed, self.outputs, strict=True)
        ]
        return shaped[0] if len(shaped) == 1 else shaped

    def _batch(self, x: object, y: object, weights: object, class_weight: object = None) -> Part:
        examples = self._check_examples(x, y, weights, NAMES)
        examples = self._weigh(examples, class_weight)
        self._get_ready(x, examples)
        return whole(examples)
