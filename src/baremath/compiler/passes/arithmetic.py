"""Rules of simplification for numbers: neutral elements, signs, powers, choices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from baremath.autodiff.ops.casting import AsType
from baremath.autodiff.ops.elementwise import Elementwise
from baremath.compiler.ir import CONSTANT, INPUT, Node, constant
from baremath.compiler.passes.nodes import broadcast, converted, elementwise, number, reshaped

Rule = Callable[[Node], Node | None]


def compute_before_repeating(node: Node) -> Node | None:
    """``f(broadcast_to(a), b)`` → ``f(a, b)``, repeated afterwards if b hasn't the full shape."""
    if node.op in (INPUT, CONSTANT) or not isinstance(node.operation, Elementwise | AsType):
        return None
    if all(x.op != "broadcast_to" for x in node.inputs):
        return None
    inputs = tuple(x.inputs[0] if x.op == "broadcast_to" else x for x in node.inputs)
    shape = np.broadcast_shapes(*(x.shape for x in inputs))
    less = Node(node.op, inputs, node.attributes, shape, node.dtype, node.line)
    return broadcast(less, node.shape, node.line)


def one_number_throughout(node: Node) -> Node | None:
    """Turn a constant array of one number, of one sign, into that number, repeated."""
    value = node.attributes["value"]
    if value.size < 2 or value.flat[0] != value.flat[-1]:
        return None
    first = value.flat[0]
    if (value != first).any():
        return None
    if value.dtype.kind == "f" and (np.signbit(value) != np.signbit(first)).any():
        return None
    return broadcast(constant(first, line=node.line), node.shape, node.line)


def filled(node: Node) -> Node | None:
    """``full_like(x, c)`` → c, repeated: it never reads x."""
    fill = np.full((), node.attributes["fill"], node.dtype)
    return broadcast(constant(fill, line=node.line), node.shape, node.line)


def times_one(node: Node) -> Node | None:
    """``x * 1`` → x and ``x * -1`` → -x, from both sides."""
    for x, factor in (node.inputs, node.inputs[::-1]):
        if number(factor) == 1 and x.dtype == node.dtype:
            return broadcast(x, node.shape, node.line)
        if number(factor) == -1 and x.dtype == node.dtype:
            return broadcast(elementwise("negative", (x,), node), node.shape, node.line)
    return None


def over_one(node: Node) -> Node | None:
    """``x / 1`` → x."""
    x, divisor = node.inputs
    if number(divisor) == 1 and x.dtype == node.dtype:
        return broadcast(x, node.shape, node.line)
    return None


def plus_nothing(node: Node) -> Node | None:
    """``x + 0`` → x for integers and ``x + -0.0`` for floats, from both sides."""
    for x, term in (node.inputs, node.inputs[::-1]):
        if _is_zero(term, negative=node.dtype.kind == "f") and x.dtype == node.dtype:
            return broadcast(x, node.shape, node.line)
    return None


def minus_nothing(node: Node) -> Node | None:
    """``x - 0`` → x; of floats only 0.0, not -0.0."""
    x, term = node.inputs
    if _is_zero(term, negative=False) and x.dtype == node.dtype:
        return broadcast(x, node.shape, node.line)
    return None


def plus_negative(node: Node) -> Node | None:
    """``x + (-y)`` → ``x - y``, from both sides."""
    for x, y in (node.inputs, node.inputs[::-1]):
        if y.op == "negative" and y.dtype == node.dtype:
            return elementwise("subtract", (x, y.inputs[0]), node)
    return None


def minus_negative(node: Node) -> Node | None:
    """``x - (-y)`` → ``x + y``."""
    x, y = node.inputs
    if y.op == "negative" and y.dtype == node.dtype:
        return elementwise("add", (x, y.inputs[0]), node)
    return None


def twice_negative(node: Node) -> Node | None:
    """``-(-x)`` → x."""
    (x,) = node.inputs
    return x.inputs[0] if x.op == "negative" else None


