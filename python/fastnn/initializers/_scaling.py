"""Initializers whose spread follows from the number of inputs and outputs."""

import math
from collections.abc import Sequence
from typing import Any, ClassVar

from fastnn._arguments import check_positive
from fastnn._validation import Array, check_choice
from fastnn.initializers._base import Shape
from fastnn.initializers._random import RandomInitializer, truncated_normal

_MODES = ("fan_in", "fan_out", "fan_avg")
_DISTRIBUTIONS = ("truncated_normal", "untruncated_normal", "uniform")
# The standard deviation of a standard normal number between -2 and 2:
# √(1 - 4 φ(2) / (Φ(2) - Φ(-2))).
_TRUNCATED_STDDEV = 0.87962566103423978


class VarianceScaling(RandomInitializer):
    """Weights of variance ``scale / fan``, so that values keep their size from layer to layer.

    Parameters
    ----------
    scale : float, default=1.0
        Positive.
    mode : {'fan_in', 'fan_out', 'fan_avg'}, default='fan_in'
        Which fan: the number of inputs of a unit, of outputs of an input, or the mean of both. A
        kernel of shape (n_inputs, units) has these two; of more dimensions, the last two count,
        times the product of the others; of one dimension, both are its length.
    distribution : {'truncated_normal', 'untruncated_normal', 'uniform'}
        Default: ``'truncated_normal'``, which has nothing beyond two deviations and may be called
        ``'normal'``. Uniform is from ±√(3 scale / fan).
    seed : int, optional
        Not negative; the same seed draws the same weights. Default: a new one.
    input_axes, output_axes : sequence of int, optional
        Where both are given, the fans are the products of the lengths of these axes.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.

    Examples
    --------
    >>> initializer = VarianceScaling(scale=2.0, distribution="uniform", seed=0)
    >>> bool(abs(initializer((6, 50))).max() <= 1.0)
    True
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(seed)
        self.scale = check_positive(scale, "scale")
        self.mode = check_choice(mode, "mode", _MODES)
        if isinstance(distribution, str):
            distribution = distribution.lower()
        self.distribution = check_choice(
            "truncated_normal" if distribution == "normal" else distribution,
            "distribution",
            _DISTRIBUTIONS,
        )
        self.input_axes = input_axes
        self.output_axes = output_axes

    def _values(self, shape: Shape) -> Array:
        fan_in, fan_out = fans(shape, self.input_axes, self.output_axes)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        variance = self.scale / max(1.0, fan)
        generator = self._generator()
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return generator.uniform(-limit, limit, shape)
        if self.distribution == "untruncated_normal":
            return math.sqrt(variance) * generator.standard_normal(shape)
        return math.sqrt(variance) / _TRUNCATED_STDDEV * truncated_normal(generator, shape)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        return {
            **super().get_config(),
            "scale": self.scale,
            "mode": self.mode,
            "distribution": self.distribution,
            "input_axes": self.input_axes,
            "output_axes": self.output_axes,
        }


class _Named(VarianceScaling):
    """Variance scaling as a paper proposed it."""

    _setting: ClassVar[tuple[float, str, str]]  # scale, mode, distribution

    def __init__(
        self,
        seed: int | None = None,
        input_axes: Sequence[int] | None = None,
        output_axes: Sequence[int] | None = None,
    ) -> None:
        super().__init__(*self._setting, seed, input_axes, output_axes)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make this initializer again."""
        config = super().get_config()
        return {name: config[name] for name in ("seed", "input_axes", "output_axes")}


class GlorotUniform(_Named):
    """Uniform from ±√(6 / (fan_in + fan_out)), Keras's default for kernels.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural
    networks*, AISTATS 2010.

    Examples
    --------
    >>> bool(abs(GlorotUniform()((2, 4))).max() <= 1.0)
    True
    """

    _setting = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Named):
    """Truncated normal of variance 2 / (fan_in + fan_out).

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural
    networks*, AISTATS 2010.

    Examples
    --------
    >>> GlorotNormal()((2, 4)).shape
    (2, 4)
    """

    _setting = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Named):
    """Uniform from ±√(6 / fan_in), for layers with relu.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, ICCV 2015.

    Examples
    --------
    >>> bool(abs(HeUniform()((6, 4))).max() <= 1.0)
    True
    """

    _setting = (2.0, "fan_in", "uniform")


class HeNormal(_Named):
    """Truncated normal of variance 2 / fan_in, for layers with relu.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    K. He, X. Zhang, S. Ren, J. Sun, *Delving Deep into Rectifiers*, ICCV 2015.

    Examples
    --------
    >>> HeNormal()((2, 4)).shape
    (2, 4)
    """

    _setting = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Named):
    """Uniform from ±√(3 / fan_in).

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp*, 1998.

    Examples
    --------
    >>> bool(abs(LecunUniform()((3, 4))).max() <= 1.0)
    True
    """

    _setting = (1.0, "fan_in", "uniform")


class LecunNormal(_Named):
    """Truncated normal of variance 1 / fan_in, for layers with selu.

    Parameters
    ----------
    seed, input_axes, output_axes
        As for `VarianceScaling`.

    References
    ----------
    Y. LeCun, L. Bottou, G. Orr, K.-R. Müller, *Efficient BackProp*, 1998; G. Klambauer et al.,
    *Self-Normalizing Neural Networks*, NeurIPS 2017.

    Examples
    --------
    >>> LecunNormal()((2, 4)).shape
    (2, 4)
    """

    _setting = (1.0, "fan_in", "truncated_normal")


def fans(
    shape: Shape,
    input_axes: Sequence[int] | None = None,
    output_axes: Sequence[int] | None = None,
) -> tuple[int, int]:
    """Return the numbers of inputs and outputs of weights of `shape`, as Keras counts them.

    >>> fans((784, 10)), fans((3, 3, 16, 32)), fans((5,)), fans(())
    ((784, 10), (144, 288), (5, 5), (1, 1))
    """
    if input_axes is not None and output_axes is not None:
        n_inputs = math.prod(shape[axis] for axis in input_axes)
        return n_inputs, math.prod(shape[axis] for axis in output_axes)
    if len(shape) < 2:
        return math.prod(shape), math.prod(shape)
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field
