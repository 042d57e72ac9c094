"""Where the files of a data set are: in a folder the user names, in the cache, or on the web."""

import gzip
import lzma
import os
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Bytes: TypeAlias = NDArray[np.uint8]
ImageSplit: TypeAlias = tuple[tuple[Bytes, Bytes], tuple[Bytes, Bytes]]

DATA_DIR_VARIABLE = "FASTNN_DATA_DIR"

# What a damaged gzip or xz file can raise while it is unpacked.
_UNPACKING_ERRORS = (gzip.BadGzipFile, lzma.LZMAError, zlib.error, EOFError)


@dataclass(frozen=True)
class Source:
    """Where one data set is published, and under which name it is kept here.

    Attributes
    ----------
    folder : str
        Name of the data set's folder, within the data folder or the cache.
    url : str
        Address that the names in `md5` are appended to.
    md5 : mapping of str to str
        The published files and their checksums.
    """

    folder: str
    url: str
    md5: Mapping[str, str]


def cache_dir() -> Path:
    """Return the folder of this platform for what fastnn can download again.

    It is the folder that ``pooch.os_cache("fastnn")`` gives, found without pooch.
    """
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "fastnn" / "fastnn" / "Cache"
    library = Path.home() / "Library" / "Caches"
    default = library if sys.platform == "darwin" else Path.home() / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME") or default) / "fastnn"


def data_dir() -> Path:
    """Return the folder that holds the data sets: ``FASTNN_DATA_DIR``, else the user's cache."""
    named = os.environ.get(DATA_DIR_VARIABLE)
    if not named:
        return cache_dir()
    if not Path(named).is_dir():
        raise FileNotFoundError(
            f"expected {DATA_DIR_VARIABLE} to name a folder. Received: {named!r}, "
            "where there is no folder"
        )
    return Path(named)


def is_here(source: Source) -> bool:
    """Tell whether all files of a data set can be read without a download."""
    return all((data_dir() / source.folder / name).exists() for name in source.md5)


def locate(source: Source, name: str) -> Path:
    """Return the path of one published file, downloading it into the cache if need be.

    A folder named by ``FASTNN_DATA_DIR`` is taken as it is: nothing is downloaded in its stead.

    Parameters
    ----------
    source : Source
        The data set.
    name : str
        A key of ``source.md5``.

    Raises
    ------
    FileNotFoundError
        If ``FASTNN_DATA_DIR`` is set and the file is not there.
    ImportError
        If the file has to be downloaded and pooch is not installed.
    OSError
        If the download fails or cannot be written.
    ValueError
        If what was downloaded does not have the published md5.
    """
    path = data_dir() / source.folder / name
    if path.exists():
        return path
    if os.environ.get(DATA_DIR_VARIABLE):
        raise FileNotFoundError(
            f"expected the file {path}, because {DATA_DIR_VARIABLE} is set. Received: no such "
            f"file. Unset {DATA_DIR_VARIABLE} to have it downloaded"
        )
    _download(source, path)
    return path


def _download(source: Source, path: Path) -> None:
    try:
        import pooch
    except ImportError:
        raise ImportError(
            f"expected pooch to download {path.name}. Received: no such module. "
            f"Run `pip install fastnn[data]`, or point {DATA_DIR_VARIABLE} at a folder "
            f"that holds {source.folder}/{path.name}"
        ) from None
    url = source.url + path.name
    try:
        pooch.retrieve(url, f"md5:{source.md5[path.name]}", path.name, path.parent)
    except OSError as error:
        raise OSError(
            f"expected to download {url} into {path.parent}. Received: {error}"
        ) from error
    except ValueError as error:
        raise ValueError(
            f"expected {url} to have the md5 {source.md5[path.name]}. Received: {error}"
        ) from error


def read_unpacked(path: Path) -> bytes:
    """Return the unpacked content of a ``.gz`` or ``.xz`` file.

    Raises
    ------
    ValueError
        If the file is truncated or damaged.
    """
    packed = path.read_bytes()
    unpack = lzma.decompress if path.suffix == ".xz" else gzip.decompress
    try:
        return unpack(packed)
    except _UNPACKING_ERRORS as error:
        raise ValueError(
            f"expected {path} to be a whole {path.suffix[1:]} file. Received: "
            f"{len(packed)} bytes that do not unpack ({error}). Delete it and fetch it again"
        ) from error


def check_labels(labels: Bytes, path: Path) -> None:
    """Raise a ValueError unless the labels read from `path` are those of ten classes."""
    if labels.size and labels.max() > 9:
        raise ValueError(f"expected labels from 0 to 9 in {path}. Received: {labels.max()}")
