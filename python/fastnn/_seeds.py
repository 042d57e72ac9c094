"""The one source of seeds, for initialisation and shuffling; NumPy's global state is left alone."""

import numpy as np

_source = np.random.SeedSequence()  # entropy from the operating system


def set_seed(seed: int) -> None:
    """Start the sequence of seeds anew, at a place that `seed` names."""
    global _source  # noqa: PLW0603  the seed is a property of the process, as in Keras
    _source = np.random.SeedSequence(seed)


def next_seed() -> int:
    """Return the next seed, 63 bits: it fits signed and unsigned integers of the core."""
    (child,) = _source.spawn(1)
    return int(child.generate_state(1, np.uint64)[0] >> np.uint64(1))
