"""Names for layers and models, counted in each process as Keras counts them."""

from collections import Counter

_given: Counter[str] = Counter()


def unique_name(prefix: str) -> str:
    """Return `prefix` the first time, then `prefix_1`, `prefix_2` and so on."""
    count = _given[prefix]
    _given[prefix] += 1
    return f"{prefix}_{count}" if count else prefix
