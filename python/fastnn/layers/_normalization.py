"""Layers that bring values to mean 0 and variance 1 by what a batch or a row shows."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from fastnn import initializers, regularizers
from fastnn._arguments import check_bool, check_number, check_positive
from fastnn._graph import Shape
from fastnn._variables import Variable
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
        gamma_regularizer: Any,
        beta_regularizer: Any,
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
        for name, value in initial.items():
            setattr(self, f"{name}_initializer", initializers.get_or(_STARTS[name], value))
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        has = {"gamma": scale, "beta": center}
        self._names = [name for name in initial if has.get(name, True)]
        super().__init__(**layer)

    @property
    def gamma(self) -> Variable | None:
        """What the features are multiplied by; None without ``scale``."""
        return self._weight("gamma") if self.scale else None

    @property
    def beta(self) -> Variable | None:
        """What is added to them; None without ``center``."""
        return self._weight("beta") if self.center else None

    def _output_shape_for(self, input_shape: Shape) -> Shape:
        check_flat(input_shape, type(self).__name__)
        return input_shape

    def _weight_shapes(self, input_shapes: Sequence[Shape]) -> list[Shape]:
        return [input_shapes[0]] * len(self._names)

    def _initializers(self) -> list[initializers.AnyInitializer]:
        return [getattr(self, f"{name}_initializer") for name in self._names]

    def _penalized(self, core: CoreLayer) -> list[CoreLayer]:
        penalties = [getattr(self, f"{name}_regularizer", None) for name in self._names]
        core.set_penalties([regularizers.factors(penalty) for penalty in penalties])
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
        "renorm": False,
        "renorm_clipping": None,
        "renorm_momentum": 0.99,
    }
    _settings = (
        "axis",
        "momentum",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "moving_mean_initializer",
        "moving_variance_initializer",
        "beta_regularizer",
        "gamma_regularizer",
    )
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
            gamma_regularizer=gamma_regularizer,
            beta_regularizer=beta_regularizer,
            layer=layer,
        )

    @property
    def moving_mean(self) -> Variable:
        """The mean of each feature, for what is not trained on."""
        return self._weight("moving_mean")

    @property
    def moving_variance(self) -> Variable:
        """The variance of each feature, for what is not trained on."""
        return self._weight("moving_variance")

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        ((size,),) = input_shapes
        core = layer_type(dtype).batch_normalization(
            size, self.momentum, self.epsilon, self.center, self.scale
        )
        return self._penalized(core)


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

    _unbuilt_defaults: ClassVar[Mapping[str, object]] = {
        **_ScaledAndCentered._unbuilt_defaults,
        "rms_scaling": False,
    }
    _settings = (
        "axis",
        "epsilon",
        "center",
        "scale",
        "beta_initializer",
        "gamma_initializer",
        "beta_regularizer",
        "gamma_regularizer",
    )

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
            gamma_regularizer=gamma_regularizer,
            beta_regularizer=beta_regularizer,
            layer=layer,
        )

    def _make_core(self, input_shapes: Sequence[Shape], dtype: str) -> list[CoreLayer]:
        ((size,),) = input_shapes
        core = layer_type(dtype).layer_normalization(size, self.epsilon, self.center, self.scale)
        return self._penalized(core)
