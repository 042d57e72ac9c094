"""Exact nearest neighbours and multi-layer perceptrons, fast on a CPU.

Change the import, keep the code: `fastnn.neighbors`, `fastnn.neural_network` and
`fastnn.linear_model` follow scikit-learn; `fastnn.models`, `fastnn.layers`, `fastnn.activations`,
`fastnn.initializers`, `fastnn.regularizers`, `fastnn.losses`, `fastnn.metrics`,
`fastnn.optimizers` and `fastnn.datasets` follow Keras (``import fastnn as keras`` works), as does
`fastnn.callbacks`; `fastnn.plot` draws pictures, `fastnn.ops` holds the kernels on arrays.
"""

import importlib
from typing import TYPE_CHECKING, Any

from fastnn._config import get_num_threads, set_num_threads, show_config

if TYPE_CHECKING:
    from fastnn import (
        activations,
        callbacks,
        datasets,
        initializers,
        layers,
        linear_model,
        losses,
        metrics,
        models,
        neighbors,
        neural_network,
        ops,
        optimizers,
        plot,
        regularizers,
        saving,
        utils,
    )
    from fastnn.layers import Input
    from fastnn.models import Model, Sequential

    __version__: str

_MODULES = (
    "activations",
    "callbacks",
    "datasets",
    "initializers",
    "layers",
    "linear_model",
    "losses",
    "metrics",
    "models",
    "neighbors",
    "neural_network",
    "ops",
    "optimizers",
    "plot",
    "regularizers",
    "saving",
    "utils",
)
_OBJECTS = {"Input": "layers", "Model": "models", "Sequential": "models"}

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "callbacks",
    "datasets",
    "get_num_threads",
    "initializers",
    "layers",
    "linear_model",
    "losses",
    "metrics",
    "models",
    "neighbors",
    "neural_network",
    "ops",
    "optimizers",
    "plot",
    "regularizers",
    "saving",
    "set_num_threads",
    "show_config",
    "utils",
]


def __getattr__(name: str) -> Any:
    """Import a submodule when it is first asked for: scikit-learn takes a second to load."""
    if name == "__version__":
        from importlib.metadata import version

        return version("fastnn")
    if name in _MODULES:
        return importlib.import_module(f"fastnn.{name}")
    if name in _OBJECTS:
        return getattr(importlib.import_module(f"fastnn.{_OBJECTS[name]}"), name)
    raise AttributeError(f"module 'fastnn' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES, *_OBJECTS])
