"""The rows that users pass in, as the core reads them."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, issparse, vstack
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from fastnn._estimators import DENSE, all_finite, fits, is_plain
from fastnn._typing import Floating, Samples
from fastnn._validation import Array, with_contiguous_columns

_FLOATING = DENSE[1:]
_GRAPH_FORMATS = ("csr", "csc", "coo", "lil")  # the others drop explicit zeros


Numbers: TypeAlias = NDArray[np.int64]  # of rows, or places among them


class Csr(NamedTuple):
    """Compressed sparse rows: columns ascending within a row, none twice."""

    data: Floating
    indices: NDArray[np.int32] | NDArray[np.int64]
    indptr: NDArray[np.int32] | NDArray[np.int64]
    n_columns: int

    def to_scipy(self) -> Any:
        """Return the scipy.sparse.csr_array that shares these arrays."""
        shape = (len(self.indptr) - 1, self.n_columns)
        return csr_array((self.data, self.indices, self.indptr), shape=shape, copy=False)


Rows: TypeAlias = Samples | Csr


def n_rows_of(rows: Rows) -> int:
    """Return the number of rows, which `len` of a `Csr` is not."""
    return len(rows.indptr) - 1 if isinstance(rows, Csr) else len(rows)


def n_columns_of(rows: Rows) -> int:
    """Return the number of columns."""
    return rows.n_columns if isinstance(rows, Csr) else rows.shape[1]


def is_finite(rows: Rows) -> bool:
    """Return whether there is neither NaN nor infinity in rows that lie together in memory."""
    return all_finite(rows.data if isinstance(rows, Csr) else rows)


def take_rows(rows: Rows, numbers: NDArray[np.int64]) -> Rows:
    """Return a copy of the rows that have these numbers."""
    return as_csr(rows.to_scipy()[numbers]) if isinstance(rows, Csr) else rows[numbers]


def join_rows(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts in one copy; a single part is returned as it is.

    Their dtype is the smallest that holds all of them exactly; they are sparse if any part is.
    """
    if len(parts) == 1:
        return parts[0]
    dense: list[Array] = [part for part in parts if not isinstance(part, Csr)]
    if len(dense) == len(parts):
        return np.concatenate(dense)
    matrices = [part.to_scipy() if isinstance(part, Csr) else csr_array(part) for part in parts]
    return as_csr(vstack(matrices, format="csr"))


def as_rows(
    estimator: BaseEstimator,
    X: Any,
    *,
    reset: bool,
    allow_nan: bool = False,
    precomputed: bool = False,
) -> Rows:
    """Check `X` as `estimator` must, and return it as the core reads it.

    Parameters
    ----------
    estimator : BaseEstimator
        Its `n_features_in_` and `feature_names_in_` are set or compared with.
    X : array_like, sparse or frame of shape (n_samples, n_features)
    reset : bool
        Whether `X` is what `estimator` is fitted to.
    allow_nan : bool, default=False
        Whether NaN may stand in `X`.
    precomputed : bool, default=False
        Whether `X` holds distances: none is negative, and explicit zeros of sparse ones count.

    Returns
    -------
    Rows
        uint8, float32 and float64 are not copied, unless columns are apart in memory.

    Raises
    ------
    ValueError, TypeError
        If `X` is no matrix of finite numbers, or does not fit the fitted rows.
    """
    if not precomputed and is_plain(X) and fits(estimator, X, reset=reset):
        return X
    if precomputed and issparse(X) and X.format not in _GRAPH_FORMATS:
        raise TypeError(
            f"expected a sparse matrix of distances in one of the formats "
            f"{', '.join(_GRAPH_FORMATS)}, which keep explicit zeros. Received: {X.format}"
        )
    checked = validate_data(
        estimator,
        X,
        reset=reset,
        accept_sparse="csr",
        ensure_all_finite="allow-nan" if allow_nan else True,
        ensure_non_negative=precomputed,
    )
    if issparse(checked):
        return as_csr(checked)
    return with_contiguous_columns(_losslessly(checked, DENSE))


def as_csr(matrix: Any) -> Csr:
    """Return a scipy.sparse matrix in CSR format as the core reads it; it is left as it was."""
    if not matrix.has_canonical_format:
        matrix = matrix.copy()
        matrix.sum_duplicates()
    data = _losslessly(matrix.data, _FLOATING)
    return Csr(data, matrix.indices, matrix.indptr, matrix.shape[1])


def _losslessly(x: Array, dtypes: tuple[np.dtype[Any], ...]) -> Array:
    """Return `x` in the smallest of `dtypes` that holds it, float64 if none does."""
    if x.dtype in dtypes:  # of the machine's byte order: other orders are not equal to it
        return x
    fitting = (dtype for dtype in dtypes if np.can_cast(x.dtype, dtype, casting="safe"))
    return x.astype(next(fitting, np.float64))
