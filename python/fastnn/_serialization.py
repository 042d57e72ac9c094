"""Objects as JSON, in Keras's form: the name of the class, and the configuration that makes one."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol


class Configurable(Protocol):
    """What has a configuration."""

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make such an object."""


def describe(value: Configurable, module: str, built: Collection[type]) -> dict[str, Any]:
    """Return the description of `value`; the classes in `built` are those of Keras's `module`."""
    kind = type(value)
    is_built = kind in built
    return {
        "module": module if is_built else kind.__module__,
        "class_name": kind.__name__,
        "config": value.get_config(),
        "registered_name": None if is_built else kind.__name__,
    }


def describe_function(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the description of a function of the user's own: its name, no code."""
    name = getattr(function, "__name__", type(function).__name__)
    return {
        "module": getattr(function, "__module__", None),
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def read_description(owner: str, description: object) -> tuple[str, dict[str, Any]]:
    """Return the name of the class and a copy of the configuration, or say what is wrong.

    >>> read_description("optimizer", {"class_name": "SGD", "config": {"learning_rate": 0.1}})
    ('SGD', {'learning_rate': 0.1})
    >>> read_description("optimizer", {"config": {}})
    Traceback (most recent call last):
        ...
    ValueError: expected optimizer as a dict of 'class_name' and 'config'. Received: {'config': {}}
    """
    if isinstance(description, Mapping):
        name, config = description.get("class_name"), description.get("config")
        if isinstance(name, str) and isinstance(config, Mapping):
            return name, dict(config)
    raise ValueError(
        f"expected {owner} as a dict of 'class_name' and 'config'. Received: {description!r}"
    )


def described_function(
    owner: str, description: Mapping[str, Any], custom_objects: Mapping[str, Any] | None
) -> Any:
    """Return the function that `describe_function` named, or None where a class is described."""
    if description.get("class_name") != "function":
        return None
    name = description.get("config")
    if isinstance(name, str) and name in (custom_objects or {}):
        return (custom_objects or {})[name]
    raise ValueError(f"expected custom_objects to hold the {owner} {name!r}, which is a function")
