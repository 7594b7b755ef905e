r"""sin, cos and tan of large angles, one at a time.

A float64 is :math:`x = M 2^e` with a whole number M of 53 bits. Of the product of M and
:math:`2^{e-2} \cdot 2/\pi` only the fraction f counts, as whole numbers are full turns; and for it
all those bits of :math:`2/\pi` may be left away whose products with M are whole. With the 192 bits
that follow, f is right to :math:`2^{-139}`. Then n, the integer nearest to 4f, is the quadrant, and
:math:`r = (4f - n)\pi/2`, whose size is never below :math:`2^{-62}`, the angle in it, as a sum of
two float64.

References
----------
Payne & Hanek (1983), Radian reduction for trigonometric functions.
"""

from __future__ import annotations

from baremath.compiler.backends.native.functions.emitter import (
    Type,
    Value,
    exact_sum_of_ordered,
)

_TWO_OVER_PI = (
    "a2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e0"
    "06492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f4"
    "9c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d"
    "7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046fc7b6babf0cfbc209af4361d"
)

#: The first 1280 bits of 2/pi, in words; before them a word of zeros.
TABLE = (0, *(int(_TWO_OVER_PI[k : k + 16], 16) for k in range(0, len(_TWO_OVER_PI), 16)))
_NAME = "@bm.two_over_pi"
_HALF_PI = (1.5707963267948966, 6.123233995736766e-17)

#: Where the bits begin for an exponent as it is stored: at its difference from this.
_FIRST = 1013
_LAST_START = 2046 - _FIRST


def reduced(x: Value) -> tuple[Value, Value, Value]:
    """Return the angle in its quadrant in two parts, and the number of the quadrant.

    Parameters
    ----------
    x : Value
        One finite float64, of at least :math:`2^{-10}`; of others the result means nothing.
    """
    bits = x.absolute().bits()
    mantissa = ((bits & (2**52 - 1)) | 2**52).extended(128)
    first = bits.shifted_right(52) - _FIRST
    first = (first > 0).where(first, 0)
    first = (first < _LAST_START).where(first, _LAST_START)
    high, middle, low = (_bits_from(first, k).extended(128) for k in range(3))
    turns = ((mantissa * high) << 64) + mantissa * middle
    turns = turns + (mantissa * low).shifted_right(64)
    n = (turns + 2**125).shifted_right(126).cut(64)
    rest = turns << 2
    is_negative = rest < 0
    size = is_negative.where(0 - rest, rest)
    zeros = _leading_zeros(size | 1)
    size = size << zeros
    head = size.shifted_right(75).cut(64).as_float() * 2.0**-53
    tail = (size.shifted_right(12).cut(64) & (2**63 - 1)).as_float() * 2.0**-116
    product = head * _HALF_PI[0]
    lost = head.fma(_HALF_PI[0], -product)
    r, r_low = exact_sum_of_ordered(product, lost + head.fma(_HALF_PI[1], tail * _HALF_PI[0]))
    scale = ((1023 - zeros.cut(64)) << 52).as_number()
    minus = is_negative ^ (x < 0.0)
    r, r_low = r * scale, r_low * scale
    return (
        minus.where(-r, r),
        minus.where(-r_low, r_low),
        (x < 0.0).where(0 - n, n),
    )


def _bits_from(first: Value, word: int) -> Value:
    """Return 64 bits of the table, so many words after a first bit."""
    emitter, number = first.emitter, first.type
    emitter.declarations.add(
        f"{_NAME} = internal constant [{len(TABLE)} x i64] "
        f"[{', '.join(f'i64 {one}' for one in TABLE)}]"
    )
    pair = []
    for k in range(2):
        place = first.shifted_right(6) + (word + k)
        pointer = emitter.write(f"getelementptr i64, ptr {_NAME}, i64 {place}", number)
        pair.append(emitter.write(f"load i64, ptr {pointer}", number))
    return emitter.call("fshl", *pair, first & 63)


def _leading_zeros(x: Value) -> Value:
    """Return the number of zeros before the first one of an integer that isn't 0."""
    x.emitter.declarations.add(f"declare {x.type} @llvm.ctlz.{x.type.suffix}({x.type}, i1)")
    return x.emitter.write(
        f"call {x.type} @llvm.ctlz.{x.type.suffix}({x.type} {x}, i1 true)", x.type
    )


def for_each(symbol: str, one: str, number: Type) -> str:
    """Return the function of a vector that calls another for each of its lanes."""
    single = Type(number.kind, number.bits, 1)
    return f"""define internal {number} @{symbol}({number} %x) noinline cold nounwind {{
  br label %loop
loop:
  %k = phi i64 [ 0, %0 ], [ %next, %loop ]
  %before = phi {number} [ %x, %0 ], [ %after, %loop ]
  %one = extractelement {number} %x, i64 %k
  %there = call {single} @{one}({single} %one)
  %after = insertelement {number} %before, {single} %there, i64 %k
  %next = add i64 %k, 1
  %more = icmp ult i64 %next, {number.lanes}
  br i1 %more, label %loop, label %done
done:
  ret {number} %after
}}"""
