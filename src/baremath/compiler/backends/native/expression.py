"""A scalar expression as LLVM instructions, on numbers or on vectors of them."""

from __future__ import annotations

from collections.abc import Mapping

from baremath.compiler.backends.native.text import Function, Value, literal, suffix, type_of
from baremath.scalar import Expression

#: Multiplications and additions may become one; NaN and infinity stay what they are.
FLAGS = "contract"

_ARITHMETIC = {
    "+": ("fadd", "add", "add"),
    "-": ("fsub", "sub", "sub"),
    "*": ("fmul", "mul", "mul"),
    "/": ("fdiv", "sdiv", "udiv"),
}
_COMPARISONS = {
    "<": ("olt", "slt", "ult"),
    "<=": ("ole", "sle", "ule"),
    ">": ("ogt", "sgt", "ugt"),
    ">=": ("oge", "sge", "uge"),
    "==": ("oeq", "eq", "eq"),
    "!=": ("une", "ne", "ne"),
}

#: A function that is called: its name, dtype and lanes.
Called = tuple[str, str, int]


class Expressions:
    """Writes expressions into a function.

    Parameters
    ----------
    function : Function
        Where the instructions go.
    needed : set
        Takes up the elementary functions that are called.

    Attributes
    ----------
    inlined : bool
        Whether what is called next is inlined.
    """

    def __init__(self, function: Function, needed: set[Called]) -> None:
        self.function = function
        self.needed = needed
        self.inlined = True

    def compute(self, expression: Expression, dtype: str, names: Mapping[str, Value]) -> Value:
        """Return the value of an expression, in a dtype.

        Parameters
        ----------
        expression : Expression
            What to compute.
        dtype : str
            Of the result; of comparisons and logic ``"bool"``, computed in their operands' dtype.
        names : mapping of str to Value
            The values of the variables.
        """
        if expression.kind == "variable":
            return self.cast(names[expression.name], dtype)
        if expression.kind == "constant":
            return Value(literal(_number(expression.name), dtype), dtype)
        if expression.kind == "where":
            return self._choice(expression, dtype, names)
        if expression.kind == "not":
            (x,) = self._same(expression.operands, "bool", names)
            return self._made(f"xor {x.typed}, {literal(True, 'bool', x.lanes)}", x)
        if expression.kind == "negate":
            (x,) = self._same(expression.operands, dtype, names)
            if is_float(dtype):
                return self._made(f"fneg {x.typed}", x)
            return self._made(f"sub {x.type} {literal(0, dtype, x.lanes)}, {x.text}", x)
        if expression.kind == "call":
            return self._call(expression, dtype, names)
        return self._operator(expression, dtype, names)

    def cast(self, x: Value, dtype: str) -> Value:
        """Return a value in another dtype; floats are cut to integers, and stay in their range."""
        if x.dtype == dtype:
            return x
        function, target = self.function, type_of(dtype, x.lanes)
        if dtype == "bool":
            if is_float(x.dtype):
                return self._made(f"fcmp une {x.typed}, {literal(0, x.dtype, x.lanes)}", x, dtype)
            return self._made(f"icmp ne {x.typed}, {literal(0, x.dtype, x.lanes)}", x, dtype)
        if is_float(x.dtype) and is_float(dtype):
            how = "fpext" if dtype == "float64" else "fptrunc"
        elif is_float(dtype):
            how = "uitofp" if is_unsigned(x.dtype) else "sitofp"
        elif is_float(x.dtype):
            how = "fptoui" if is_unsigned(dtype) else "fptosi"
            name = f"llvm.{how}.sat.{suffix(target)}.{suffix(x.type)}"
            return Value(function.call(name, target, x.typed), dtype, x.lanes)
        elif bits(dtype) == bits(x.dtype):
            return Value(x.text, dtype, x.lanes)
        elif bits(dtype) < bits(x.dtype):
            how = "trunc"
        else:
            how = "zext" if is_unsigned(x.dtype) else "sext"
        return self._made(f"{how} {x.typed} to {target}", x, dtype)

    def spread(self, x: Value, lanes: int) -> Value:
        """Return a value in every lane."""
        if x.lanes == lanes:
            return x
        vector = type_of(x.dtype, lanes)
        one = self.function.let(f"insertelement {vector} poison, {x.typed}, i64 0")
        all_first = f"<{lanes} x i32> zeroinitializer"
        many = self.function.let(f"shufflevector {vector} {one}, {vector} poison, {all_first}")
        return Value(many, x.dtype, lanes)

    def alike(self, *values: Value) -> list[Value]:
        """Return values with as many lanes as the widest."""
        lanes = max(x.lanes for x in values)
        return [self.spread(x, lanes) for x in values]

    def larger(self, name: str, a: Value, b: Value) -> Value:
        """Return the maximum or minimum of two numbers; NaN if one is."""
        a, b = self.alike(a, b)
        if a.dtype == "bool":
            return self._made(f"{'or' if name == 'maximum' else 'and'} {a.typed}, {b.text}", a)
        if is_float(a.dtype):
            return self._function(name, a, b)
        sign = "u" if is_unsigned(a.dtype) else "s"
        intrinsic = f"llvm.{sign}{name[:3]}.{suffix(a.type)}"
        return Value(self.function.call(intrinsic, a.type, a.typed, b.typed), a.dtype, a.lanes)

    def _same(
        self, operands: tuple[Expression, ...], dtype: str, names: Mapping[str, Value]
    ) -> list[Value]:
        return self.alike(*(self.compute(operand, dtype, names) for operand in operands))

    def _made(self, text: str, like: Value, dtype: str = "") -> Value:
        return Value(self.function.let(text), dtype or like.dtype, like.lanes)

    def _choice(self, expression: Expression, dtype: str, names: Mapping[str, Value]) -> Value:
        condition, *both = expression.operands
        chosen, a, b = self.alike(
            self.compute(condition, "bool", names), *self._same(tuple(both), dtype, names)
        )
        return self._made(f"select {chosen.typed}, {a.typed}, {b.typed}", a)

    def _operator(self, expression: Expression, dtype: str, names: Mapping[str, Value]) -> Value:
        name = expression.name
        if name in _COMPARISONS:
            operands = _dtype_of(expression.operands, names)
            a, b = self._same(expression.operands, operands, names)
            if is_float(operands):
                return self._made(f"fcmp {_COMPARISONS[name][0]} {a.typed}, {b.text}", a, "bool")
            how = _COMPARISONS[name][1 + is_unsigned(operands)]
            return self._made(f"icmp {how} {a.typed}, {b.text}", a, "bool")
        if name in ("and", "or"):
            a, b = self._same(expression.operands, "bool", names)
            return self._made(f"{name} {a.typed}, {b.text}", a)
        a, b = self._same(expression.operands, dtype, names)
        if name == "**":
            return self._power(expression, a, b)
        if is_float(dtype):
            return self._made(f"{_ARITHMETIC[name][0]} {FLAGS} {a.typed}, {b.text}", a)
        if dtype == "bool" and name == "+":
            return self._made(f"or {a.typed}, {b.text}", a)
        how = _ARITHMETIC[name][1 + is_unsigned(dtype)]
        return self._made(f"{how} {a.typed}, {b.text}", a)

    def _power(self, expression: Expression, a: Value, b: Value) -> Value:
        exponent = expression.operands[1]
        if exponent.kind == "constant" and _number(exponent.name) == 2:
            how = f"fmul {FLAGS}" if is_float(a.dtype) else "mul"
            return self._made(f"{how} {a.typed}, {a.text}", a)
        return self._function("power", a, b)

    def _call(self, expression: Expression, dtype: str, names: Mapping[str, Value]) -> Value:
        values = self._same(expression.operands, dtype, names)
        name, x = expression.name, values[0]
        if name in ("maximum", "minimum"):
            return self.larger(name, *values)
        if is_float(dtype):
            return self._function(name, *values)
        zero, one = literal(0, dtype, x.lanes), literal(1, dtype, x.lanes)
        if is_unsigned(dtype) and name == "sign":
            return self.larger("minimum", x, Value(one, dtype, x.lanes))
        if is_unsigned(dtype) or name in ("floor", "ceil"):
            return x
        if name == "abs":
            return self.larger("maximum", x, self._made(f"sub {x.type} {zero}, {x.text}", x))
        minus_one = Value(literal(-1, dtype, x.lanes), dtype, x.lanes)
        return self.larger(
            "maximum", minus_one, self.larger("minimum", Value(one, dtype, x.lanes), x)
        )

    def _function(self, name: str, *operands: Value) -> Value:
        """Call an elementary function."""
        from baremath.compiler.backends.native.functions import symbol

        x = operands[0]
        self.needed.add((name, x.dtype, x.lanes))
        typed = ", ".join(operand.typed for operand in operands)
        how = "" if self.inlined else " noinline"
        return self._made(f"call {x.type} @{symbol(name, x.dtype, x.lanes)}({typed}){how}", x)


def is_float(dtype: str) -> bool:
    """Whether a dtype is of floating point."""
    return dtype.startswith("float")


def is_unsigned(dtype: str) -> bool:
    """Whether a dtype has no negative numbers."""
    return dtype.startswith("uint") or dtype == "bool"


def bits(dtype: str) -> int:
    """Return the width of a number."""
    return 1 if dtype == "bool" else int(dtype.lstrip("uintfloa"))


def _number(text: str) -> float | int:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _dtype_of(operands: tuple[Expression, ...], names: Mapping[str, Value]) -> str:
    """Return the dtype in which operands are compared: that of the first variable in them."""
    stack = list(reversed(operands))
    found = "bool"
    while stack:
        expression = stack.pop()
        if expression.kind == "variable":
            dtype = names[expression.name].dtype
            if dtype != "bool":
                return dtype
        stack.extend(reversed(expression.operands))
    return found
