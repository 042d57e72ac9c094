"""Activations in the operators of ONNX; the formulas are those of ``fastnn.activations``."""

import math
from collections.abc import Callable

from fastnn._interop._onnx_graph import Graph

Activation = Callable[..., str]  # of a graph, the name of x and the arguments in the core


def _operator(name: str, **attributes: float) -> Activation:
    return lambda graph, x: graph.add(name, x, **attributes)


def _with_alpha(name: str, default: float) -> Activation:
    return lambda graph, x, alpha=default: graph.add(name, x, alpha=alpha)


def _clip(graph: Graph, x: str, low: float, high: float) -> str:
    return graph.add("Clip", x, graph.constant(low), graph.constant(high))


def _relu(
    graph: Graph, x: str, slope: float = 0.0, highest: float = math.inf, threshold: float = 0.0
) -> str:
    if (slope, highest, threshold) == (0.0, math.inf, 0.0):
        return graph.add("Relu", x)
    above = graph.add("Min", x, graph.constant(highest)) if highest < math.inf else x
    edge = graph.constant(threshold)
    below = graph.add("Mul", graph.constant(slope), graph.add("Sub", x, edge))
    return graph.add("Where", graph.add("LessOrEqual", x, edge), below, above)


def _gelu(graph: Graph, x: str, approximate: float = 0.0) -> str:
    if approximate:
        cube = graph.add(
            "Mul", graph.add("Mul", graph.add("Mul", x, x), x), graph.constant(0.044715)
        )
        inner = graph.add("Mul", graph.add("Add", x, cube), graph.constant(math.sqrt(2 / math.pi)))
        part = graph.add("Tanh", inner)
    else:
        part = graph.add("Erf", graph.add("Mul", x, graph.constant(math.sqrt(0.5))))
    doubled = graph.add("Add", part, graph.constant(1.0))
    return graph.add("Mul", graph.add("Mul", x, doubled), graph.constant(0.5))


def _silu(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Sigmoid", x))


def _mish(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, graph.add("Tanh", graph.add("Softplus", x)))


def _log_sigmoid(graph: Graph, x: str) -> str:
    return graph.add("Neg", graph.add("Softplus", graph.add("Neg", x)))


def _tanh_shrink(graph: Graph, x: str) -> str:
    return graph.add("Sub", x, graph.add("Tanh", x))


def _squareplus(graph: Graph, x: str, b: float = 4.0) -> str:
    under = graph.add("Add", graph.add("Mul", x, x), graph.constant(b))
    return graph.add("Mul", graph.add("Add", x, graph.add("Sqrt", under)), graph.constant(0.5))


def _sparse_plus(graph: Graph, x: str) -> str:
    one = graph.constant(1.0)
    above = graph.add("Add", _clip(graph, x, -1.0, 1.0), one)
    square = graph.add("Mul", graph.add("Mul", above, above), graph.constant(0.25))
    return graph.add("Where", graph.add("LessOrEqual", one, x), x, square)


def _hard_silu(graph: Graph, x: str) -> str:
    return graph.add("Mul", x, _hard_sigmoid(graph, x))


def _hard_sigmoid(graph: Graph, x: str) -> str:
    shifted = _clip(graph, graph.add("Add", x, graph.constant(3.0)), 0.0, 6.0)
    return graph.add("Div", shifted, graph.constant(6.0))


def _sparse_sigmoid(graph: Graph, x: str) -> str:
    above = graph.add("Add", _clip(graph, x, -1.0, 1.0), graph.constant(1.0))
    return graph.add("Mul", above, graph.constant(0.5))


def _glu(graph: Graph, x: str) -> str:
    first, second = graph.add_several("Split", 2, x, axis=-1)
    return graph.add("Mul", first, graph.add("Sigmoid", second))


# What is not here (sparsemax, which needs a sorted row) is refused.
ACTIVATIONS: dict[str, Activation] = {
    "linear": lambda graph, x: x,
    "relu": _relu,
    "relu6": lambda graph, x: _clip(graph, x, 0.0, 6.0),
    "leaky_relu": _with_alpha("LeakyRelu", 0.2),
    "elu": _with_alpha("Elu", 1.0),
    "celu": _with_alpha("Celu", 1.0),
    "selu": _operator("Selu"),
    "gelu": _gelu,
    "silu": _silu,
    "mish": _mish,
    "softplus": _operator("Softplus"),
    "softsign": _operator("Softsign"),
    "squareplus": _squareplus,
    "sparse_plus": _sparse_plus,
    "soft_shrink": _operator("Shrink", lambd=0.5, bias=0.5),
    "hard_shrink": _operator("Shrink", lambd=0.5),
    "tanh_shrink": _tanh_shrink,
    "sigmoid": _operator("Sigmoid"),
    "log_sigmoid": _log_sigmoid,
    "sparse_sigmoid": _sparse_sigmoid,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": _hard_silu,
    "hard_tanh": lambda graph, x: _clip(graph, x, -1.0, 1.0),
    "tanh": _operator("Tanh"),
    "exponential": _operator("Exp"),
    "softmax": _operator("Softmax", axis=-1),
    "log_softmax": _operator("LogSoftmax", axis=-1),
    "glu": _glu,
}
