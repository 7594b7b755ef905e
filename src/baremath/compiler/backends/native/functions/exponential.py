r"""exp and what follows from it: expm1, sigmoid, tanh.

With :math:`n` the integer nearest to :math:`x / \ln 2` and :math:`r = x - n \ln 2`,

.. math:: e^x = 2^n e^r, \qquad e^r \approx 1 + r + r^2 q(r), \qquad |r| \le \tfrac12 \ln 2.

The polynomials `q` are minimax for :math:`(e^r - 1 - r) / r^2`, the error weighted relative to
:math:`e^r - 1` (Remez exchange in 50 digits; float32: one coefficient rounded at a time and the
others fitted again).

References
----------
Cody & Waite (1980), Software Manual for the Elementary Functions.
Muller (2016), Elementary Functions: Algorithms and Implementation, 3rd edition.
"""

from __future__ import annotations

import math

from baremath.compiler.backends.native.functions.emitter import Value

_Q = {
    32: (
        0.5,
        0.16666539013385773,
        0.04166661202907562,
        0.008367099799215794,
        0.0013917706673964858,
    ),
    64: (
        0.5000000000000006,
        0.16666666666666688,
        0.04166666666657293,
        0.008333333333314081,
        0.001388888893264112,
        0.00019841269904108085,
        2.480150410730793e-05,
        2.755722699637329e-06,
        2.7626467552605387e-07,
        2.5114777441668888e-08,
    ),
}

#: ln 2 in two numbers, the second what the first leaves.
LN2 = {
    32: (0.6931471824645996, -1.9046542121259336e-09),
    64: (0.6931471805599453, 2.3190468138462996e-17),
}

#: Below the first exp is 0, above the second infinite.
_EXP_RANGE = {32: (-104.0, 89.0), 64: (-746.0, 710.0)}
#: Below the first expm1 is -1, above the second infinite.
_EXPM1_RANGE = {32: (-18.0, 89.0), 64: (-38.0, 710.0)}
#: Beyond this, tanh(x / 2) is 1.
_TANH_LIMIT = {32: 20.0, 64: 40.0}


def _reduced(x: Value, bias: int) -> tuple[Value, Value]:
    """Return r and the bits of a number that end in n + bias."""
    high, low = LN2[x.type.bits]
    whole = x.type.whole + bias
    total = x.fma(1 / math.log(2), whole)
    n = total - whole
    return n.fma(-low, n.fma(-high, x)), total.bits()


def exp_of_sum(x: Value, low: Value | None = None) -> Value:
    """Return exp(x), or exp(x + low) for a `low` that is far smaller than x."""
    smallest, largest = _EXP_RANGE[x.type.bits]
    # 2**n need not be a number where 2**n * exp(r) still is, so it comes in two factors.
    r, bits = _reduced(x.at_least(smallest).at_most(largest), 2 * x.type.bias)
    if low is not None:
        r = r + low
    half = (bits >> 1) << x.type.mantissa
    other_half = (bits << x.type.mantissa) - half
    return r.polynomial((1.0, 1.0, *_Q[x.type.bits])) * half.as_number() * other_half.as_number()


def exp(x: Value) -> Value:
    """Return e to the power x; results that are denormal come out right."""
    return exp_of_sum(x)


def _expm1_of_reduced(r: Value) -> Value:
    return (r * r).fma(r.polynomial(_Q[r.type.bits]), r)


def expm1_between(x: Value) -> Value:
    r"""Return :math:`e^x - 1 = 2^n (e^r - 1) + (2^n - 1)`, x so small that 2**n is a number."""
    r, bits = _reduced(x, x.type.bias)
    scale = (bits << x.type.mantissa).as_number()
    return scale.fma(_expm1_of_reduced(r), scale - 1.0)


def expm1(x: Value) -> Value:
    """Return e to the power x, minus 1, also where that is tiny."""
    smallest, largest = _EXPM1_RANGE[x.type.bits]
    # Half the result, with 2**(n - 1), which is a number for every n that occurs.
    r, bits = _reduced(x.at_least(smallest).at_most(largest), x.type.bias - 1)
    half_scale = (bits << x.type.mantissa).as_number()
    return half_scale.fma(_expm1_of_reduced(r), half_scale - 0.5) * 2.0


def sigmoid(x: Value) -> Value:
    """Return 1 / (1 + exp(-x))."""
    return 1.0 / (exp(-x) + 1.0)


def tanh(x: Value) -> Value:
    r"""Return :math:`\tanh |x| = E / (E + 2)`, :math:`E = e^{2|x|} - 1`, with the sign of x."""
    # For a negative x, E is near -1 and its error would count twice.
    e = expm1_between((x + x).absolute().at_most(_TANH_LIMIT[x.type.bits]))
    return (e / (e + 2.0)).with_sign_of(x)
