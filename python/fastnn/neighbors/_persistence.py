"""Saving fitted estimators to files that hold no code: safetensors with JSON in their header."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from fastnn._safetensors import open_file, replace_file
from fastnn._validation import Array
from fastnn.neighbors._encoding import decode, encode

_FORMAT = "fastnn.neighbors 1"
_DTYPES = {"BOOL": "?"} | {
    f"{kind}{8 * size}": f"<{kind.lower()}{size}" for kind in "FIU" for size in (1, 2, 4, 8)
}


class PersistenceMixin(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Saving to a file and loading from it."""

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the fitted estimator to a file that can be shared: it holds no code.

        The file has the format safetensors. It is written beside `path` and renamed, so that
        what stood there stays whole until the new file is. It takes no memory but for rows whose
        columns or lines lie apart.

        Parameters
        ----------
        path : str or path-like
            Where to write; a file that stands there is replaced.

        Raises
        ------
        NotFittedError
            Before `fit`.
        ValueError
            If a parameter is a function: use pickle or joblib for these, and only where you
            trust who wrote the file.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> from fastnn.neighbors import NearestNeighbors
        >>> neighbors = NearestNeighbors(n_neighbors=1).fit([[0.0, 0.0], [1.0, 1.0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     neighbors.save(pathlib.Path(folder, "rows.safetensors"))
        """
        from safetensors.numpy import save_file

        check_is_fitted(self)
        names = self.get_params(deep=False).keys()
        tensors: dict[str, Array] = {}
        encoded = {name: encode(value, name, tensors) for name, value in vars(self).items()}
        parameters = {name: encoded.pop(name) for name in names}
        header = {
            "format": _FORMAT,
            "estimator": type(self).__name__,
            "parameters": json.dumps(parameters),
            "attributes": json.dumps(encoded),
        }
        replace_file(Path(path), lambda beside: save_file(tensors, beside, header))

    @classmethod
    def load(cls, path: str | os.PathLike[str], mmap: bool = False) -> Self:
        """Return the fitted estimator that a file holds; its index is built again.

        Parameters
        ----------
        path : str or path-like
            What `save` has written.
        mmap : bool, default=False
            Whether the arrays stay in the file, which is read once here and then where a search
            needs it: they may be larger than memory. The file must not change meanwhile.

        Returns
        -------
        estimator
            Of the class that `load` is called on.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, or holds another estimator.

        Examples
        --------
        >>> import tempfile, pathlib
        >>> from fastnn.neighbors import NearestNeighbors
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = pathlib.Path(folder, "rows.safetensors")
        ...     NearestNeighbors(n_neighbors=1).fit([[0.0, 0.0], [1.0, 1.0]]).save(path)
        ...     NearestNeighbors.load(path).kneighbors([[1.0, 0.9]], return_distance=False)
        array([[1]])
        """
        with open_file(path, f"{cls.__name__}.save") as file:
            tensor = _memory_map(Path(path)) if mmap else file.get_tensor
            return cls._restored(file.metadata() or {}, tensor)

    @classmethod
    def _restored(cls, header: dict[str, str], tensor: Callable[[str], Array]) -> Self:
        if header.get("format") != _FORMAT:
            raise ValueError(f"not of the format {_FORMAT}")
        if header["estimator"] != cls.__name__:
            raise ValueError(f"of {header['estimator']}")
        parameters, attributes = (
            {name: decode(value, tensor) for name, value in json.loads(header[part]).items()}
            for part in ("parameters", "attributes")
        )
        estimator = cls(**parameters)
        estimator.__dict__.update(attributes)
        estimator._check_restored()
        return estimator

    def _check_restored(self) -> None:
        """Raise ValueError where attributes from a file do not fit each other."""


def _memory_map(path: Path) -> Callable[[str], Array]:
    """Return a function that maps a tensor of the file into memory; safetensors has checked it."""
    content = np.memmap(path, np.uint8, "r")
    start = 8 + int(content[:8].view("<u8")[0])  # after the header, whose length comes first
    entries = json.loads(bytes(content[8:start]))

    def tensor(name: str) -> Array:
        entry = entries[name]
        first, last = entry["data_offsets"]
        stored = content[start + first : start + last].view(_DTYPES[entry["dtype"]])
        return np.asarray(stored).reshape(entry["shape"])

    return tensor
