"""Layers: the steps of a network, named as in ``keras.layers``.

A layer describes what it computes. Its weights live in the core, from the moment that it knows
the shape of its input; models that share a layer share them.
"""

from fastnn.layers._activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    LeakyReLU,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from fastnn.layers._base import Layer
from fastnn.layers._dense import Dense
from fastnn.layers._dropout import Dropout
from fastnn.layers._input import Input, InputLayer
from fastnn.layers._merging import Add, Concatenate, add, concatenate
from fastnn.layers._normalization import BatchNormalization, LayerNormalization
from fastnn.layers._preprocessing import Normalization, Rescaling
from fastnn.layers._serialization import deserialize, serialize
from fastnn.layers._shapes import Flatten, Reshape

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Add",
    "BatchNormalization",
    "Concatenate",
    "Dense",
    "Dropout",
    "Flatten",
    "Input",
    "InputLayer",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "Normalization",
    "ReLU",
    "Rescaling",
    "Reshape",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "add",
    "concatenate",
    "deserialize",
    "serialize",
]
