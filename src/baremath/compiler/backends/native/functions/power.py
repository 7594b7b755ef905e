r"""x to the power y: :math:`|x|^y = e^{y \ln |x|}`, then the sign and the special cases of C.

The exponential turns an absolute error of :math:`y \ln |x|`, which may be 700, into a relative one,
so the logarithm needs more digits than its type has. For float32 a float64 has them; for float64
the logarithm is the sum of two float64. In :math:`\ln(1 + f) = 2s + s^3 (\tfrac23 + s^2 T(s^2))`
the polynomial `T` (minimax, by a Remez exchange in 50 digits) is small enough for one of them.

References
----------
Dekker (1971), A floating-point technique for extending the available precision.
"""

from __future__ import annotations

import math

from baremath.compiler.backends.native.functions.emitter import (
    Pair,
    Value,
    exact_product,
    exact_sum_of_ordered,
)
from baremath.compiler.backends.native.functions.exponential import LN2, exp, exp_of_sum
from baremath.compiler.backends.native.functions.logarithmic import log_of_positive, parts_of_any

_T = (
    0.3999999999999998,
    0.2857142857144387,
    0.22222222217778598,
    0.18181818845737463,
    0.1538455829048406,
    0.13336270374649808,
    0.11675652317654532,
    0.11982884876189376,
)
_TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)


def _product(left: Pair, right: Pair) -> Pair:
    high, low = exact_product(left[0], right[0])
    return exact_sum_of_ordered(high, left[0].fma(right[1], left[1].fma(right[0], low)))


def _log_pair(x: Value) -> Pair:
    """Return the logarithm of a positive and finite x in two parts."""
    k, m = parts_of_any(x)
    f = m - 1.0
    divisor, divisor_low = exact_sum_of_ordered(f.constant(2.0), f)
    s_high = f / divisor
    remainder = (-s_high).fma(divisor_low, (-s_high).fma(divisor, f))
    s = exact_sum_of_ordered(s_high, remainder / divisor)
    z = _product(s, s)
    tail = z[0] * z[0].polynomial(_T) + _TWO_THIRDS[1]
    cubic = _product(_product(s, z), exact_sum_of_ordered(f.constant(_TWO_THIRDS[0]), tail))
    series = exact_sum_of_ordered(s[0] * 2.0, cubic[0])
    series_low = series[1] + s[1].fma(2.0, cubic[1])
    high, low = LN2[64]
    shift, shift_low = exact_product(k, k.constant(high))
    shift_low = k.fma(low, shift_low)
    # k ln 2 is the larger of the two wherever it is not 0, and then 0 + series is exact.
    total, lost = exact_sum_of_ordered(shift, series[0])
    return exact_sum_of_ordered(total, lost + (series_low + shift_low))


def _of_magnitude(x: Value, y: Value) -> Value:
    """Return x to the power y for float64 and x >= 0."""
    log, log_low = _log_pair(x)
    log = x.equals(0.0).where(log.constant(-math.inf), (x < math.inf).where(log, x))
    product, low = exact_product(y, log)
    low = y.fma(log_low, low)
    low = (product.absolute() < 1000.0).where(low, 0.0)
    return exp_of_sum(product, low)


def _of_magnitude_float32(x: Value, y: Value) -> Value:
    """Return x to the power y for float32 and x >= 0."""
    log = log_of_positive(x.widened())
    log = x.equals(0.0).where(log.constant(-math.inf), (x < math.inf).where(log, x.widened()))
    return exp(y.widened() * log).narrowed()


def power(x: Value, y: Value) -> Value:
    """Return x to the power y."""
    base = x.absolute()
    size = _of_magnitude(base, y) if x.type.bits == 64 else _of_magnitude_float32(base, y)
    always_one = y.equals(0.0) | base.equals(1.0)
    size = always_one.where(x.constant(1.0), size)
    half = y * 0.5
    is_whole = y.floor().equals(y)
    is_odd = is_whole & half.floor().differs(half)
    signed = is_odd.where(size.with_sign_of(x), size)
    has_no_root = (x < 0.0) & (x > -math.inf) & (is_whole ^ 1)
    return has_no_root.where(x.constant(math.nan), signed)
