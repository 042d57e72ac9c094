"""Whole models, written to files and read from them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn._arguments import check_bool
from fastnn._safetensors import open_file, replace_file
from fastnn._validation import Array, check_integer
from fastnn.layers._serialization import read_layer, serialize
from fastnn.saving import _training_in_files as training
from fastnn.saving import _weights_in_files as weights_in

if TYPE_CHECKING:
    from fastnn.models import Model

_FORMAT = "fastnn.models 1"
_WRITER = "Model.save"
_LONGEST_HEADER = 90_000_000  # safetensors reads 100 MB
# What a file may ask for beside the weights that it brings.
_MOST_DERIVED = 2**24  # numbers, such as those of a Rescaling
_MOST_CALLS = 2**16  # of layers, counting those of a model each time that it is called


def save_model(
    model: Model,
    filepath: str | os.PathLike[str],
    overwrite: bool = True,
    include_optimizer: bool = True,
) -> None:
    """Write a model to a file, as ``model.save`` does.

    Parameters
    ----------
    model : Model
        Built.
    filepath, overwrite, include_optimizer
        As for ``model.save``.

    Raises
    ------
    FileExistsError, NotImplementedError, OSError, TypeError, ValueError
        As ``model.save`` does.

    Examples
    --------
    >>> import tempfile, pathlib, fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.safetensors")
    ...     save_model(model, path)
    ...     load_model(path).count_params()
    8
    """
    path = _check_path(filepath, overwrite)
    model._check_graph()
    header = {"format": _FORMAT, "architecture": json.dumps(serialize(model))}
    state: dict[str, Any] = {"seeds": [leaf._drawn_seed for leaf in model._leaves()]}
    tensors = weights_in.named_weights(model)
    if check_bool(include_optimizer, "include_optimizer") and model._compiled is not None:
        header["compile"] = json.dumps(training.compile_config(model))
        more, slots = training.training_state(model)
        state |= more
        tensors |= slots
    _write(path, tensors, header | {"state": json.dumps(state)})


def load_model(
    filepath: str | os.PathLike[str],
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
) -> Any:
    """Return the model that a file holds; training goes on from where it was, to the same bits.

    No code is run that the file names, and no more memory taken than the file has weights for.

    Parameters
    ----------
    filepath : str or path-like
        What ``model.save`` has written.
    custom_objects : dict of str to object, optional
        Your own initializers, schedules and subclasses under their names.
    compile : bool, default=True
        Whether the model is compiled as it was, if it was, and its optimizer goes on.
    safe_mode : bool, default=True
        Without effect: a file holds no code.

    Returns
    -------
    Model or Sequential
        Built, with its weights.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the name does not end in ``.safetensors``, or if the file is damaged or none of a model.

    Examples
    --------
    >>> import tempfile, pathlib, fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.safetensors")
    ...     model.save(path)
    ...     bool((load_model(path)([[1.0, 2.0, 3.0]]) == model([[1.0, 2.0, 3.0]])).all())
    True
    """
    path = _check_path(filepath, overwrite=True)
    with_training = check_bool(compile, "compile")
    check_bool(safe_mode, "safe_mode")
    with open_file(path, _WRITER) as file:
        header = weights_in.check_metadata(file.metadata(), _FORMAT)
        model = _read_model(json.loads(header["architecture"]), custom_objects)
        state = json.loads(header["state"])
        weights = weights_in.read_weights(model, file)
        for leaf, seed, own in zip(model._leaves(), state["seeds"], weights, strict=True):
            if leaf._drawn_seed is not None:
                leaf._drawn_seed = check_integer(seed, "seed", minimum=0)
            leaf._take_weights(own)
        if with_training and "compile" in header:
            training.compile_from_config(model, json.loads(header["compile"]), custom_objects)
            training.restore_training(model, state, file)
        return model


def save_weights(model: Model, filepath: str | os.PathLike[str], overwrite: bool) -> None:
    """Write the weights alone."""
    path = _check_path(filepath, overwrite)
    model._check_graph()
    _write(path, weights_in.named_weights(model), {"format": _FORMAT})


def load_weights(model: Model, filepath: str | os.PathLike[str]) -> None:
    """Take the weights from a file, all or, where one does not fit, none."""
    model._check_graph()
    path = _check_path(filepath, overwrite=True)
    with open_file(path, _WRITER) as file:
        weights_in.check_metadata(file.metadata(), _FORMAT)
        for leaf, own in zip(model._leaves(), weights_in.read_weights(model, file), strict=True):
            leaf._set_checked(own)


def _check_path(filepath: str | os.PathLike[str], overwrite: bool) -> Path:
    path = Path(filepath)
    if path.suffix != ".safetensors":
        raise ValueError(
            f"expected a name that ends in .safetensors, the format of models. Received: {path}"
        )
    if not check_bool(overwrite, "overwrite") and path.exists():
        raise FileExistsError(f"expected a new name, or overwrite=True. Received: {path}")
    return path


def _write(path: Path, tensors: Mapping[str, Array], header: dict[str, str]) -> None:
    from safetensors.numpy import save_file

    if sum(map(len, header.values())) > _LONGEST_HEADER:
        raise ValueError(
            f"expected settings of less than {_LONGEST_HEADER} characters; initializers that are "
            "arrays are among them"
        )
    whole = {name: np.asarray(tensor, order="C") for name, tensor in tensors.items()}
    replace_file(path, lambda beside: save_file(whole, beside, header))


def _read_model(description: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """Return the model that is described, without weights yet, if they can be few enough."""
    from fastnn.models import Model

    model = read_layer(description, custom_objects, awaits_weights=True)
    if not isinstance(model, Model) or not model.built:
        raise ValueError("no model that is built")
    if sum(leaf._count_derived() for leaf in model._leaves()) > _MOST_DERIVED:
        raise ValueError(f"layers that need more than {_MOST_DERIVED} numbers beside the weights")
    if _count_calls(model, {}) > _MOST_CALLS:
        raise ValueError(f"more than {_MOST_CALLS} calls of layers")
    return model


def _count_calls(layer: Any, known: dict[int, int]) -> int:
    if not hasattr(layer, "_calls"):
        return 1
    if id(layer) not in known:
        known[id(layer)] = sum(_count_calls(call.layer, known) for call in layer._calls)
    return known[id(layer)]
