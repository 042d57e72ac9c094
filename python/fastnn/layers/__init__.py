"""Layers: the steps of a network, named as in ``keras.layers``.

A layer describes what it computes. Its weights live in the core's network, from the moment that
the model it belongs to knows the shape of its input.
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
from fastnn.layers._base import Input, Layer
from fastnn.layers._dense import Dense
from fastnn.layers._shapes import Flatten

__all__ = [
    "ELU",
    "GELU",
    "SELU",
    "Activation",
    "Dense",
    "Flatten",
    "Input",
    "Layer",
    "LeakyReLU",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
]
