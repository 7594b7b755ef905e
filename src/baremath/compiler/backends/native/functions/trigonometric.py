r"""sin, cos, tan.

With :math:`n` the integer nearest to :math:`2x/\pi` and :math:`r = x - n\pi/2`, taken away in three
parts, sin and cos of x are those of r, exchanged and negated according to n modulo 4:

.. math:: \sin r \approx r + r^3 S(r^2), \qquad \cos r \approx 1 - \tfrac12 r^2 + r^4 C(r^2),
   \qquad |r| \le \tfrac\pi4,

`S` and `C` minimax for the relative error (Remez exchange in 50 digits, the coefficients rounded
one at a time). Angles that are far from 0, which hardly anybody has, are a call away.

References
----------
Cody & Waite (1980), Software Manual for the Elementary Functions.
"""

from __future__ import annotations

import math

from baremath.compiler.backends.native.functions.emitter import Value, exact_sum
from baremath.compiler.backends.native.functions.far_angles import reduced

_S = {
    32: (-0.16666653752326965, 0.008332101628184319, -0.00019506781245581806),
    64: (
        -0.16666666666666627,
        0.008333333333321077,
        -0.00019841269828698625,
        2.755731329516027e-06,
        -2.5050694338400865e-08,
        1.5893013325797169e-10,
    ),
}
_C = {
    32: (0.04166664555668831, -0.00138873013202101, 2.443065204715822e-05),
    64: (
        0.04166666666666659,
        -0.0013888888888872056,
        2.480158728814455e-05,
        -2.7557313954149427e-07,
        2.0875667733671242e-09,
        -1.1356706989398646e-11,
    ),
}
_HALF_PI = {
    32: (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15),
    64: (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33),
}
#: Farther from 0 three parts don't tell r: see `far_angles`.
LIMITS = {32: 2.0**18, 64: 2.0**48}


def _near(x: Value) -> tuple[Value, Value, Value]:
    """Return sin r, cos r and the bits of a number that end in n; of far angles anything."""
    bits = x.type.bits
    total = x.fma(2 / math.pi, x.type.whole)
    n = total - x.type.whole
    first, second, third = _HALF_PI[bits]
    exact = n.fma(-first, x)
    product = n * -second
    r, lost = exact_sum(exact, product)
    low = n.fma(-third, lost + n.fma(-second, -product))  # what rounding took from r
    return (*_series(r, low), total.bits())


def _far(x: Value) -> tuple[Value, Value, Value]:
    """Return sin r, cos r and n of one angle that is far from 0, in float64."""
    r, low, n = reduced(x.widened() if x.type.bits == 32 else x)
    return (*_series(r, low), n)


def _series(r: Value, low: Value) -> tuple[Value, Value]:
    """Return the sine and the cosine of r + low."""
    bits = r.type.bits
    z = r * r
    sine = r + (r * z).fma(z.polynomial(_S[bits]), low)
    main = z.fma(-0.5, 1.0)
    rest = low.fma(-r, z.fma(-0.5, 1.0 - main))
    cosine = main + (z * z).fma(z.polynomial(_C[bits]), rest)
    return sine, cosine


def _in_quadrant(sine: Value, cosine: Value, n: Value) -> Value:
    chosen = (n & 1).differs(0).where(cosine, sine)
    sign = (n & 2) << (n.type.bits - 2)
    return (chosen.bits() ^ sign).as_number()


def _sin(sine: Value, cosine: Value, n: Value) -> Value:
    return _in_quadrant(sine, cosine, n)


def _cos(sine: Value, cosine: Value, n: Value) -> Value:
    return _in_quadrant(sine, cosine, n + 1)


def _tan(sine: Value, cosine: Value, n: Value) -> Value:
    odd = (n & 1).differs(0)
    return odd.where(-cosine, sine) / odd.where(sine, cosine)


_OF_PARTS = {"sin": _sin, "cos": _cos, "tan": _tan}


def near(name: str, x: Value) -> tuple[Value, Value]:
    """Return the function of angles near 0, and which angles are far."""
    return _OF_PARTS[name](*_near(x)), x.absolute() > LIMITS[x.type.bits]


def far(name: str, x: Value) -> Value:
    """Return the function of one angle that is far from 0; NaN of infinity."""
    result = _OF_PARTS[name](*_far(x))
    result = result.narrowed() if x.type.bits == 32 else result
    return (x.absolute() < math.inf).where(result, math.nan)
