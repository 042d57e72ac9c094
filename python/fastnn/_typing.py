"""The arrays that the core takes, named once; `cpp/bindings/arrays.h` reads them."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Floating: TypeAlias = Float32 | Float64  # the arrays of one call have one dtype
Samples: TypeAlias = NDArray[np.uint8] | Float32 | Float64  # rows may be strided, columns not
Inputs: TypeAlias = Samples | NDArray[np.int64] | NDArray[np.float16]
Labels: TypeAlias = NDArray[np.int64]  # (n_samples,)
Targets: TypeAlias = Labels | Floating  # class indices, or (n_samples, n_outputs)
Csr: TypeAlias = tuple[  # data, indices, indptr, number of columns of a sparse matrix
    Floating, NDArray[np.int32] | NDArray[np.int64], NDArray[np.int32] | NDArray[np.int64], int
]
