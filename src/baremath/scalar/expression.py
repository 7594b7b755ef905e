"""A scalar expression: a small immutable tree that prints itself as Python and computes itself."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Operand: TypeAlias = "Expression | float | bool"


def _total(function: Callable[..., float], numpy: Callable[..., Any]) -> Callable[..., float]:
    """Return Python's function, with NumPy's infinity or NaN where Python raises an error."""

    def total(*arguments: float) -> float:
        try:
            return float(function(*arguments))
        except (ArithmeticError, ValueError):
            with np.errstate(all="ignore"):
                return float(numpy(*map(float, arguments)))

    return total


def _sign(x: float) -> float:
    return x if math.isnan(x) else float((x > 0) - (x < 0))


def _maximum(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else max(a, b)


def _minimum(a: float, b: float) -> float:
    return math.nan if math.isnan(a) or math.isnan(b) else min(a, b)


#: Every function that an expression may call, by name, as one number to one number.
FUNCTIONS: dict[str, Callable[..., float]] = {
    "abs": abs,
    "ceil": _total(math.ceil, np.ceil),
    "cos": _total(math.cos, np.cos),
    "erf": math.erf,
    "exp": _total(math.exp, np.exp),
    "expm1": _total(math.expm1, np.expm1),
    "floor": _total(math.floor, np.floor),
    "log": _total(math.log, np.log),
    "log1p": _total(math.log1p, np.log1p),
    "maximum": _maximum,
    "minimum": _minimum,
    "sign": _sign,
    "sin": _total(math.sin, np.sin),
    "sqrt": _total(math.sqrt, np.sqrt),
    "tan": _total(math.tan, np.tan),
    "tanh": math.tanh,
}

_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _total(lambda a, b: a / b, np.divide),
    "**": _total(math.pow, np.power),
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "and": lambda a, b: bool(a) and bool(b),
    "or": lambda a, b: bool(a) or bool(b),
}

_PRECEDENCE = {"or": 1, "and": 2, "<": 3, "<=": 3, ">": 3, ">=": 3, "==": 3, "!=": 3}
_PRECEDENCE |= {"+": 4, "-": 4, "*": 5, "/": 5, "**": 7}
_CHOICE, _NEGATION, _ATOM = 0, 6, 8


@dataclass(frozen=True, eq=False, repr=False)
class Expression:
    """What is computed for one element.

    Parameters
    ----------
    kind : {"variable", "constant", "call", "operator", "negate", "not", "where"}
        What stands at the root of the tree.
    name : str
        The variable, function or operator; the constant as Python writes it.
    operands : tuple of Expression
        What it is applied to; of "where" the condition, the value if true, the value if false.

    Examples
    --------
    >>> x = variable("x")
    >>> square = x * x
    >>> print(square, square.evaluate({"x": 3.0}))
    x * x 9.0
    """

    kind: str
    name: str
    operands: tuple[Expression, ...] = ()

    def evaluate(self, values: Mapping[str, float]) -> float:
        """Return the value of the expression where its variables have these values.

        Parameters
        ----------
        values : mapping of str to float
            The value of each variable.
        """
        if self.kind == "variable":
            return values[self.name]
        if self.kind == "constant":
            return float(self.name)
        if self.kind == "where":
            condition, if_true, if_false = self.operands
            return (if_true if condition.evaluate(values) else if_false).evaluate(values)
        arguments = [operand.evaluate(values) for operand in self.operands]
        if self.kind == "call":
            return FUNCTIONS[self.name](*arguments)
        if self.kind == "negate":
            return -arguments[0]
        if self.kind == "not":
            return not arguments[0]
        return _OPERATORS[self.name](*arguments)

    def __str__(self) -> str:
        return self._source()[0]

    def __repr__(self) -> str:
        return f"<Expression {self}>"

    def _source(self) -> tuple[str, int]:
        """Return the expression as Python, and how tightly its root binds."""
        if self.kind in ("variable", "constant"):
            return self.name, _NEGATION if self.name.startswith("-") else _ATOM
        if self.kind == "call":
            return f"{self.name}({', '.join(map(str, self.operands))})", _ATOM
        if self.kind == "where":
            condition, if_true, if_false = (part._bracketed(_CHOICE + 1) for part in self.operands)
            return f"{if_true} if {condition} else {if_false}", _CHOICE
        if self.kind == "negate":
            return f"-{self.operands[0]._bracketed(_NEGATION)}", _NEGATION
        if self.kind == "not":
            return f"(not {self.operands[0]._bracketed(_ATOM)})", _ATOM
        tight = _PRECEDENCE[self.name]
        left_loose, right_loose = (tight + 1, tight) if self.name == "**" else (tight, tight + 1)
        if tight == _PRECEDENCE["<"]:
            left_loose = tight + 1  # Python would chain the comparisons
        left, right = self.operands
        return f"{left._bracketed(left_loose)} {self.name} {right._bracketed(right_loose)}", tight

    def _bracketed(self, at_least: int) -> str:
        source, tight = self._source()
        return source if tight >= at_least else f"({source})"

    def __add__(self, other: Operand) -> Expression:
        return _operator("+", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return _operator("+", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return _operator("-", self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return _operator("-", other, self)

    def __mul__(self, other: Operand) -> Expression:
        return _operator("*", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return _operator("*", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return _operator("/", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _operator("/", other, self)

    def __neg__(self) -> Expression:
        return Expression("negate", "-", (self,))

    def __lt__(self, other: Operand) -> Expression:
        return _operator("<", self, other)

    def __le__(self, other: Operand) -> Expression:
        return _operator("<=", self, other)

    def __gt__(self, other: Operand) -> Expression:
        return _operator(">", self, other)

    def __ge__(self, other: Operand) -> Expression:
        return _operator(">=", self, other)

    def __eq__(self, other: object) -> Expression:  # type: ignore[override]
        return _operator("==", self, other)  # type: ignore[arg-type]

    def __ne__(self, other: object) -> Expression:  # type: ignore[override]
        return _operator("!=", self, other)  # type: ignore[arg-type]

    def __and__(self, other: Operand) -> Expression:
        return _operator("and", self, other)

    def __or__(self, other: Operand) -> Expression:
        return _operator("or", self, other)

    def __invert__(self) -> Expression:
        return Expression("not", "~", (self,))

    __hash__ = object.__hash__


def variable(name: str) -> Expression:
    """Return the element of an input, by its name."""
    return Expression("variable", name)


def constant(value: float) -> Expression:
    """Return a number as an expression."""
    return Expression("constant", repr(int(value) if isinstance(value, int) else float(value)))


def where(condition: Operand, if_true: Operand, if_false: Operand) -> Expression:
    """Return one of two values; only the chosen one is computed."""
    return Expression("where", "where", (_as(condition), _as(if_true), _as(if_false)))


def power(base: Operand, exponent: Operand) -> Expression:
    """Return the base raised to the exponent."""
    return _operator("**", base, exponent)


def _call(name: str) -> Callable[..., Expression]:
    def call(*arguments: Operand) -> Expression:
        return Expression("call", name, tuple(map(_as, arguments)))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Return `{name}` of the arguments."
    return call


absolute = _call("abs")
ceil = _call("ceil")
cos = _call("cos")
erf = _call("erf")
exp = _call("exp")
expm1 = _call("expm1")
floor = _call("floor")
log = _call("log")
log1p = _call("log1p")
maximum = _call("maximum")
minimum = _call("minimum")
sign = _call("sign")
sin = _call("sin")
sqrt = _call("sqrt")
tan = _call("tan")
tanh = _call("tanh")


def _as(operand: Operand) -> Expression:
    return operand if isinstance(operand, Expression) else constant(operand)


def _operator(name: str, left: Operand, right: Operand) -> Expression:
    return Expression("operator", name, (_as(left), _as(right)))
