"""How many threads work, and how the package was built."""

from importlib.metadata import version

from fastnn import _core


def set_num_threads(n_threads: int) -> None:
    """Let calls that do not name a number of threads use at most `n_threads`.

    `OMP_NUM_THREADS` and `threadpoolctl` are obeyed as well: the least of them counts.

    Parameters
    ----------
    n_threads : int
        At least 1.

    Raises
    ------
    ValueError
        If `n_threads` is less than 1.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.set_num_threads(1)
    >>> fastnn.get_num_threads()
    1
    >>> fastnn.set_num_threads(64)  # no more than OpenMP has
    """
    if n_threads < 1:
        raise ValueError(f"expected n_threads >= 1. Received: {n_threads}")
    _core.set_num_threads(n_threads)


def get_num_threads() -> int:
    """Return how many threads a call uses that does not name a number."""
    return _core.get_num_threads()


def show_config() -> None:
    """Print version, x86-64 level, threads, compiler, and the versions of Eigen and OpenMP.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.show_config()  # doctest: +ELLIPSIS
    fastnn ...
    """
    rows = {
        "fastnn": version("fastnn"),
        "level": _core.isa,
        "threads": str(get_num_threads()),
        **{name: value for name, value in _core.build_info().items() if name != "isa"},
    }
    width = max(map(len, rows))
    for name, value in rows.items():
        print(f"{name:{width}}  {value}")
