"""Models as files and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from fastnn._arguments import check_bool, refuse_unbuilt
from fastnn.layers import Layer
from fastnn.layers._serialization import read_layer, serialize
from fastnn.models._configs import ReadLayer, graph_config, read_graph


class Saved:
    """What models have for files and for JSON."""

    if TYPE_CHECKING:
        name: str
        _trainable: bool

        @property
        def trainable(self) -> bool: ...
        def _check_graph(self) -> None: ...
        def _own_layers(self) -> list[Layer]: ...

    def get_config(self) -> dict[str, Any]:
        """Return what makes such a model, fit for JSON: its layers and how they follow.

        Returns
        -------
        dict
            In Keras's form; what `from_config` takes. Weights are not in it.

        Raises
        ------
        NotImplementedError
            If a layer is both in this model and in one of its models: its weights would be two.
        ValueError
            If two layers or inputs have one name, or if the model is not built yet.
        """
        self._check_graph()
        self._check_levels()
        return {"name": self.name, "trainable": self.trainable, **graph_config(self)}  # type: ignore[arg-type]

    @classmethod
    def from_config(
        cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None
    ) -> Self:
        """Return a model that was described by `get_config`, here or in Keras.

        Parameters
        ----------
        config : dict
            What `get_config` returned.
        custom_objects : dict of str to object, optional
            Your own initializers and subclasses under their names.

        Returns
        -------
        Model
            With new weights.

        Raises
        ------
        NotImplementedError, TypeError, ValueError
            As ``fastnn.layers.deserialize`` does.
        """
        return cls._from_config(config, partial(read_layer, custom_objects=custom_objects))

    @classmethod
    def _from_config(cls, config: Mapping[str, Any], read_layer: ReadLayer) -> Self:
        graph = read_graph(config, read_layer)
        model = cls(*graph, name=config["name"])  # type: ignore[call-arg]
        model._trainable = check_bool(config["trainable"], "trainable")
        return model

    def _check_levels(self) -> None:
        """Raise if a layer is found in this model and in one of its models, or in two of them."""
        found = [id(leaf) for layer in self._own_layers() for leaf in layer._leaves()]
        if len(set(found)) < len(found):
            raise NotImplementedError(
                f"a description of '{self.name}' is not built: a layer of one of its models is in "
                "it a second time, and a description would make two of it"
            )

    def save(
        self,
        filepath: str | os.PathLike[str],
        overwrite: bool = True,
        include_optimizer: bool = True,
    ) -> None:
        """Write the model to a file that can be shared: it holds no code.

        The file has the format safetensors. It is written beside `filepath` and renamed, so that
        what stood there stays whole until the new file is.

        Parameters
        ----------
        filepath : str or path-like
            Ends in ``.safetensors``.
        overwrite : bool, default=True
            Whether a file that stands there is replaced.
        include_optimizer : bool, default=True
            Whether the settings of ``compile`` and what the optimizer remembers are written too,
            so that training can go on.

        Raises
        ------
        FileExistsError
            If a file stands there that is not to be replaced.
        NotImplementedError
            If a layer is both in this model and in one of its models.
        OSError
            If the file cannot be written.
        TypeError
            If the learning rate is a callable, which no file can hold.
        ValueError
            If the name has another ending, or if the model is not built yet.

        Examples
        --------
        >>> import tempfile, pathlib, fastnn
        >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "model.safetensors")
        ...     model.save(path)
        ...     fastnn.models.load_model(path).count_params()
        8
        """
        from fastnn.saving import save_model  # which needs this package

        save_model(self, filepath, overwrite, include_optimizer)  # type: ignore[arg-type]

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the weights to a file, without the architecture.

        Parameters
        ----------
        filepath : str or path-like
            Ends in ``.safetensors``, for example in ``.weights.safetensors``.
        overwrite : bool, default=True
            Whether a file that stands there is replaced.

        Raises
        ------
        FileExistsError, OSError, ValueError
            As `save` does.

        Examples
        --------
        As for `load_weights`.
        """
        from fastnn.saving._model_files import save_weights  # which needs this package

        save_weights(self, filepath, overwrite)  # type: ignore[arg-type]

    def load_weights(self, filepath: str | os.PathLike[str], skip_mismatch: bool = False) -> None:
        """Take the weights from a file, all or, where one does not fit, none.

        Parameters
        ----------
        filepath : str or path-like
            What `save_weights` or `save` of a model of the same layers has written; their names
            may differ.
        skip_mismatch : bool, default=False
            Only the default is built.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        NotImplementedError
            If `skip_mismatch` is True.
        ValueError
            If the file is damaged or holds the weights of other layers, or if the model is not
            built yet.

        Examples
        --------
        >>> import tempfile, pathlib, fastnn
        >>> one, other = (fastnn.Sequential([fastnn.layers.Dense(2, input_dim=3)]) for _ in "12")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "model.weights.safetensors")
        ...     one.save_weights(path)
        ...     other.load_weights(path)
        >>> bool((other.get_weights()[0] == one.get_weights()[0]).all())
        True
        """
        from fastnn.saving._model_files import load_weights  # which needs this package

        refuse_unbuilt("load_weights", {"skip_mismatch": skip_mismatch}, {"skip_mismatch": False})
        load_weights(self, filepath)  # type: ignore[arg-type]

    def to_onnx(self, filepath: str | os.PathLike[str]) -> None:
        """Write the model as a graph of ONNX, which many runtimes can predict with.

        Opset 17; layers behave as in `predict`. The number of rows is left open.

        Parameters
        ----------
        filepath : str or path-like
            Usually ends in ``.onnx``; a file that stands there is replaced.

        Raises
        ------
        ImportError
            If the package ``onnx`` is not installed: ``pip install fastnn[onnx]``.
        NotImplementedError
            If ONNX has no counterpart for a layer; it is named.
        OSError
            If the file cannot be written.
        ValueError
            If the model is not built yet.

        References
        ----------
        https://onnx.ai/onnx/operators

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
        >>> model.to_onnx("model.onnx")  # doctest: +SKIP
        """
        from fastnn._interop._onnx import save_onnx  # which needs this package

        save_onnx(self, filepath)  # type: ignore[arg-type]

    def to_json(self) -> str:
        """Return the architecture as JSON, for `model_from_json`, here or in Keras.

        Returns
        -------
        str
            Without weights, and without the settings of ``compile``.

        Raises
        ------
        NotImplementedError, ValueError
            As `get_config` does.

        Examples
        --------
        >>> import fastnn
        >>> fastnn.Sequential([fastnn.layers.Dense(2)]).to_json()[:45]
        '{"module": "keras", "class_name": "Sequential'
        """
        return json.dumps(serialize(self))  # type: ignore[arg-type]


def model_from_json(json_string: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Return the model that ``model.to_json()`` has described, here or in Keras.

    Parameters
    ----------
    json_string : str
        What it returned.
    custom_objects : dict of str to object, optional
        Your own initializers and subclasses under their names.

    Returns
    -------
    Model or Sequential
        With new weights.

    Raises
    ------
    NotImplementedError, TypeError, ValueError
        If it describes something that is not built, or nothing that is known.

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    >>> model_from_json(model.to_json()).count_params()
    8
    """
    return read_layer(json.loads(json_string), custom_objects)
