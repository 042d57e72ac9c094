"""Layers that disturb training so that the network learns not to rely on single values."""

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, ClassVar

from fastnn._arguments import BELOW_ONE, check_number
from fastnn._graph import Shape
from fastnn._seeds import next_seed
from fastnn._validation import check_integer
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer


class Dropout(Layer):
    """In training sets values to zero at random and lets the others grow; else does nothing.

    Each value is zero with probability `rate`, and multiplied by ``1 / (1 - rate)`` otherwise, so
    that the expected sum stays. Which ones depends on the seed, the step and the place alone, not
    on the number of threads.

    Parameters
    ----------
    rate : float
        In [0, 1).
    seed : int, optional
        Default: drawn from the sequence that ``fastnn.utils.set_random_seed`` starts.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``. Keras's
        ``noise_shape`` only with its default.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    References
    ----------
    N. Srivastava et al., *Dropout: A Simple Way to Prevent Neural Networks from Overfitting*,
    JMLR 15, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> Dropout(0.5)(np.ones((1, 3)))
    array([[1., 1., 1.]], dtype=float32)
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **Layer._unbuilt_defaults,
        "noise_shape": None,
    }

    _settings = ("rate", "seed")
    _drawn_seed: int

    def __init__(self, rate: float, seed: int | None = None, **layer: Any) -> None:
        self.rate = check_number(rate, "rate", "[0, 1)", 0.0, BELOW_ONE)
        self.seed = None if seed is None else check_integer(seed, "seed", minimum=0)
        self._drawn_seed = next_seed() if self.seed is None else self.seed
        super().__init__(**layer)

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        return [layer_type(dtype).dropout(prod(input_shapes[0]), self.rate, self._drawn_seed)]
