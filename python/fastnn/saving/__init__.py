"""Models in files that hold no code, named as in ``keras.saving``.

A file has the format safetensors: weights and the optimizer's memory as arrays, the architecture
and the settings of training as JSON in its header.
"""

from fastnn.saving._model_files import load_model, save_model

__all__ = ["load_model", "save_model"]
