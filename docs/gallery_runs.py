"""How the programs of ``examples/`` run for the gallery.

At a size that ends in seconds: each says what it takes to run as published.
"""

import shutil
import tempfile
from pathlib import Path

from sphinx_gallery.scrapers import figure_rst

from fastnn import _names

_FOLDER = tempfile.TemporaryDirectory()
_PICTURE = Path(_FOLDER.name, "picture.png")
_MEASURED = Path(__file__).parent / "measured"  # what takes long
_KEPT = [
    "--keep",
    str(_MEASURED / "mlp_table.json"),
    "--runs",
    "0",
    "--weights",
    "10000000",
    "--peer",
]
_DRAWN = ["--picture", str(_PICTURE)]

# The arguments of each program, in the order of the gallery. What is not here is shown alone.
RUNS = {
    "digits_knn": [],
    "mnist_knn": _DRAWN,
    "fashion_mnist_voters": ["2000", *_DRAWN],
    "choose_k": _DRAWN,
    "compare_classifiers": [],
    "semantic_search": [],
    "gradient_descent": [],
    "iris_keras": _DRAWN,
    "rings_keras": _DRAWN,
    "mnist_keras": ["--epochs", "2", *_DRAWN],
    "fashion_mnist_keras": ["--epochs", "5", *_DRAWN],
    "cifar10_keras": ["--epochs", "5", *_DRAWN],
    "vanishing_gradients_keras": ["--epochs", "2", "--images", "5120", *_DRAWN],
    "roc_curves": ["--runs", "2", *_DRAWN],
    "mlp_table": [*_KEPT, *_DRAWN],
    "mlp_sweeps": _DRAWN,
    "mlp_epochs": ["--epochs", "30", *_DRAWN],
    "average_of_models": ["--models", "6", *_DRAWN],
    "scrambled_pixels": ["--epochs", "2", *_DRAWN],
    "gan_keras": ["--epochs", "1", "--images", "12800", *_DRAWN],
}


def place(filename):
    """Return a program's place in the gallery."""
    names = list(RUNS)
    name = Path(filename).stem
    return names.index(name) if name in names else len(names)


def arguments(gallery_conf, script_vars):
    """Return the arguments to run a program with."""
    return RUNS[Path(script_vars["src_file"]).stem]


def forget_names(gallery_conf, filename):
    """Let a program count its layers from the first, as where it runs alone."""
    _names._given.clear()


def saved_picture(block, block_vars, gallery_conf):
    """Return the reST that shows the picture that the program has saved, if it has."""
    if not _PICTURE.exists():
        return ""
    path = next(block_vars["image_path_iterator"])
    shutil.move(_PICTURE, path)
    return figure_rst([path], gallery_conf["src_dir"])
