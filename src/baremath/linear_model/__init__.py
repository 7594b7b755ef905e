"""Linear models: a weighted sum, and what is made of it."""

from __future__ import annotations

from baremath.linear_model._gradient_descent import DivergenceError
from baremath.linear_model._linear import LinearRegression
from baremath.linear_model._logistic import LogisticRegression, SeparableClassesWarning

__all__ = [
    "DivergenceError",
    "LinearRegression",
    "LogisticRegression",
    "SeparableClassesWarning",
]
