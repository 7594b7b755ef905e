"""Elementary functions of one element."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from baremath import scalar
from baremath.autodiff.ops.elementwise import Elementwise, elementwise
from baremath.autodiff.ops.operation import NUMPY

exp = elementwise(
    "exp",
    np.exp,
    lambda g, y, _x: g * y,
    scalar=scalar.exp,
    latex=r"e^{{{0}}}",
    derivative_latex=r"e^{{{0}}}",
    domain=(-3, 3),
)

log = elementwise(
    "log",
    np.log,
    lambda g, _y, x: g / x,
    scalar=scalar.log,
    latex=r"\ln({0})",
    derivative_latex=r"\frac{{1}}{{{0}}}",
    domain=(0.2, 5),
)

log1p = elementwise(
    "log1p",
    np.log1p,
    lambda g, _y, x: g / (1 + x),
    scalar=scalar.log1p,
    latex=r"\ln(1 + {0})",
    derivative_latex=r"\frac{{1}}{{1 + {0}}}",
    domain=(-0.8, 5),
)

expm1 = elementwise(
    "expm1",
    np.expm1,
    lambda g, y, _x: g * (y + 1),
    scalar=scalar.expm1,
    latex=r"e^{{{0}}} - 1",
    derivative_latex=r"e^{{{0}}}",
    domain=(-3, 3),
)

sqrt = elementwise(
    "sqrt",
    np.sqrt,
    lambda g, y, _x: g * 0.5 / y,
    scalar=scalar.sqrt,
    latex=r"\sqrt{{{0}}}",
    derivative_latex=r"\frac{{1}}{{2 \sqrt{{{0}}}}}",
    domain=(0.2, 5),
)

square = elementwise(
    "square",
    np.square,
    lambda g, _y, x: g * (x + x),
    scalar=lambda x: x * x,
    latex="{0}^2",
    derivative_latex="2 {0}",
    domain=(-3, 3),
)

sin = elementwise(
    "sin",
    np.sin,
    lambda g, _y, x: g * cos(x),
    scalar=scalar.sin,
    latex=r"\sin({0})",
    derivative_latex=r"\cos({0})",
    domain=(-5, 5),
)

cos: Elementwise = elementwise(
    "cos",
    np.cos,
    lambda g, _y, x: -g * sin(x),
    scalar=scalar.cos,
    latex=r"\cos({0})",
    derivative_latex=r"-\sin({0})",
    domain=(-5, 5),
)

tan = elementwise(
    "tan",
    np.tan,
    lambda g, y, _x: g * (1 + y * y),
    scalar=scalar.tan,
    latex=r"\tan({0})",
    derivative_latex=r"1 + \tan^2({0})",
    domain=(-1.2, 1.2),
)

tanh = elementwise(
    "tanh",
    np.tanh,
    lambda g, y, _x: g - g * y * y,  # a third faster than g * (1 - y * y)
    scalar=scalar.tanh,
    latex=r"\tanh({0})",
    derivative_latex=r"1 - \tanh^2({0})",
    domain=(-5, 5),
)

sigmoid = elementwise(
    "sigmoid",
    special.expit,
    lambda g, y, _x: g * y * (1 - y),
    scalar=lambda x: 1 / (1 + scalar.exp(-x)),
    latex=r"\sigma({0})",
    derivative_latex=r"\sigma({0}) \cdot (1 - \sigma({0}))",
    domain=(-5, 5),
)

softplus = elementwise(
    "softplus",
    lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.absolute(x))),
    lambda g, y, _x: -g * expm1(-y),
    scalar=lambda x: scalar.maximum(x, 0) + scalar.log1p(scalar.exp(-scalar.absolute(x))),
    latex=r"\ln(1 + e^{{{0}}})",
    derivative_latex=r"\sigma({0})",
    domain=(-5, 5),
)

logaddexp = elementwise(
    "logaddexp",
    np.logaddexp,
    (
        lambda g, _y, a, b: g * sigmoid(a - b),
        lambda g, _y, a, b: g * sigmoid(b - a),
    ),
    scalar=lambda a, b: scalar.where(
        a == b,
        a + math.log(2),
        scalar.maximum(a, b) + scalar.log1p(scalar.exp(-scalar.absolute(a - b))),
    ),
    latex=r"\ln(e^{{{0}}} + e^{{{1}}})",
    derivative_latex=(r"\sigma({0} - {1})", r"\sigma({1} - {0})"),
    domain=[(-3, 3), (-3, 3)],
)

# Its rule multiplies by a mask: ten times as fast in NumPy as where(y > 0, g, 0.0). An infinite
# gradient at a neuron that is cut off becomes NaN, which is as lost as it was.
relu = elementwise(
    "relu",
    lambda x: np.maximum(x, 0),
    lambda g, y, _x: g * greater(y, 0),
    scalar=lambda x: scalar.maximum(x, 0),
    latex=r"\max(0, {0})",
    derivative_latex="[{0} > 0]",
    domain=(-3, 3),
)

erf = elementwise(
    "erf",
    special.erf,
    lambda g, _y, x: g * (2 / math.sqrt(math.pi)) * exp(-x * x),
    scalar=scalar.erf,
    latex=r"\operatorname{{erf}}({0})",
    derivative_latex=r"\frac{{2}}{{\sqrt{{\pi}}}} \cdot e^{{-{0}^2}}",
    domain=(-3, 3),
)

abs = elementwise(
    "abs",
    np.absolute,
    lambda g, _y, x: g * sign(x),
    scalar=scalar.absolute,
    latex="|{0}|",
    derivative_latex=r"\operatorname{{sign}}({0})",
    domain=(-3, 3),
)

sign: Elementwise = elementwise(
    "sign",
    np.sign,
    scalar=scalar.sign,
    latex=r"\operatorname{{sign}}({0})",
    domain=(-3, 3),
)

floor = elementwise(
    "floor",
    np.floor,
    scalar=scalar.floor,
    latex=r"\lfloor {0} \rfloor",
    domain=(-3, 3),
)

ceil = elementwise(
    "ceil",
    np.ceil,
    scalar=scalar.ceil,
    latex=r"\lceil {0} \rceil",
    domain=(-3, 3),
)


def log2(x: Any) -> Any:
    """Return the logarithm to base 2 of each element."""
    return log(x) * (1 / math.log(2))


def log10(x: Any) -> Any:
    """Return the logarithm to base 10 of each element."""
    return log(x) * (1 / math.log(10))


NUMPY.update({np.log2: log2, np.log10: log10})

from baremath.autodiff.ops.arithmetic import greater  # noqa: E402
