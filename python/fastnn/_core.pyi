"""The compiled core, at the x86-64 level chosen for this machine.

Arrays are C-contiguous unless a signature says otherwise. `n_threads` 0 means
fastnn's current default, see `set_num_threads`.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastnn._typing import Csr, Float32, Float64, Floating, Inputs, Labels, Samples, Targets

_F = TypeVar("_F", Float32, Float64)

isa: str

def build_info() -> dict[str, str]: ...
def has_bfloat16() -> bool: ...  # whether networks can round
def set_num_threads(n_threads: int) -> None: ...
def get_num_threads() -> int: ...
def all_finite(x: Floating, n_threads: int = 0) -> bool: ...

# ops
def matmul(a: Floating, b: Floating, n_threads: int = 0) -> Floating: ...
def dense(
    x: Floating, w: Floating, b: Floating | None, activation: str, n_threads: int = 0
) -> Floating: ...
def activate(
    x: Floating, activation: str, arguments: Sequence[float] = ..., n_threads: int = 0
) -> Floating: ...
def softmax_cross_entropy(
    logits: Floating, labels: Labels, n_threads: int = 0
) -> tuple[float, Floating]: ...
def pairwise_distances(x: Floating, y: Floating, metric: str, n_threads: int = 0) -> Floating: ...

# neighbors
class Index:
    def __init__(
        self, x: Samples | Csr, metric: str, p: float = 2.0, algorithm: str = "auto"
    ) -> None: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def n_present(self) -> int: ...
    @property
    def n_features(self) -> int: ...
    def add(self, x: Samples | Csr) -> Index: ...
    def remove(self, rows: NDArray[np.int64]) -> Index: ...
    def search(
        self,
        queries: Samples | Csr,
        k: int,
        mask: NDArray[np.bool_] | None = None,
        farthest: bool = False,
        progress: Callable[[float], None] | None = None,
        n_threads: int = 0,
    ) -> tuple[Float64, NDArray[np.int64]]: ...
    def search_radius(
        self,
        queries: Samples | Csr,
        radius: float,
        mask: NDArray[np.bool_] | None = None,
        sort: bool = False,
        progress: Callable[[float], None] | None = None,
        n_threads: int = 0,
    ) -> tuple[NDArray[np.int64], Float64, NDArray[np.int64]]: ...

def class_votes(
    classes: NDArray[np.int64], weights: Float64 | None, n_classes: int, n_threads: int = 0
) -> Float64: ...

# nn
class Loss:
    def __init__(self, name: str) -> None: ...
    @staticmethod
    def cross_entropy(
        from_logits: bool, label_smoothing: float, ignore_class: int | None = None
    ) -> Loss: ...
    @staticmethod
    def focal_cross_entropy(
        from_logits: bool, label_smoothing: float, alpha: float, gamma: float
    ) -> Loss: ...
    @staticmethod
    def binary_cross_entropy(from_logits: bool, label_smoothing: float) -> Loss: ...
    @staticmethod
    def binary_focal_cross_entropy(
        from_logits: bool,
        label_smoothing: float,
        alpha: float,
        gamma: float,
        apply_class_balancing: bool,
    ) -> Loss: ...
    @staticmethod
    def huber(delta: float) -> Loss: ...
    def reduced_by(self, reduction: str) -> Loss: ...

class Metric:
    @staticmethod
    def categorical_accuracy() -> Metric: ...
    @staticmethod
    def top_k_accuracy(k: int) -> Metric: ...
    @staticmethod
    def binary_accuracy(threshold: float) -> Metric: ...
    @staticmethod
    def mean_of(loss: Loss) -> Metric: ...

def evaluate_loss(  # the value of each row, and its gradient with respect to the row's outputs
    loss: Loss,
    outputs: Floating,
    y: Targets,
    row_weights: Floating | None = None,
    n_threads: int = 0,
) -> tuple[Float64, Floating]: ...
def linear_objective(  # of a linear layer: the mean loss, alpha / 2 ‖w‖², and their gradient
    loss: Loss,
    x: Floating,
    y: Targets,
    row_weights: Floating | None,
    alpha: float,
    parameters: Floating,  # w, row by row for each output, then b, if any
    n_outputs: int,
    n_threads: int = 0,
) -> tuple[float, Floating]: ...
def evaluate_metric(
    metric: Metric, outputs: Floating, y: Targets, n_threads: int = 0
) -> Float64: ...

class Optimizer:
    @staticmethod
    def sgd(momentum: float, nesterov: bool) -> Optimizer: ...
    @staticmethod
    def rmsprop(rho: float, momentum: float, epsilon: float, centered: bool) -> Optimizer: ...
    @staticmethod
    def adam(beta_1: float, beta_2: float, epsilon: float, amsgrad: bool) -> Optimizer: ...
    @staticmethod
    def adamax(beta_1: float, beta_2: float, epsilon: float) -> Optimizer: ...
    @staticmethod
    def nadam(beta_1: float, beta_2: float, epsilon: float) -> Optimizer: ...
    @staticmethod
    def adagrad(initial_accumulator_value: float, epsilon: float) -> Optimizer: ...
    @staticmethod
    def adadelta(rho: float, epsilon: float) -> Optimizer: ...
    @staticmethod
    def lion(beta_1: float, beta_2: float) -> Optimizer: ...
    weight_decay: float
    undecayed: list[int]  # numbers of parameters of the network
    clip_value: float
    clip_norm: float
    global_clip_norm: float
    loss_scale: float
    accumulation_steps: int
    use_average: bool
    average_momentum: float
    overwrite_frequency: int

class WeightedLoss:
    def __init__(self, loss: Loss, weight: float = 1.0, output: int = 0) -> None: ...

class CountedMetric:
    def __init__(self, metric: Metric, weighted: bool = False, output: int = 0) -> None: ...

class _Layer(Generic[_F]):
    @staticmethod
    def dense(n_inputs: int, units: int, use_bias: bool) -> _AnyLayer: ...
    @staticmethod
    def activation(size: int, name: str, arguments: Sequence[float] = ...) -> _AnyLayer: ...
    @staticmethod
    def dropout(size: int, rate: float, seed: int) -> _AnyLayer: ...
    @staticmethod
    def rescaling(size: int) -> _AnyLayer: ...
    @staticmethod
    def batch_normalization(
        size: int, momentum: float, epsilon: float, center: bool, scale: bool
    ) -> _AnyLayer: ...
    @staticmethod
    def layer_normalization(size: int, epsilon: float, center: bool, scale: bool) -> _AnyLayer: ...
    @staticmethod
    def add(size: int) -> _AnyLayer: ...
    @staticmethod
    def concatenate(sizes: Sequence[int]) -> _AnyLayer: ...
    @property
    def output_size(self) -> int: ...
    @property
    def step(self) -> int: ...
    def parameters(self) -> list[_F]: ...
    def parameter_names(self) -> list[str]: ...
    def set_parameters(self, parameters: Sequence[_F]) -> None: ...
    def set_penalties(self, penalties: Sequence[tuple[float, float]]) -> None: ...

class LayerFloat32(_Layer[Float32]): ...
class LayerFloat64(_Layer[Float64]): ...

_AnyLayer: TypeAlias = LayerFloat32 | LayerFloat64

class Tally:
    def __init__(self) -> None: ...
    # The mean loss, the mean of each loss where there are several, and that of each metric.
    def figures(self) -> list[float]: ...
    def losses(self) -> list[float]: ...  # the mean of each, before its weight

class _Network(Generic[_F]):
    def __init__(
        self,
        input_sizes: Sequence[int],
        layers: Sequence[_AnyLayer],
        inputs: Sequence[Sequence[int]],
        outputs: Sequence[int],
        trainable: Sequence[bool],
        rounds: bool = False,
    ) -> None: ...
    @property
    def layers(self) -> list[_AnyLayer]: ...
    @property
    def output_sizes(self) -> list[int]: ...
    @property
    def step(self) -> int: ...
    def reset_optimizer(self) -> None: ...
    def optimizer_state(self) -> tuple[int, list[list[_F]]]: ...
    def set_optimizer_state(self, step: int, slots: Sequence[Sequence[_F]]) -> None: ...
    def finish_training(self, optimizer: Optimizer) -> None: ...
    def set_objective(
        self,
        losses: Sequence[WeightedLoss],
        metrics: Sequence[CountedMetric],
        kept_outputs: Sequence[int],
        divides_penalties: bool = False,  # by what the first loss is divided by
    ) -> None: ...
    def train(  # returns what came out for each row at each of the kept outputs
        self,
        x: Sequence[Inputs],
        y: Sequence[Targets | None],
        weights: Sequence[_F | None],
        order: NDArray[np.int64],
        batch_size: int,
        optimizer: Optimizer,
        learning_rates: Float64,
        tally: Tally,
        progress: Callable[[int, list[float]], None] | None = None,
        n_threads: int = 0,
    ) -> list[_F]: ...
    def evaluate(
        self,
        x: Sequence[Inputs],
        y: Sequence[Targets | None],
        weights: Sequence[_F | None],
        order: NDArray[np.int64],
        batch_size: int,
        tally: Tally,
        progress: Callable[[float], None] | None = None,
        n_threads: int = 0,
    ) -> list[_F]: ...
    def loss_and_gradients(
        self,
        x: Sequence[Inputs],
        y: Sequence[Targets | None],
        losses: Sequence[WeightedLoss],
        weights: Sequence[_F | None] | None = None,
        n_threads: int = 0,
    ) -> tuple[float, list[_F]]: ...
    def predict(
        self,
        x: Sequence[Inputs],
        progress: Callable[[float], None] | None = None,
        n_threads: int = 0,
    ) -> list[_F]: ...

class NetworkFloat32(_Network[Float32]): ...
class NetworkFloat64(_Network[Float64]): ...

def permutation(n: int, seed: int, stream: int) -> NDArray[np.int64]: ...
