"""The progress bar over a long search."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_DELAY = 0.5  # seconds: what is over by then needs no bar


@contextmanager
def search_bar(verbose: bool, n_queries: int) -> Iterator[Callable[[float], None] | None]:
    """Give a function that draws the fraction that is done, or None if not `verbose`."""
    if not verbose:
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(total=n_queries, desc="search", unit=" queries", delay=_DELAY) as bar:
        yield lambda fraction: bar.update(round(fraction * n_queries) - bar.n)
        bar.update(n_queries - bar.n)
