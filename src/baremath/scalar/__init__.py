"""Expressions of one element: what an operation does inside a loop.

>>> from baremath import scalar
>>> x = scalar.variable("x")
>>> print(1 / (1 + scalar.exp(-x)))
1 / (1 + exp(-x))
"""

from baremath.scalar.expression import (
    FUNCTIONS,
    Expression,
    absolute,
    ceil,
    constant,
    cos,
    erf,
    exp,
    expm1,
    floor,
    log,
    log1p,
    maximum,
    minimum,
    power,
    sign,
    sin,
    sqrt,
    tan,
    tanh,
    variable,
    where,
)

__all__ = [
    "FUNCTIONS",
    "Expression",
    "absolute",
    "ceil",
    "constant",
    "cos",
    "erf",
    "exp",
    "expm1",
    "floor",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "power",
    "sign",
    "sin",
    "sqrt",
    "tan",
    "tanh",
    "variable",
    "where",
]