def power_of_constant(node: Node) -> Node | None:
    """``x**0`` → 1, ``x**1`` → x, ``x**2`` → ``square(x)``, ``x**-1`` → ``1 / x``.

    And ``x**0.5`` → ``sqrt(x)``, as NumPy computes it: of -inf it is NaN, which its documentation
    says of all negative numbers, and not the inf of C's ``pow``.
    """
    x, exponent = node.inputs
    power = number(exponent)
    if power is None or x.dtype != node.dtype:
        return None
    one = constant(1, node.dtype, node.line)
    if power == 0:
        return broadcast(one, node.shape, node.line)
    if power == 1:
        return broadcast(x, node.shape, node.line)
    if power == 2:
        return broadcast(elementwise("square", (x,), node), node.shape, node.line)
    if power == 0.5 and node.dtype.kind == "f":
        return broadcast(elementwise("sqrt", (x,), node), node.shape, node.line)
    if power == -1 and node.dtype.kind == "f":
        return broadcast(elementwise("divide", (one, x), node), node.shape, node.line)
    return None


def known_choice(node: Node) -> Node | None:
    """``where(True, a, b)`` → a, ``where(False, a, b)`` → b, ``where(c, a, a)`` → a."""
    condition, a, b = node.inputs
    known = number(condition)
    if a is b:
        known = True
    return None if known is None else converted(a if known else b, node)


def choice_by_not(node: Node) -> Node | None:
    """``where(not c, a, b)`` → ``where(c, b, a)``, if c is a truth."""
    condition, a, b = node.inputs
    if condition.op != "logical_not" or condition.inputs[0].dtype != np.bool_:
        return None
    return elementwise("where", (condition.inputs[0], b, a), node)


def twice_not(node: Node) -> Node | None:
    """``not not c`` → c, if c is a truth."""
    (x,) = node.inputs
    return x.inputs[0] if x.op == "logical_not" and x.inputs[0].dtype == np.bool_ else None


def same_type(node: Node) -> Node | None:
    """Drop a conversion to the type that it has, and one before it that lost nothing."""
    (x,) = node.inputs
    if x.dtype == node.dtype:
        return x
    if x.op != "astype":
        return None
    (source,) = x.inputs
    truth = source.dtype == np.bool_
    wider = source.dtype.kind == x.dtype.kind and np.can_cast(source.dtype, x.dtype, "safe")
    return converted(source, node) if truth or wider else None


def of_one_number(node: Node) -> Node | None:
    """Turn a reduction along axes of length 1, or along none, into a reshape.

    A sum begins with 0.0, which makes 0.0 of -0.0, so the zero stays: one addition, no loop.
    """
    (x,) = node.inputs
    if x.dtype != node.dtype or any(x.shape[k] != 1 for k in node.attributes["axis"]):
        return None
    result = reshaped(x, node.shape, node.line)
    if node.op in ("sum", "mean") and node.dtype.kind == "f":
        return elementwise("add", (result, constant(0, node.dtype, node.line)), node)
    return result


def _is_zero(node: Node, *, negative: bool) -> bool:
    """Return whether a node is the constant zero of this sign."""
    value = number(node)
    return value == 0 and (math.copysign(1.0, value) < 0) == negative


ARITHMETIC: Mapping[str, tuple[Rule, ...]] = {
    "constant": (one_number_throughout,),
    "full_like": (filled,),
    "multiply": (times_one,),
    "divide": (over_one,),
    "add": (plus_nothing, plus_negative),
    "subtract": (minus_nothing, minus_negative),
    "negative": (twice_negative,),
    "power": (power_of_constant,),
    "where": (known_choice, choice_by_not),
    "logical_not": (twice_not,),
    "astype": (same_type,),
    "sum": (of_one_number,),
    "mean": (of_one_number,),
    "prod": (of_one_number,),
    "max": (of_one_number,),
    "min": (of_one_number,),
}
