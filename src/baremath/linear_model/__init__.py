"""Linear models: a weighted sum, and what is made of it."""

from __future__ import annotations

from baremath.linear_model._linear import LinearRegression
from baremath.linear_model._logistic import LogisticRegression, SeparableClassesWarning
from baremath.linear_model._perceptron import Perceptron
from baremath.linear_model._threshold_neuron import (
    ThresholdNetwork,
    ThresholdNeuron,
    logic_neuron,
    threshold_neuron,
    why_not_xor,
    xor_by_layers,
    xor_by_product,
)
from baremath.training import DivergenceError

__all__ = [
    "DivergenceError",
    "LinearRegression",
    "LogisticRegression",
    "Perceptron",
    "SeparableClassesWarning",
    "ThresholdNetwork",
    "ThresholdNeuron",
    "logic_neuron",
    "threshold_neuron",
    "why_not_xor",
    "xor_by_layers",
    "xor_by_product",
]
