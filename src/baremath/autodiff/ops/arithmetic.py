"""Arithmetic, comparison and choice."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from baremath import scalar
from baremath.autodiff.node import Like
from baremath.autodiff.ops.elementwise import Elementwise, elementwise
from baremath.autodiff.ops.operation import NUMPY, Operation, Sample

add = elementwise(
    "add",
    np.add,
    (lambda g, _y, _a, _b: g, lambda g, _y, _a, _b: g),
    scalar=lambda a, b: a + b,
    latex="{0} + {1}",
    derivative_latex=("1", "1"),
    domain=[(-3, 3), (-3, 3)],
)

subtract = elementwise(
    "subtract",
    np.subtract,
    (lambda g, _y, _a, _b: g, lambda g, _y, _a, _b: -g),
    scalar=lambda a, b: a - b,
    latex="{0} - {1}",
    derivative_latex=("1", "-1"),
    domain=[(-3, 3), (-3, 3)],
)

multiply = elementwise(
    "multiply",
    np.multiply,
    (lambda g, _y, _a, b: g * b, lambda g, _y, a, _b: g * a),
    scalar=lambda a, b: a * b,
    latex=r"{0} \cdot {1}",
    derivative_latex=("{1}", "{0}"),
    domain=[(-3, 3), (-3, 3)],
)

divide = elementwise(
    "divide",
    np.divide,
    (lambda g, _y, _a, b: g / b, lambda g, y, _a, b: -g * y / b),
    scalar=lambda a, b: a / b,
    latex=r"\frac{{{0}}}{{{1}}}",
    derivative_latex=(r"\frac{{1}}{{{1}}}", r"-\frac{{{0}}}{{{1}^2}}"),
    domain=[(-3, 3), (0.5, 3)],
)

negative = elementwise(
    "negative",
    np.negative,
    lambda g, _y, _x: -g,
    scalar=lambda x: -x,
    latex="-{0}",
    derivative_latex="-1",
    domain=(-3, 3),
)

power = elementwise(
    "power",
    np.power,
    (
        lambda g, _y, a, b: g * b * a ** _one_less(b),
        lambda g, y, a, _b: g * y * _log_of_base(a),
    ),
    scalar=scalar.power,
    latex="{0}^{{{1}}}",
    derivative_latex=(r"{1} \cdot {0}^{{{1} - 1}}", r"{0}^{{{1}}} \cdot \ln({0})"),
    domain=[(0.5, 3), (-2, 3)],
)

maximum = elementwise(
    "maximum",
    np.maximum,
    (
        lambda g, _y, a, b: _where_larger(g, a, b),
        lambda g, _y, a, b: _where_larger(g, b, a),
    ),
    scalar=scalar.maximum,
    latex=r"\max({0}, {1})",
    derivative_latex=(r"[{0} > {1}]", r"[{1} > {0}]"),
    domain=[(-3, 3), (-3, 3)],
)

minimum = elementwise(
    "minimum",
    np.minimum,
    (
        lambda g, _y, a, b: _where_larger(g, b, a),
        lambda g, _y, a, b: _where_larger(g, a, b),
    ),
    scalar=scalar.minimum,
    latex=r"\min({0}, {1})",
    derivative_latex=(r"[{0} < {1}]", r"[{1} < {0}]"),
    domain=[(-3, 3), (-3, 3)],
)

where: Elementwise = elementwise(
    "where",
    np.where,
    (
        lambda g, _y, _c, _a, _b: zeros_like(g),
        lambda g, _y, c, _a, _b: where(c, g, 0.0),
        lambda g, _y, c, _a, _b: where(c, 0.0, g),
    ),
    scalar=scalar.where,
    latex=r"[{0}] \cdot {1} + [\neg {0}] \cdot {2}",
    derivative_latex=("0", "[{0}]", r"[\neg {0}]"),
    domain=[bool, (-3, 3), (-3, 3)],
)

equal = elementwise(
    "equal",
    np.equal,
    scalar=lambda a, b: a == b,
    latex="[{0} = {1}]",
    domain=[(-3, 3), (-3, 3)],
)

not_equal = elementwise(
    "not_equal",
    np.not_equal,
    scalar=lambda a, b: a != b,
    latex=r"[{0} \ne {1}]",
    domain=[(-3, 3), (-3, 3)],
)

less = elementwise(
    "less",
    np.less,
    scalar=lambda a, b: a < b,
    latex="[{0} < {1}]",
    domain=[(-3, 3), (-3, 3)],
)

less_equal = elementwise(
    "less_equal",
    np.less_equal,
    scalar=lambda a, b: a <= b,
    latex=r"[{0} \le {1}]",
    domain=[(-3, 3), (-3, 3)],
)

greater: Elementwise = elementwise(
    "greater",
    np.greater,
    scalar=lambda a, b: a > b,
    latex="[{0} > {1}]",
    domain=[(-3, 3), (-3, 3)],
)

greater_equal = elementwise(
    "greater_equal",
    np.greater_equal,
    scalar=lambda a, b: a >= b,
    latex=r"[{0} \ge {1}]",
    domain=[(-3, 3), (-3, 3)],
)

logical_and = elementwise(
    "logical_and",
    np.logical_and,
    scalar=lambda a, b: (a != 0) & (b != 0),
    latex=r"{0} \land {1}",
    domain=[bool, bool],
)

logical_or = elementwise(
    "logical_or",
    np.logical_or,
    scalar=lambda a, b: (a != 0) | (b != 0),
    latex=r"{0} \lor {1}",
    domain=[bool, bool],
)

logical_not = elementwise(
    "logical_not",
    np.logical_not,
    scalar=lambda x: ~(x != 0),
    latex=r"\neg {0}",
    domain=bool,
)


class FullLike(Operation):
    """One number, in the shape and dtype of an array."""

    name = "full_like"
    latex = r"\operatorname{{full}}"
    differentiable = False

    def __call__(self, x: Any, fill: float) -> Any:
        """Return an array like x, filled with one number."""
        return super().__call__(x, fill=fill)

    def value(self, x: Any, *, fill: float) -> Any:
        """Fill."""
        return np.full_like(x, fill)

    def result(self, x: Any, *, fill: float) -> Like:
        """Return the likeness of x."""
        return Like.of(x.shape, x.dtype)

    def samples(self, rng: np.random.Generator) -> Iterator[Sample]:
        """Yield some shapes."""
        for shape in [(2, 3), (), (0, 2)]:
            yield (rng.normal(size=shape),), {"fill": 2.5}


full_like = FullLike()


def clip(x: Any, low: float | None = None, high: float | None = None) -> Any:
    """Return each element, but at least `low` and at most `high`; None sets no bound."""
    if low is None and high is None:
        raise ValueError("clip() needs low, high or both")
    x = x if low is None else where(less(x, low), low, x)
    return x if high is None else where(greater(x, high), high, x)


def zeros_like(x: Any) -> Any:
    """Return zeros of the shape and dtype of an array or tensor."""
    return full_like(x, 0)


def ones_like(x: Any) -> Any:
    """Return ones of the shape and dtype of an array or tensor."""
    return full_like(x, 1)


def _numpy_clip(
    a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None
) -> Any:
    return clip(a, min if a_min is None else a_min, max if a_max is None else a_max)


def _numpy_where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if x is None or y is None:
        raise TypeError("np.where of a tensor needs all three: the condition and two values")
    return where(condition, x, y)


def _where_larger(g: Any, winner: Any, loser: Any) -> Any:
    """Return `g` where the winner is larger, half of it at a tie, elsewhere zero."""
    return where(equal(winner, loser), 0.5 * g, where(greater(winner, loser), g, 0.0))


def _log_of_base(base: Any) -> Any:
    """Return ln(base), or 0 where the base isn't positive; a plain number stays one."""
    if isinstance(base, int | float):
        return math.log(base) if base > 0 else 0.0
    return log(where(greater(base, 0), base, 1.0))


def _one_less(exponent: Any) -> Any:
    """Return the exponent minus one; where it is zero any will do, as the factor before is zero."""
    if isinstance(exponent, int | float):
        return exponent - 1 if exponent else 1
    return where(equal(exponent, 0), 1.0, exponent - 1)


NUMPY.update(
    {
        np.where: _numpy_where,
        np.reciprocal: lambda x: 1.0 / x,
        np.clip: _numpy_clip,
        np.zeros_like: zeros_like,
        np.ones_like: ones_like,
        np.full_like: full_like,
    }
)

from baremath.autodiff.ops.functions import log  # noqa: E402
