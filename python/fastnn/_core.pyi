"""The compiled core, at the x86-64 level chosen for this machine.

Arrays are C-contiguous unless a signature says otherwise. `n_threads` 0 means
fastnn's current default, see `set_num_threads`.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

Float32: TypeAlias = NDArray[np.float32]
Float64: TypeAlias = NDArray[np.float64]
Floating: TypeAlias = Float32 | Float64  # the arrays of one call have one dtype
Samples: TypeAlias = NDArray[np.uint8] | Float32 | Float64  # rows may be strided, columns not
Labels: TypeAlias = NDArray[np.int64]  # (n_samples,)
Targets: TypeAlias = Labels | Floating  # class indices, or (n_samples, n_outputs)

F = TypeVar("F", Float32, Float64)

isa: str

def build_info() -> dict[str, str]: ...
def set_num_threads(n_threads: int) -> None: ...
def get_num_threads() -> int: ...
def all_finite(x: Floating, n_threads: int = 0) -> bool: ...

# ops
def matmul(a: Floating, b: Floating, n_threads: int = 0) -> Floating: ...
def dense(
    x: Floating, w: Floating, b: Floating | None, activation: str, n_threads: int = 0
) -> Floating: ...
def activate(x: Floating, activation: str, n_threads: int = 0) -> Floating: ...
def softmax_cross_entropy(
    logits: Floating, labels: Labels, n_threads: int = 0
) -> tuple[float, Floating]: ...
def pairwise_distances(
    x: Floating, y: Floating, metric: str, n_threads: int = 0
) -> Floating: ...

# neighbors
class Index:
    def __init__(self, x: Samples, metric: str, n_threads: int = 0) -> None: ...
    def search(
        self, queries: Samples, k: int, n_threads: int = 0
    ) -> tuple[Float64, NDArray[np.int64]]: ...

def class_votes(
    classes: NDArray[np.int64], weights: Float64 | None, n_classes: int, n_threads: int = 0
) -> Float64: ...

# nn
class Loss:
    def __init__(self, name: str, from_logits: bool) -> None: ...

class Optimizer:
    @staticmethod
    def sgd(learning_rate: float, momentum: float, nesterov: bool) -> Optimizer: ...
    @staticmethod
    def adam(
        learning_rate: float, beta_1: float, beta_2: float, epsilon: float
    ) -> Optimizer: ...
    learning_rate: float

class _Network(Generic[F]):
    def __init__(self, input_size: int) -> None: ...
    def add_dense(self, units: int, use_bias: bool, seed: int) -> None: ...
    def add_activation(self, name: str) -> None: ...
    @property
    def output_size(self) -> int: ...
    def parameters(self) -> list[F]: ...
    def set_parameters(self, parameters: Sequence[F]) -> None: ...
    def reset_optimizer(self) -> None: ...
    def train_epoch(
        self,
        x: Samples,
        y: Targets,
        order: NDArray[np.int64],
        loss: Loss,
        optimizer: Optimizer,
        metric: str,
        batch_size: int,
        progress: Callable[[int, float, float], None] | None = None,
        n_threads: int = 0,
    ) -> tuple[float, float]: ...
    def evaluate(
        self, x: Samples, y: Targets, loss: Loss, metric: str, n_threads: int = 0
    ) -> tuple[float, float]: ...
    def loss_and_gradients(
        self, x: Samples, y: Targets, loss: Loss, n_threads: int = 0
    ) -> tuple[float, list[F]]: ...
    def predict(self, x: Samples, n_threads: int = 0) -> F: ...

class NetworkFloat32(_Network[Float32]): ...
class NetworkFloat64(_Network[Float64]): ...

def permutation(n: int, seed: int, stream: int) -> NDArray[np.int64]: ...
