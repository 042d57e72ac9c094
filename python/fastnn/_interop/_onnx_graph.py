"""A graph of ONNX while it grows."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

OPSET = 17
IR_VERSION = 8  # that opset 17 came with


class Graph:
    """Nodes and constants, known by the names of the values that they give."""

    def __init__(self, dtype: str) -> None:
        self.dtype = np.dtype(dtype)
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._names: set[str] = set()

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node and return the name of what it computes."""
        (name,) = self.add_several(operator, 1, *inputs, **attributes)
        return name

    def add_several(
        self, operator: str, n_outputs: int, *inputs: str, **attributes: Any
    ) -> list[str]:
        """Add a node that computes several values and return their names."""
        import onnx

        names = [self._new_name(operator) for _ in range(n_outputs)]
        self._nodes.append(onnx.helper.make_node(operator, inputs, names, names[0], **attributes))
        return names

    def constant(self, values: ArrayLike) -> str:
        """Add numbers, whole or of the model's dtype, and return their name."""
        import onnx

        array = np.asarray(values)
        if array.dtype != np.int64 or array.ndim == 0:
            array = array.astype(self.dtype)
        name = self._new_name("constant")
        self._constants.append(onnx.numpy_helper.from_array(array, name))
        return name

    def add_input(self, name: str, shape: Sequence[int | None]) -> str:
        """Add an input of the model and return its name."""
        name = self._new_name(name)
        self._inputs.append(self._value(name, shape))
        return name

    def add_output(self, name: str, value: str, shape: Sequence[int | None]) -> None:
        """Make a value an output of the model."""
        import onnx

        name = self._new_name(name)
        self._nodes.append(onnx.helper.make_node("Identity", [value], [name], name))
        self._outputs.append(self._value(name, shape))

    def model(self, name: str) -> Any:
        """Return all of it, checked."""
        import onnx

        graph = onnx.helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, self._constants
        )
        opset = onnx.helper.make_opsetid("", OPSET)
        model = onnx.helper.make_model(
            graph, opset_imports=[opset], ir_version=IR_VERSION, producer_name="fastnn"
        )
        onnx.checker.check_model(model)
        return model

    def _value(self, name: str, shape: Sequence[int | None]) -> Any:
        import onnx

        kind = onnx.helper.np_dtype_to_tensor_dtype(self.dtype)
        return onnx.helper.make_tensor_value_info(name, kind, ["n_samples", *shape[1:]])

    def _new_name(self, prefix: str) -> str:
        name, count = prefix, 1
        while name in self._names:
            name, count = f"{prefix}_{count}", count + 1
        self._names.add(name)
        return name
