"""Layers that bring data into a range, by numbers that training leaves alone."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from fastnn._arguments import check_bool
from fastnn._graph import Shape
from fastnn._training.data import yields_batches
from fastnn._validation import Array, check_array
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer

_ELEMENTS_OF_A_PART = 1 << 20  # of data that is read for its mean and variance


class Rescaling(Layer):
    """``inputs * scale + offset``.

    Parameters
    ----------
    scale : float or array_like
        One number, or one for each feature.
    offset : float or array_like, default=0.0
        Likewise.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument holds no numbers, or does not fit the rows.

    Examples
    --------
    >>> Rescaling(1 / 127.5, offset=-1)([[0.0, 127.5, 255.0]])
    array([[-1.,  0.,  1.]], dtype=float32)
    """

    _settings = ("scale", "offset")

    def __init__(self, scale: ArrayLike, offset: ArrayLike = 0.0, **layer: Any) -> None:
        self.scale = check_array(scale, "scale", shape=None)
        self.offset = check_array(offset, "offset", shape=None)
        super().__init__(**layer)

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        core = layer_type(dtype).rescaling(math.prod(input_shapes[0]))
        _set(core, input_shapes[0], dtype, scale=self.scale, offset=self.offset)
        return [core]

    def _count_derived(self) -> int:
        return 3 * math.prod(self._built_for[0])

    def get_weights(self) -> list[Array]:
        """Return no weights: Keras counts none."""
        self._check_built()
        return []

    def _weight_names(self) -> list[str]:
        return []

    def _set_checked(self, weights: Sequence[Array]) -> None:
        """Take no weights."""


class Normalization(Layer):
    """``(inputs - mean) / sqrt(variance)``, feature by feature.

    Parameters
    ----------
    axis : int or None, default=-1
        -1: a mean and a variance for each feature; None: one for all.
    mean, variance : array_like, optional
        Both or neither. Default: from `adapt`.
    invert : bool, default=False
        Whether to do the opposite: ``inputs * sqrt(variance) + mean``.
    **layer : object
        As for every layer: ``name``, ``dtype``, ``input_shape``, ``input_dim``.

    Raises
    ------
    TypeError, ValueError
        If an argument holds no numbers, or does not fit the rows.
    NotImplementedError
        If another axis is asked for.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Normalization()
    >>> layer.adapt(np.array([[0.0, 10.0], [2.0, 30.0]]))
    >>> layer(np.array([[1.0, 40.0]]))
    array([[0., 2.]], dtype=float32)
    """

    _settings = ("axis", "invert")
    _n_states = 3

    def __init__(
        self,
        axis: int | None = -1,
        mean: ArrayLike | None = None,
        variance: ArrayLike | None = None,
        invert: bool = False,
        **layer: Any,
    ) -> None:
        if axis not in (-1, 1, None):
            raise NotImplementedError(f"Normalization(axis={axis!r}) is not built yet, only -1")
        if (mean is None) != (variance is None):
            raise ValueError("expected mean and variance together, or neither")
        self.axis = axis
        self.invert = check_bool(invert, "invert")
        self._given = mean is not None
        self._count = 0
        self._mean = check_array(0.0 if mean is None else mean, "mean", shape=None)
        self._variance = check_array(1.0 if variance is None else variance, "variance", shape=None)
        super().__init__(**layer)

    @property
    def mean(self) -> Array:
        """The mean of each feature, or of all."""
        return self._mean

    @property
    def variance(self) -> Array:
        """The variance of each feature, or of all."""
        return self._variance

    def adapt(self, data: ArrayLike | Iterable[ArrayLike]) -> None:
        """Take the mean and the variance from data, and forget what there was.

        Parameters
        ----------
        data : array_like of shape (n_samples, ...), or a generator or loader of such batches
            At least one row. What is not float64 becomes so a part at a time.

        Raises
        ------
        TypeError, ValueError
            If the data does not fit, or if mean and variance were given.
        """
        if self._given:
            raise ValueError("expected no data for a layer that was given mean and variance")
        # Its import takes longer than that of all of fastnn.
        from sklearn.preprocessing import StandardScaler

        moments = StandardScaler()
        for part in _parts_of(data):
            rows = check_array(part, "data", shape=None)
            if rows.ndim < 2 or len(rows) == 0:
                raise ValueError(f"expected data of shape (n_samples, …). Received: {rows.shape}")
            n_features = 1 if self.axis is None else rows.shape[-1]
            moments.partial_fit(rows.reshape(-1, n_features).astype(np.float64, copy=False))
        shape = () if self.axis is None else moments.mean_.shape
        self._mean, self._variance = moments.mean_.reshape(shape), moments.var_.reshape(shape)
        self._count = int(moments.n_samples_seen_)
        self._update()

    def get_weights(self) -> list[Array]:
        """Return the mean, the variance and the count, unless they were given."""
        self._check_built()
        if self._given:
            return []
        shape, dtype = self._shapes[0], self._built_dtype
        return [
            np.broadcast_to(self._mean, shape).astype(dtype),
            np.broadcast_to(self._variance, shape).astype(dtype),
            np.asarray(self._count),
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a layer, fit for JSON; what was adapted is none."""
        given = {"mean": self._mean.tolist(), "variance": self._variance.tolist()}
        return super().get_config() | (given if self._given else dict.fromkeys(given))

    def _weight_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        shape = () if self.axis is None else input_shapes[0][-1:]
        return [] if self._given else [shape, shape, ()]

    def _weight_names(self) -> list[str]:
        return [] if self._given else ["mean", "variance", "count"]

    def _count_derived(self) -> int:
        return 3 * math.prod(self._built_for[0])

    def _set_checked(self, weights: Sequence[Array]) -> None:
        if weights:
            if (weights[1] < 0).any():
                raise ValueError("expected a variance of at least 0")
            self._mean, self._variance = weights[0], weights[1]
            self._count = int(weights[2])
            self._update()

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        core = layer_type(dtype).rescaling(math.prod(input_shapes[0]))
        self._fill(core, input_shapes[0], dtype)
        return [core]

    def _update(self) -> None:
        for core in self._core or ():
            self._fill(core, self._built_for[0], self._built_dtype)

    def _fill(self, core: CoreLayer, row_shape: Shape, dtype: str) -> None:
        # From the numbers that get_weights returns, so that set_weights restores every bit.
        mean, variance = (np.asarray(x, dtype) for x in (self._mean, self._variance))
        deviation = np.maximum(np.sqrt(variance), 1e-7)
        if self.invert:
            _set(core, row_shape, dtype, scale=deviation, offset=mean)
        else:
            _set(core, row_shape, dtype, shift=mean, scale=1 / deviation)


def _set(
    core: CoreLayer,
    row_shape: Shape,
    dtype: str,
    *,
    scale: Array,
    shift: ArrayLike = 0.0,
    offset: ArrayLike = 0.0,
) -> None:
    """Set the numbers of a rescaling, one for each feature of rows of `row_shape`."""
    core.set_parameters(
        [
            np.ascontiguousarray(np.broadcast_to(numbers, row_shape), dtype=dtype).ravel()
            for numbers in (shift, scale, offset)
        ]
    )


def _parts_of(data: ArrayLike | Iterable[ArrayLike]) -> Iterator[Any]:
    """Yield the batches of a generator or a loader, or slices of an array's rows."""
    if yields_batches(data):
        yield from cast(Iterable[ArrayLike], data)
        return
    rows = check_array(data, "data", shape=None)
    n_rows = max(1, _ELEMENTS_OF_A_PART // max(1, math.prod(rows.shape[1:])))
    for begin in range(0, max(1, len(rows)), n_rows):
        yield rows[begin : begin + n_rows]
