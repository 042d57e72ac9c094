"""What all schedules share."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self


class LearningRateSchedule:
    """A learning rate for each step: what an optimizer takes as its ``learning_rate``.

    For a schedule of your own, write a class with ``__call__(self, step)``, which returns the rate
    of a step; the first that a model takes is step 0. With `get_config` it can be saved too.

    Examples
    --------
    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 / 2**step
    >>> from fastnn.optimizers import SGD
    >>> SGD(Halving()).learning_rate
    0.1
    """

    def __call__(self, step: int) -> float:
        """Return the learning rate of a step."""
        raise NotImplementedError(f"expected {type(self).__name__} to define __call__(self, step)")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such a schedule, fit for JSON."""
        raise NotImplementedError(
            f"expected {type(self).__name__} to define get_config(self), as it is to be saved"
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return a schedule that was described by `get_config`."""
        return cls(**config)


class Schedule(LearningRateSchedule):
    """A schedule that its settings describe."""

    _settings: ClassVar[tuple[str, ...]]

    def __init__(self, name: str | None) -> None:
        self.name = name

    def get_config(self) -> dict[str, Any]:
        return {setting: getattr(self, setting) for setting in (*self._settings, "name")}
