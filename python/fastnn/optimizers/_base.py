"""What all optimizers share."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np

from fastnn import _core
from fastnn._arguments import refuse_unbuilt
from fastnn._typing import Float64
from fastnn._validation import check_array
from fastnn.optimizers import schedules
from fastnn.optimizers._checks import check_not_negative, check_positive
from fastnn.optimizers.schedules import LearningRateSchedule

LearningRate: TypeAlias = float | LearningRateSchedule | Callable[[], float]

_UNBUILT_DEFAULTS: Mapping[str, object] = {
    "clipnorm": None,
    "global_clipnorm": None,
    "use_ema": False,
    "ema_momentum": 0.99,
    "ema_overwrite_frequency": None,
    "loss_scale_factor": None,
    "gradient_accumulation_steps": None,
}


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
    clipvalue : float, optional
        Every element of a gradient is clipped to [−clipvalue, clipvalue]. Default: no limit.
    name : str, optional
        Default: the name of the class in lower case.
    **unbuilt : object
        Keras's further arguments, only with their defaults: ``clipnorm``, ``global_clipnorm``,
        ``use_ema``, ``ema_momentum``, ``ema_overwrite_frequency``, ``loss_scale_factor`` and
        ``gradient_accumulation_steps``.

    Raises
    ------
    TypeError, ValueError
        If a number is none, or out of range.
    NotImplementedError
        If one of Keras's further arguments has another value than its default.
    """

    _settings: ClassVar[tuple[str, ...]] = ()  # the attributes that make one, beside the shared

    def __init__(
        self,
        learning_rate: LearningRate,
        *,
        weight_decay: float | None = None,
        clipvalue: float | None = None,
        name: str | None = None,
        **unbuilt: Any,
    ) -> None:
        refuse_unbuilt(type(self).__name__, unbuilt, _UNBUILT_DEFAULTS)
        self.name = name or type(self).__name__.lower()
        self._learning_rate = _check_learning_rate(learning_rate)
        self._n_steps = 0  # taken with the model that was trained last
        self.weight_decay = (
            None if weight_decay is None else check_not_negative(weight_decay, "weight_decay")
        )
        self.clipvalue = None if clipvalue is None else check_positive(clipvalue, "clipvalue")

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

    @property
    def iterations(self) -> int:
        """How many steps have been taken, with the model that was trained last."""
        return self._n_steps

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
            "weight_decay": self.weight_decay,
            "clipvalue": self.clipvalue,
            **_UNBUILT_DEFAULTS,
            **{setting: getattr(self, setting) for setting in self._settings},
        }

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
        if self.weight_decay is not None:
            optimizer.weight_decay = self.weight_decay
        if self.clipvalue is not None:
            optimizer.clip_value = self.clipvalue
        return optimizer

    def _core_method(self) -> _core.Optimizer:
        raise NotImplementedError(
            f"an optimizer of one's own, such as {type(self).__name__}, is not built yet"
        )


def _check_learning_rate(value: LearningRate) -> LearningRate:
    return value if callable(value) else check_not_negative(value, "learning_rate")
