"""What all optimizers share."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np

from fastnn import _core
from fastnn._arguments import check_bool, check_number, refuse_unbuilt
from fastnn._typing import Float64
from fastnn._validation import check_array, check_integer
from fastnn._variables import Variable, Weight
from fastnn._weights import Network
from fastnn.optimizers import schedules
from fastnn.optimizers._checks import check_not_negative, check_optional, check_positive
from fastnn.optimizers._state import optimizer_variables, parameters_of, place_in_core
from fastnn.optimizers.schedules import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.models import Model

LearningRate: TypeAlias = float | LearningRateSchedule | Callable[[], float]

# What all optimizers have beside a name and a learning rate, and what the core calls it.
_SHARED: Mapping[str, str] = {
    "weight_decay": "weight_decay",
    "clipnorm": "clip_norm",
    "global_clipnorm": "global_clip_norm",
    "clipvalue": "clip_value",
    "use_ema": "use_average",
    "ema_momentum": "average_momentum",
    "ema_overwrite_frequency": "overwrite_frequency",
    "loss_scale_factor": "loss_scale",
    "gradient_accumulation_steps": "accumulation_steps",
}
# What the weights that learn are called, in all layers.
_WEIGHT_NAMES = ("kernel", "bias", "gamma", "beta")


class Optimizer:
    """What every optimizer has: a learning rate, a name, and its counterpart in the core.

    Parameters
    ----------
    learning_rate : float, LearningRateSchedule or callable
        The length of a step, not negative. A schedule gives that of each step; a callable takes
        no arguments and is called for each step, ahead of the epoch.
    weight_decay : float, optional
        Before each update every weight loses the share ``learning_rate · weight_decay`` of itself.
        Default: none.
    clipnorm : float, optional
        The gradient of each weight, an array, is shortened to this Euclidean norm where it is
        longer. Default: no limit.
    clipvalue : float, optional
        Every element of a gradient is clipped to [−clipvalue, clipvalue]. Default: no limit.
    global_clipnorm : float, optional
        All gradients together, as one vector, are shortened to this norm. Default: no limit.
    use_ema : bool, default=False
        Whether to keep an exponential moving average of the weights, which they become at the end
        of ``fit``.
    ema_momentum : float, default=0.99
        In [0, 1], the share of itself that the average keeps at each batch.
    ema_overwrite_frequency : int, optional
        At every so many-th update the weights become their average. Default: only at the end.
    loss_scale_factor : float, optional
        The loss goes back through the network times this factor, and its gradients are divided by
        it: small ones do not vanish on their way. Default: 1.
    gradient_accumulation_steps : int, optional
        At least 2: so many batches make one update, by the mean of their gradients. Schedules
        count batches. Default: each batch makes one.
    name : str, optional
        Default: the name of the class in lower case.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range; if more than one of `clipnorm`, `clipvalue` and
        `global_clipnorm` is given.
    """

    __signature__: ClassVar[inspect.Signature]
    _settings: ClassVar[tuple[str, ...]] = ()  # the attributes that make one, beside the shared

    def __init__(
        self,
        learning_rate: LearningRate,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: float | None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
        **unknown: Any,
    ) -> None:
        refuse_unbuilt(type(self).__name__, unknown, {})
        self.name = name or type(self).__name__.lower()
        self._learning_rate = _check_learning_rate(learning_rate)
        self._n_steps = 0  # taken with the model that was trained last
        self._model: Callable[[], Model | None] = _no_model
        self._undecayed: list[str] = []
        self._undecayed_weights: list[Weight] = []
        self.weight_decay = check_optional(check_not_negative, weight_decay, "weight_decay")
        self.clipnorm = check_optional(check_positive, clipnorm, "clipnorm")
        self.clipvalue = check_optional(check_positive, clipvalue, "clipvalue")
        self.global_clipnorm = check_optional(check_positive, global_clipnorm, "global_clipnorm")
        self._check_limits()
        self.use_ema = check_bool(use_ema, "use_ema")
        self.ema_momentum = check_number(ema_momentum, "ema_momentum", "[0, 1]", 0.0, 1.0)
        self.ema_overwrite_frequency = check_optional(
            partial(check_integer, minimum=1), ema_overwrite_frequency, "ema_overwrite_frequency"
        )
        self.loss_scale_factor = check_optional(
            check_positive, loss_scale_factor, "loss_scale_factor"
        )
        self.gradient_accumulation_steps = check_optional(
            partial(check_integer, minimum=2),
            gradient_accumulation_steps,
            "gradient_accumulation_steps",
        )

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Spell out in the signature the arguments that a subclass takes as ``*shared``."""
        super().__init_subclass__(**arguments)
        _, *own = inspect.signature(cls.__init__).parameters.values()
        if any(argument.kind is argument.VAR_POSITIONAL for argument in own):
            _, _, *shared = inspect.signature(Optimizer.__init__).parameters.values()
            own = [p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD]
            named = {p.name for p in own}
            own += [p for p in shared if p.name not in named and p.kind is p.POSITIONAL_OR_KEYWORD]
        cls.__signature__ = inspect.Signature(own)

    @property
    def iterations(self) -> int:
        """The number of updates so far, with the model that was trained last.

        As many as batches, unless the gradients of several are accumulated for one update.
        """
        return self._n_steps // (self.gradient_accumulation_steps or 1)

    @property
    def variables(self) -> list[Variable]:
        """What the optimizer remembers, under the names and in the order of Keras.

        The count of batches and the learning rate, unless that is a schedule; once the model that
        was compiled with it last has been trained, also what it remembers of each weight. All of
        them may be assigned to. Nadam's product of momenta, which follows from the count, is no
        variable here, and accumulated gradients are those of the loss times its scale factor.
        """
        return optimizer_variables(self)

    @property
    def learning_rate(self) -> float:
        """The length of the next step.

        May be set between two calls of ``fit``: a number to another one, anything to a schedule
        or a callable. Setting a schedule to a number is a TypeError, as in Keras.
        """
        return float(self._learning_rates(self._n_steps, 1)[0])

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        if isinstance(self._learning_rate, LearningRateSchedule) and not callable(value):
            raise TypeError(
                "expected a schedule or a callable as learning_rate, because this optimizer was "
                f"given a schedule. Received: {value!r}"
            )
        self._learning_rate = _check_learning_rate(value)

    def exclude_from_weight_decay(
        self,
        var_list: Sequence[Variable] | None = None,
        var_names: Sequence[str] | None = None,
    ) -> None:
        """Keep some weights from decaying. What an earlier call said is forgotten.

        Parameters
        ----------
        var_list : sequence of Variable, optional
            Weights that do not decay, such as ``layer.trainable_weights``. Default: none.
        var_names : sequence of str, optional
            Regular expressions. Weights do not decay where one matches a part of their name, which
            is ``'kernel'``, ``'bias'``, ``'gamma'`` or ``'beta'``. Default: all others decay.

        Raises
        ------
        TypeError
            If `var_list` holds something else than weights, or `var_names` than strings.

        Examples
        --------
        >>> from fastnn.optimizers import AdamW
        >>> optimizer = AdamW()
        >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
        """
        weights = [weight for weight in var_list or () if isinstance(weight, Weight)]
        if len(weights) < len(var_list or ()):
            raise TypeError(f"expected var_list to hold weights of layers. Received: {var_list!r}")
        patterns = [] if var_names is None else var_names
        if isinstance(patterns, str) or not all(isinstance(p, str) for p in patterns):
            raise TypeError(f"expected var_names to be a list of strings. Received: {var_names!r}")
        self._undecayed_weights = weights
        self._undecayed = [
            name for name in _WEIGHT_NAMES if any(re.search(p, name) for p in patterns)
        ]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an optimizer, fit for JSON.

        Returns
        -------
        dict
            What `from_config` takes. A schedule is described in it as by ``schedules.serialize``.

        Raises
        ------
        TypeError
            If the learning rate is a callable, which no file can hold.
        """
        return {
            "name": self.name,
            "learning_rate": self._learning_rate_config(),
            **{shared: getattr(self, shared) for shared in _SHARED},
            **{setting: getattr(self, setting) for setting in self._settings},
        }

    def __repr__(self) -> str:
        """Return the settings, as scikit-learn shows them of an estimator's solver.

        >>> from fastnn.optimizers import SGD
        >>> SGD(0.01, momentum=0.9)
        SGD(learning_rate=0.01, use_ema=False, ema_momentum=0.99, momentum=0.9, nesterov=False)
        """
        names = ("learning_rate", *_SHARED, *self._settings)
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        settings = ", ".join(f"{name}={value!r}" for name, value in given.items())
        return f"{type(self).__name__}({settings})"

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Return an optimizer that was described by `get_config`.

        Parameters
        ----------
        config : dict
            What `get_config` returned.
        custom_objects : dict of str to type, optional
            Classes of your own schedules under their names.

        Returns
        -------
        Optimizer
            Of this class, as new.

        Raises
        ------
        TypeError, ValueError, NotImplementedError
            As the class and ``schedules.deserialize`` do.
        """
        arguments = dict(config)
        rate = arguments.get("learning_rate")
        if isinstance(rate, Mapping):
            arguments["learning_rate"] = schedules.deserialize(rate, custom_objects)
        return cls(**arguments)

    def _learning_rates(self, first_step: int, n_steps: int) -> Float64:
        """Return the rate of each of `n_steps` steps; the first that a model takes is step 0."""
        rate = self._learning_rate
        if isinstance(rate, float):
            return np.full(n_steps, rate)
        if isinstance(rate, LearningRateSchedule):
            given = [rate(step) for step in range(first_step, first_step + n_steps)]
        else:
            given = [rate() for _ in range(n_steps)]
        rates: Float64 = check_array(
            given, "the learning rates", shape=(n_steps,), dtypes=(np.float64,)
        )
        if (rates < 0).any():
            first = int((rates < 0).argmax())
            raise ValueError(
                f"expected learning rates in [0, inf). Received: {rates[first]} "
                f"for step {first_step + first}"
            )
        return rates

    def _learning_rate_config(self) -> object:
        rate = self._learning_rate
        if isinstance(rate, LearningRateSchedule):
            return schedules.serialize(rate)
        if callable(rate):
            raise TypeError(
                f"expected a number or a schedule as learning_rate, to be saved. Received: {rate!r}"
            )
        return rate

    def _to_core(self) -> _core.Optimizer:
        optimizer = self._core_method()
        for ours, of_core in _SHARED.items():
            value = getattr(self, ours)
            if value is not None:
                setattr(optimizer, of_core, value)
        return optimizer

    def _for_network(self, network: Network) -> _core.Optimizer:
        """Return its counterpart that knows which of a network's weights do not decay."""
        optimizer = self._to_core()
        if self._undecayed or self._undecayed_weights:
            optimizer.undecayed = self._undecayed_in(network)
        return optimizer

    def _undecayed_in(self, network: Network) -> list[int]:
        """Return the numbers of the parameters that do not decay."""
        excluded = {place_in_core(weight) for weight in self._undecayed_weights}
        return [
            number
            for number, (core, k, name) in enumerate(parameters_of(network))
            if (core, k) in excluded or name in self._undecayed
        ]

    def __getstate__(self) -> dict[str, Any]:
        """Return what makes a copy, which belongs to no model."""
        return {**self.__dict__, "_model": _no_model}

    def _slot_groups(self) -> list[dict[str, int]]:
        """Return Keras's names of what is remembered of a weight, and their numbers in the core.

        Keras lists the names of a group together for each weight, the groups one after the other.
        """
        return []

    def _all_slot_groups(self) -> list[dict[str, int]]:
        """Return also those that all optimizers may have, which the core has behind the others."""
        own = self._slot_groups()
        average = [{"average": -1}] if self.use_ema else []
        sums = [{"gradient_accumulator": sum(map(len, own))}]
        return average + (sums if self.gradient_accumulation_steps else []) + own

    def _check_limits(self) -> None:
        names = "clipnorm", "clipvalue", "global_clipnorm"
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        if len(given) > 1:
            listed = ", ".join(f"{name}={value}" for name, value in given.items())
            raise ValueError(f"expected only one of {', '.join(names)}. Received: {listed}")

    def _core_method(self) -> _core.Optimizer:
        raise NotImplementedError(
            f"an optimizer of one's own, such as {type(self).__name__}, is not built yet"
        )


def _no_model() -> None:
    """Return what an optimizer belongs to that no model has been compiled with."""


def _check_learning_rate(value: LearningRate) -> LearningRate:
    return value if callable(value) else check_not_negative(value, "learning_rate")
