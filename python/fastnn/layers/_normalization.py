"""Layers that bring values to mean 0 and variance 1 by what a batch or a row shows."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastnn import initializers, regularizers
from fastnn._arguments import check_bool, check_number, check_positive
from fastnn._graph import Shape
from fastnn._weights import CoreLayer, layer_type
from fastnn.layers._base import Layer, check_flat

_STARTS = {"gamma": "ones", "beta": "zeros", "moving_mean": "zeros", "moving_variance": "ones"}


class _ScaledAndCentered(Layer):
    """What both normalizations share: γ and β, their first values and penalties."""

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **Layer._unbuilt_defaults,
        "beta_constraint": None,
        "gamma_constraint": None,
    }

    def __init__(
        self,
        *,
        axis: int,
        epsilon: float,
        center: bool,
        scale: bool,
        initial: Mapping[str, Any],
        penalties: Mapping[str, Any],
        layer: Mapping[str, Any],
    ) -> None:
        if axis not in (-1, 1):
            raise NotImplementedError(
                f"{type(self).__name__}(axis={axis!r}) is not built yet, only its default -1"
            )
        self.axis = axis
        self.epsilon = check_positive(epsilon, "epsilon")
        self.center = check_bool(center, "center")
        self.scale = check_bool(scale, "scale")
        self._initializers = {
            name: initializers.get_or(_STARTS[name], value) for name, value in initial.items()
        }
        self._regularizers = {name: regularizers.get(value) for name, value in penalties.items()}
        super().__init__(**layer)

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        check_flat(input_shape, type(self).__name__)
        return input_shape

    def _start(self, core: CoreLayer, size: int, dtype: str) -> list[CoreLayer]:
        """Give the core's layer its first weights, of those it has."""
        has = {"gamma": self.scale, "beta": self.center}
        names = [name for name in self._initializers if has.get(name, True)]
        core.set_parameters([self._initializers[name]((size,), dtype=dtype) for name in names])
        core.set_penalties([regularizers.factors(self._regularizers.get(name)) for name in names])
        return [core]


class BatchNormalization(_ScaledAndCentered):
    """Brings each feature to mean 0 and variance 1, then to γ x + β.

    In training by the means and variances of the batch, of which running means are kept; otherwise
    by these. With ``trainable = False`` by these in training too, as in Keras.

    Parameters
    ----------
    axis : int, default=-1
        Only the last axis.
    momentum : float, default=0.99
        In [0, 1], the share of themselves that the running means keep at each step.
    epsilon : float, default=0.001
        Added to the variance.
    center, scale : bool, default=True
        Whether there is a β, and a γ.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer
        What the weights start as. Default: β and the mean at 0, γ and the variance at 1.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        What the loss adds for them.
    **layer : object
        As for every layer: ``trainable``, ``name``, ``dtype``, ``input_shape``, ``input_dim``.
        Keras's further arguments (``beta_constraint``, ``synchronized``, …) only with their
        defaults.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If another axis is asked for.

    References
    ----------
    S. Ioffe, C. Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing
    Internal Covariate Shift*, ICML 2015.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), BatchNormalization()])
    >>> [weight.shape for weight in model.get_weights()]  # γ, β, moving mean, moving variance
    [(3,), (3,), (3,), (3,)]
    """

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **_ScaledAndCentered._unbuilt_defaults,
        "synchronized": False,
    }
    _n_states: ClassVar[int] = 2

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        **layer: Any,
    ) -> None:
        self.momentum = check_number(momentum, "momentum", "[0, 1]", 0.0, 1.0)
        super().__init__(
            axis=axis,
            epsilon=epsilon,
            center=center,
            scale=scale,
            initial={
                "gamma": gamma_initializer,
                "beta": beta_initializer,
                "moving_mean": moving_mean_initializer,
                "moving_variance": moving_variance_initializer,
            },
            penalties={"gamma": gamma_regularizer, "beta": beta_regularizer},
            layer=layer,
        )

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        ((size,),) = input_shapes
        core = layer_type(dtype).batch_normalization(
            size, self.momentum, self.epsilon, self.center, self.scale
        )
        return self._start(core, size, dtype)


class LayerNormalization(_ScaledAndCentered):
    """Brings each row to mean 0 and variance 1, then each feature to γ x + β.

    Parameters
    ----------
    axis : int, default=-1
        Only the last axis.
    epsilon : float, default=0.001
        Added to the variance.
    center, scale : bool, default=True
        Whether there is a β, and a γ.
    beta_initializer, gamma_initializer
        What the weights start as. Default: β at 0, γ at 1.
    beta_regularizer, gamma_regularizer : str or Regularizer, optional
        What the loss adds for them.
    **layer : object
        As for every layer: ``trainable``, ``name``, ``dtype``, ``input_shape``, ``input_dim``.
        Keras's further arguments (``beta_constraint``, …) only with their defaults.

    Raises
    ------
    TypeError, ValueError
        If an argument is of a wrong type, or out of range.
    NotImplementedError
        If another axis is asked for.

    References
    ----------
    J. L. Ba, J. R. Kiros, G. E. Hinton, *Layer Normalization*, 2016.

    Examples
    --------
    >>> LayerNormalization(epsilon=1e-12)([[1.0, 3.0]])
    array([[-1.,  1.]], dtype=float32)
    """

    def __init__(
        self,
        axis: int = -1,
        epsilon: float = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        **layer: Any,
    ) -> None:
        super().__init__(
            axis=axis,
            epsilon=epsilon,
            center=center,
            scale=scale,
            initial={"gamma": gamma_initializer, "beta": beta_initializer},
            penalties={"gamma": gamma_regularizer, "beta": beta_regularizer},
            layer=layer,
        )

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        ((size,),) = input_shapes
        core = layer_type(dtype).layer_normalization(size, self.epsilon, self.center, self.scale)
        return self._start(core, size, dtype)
