"""Names for layers and models, counted in each process as Keras counts them."""

import re
from collections import Counter

_given: Counter[str] = Counter()


def unique_name(prefix: str) -> str:
    """Return `prefix` the first time, then `prefix_1`, `prefix_2` and so on."""
    count = _given[prefix]
    _given[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def snake_case(name: str) -> str:
    """Return the name of a class as Keras writes it in a name of an object.

    >>> snake_case("MeanSquaredError"), snake_case("AUC"), snake_case("F1Score")
    ('mean_squared_error', 'auc', 'f1_score')
    """
    spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
