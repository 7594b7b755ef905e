r"""Write LLVM IR so that a function reads like its formula.

A :class:`Value` is one number, or one vector of them, inside a function of LLVM IR. Its operators
write one instruction each; a Python number beside it becomes a constant of the same type.

>>> emitter = Emitter()
>>> x = Value(emitter, Type("float", 32, 1), "%x")
>>> y = (x * x + 1.0).sqrt()
>>> print("\n".join(emitter.lines))
%1 = fmul float %x, %x
%2 = fadd float %1, 0x3FF0000000000000
%3 = call float @llvm.sqrt.f32(float %2)
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Type:
    """A number of `kind` "float" or "int" and of so many bits, or a vector of `lanes` of them."""

    kind: str
    bits: int
    lanes: int

    def __str__(self) -> str:
        scalar = f"i{self.bits}"
        if self.kind == "float":
            scalar = "float" if self.bits == 32 else "double"
        return scalar if self.lanes == 1 else f"<{self.lanes} x {scalar}>"

    @property
    def mantissa(self) -> int:
        """The number of bits after the point of a float."""
        return 23 if self.bits == 32 else 52

    @property
    def bias(self) -> int:
        """What a float adds to its exponent before storing it."""
        return 127 if self.bits == 32 else 1023

    @property
    def whole(self) -> float:
        """A number whose last bit counts ones: its sum with x holds the nearest integer to x."""
        return 1.5 * 2.0**self.mantissa

    @property
    def suffix(self) -> str:
        """How the name of an intrinsic ends for this type, e.g. ``v16f32``."""
        vector = "" if self.lanes == 1 else f"v{self.lanes}"
        return f"{vector}{self.kind[0]}{self.bits}"

    def constant(self, number: float) -> str:
        """Return `number` as text, in every lane.

        LLVM wants the bits of the float64, also for a float32, which must then be exact.
        """
        if self.kind == "int":
            text = str(int(number))
        else:
            rounded = float(np.float32(number)) if self.bits == 32 else float(number)
            text = f"0x{struct.unpack('<Q', struct.pack('<d', rounded))[0]:016X}"
        if self.lanes == 1:
            return text
        scalar = Type(self.kind, self.bits, 1)
        return "<" + ", ".join([f"{scalar} {text}"] * self.lanes) + ">"


@dataclass
class Emitter:
    """The instructions written so far and the declarations of the intrinsics they call."""

    lines: list[str] = field(default_factory=list)
    declarations: set[str] = field(default_factory=set)

    def write(self, instruction: str, result: Type) -> Value:
        """Append an instruction and return what it computes."""
        name = f"%{len(self.lines) + 1}"
        self.lines.append(f"{name} = {instruction}")
        return Value(self, result, name)

    def call(self, name: str, *arguments: Value) -> Value:
        """Call an LLVM intrinsic whose arguments and result are of one type."""
        result = arguments[0].type
        symbol = f"@llvm.{name}.{result.suffix}"
        self.declarations.add(
            f"declare {result} {symbol}({', '.join([str(result)] * len(arguments))})"
        )
        given = ", ".join(f"{result} {argument}" for argument in arguments)
        return self.write(f"call {result} {symbol}({given})", result)

    def any(self, truth: Value) -> Value:
        """Return whether one of the lanes of a truth value holds."""
        symbol = f"@llvm.vector.reduce.or.{truth.type.suffix}"
        self.declarations.add(f"declare i1 {symbol}({truth.type})")
        return self.write(f"call i1 {symbol}({truth.type} {truth})", Type("int", 1, 1))


@dataclass(frozen=True)
class Value:
    """What an instruction computed, an argument or a constant: a type and a name.

    No instruction carries a fast-math flag: reassociation would undo the range reductions and
    the sums in two parts, and fused operations are written out as such.
    """

    emitter: Emitter
    type: Type
    text: str

    def __str__(self) -> str:
        return self.text

    def constant(self, number: float) -> Value:
        """Return a constant of this value's type."""
        return Value(self.emitter, self.type, self.type.constant(number))

    def _lifted(self, other: Value | float) -> Value:
        return other if isinstance(other, Value) else self.constant(other)

    def _arithmetic(self, operation: str, left: Value | float, right: Value | float) -> Value:
        prefix = "f" if self.type.kind == "float" else ""
        operands = f"{self._lifted(left)}, {self._lifted(right)}"
        return self.emitter.write(f"{prefix}{operation} {self.type} {operands}", self.type)

    def __add__(self, other: Value | float) -> Value:
        return self._arithmetic("add", self, other)

    def __radd__(self, other: float) -> Value:
        return self._arithmetic("add", other, self)

    def __sub__(self, other: Value | float) -> Value:
        return self._arithmetic("sub", self, other)

    def __rsub__(self, other: float) -> Value:
        return self._arithmetic("sub", other, self)

    def __mul__(self, other: Value | float) -> Value:
        return self._arithmetic("mul", self, other)

    def __rmul__(self, other: float) -> Value:
        return self._arithmetic("mul", other, self)

    def __truediv__(self, other: Value | float) -> Value:
        return self._arithmetic("div", self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self._arithmetic("div", other, self)

    def __neg__(self) -> Value:
        return self.emitter.write(f"fneg {self.type} {self}", self.type)

    def _bitwise(self, operation: str, other: Value | int) -> Value:
        operands = f"{self}, {self._lifted(other)}"
        return self.emitter.write(f"{operation} {self.type} {operands}", self.type)

    def __lshift__(self, count: Value | int) -> Value:
        return self._bitwise("shl", count)

    def __rshift__(self, count: int) -> Value:
        """Shift right; the sign moves in from the left."""
        return self._bitwise("ashr", count)

    def shifted_right(self, count: Value | int) -> Value:
        """Shift right; zeros move in from the left."""
        return self._bitwise("lshr", count)

    def __and__(self, other: Value | int) -> Value:
        return self._bitwise("and", other)

    def __or__(self, other: Value | int) -> Value:
        return self._bitwise("or", other)

    def __xor__(self, other: Value | int) -> Value:
        return self._bitwise("xor", other)

    def _comparison(self, floats: str, integers: str, other: Value | float) -> Value:
        is_float = self.type.kind == "float"
        operation = f"fcmp {floats}" if is_float else f"icmp {integers}"
        operands = f"{self}, {self._lifted(other)}"
        truth = Type("int", 1, self.type.lanes)
        return self.emitter.write(f"{operation} {self.type} {operands}", truth)

    def __lt__(self, other: Value | float) -> Value:
        return self._comparison("olt", "slt", other)

    def __gt__(self, other: Value | float) -> Value:
        return self._comparison("ogt", "sgt", other)

    def __ge__(self, other: Value | float) -> Value:
        return self._comparison("oge", "sge", other)

    def equals(self, other: Value | float) -> Value:
        """Return where the two are equal; a NaN equals nothing."""
        return self._comparison("oeq", "eq", other)

    def differs(self, other: Value | float) -> Value:
        """Return where the two are not equal; a NaN differs from everything."""
        return self._comparison("une", "ne", other)

    def at_least(self, bound: float) -> Value:
        """Return ``max(self, bound)``; a NaN stays one."""
        limit = self.constant(bound)
        return (limit > self).where(limit, self)

    def at_most(self, bound: float) -> Value:
        """Return ``min(self, bound)``; a NaN stays one."""
        limit = self.constant(bound)
        return (limit < self).where(limit, self)

    def where(self, yes: Value, no: Value | float) -> Value:
        """Choose `yes` where this truth value holds and `no` elsewhere."""
        chosen = f"{yes.type} {yes}, {yes.type} {yes._lifted(no)}"
        return self.emitter.write(f"select {self.type} {self}, {chosen}", yes.type)

    def fma(self, factor: Value | float, term: Value | float) -> Value:
        """Return ``self * factor + term``, rounded once."""
        return self.emitter.call("fma", self, self._lifted(factor), self._lifted(term))

    def polynomial(self, coefficients: tuple[float, ...]) -> Value:
        r"""Return :math:`\sum_i c_i x^i` of this `x`, by Horner's rule."""
        total = self.constant(coefficients[-1])
        for coefficient in reversed(coefficients[:-1]):
            total = total.fma(self, coefficient)
        return total

    def absolute(self) -> Value:
        """Return the number without its sign."""
        return self.emitter.call("fabs", self)

    def floor(self) -> Value:
        """Return the largest whole number that is not above this one."""
        return self.emitter.call("floor", self)

    def sqrt(self) -> Value:
        """Return the square root, correctly rounded."""
        return self.emitter.call("sqrt", self)

    def with_sign_of(self, other: Value) -> Value:
        """Return the magnitude of this number with the sign of the other."""
        return self.emitter.call("copysign", self, other)

    def _converted(self, operation: str, to: Type) -> Value:
        return self.emitter.write(f"{operation} {self.type} {self} to {to}", to)

    def bits(self) -> Value:
        """Return the bits of this number, read as an integer."""
        return self._converted("bitcast", Type("int", self.type.bits, self.type.lanes))

    def as_number(self) -> Value:
        """Return the number whose bits this integer is."""
        return self._converted("bitcast", Type("float", self.type.bits, self.type.lanes))

    def extended(self, bits: int) -> Value:
        """Return this integer, which has no sign, in so many bits."""
        return self._converted("zext", Type("int", bits, self.type.lanes))

    def cut(self, bits: int) -> Value:
        """Return the lowest bits of this integer."""
        return self._converted("trunc", Type("int", bits, self.type.lanes))

    def as_float(self) -> Value:
        """Return this integer as the nearest float of as many bits."""
        return self._converted("sitofp", Type("float", self.type.bits, self.type.lanes))

    def widened(self) -> Value:
        """Return this float32 as a float64."""
        return self._converted("fpext", Type("float", 64, self.type.lanes))

    def narrowed(self) -> Value:
        """Return this float64 rounded to float32."""
        return self._converted("fptrunc", Type("float", 32, self.type.lanes))


#: A number in two parts: the rounded one, and what rounding took from it.
Pair = tuple[Value, Value]


def exact_sum(x: Value, y: Value) -> Pair:
    """Return x + y in two parts (Knuth)."""
    total = x + y
    rounded_y = total - x
    return total, (x - (total - rounded_y)) + (y - rounded_y)


def exact_sum_of_ordered(x: Value, y: Value) -> Pair:
    """Return x + y in two parts where y is smaller than x, or x is 0 (Dekker)."""
    total = x + y
    return total, y - (total - x)


def exact_product(x: Value, y: Value) -> Pair:
    """Return x * y in two parts."""
    product = x * y
    return product, x.fma(y, -product)
