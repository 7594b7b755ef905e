r"""erf, from two polynomials.

.. math:: \operatorname{erf} x \approx x + x\,P(x^2) \quad (|x| < 1), \qquad
   \operatorname{erf} x \approx 1 - e^{-Q(|x|)} \quad (|x| \ge 1),

`P` minimax for :math:`\operatorname{erf}(x)/x - 1` and `Q` for :math:`-\ln \operatorname{erfc} x`,
both weighted for the relative error of erf (Remez exchange in 50 digits, the coefficients rounded
one at a time).
"""

from __future__ import annotations

from baremath.compiler.backends.native.functions.emitter import Value
from baremath.compiler.backends.native.functions.exponential import expm1_between

_P = {
    32: (
        0.12837916612625122,
        -0.3761262595653534,
        0.11283578723669052,
        -0.026853347197175026,
        0.005187162198126316,
        -0.0007997851935215294,
        7.806891517248005e-05,
    ),
    64: (
        0.12837916709551256,
        -0.37612638903183343,
        0.1128379167093695,
        -0.026866170641959144,
        0.005223977596735978,
        -0.0008548325485007137,
        0.00012055280496939556,
        -1.4924465648718646e-05,
        1.6444150697246003e-06,
        -1.618399218046334e-07,
        1.361670339061756e-08,
        -7.607818818309864e-10,
    ),
}
_Q = {
    32: (
        0.0003537204465828836,
        1.1270400285720825,
        0.6382256746292114,
        0.10303740948438644,
        -0.021805372089147568,
        0.0029396337922662497,
        -0.0001855784939834848,
    ),
    64: (
        1.8436651216694061e-07,
        1.1283772825814233,
        0.6366287028900864,
        0.10274664496073797,
        -0.01907695994582582,
        -0.00028222194404779245,
        0.0017709178413751934,
        -0.0006428269265682513,
        4.59511221867313e-05,
        6.975319440762386e-05,
        -4.477117399040879e-05,
        1.6421942135713416e-05,
        -4.301916522344483e-06,
        8.452263885602228e-07,
        -1.248377298051076e-07,
        1.3523382181511642e-08,
        -1.0171926635683833e-09,
        4.7528902166966066e-11,
        -1.0395027109286744e-12,
    ),
}
#: From here on erf is 1.
_LIMIT = {32: 4.0, 64: 6.0}


def erf(x: Value) -> Value:
    """Return the error function."""
    bits = x.type.bits
    magnitude = x.absolute()
    near = magnitude.fma((x * x).polynomial(_P[bits]), magnitude)
    far = -expm1_between(-magnitude.at_most(_LIMIT[bits]).polynomial(_Q[bits]))
    return (magnitude < 1.0).where(near, far).with_sign_of(x)
