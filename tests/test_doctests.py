"""Every example in a docstring runs and prints what it says."""

import doctest
import importlib
import pkgutil

import pytest
from matplotlib import pyplot

import fastnn

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(fastnn.__path__, "fastnn.")
    if not module.name.startswith("fastnn._core_") and not module.name.endswith("__main__")
)


@pytest.fixture(autouse=True)
def restore():
    """Examples may set the number of threads, and open pictures."""
    yield
    fastnn._core.set_num_threads(0)
    pyplot.close("all")


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name):
    module = importlib.import_module(name)
    options = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    assert doctest.testmod(module, optionflags=options).failed == 0
