"""Every example in a docstring and on a page of the site runs and prints what it says."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from matplotlib import pyplot

import fastnn

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(fastnn.__path__, "fastnn.")
    if not module.name.startswith("fastnn._core_")
    and not module.name.endswith("__main__")
    and module.name != "fastnn._bench.jax_scan"  # imports JAX, which tests do without
)
PAGES = sorted((Path(__file__).parent.parent / "docs").glob("*.md"))
OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.fixture(autouse=True)
def restore():
    """Examples may set the number of threads, and open pictures."""
    yield
    fastnn._core.set_num_threads(0)
    pyplot.close("all")


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=OPTIONS).failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_print_what_they_say(page):
    blocks = re.findall(r"^ *```python\n(.*?)^ *```", page.read_text(), re.MULTILINE | re.DOTALL)
    examples = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, page.name, str(page), 0)
    assert doctest.DocTestRunner(optionflags=OPTIONS).run(examples).failed == 0
