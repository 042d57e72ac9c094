"""Models: layers put together, trained and asked, named as in ``keras.models``."""

from fastnn._interop._keras import from_keras, to_keras
from fastnn._interop._torch import from_torch
from fastnn.models._cloning import clone_model
from fastnn.models._model import Model
from fastnn.models._saved import model_from_json
from fastnn.models._sequential import Sequential
from fastnn.saving import load_model, save_model

__all__ = [
    "Model",
    "Sequential",
    "clone_model",
    "from_keras",
    "from_torch",
    "load_model",
    "model_from_json",
    "save_model",
    "to_keras",
]
