"""What the tests share: the core at every level, and the real data sets."""

import importlib
import os
import signal
import sys
from pathlib import Path

import pytest
from hypothesis import settings

from fastnn import _isa

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(params=_isa.supported_levels())
def core(request, monkeypatch):
    """Return the compiled core of each level in turn, put to use in all of fastnn."""
    compiled = _isa.load(request.param)
    for name, module in tuple(sys.modules.items()):
        if name.startswith("fastnn.") and "_core" in vars(module):
            monkeypatch.setattr(module, "_core", compiled)
    return compiled


@pytest.fixture
def heard_sigint():
    """Undo that a shell lets what it runs in the background ignore SIGINT; children inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def _load_images(name, folder):
    root = os.environ.get("FASTNN_DATA_DIR")
    if root is None or not Path(root, folder).is_dir():
        pytest.skip(f"needs the folder {folder} in FASTNN_DATA_DIR, which is {root!r}")
    return importlib.import_module(f"fastnn.datasets.{name}").load_data()


@pytest.fixture(scope="session")
def mnist():
    """((x_train, y_train), (x_test, y_test)) of MNIST."""
    return _load_images("mnist", "mnist")


@pytest.fixture(scope="session")
def fashion_mnist():
    """((x_train, y_train), (x_test, y_test)) of Fashion-MNIST."""
    return _load_images("fashion_mnist", "fashion-mnist")


@pytest.fixture(scope="session")
def cifar10():
    """((x_train, y_train), (x_test, y_test)) of CIFAR-10."""
    return _load_images("cifar10", "cifar-10")
