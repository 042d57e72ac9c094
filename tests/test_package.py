"""The package as a whole: what importing it loads, its configuration, its threads."""

import importlib.metadata
import subprocess
import sys

import numpy as np
import pytest

import fastnn
from fastnn import _core


@pytest.fixture
def unlimited():
    """Take the limit on threads away behind the test."""
    yield
    _core.set_num_threads(0)


def test_importing_fastnn_does_not_load_what_is_slow_to_load():
    code = "import sys, fastnn; print([m for m in sys.argv[1:] if m in sys.modules])"
    slow = ["sklearn", "scipy", "pooch", "matplotlib"]
    run = subprocess.run(
        [sys.executable, "-c", code, *slow], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_every_public_name_is_there():
    assert [name for name in fastnn.__all__ if not hasattr(fastnn, name)] == []
    assert set(fastnn.__all__) <= set(dir(fastnn))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'fastnn' has no attribute 'nothing'$"):
        fastnn.nothing  # noqa: B018


def test_the_version_is_that_of_the_distribution():
    assert fastnn.__version__ == importlib.metadata.version("fastnn")


def test_show_config_tells_version_level_threads_and_build(capsys):
    fastnn.show_config()
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert list(rows) == ["fastnn", "level", "threads", "compiler", "eigen", "openmp"]
    assert rows["fastnn"] == fastnn.__version__
    assert rows["level"] == _core.isa
    assert rows["threads"] == str(fastnn.get_num_threads())
    assert rows["eigen"].startswith("3.4")


def test_set_num_threads_is_an_upper_limit(unlimited):
    default = fastnn.get_num_threads()
    fastnn.set_num_threads(1)
    assert fastnn.get_num_threads() == 1
    fastnn.set_num_threads(default + 5)
    assert fastnn.get_num_threads() == default


def test_set_num_threads_refuses_less_than_one():
    with pytest.raises(ValueError, match=r"^expected n_threads >= 1\. Received: 0$"):
        fastnn.set_num_threads(0)


@pytest.mark.parametrize("n_threads", [1, 3, 7])
def test_an_exception_leaves_the_threads_it_was_thrown_in(core, n_threads):
    classes = np.zeros((200_000, 3), dtype=np.int64)
    classes[123_456, 1] = 9
    message = r"^expected classes from 0 to 1\. Received: 9$"
    with pytest.raises(ValueError, match=message):
        core.class_votes(classes, None, 2, n_threads)
    assert core.class_votes(classes % 2, None, 2, n_threads).sum() == 600_000
