"""Which compiled core to load: one is built for each x86-64 level."""

import importlib
import os
from types import ModuleType

from fastnn import _cpu


def built_levels() -> list[str]:
    """Return the levels this package was built for, lowest first."""
    return _cpu.built_levels.split(",")


def supported_levels() -> list[str]:
    """Return the built levels that this machine can run, lowest first."""
    highest = _cpu.highest_level()
    return [level for level in built_levels() if level <= highest]


def preferred_level() -> str:
    """Return the level to load: the one `FASTNN_ISA` names, else the highest supported."""
    supported = supported_levels()
    requested = os.environ.get("FASTNN_ISA", "")
    if requested in supported:
        return requested
    if requested:
        known = requested in built_levels()
        reason = f"this machine has {_cpu.highest_level()}" if known else "no such level"
        raise ImportError(
            f"expected FASTNN_ISA to be one of {', '.join(supported)}. "
            f"Received: {requested} ({reason})"
        )
    if not supported:
        raise ImportError(
            f"fastnn was built for {', '.join(built_levels())}; this machine has "
            f"{_cpu.highest_level()}"
        )
    return supported[-1]


def load(level: str) -> ModuleType:
    """Import the core of one level; several may live in one process."""
    return importlib.import_module(f"fastnn._core_{level}")
