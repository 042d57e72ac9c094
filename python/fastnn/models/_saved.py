"""Models as files and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from fastnn._arguments import refuse_unbuilt
from fastnn.layers._serialization import read_layer, serialize


class Saved:
    """What models have for files."""

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
        See ``fastnn.models.load_model``.
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
        """
        from fastnn.saving._model_files import load_weights  # which needs this package

        refuse_unbuilt("load_weights", {"skip_mismatch": skip_mismatch}, {"skip_mismatch": False})
        load_weights(self, filepath)  # type: ignore[arg-type]

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
