r"""log and what follows from it: log1p, softplus.

With :math:`x = 2^k m`, :math:`\sqrt{1/2} \le m < \sqrt 2` and :math:`f = m - 1`,

.. math:: \ln x = k \ln 2 + \ln(1 + f), \qquad
   \ln(1 + f) = 2 \operatorname{artanh} s = 2s + s^3 L(s^2), \qquad s = \frac{f}{2 + f},

where :math:`2s = f - sf` and :math:`sf = f^2/2 - s f^2/2` keep what rounding would lose. The
polynomials `L` are minimax (Remez exchange in 50 digits, the coefficients rounded one at a time).

References
----------
Knuth (1997), The Art of Computer Programming, volume 2, 3rd edition, 4.2.2 (the exact sum).
Muller (2016), Elementary Functions: Algorithms and Implementation, 3rd edition.
"""

from __future__ import annotations

import math

from baremath.compiler.backends.native.functions.emitter import Value, exact_sum
from baremath.compiler.backends.native.functions.exponential import LN2, exp

_L = {
    32: (0.6666677594184875, 0.3997756838798523, 0.29871588945388794),
    64: (
        0.6666666666666735,
        0.3999999999940935,
        0.2857142874368867,
        0.22222198428459808,
        0.18183572398212394,
        0.15313830624415253,
        0.14798278687940472,
    ),
}
#: The bits of the square root of 1/2.
_ROOT = {32: 0x3F3504F3, 64: 0x3FE6A09E667F3BCD}
#: The bits of 1.
_ONE = {32: 0x3F800000, 64: 0x3FF0000000000000}
#: The bits of `Type.whole`, to which an integer can be added as if it were a number.
_WHOLE = {32: 0x4B400000, 64: 0x4338000000000000}


def parts(x: Value) -> tuple[Value, Value]:
    """Return the integer k and the number m of a positive x that is not denormal."""
    bits = x.bits()
    k = (bits - _ROOT[x.type.bits]) >> x.type.mantissa
    return k, (bits - (k << x.type.mantissa)).as_number()


def as_number(k: Value) -> Value:
    """Return a small integer as a number; quicker than an instruction that can do large ones."""
    number = (k + _WHOLE[k.type.bits]).as_number()
    return number - number.type.whole


def parts_of_any(x: Value) -> tuple[Value, Value]:
    """Return k, as a number, and m of a positive x."""
    shift = x.type.mantissa + 1
    denormal = x < 2.0 ** (1 - x.type.bias)
    k, m = parts(denormal.where(x * 2.0**shift, x))
    number = as_number(k)
    return denormal.where(number - float(shift), number), m


def _log(f: Value, k: Value) -> Value:
    high, low = LN2[f.type.bits]
    s = f / (f + 2.0)
    z = s * s
    half = f * f * 0.5
    rest = s * (z.fma(z.polynomial(_L[f.type.bits]), half))
    return k.fma(high, f - (half - k.fma(low, rest)))


def _with_limits(result: Value, x: Value, start: float) -> Value:
    """Put in what a logarithm is at its `start`, below it, at infinity and for NaN."""
    beyond = x.equals(start).where(
        x.constant(-math.inf), (x < start).where(x.constant(math.nan), x)
    )
    regular = (x > start) & (x < math.inf)
    return regular.where(result, beyond)


def log_of_positive(x: Value) -> Value:
    """Return the natural logarithm of a positive and finite x."""
    k, m = parts_of_any(x)
    return _log(m - 1.0, k)


def log(x: Value) -> Value:
    """Return the natural logarithm, also of denormals."""
    return _with_limits(log_of_positive(x), x, 0.0)


def log1p(x: Value) -> Value:
    """Return the natural logarithm of 1 + x, also where that is tiny."""
    total, lost = exact_sum(x.constant(1.0), x)
    k, m = parts(total)
    # At large k nothing that counts was lost, and 2**-k might not be a number.
    scale = (_ONE[x.type.bits] - (k.at_most(64) << x.type.mantissa)).as_number()
    return _with_limits(_log(lost.fma(scale, m - 1.0), as_number(k)), x, -1.0)


def softplus(x: Value) -> Value:
    """Return log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    return x.at_least(0.0) + log1p(exp(-x.absolute()))
