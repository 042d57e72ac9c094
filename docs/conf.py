"""How the site is built: `make docs`."""

import os
import sys
from pathlib import Path

import fastnn

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # gallery_runs, which the gallery imports by name

import speeds  # noqa: E402
from gallery_runs import RUNS  # noqa: E402

project = "fastnn"
author = "The fastnn developers"
copyright = author
release = version = fastnn.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "measured"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = "fastnn"
html_copy_source = False
myst_heading_anchors = 2

# `name` in a docstring is a link where there is such a name.
default_role = "py:obj"
autodoc_typehints = "none"  # docstrings tell the types, and the shapes
autodoc_member_order = "bysource"
autosummary_ignore_module_all = False
autosummary_imported_members = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

# Programs run where the data sets are on this machine; else they are shown alone.
sphinx_gallery_conf = {
    "examples_dirs": str(DOCS.parent / "examples"),
    "gallery_dirs": "gallery",
    "filename_pattern": rf"/({'|'.join(RUNS)})\.py$",
    "plot_gallery": str("FASTNN_DATA_DIR" in os.environ),
    "within_subsection_order": "gallery_runs.place",
    "reset_argv": "gallery_runs.arguments",
    "image_scrapers": "gallery_runs.saved_picture",
    "reset_modules": ("matplotlib", "gallery_runs.forget_names"),
    "notebook_extensions": set(),  # programs with arguments
    "show_signature": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
}


def _skip_what_others_document(app, what, name, obj, skip, options):
    """Leave out what is inherited from outside fastnn."""
    function = getattr(obj, "fget", None) or getattr(obj, "__func__", obj)
    module = getattr(function, "__module__", None) or "fastnn"
    return skip or (what == "class" and not module.startswith("fastnn"))


def setup(app):
    """Connect what is above, for Sphinx."""
    app.connect("autodoc-skip-member", _skip_what_others_document)
    app.connect("builder-inited", lambda app: speeds.draw(DOCS / "_build" / "speeds.svg"))
