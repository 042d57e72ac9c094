"""Models: layers put together, trained and asked, named as in ``keras.models``."""

from fastnn.models._model import Model
from fastnn.models._sequential import Sequential

__all__ = ["Model", "Sequential"]
