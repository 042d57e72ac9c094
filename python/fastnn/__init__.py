"""Exact nearest neighbours and multi-layer perceptrons, fast on a CPU.

Change the import, keep the code: `fastnn.neighbors` follows scikit-learn; `fastnn.models`,
`fastnn.layers`, `fastnn.losses`, `fastnn.metrics`, `fastnn.optimizers` and `fastnn.datasets` follow
Keras (``import fastnn as keras`` works); `fastnn.ops` holds the kernels on arrays.
"""

import importlib
from typing import TYPE_CHECKING, Any

from fastnn._config import get_num_threads, set_num_threads, show_config

if TYPE_CHECKING:
    from fastnn import (
        callbacks,
        datasets,
        layers,
        losses,
        metrics,
        models,
        neighbors,
        ops,
        optimizers,
        utils,
    )
    from fastnn.layers import Input
    from fastnn.models import Sequential

    __version__: str

_MODULES = (
    "callbacks",
    "datasets",
    "layers",
    "losses",
    "metrics",
    "models",
    "neighbors",
    "ops",
    "optimizers",
    "utils",
)
_OBJECTS = {"Input": "layers", "Sequential": "models"}

__all__ = [
    "Input",
    "Sequential",
    "callbacks",
    "datasets",
    "get_num_threads",
    "layers",
    "losses",
    "metrics",
    "models",
    "neighbors",
    "ops",
    "optimizers",
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
