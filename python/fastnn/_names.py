"""Names of layers, models and their parts, made and counted in each process as Keras does it."""

import re
from collections import Counter

_given: Counter[str] = Counter()


def unique_name(prefix: str) -> str:
    """Return `prefix` the first time, then `prefix_1`, `prefix_2` and so on."""
    count = _given[prefix]
    _given[prefix] += 1
    return f"{prefix}_{count}" if count else prefix


def snake_case(class_name: str) -> str:
    """Return the name of a class in lower case, with underscores between its words.

    >>> snake_case("GlorotUniform"), snake_case("LeakyReLU")
    ('glorot_uniform', 'leaky_re_lu')
    """
    words = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", words).lower()
