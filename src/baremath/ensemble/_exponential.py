"""The exponential function, written so that a loop of it becomes vector instructions."""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from baremath.tree.threads import instruction, part

_LOWEST, _HIGHEST = -708.0, 709.0  # beyond these it isn't a normal number
_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_BIAS, _FRACTION_BITS = 1023, 52  # of the exponent of a float64


@instruction
def _as_float(typing: Any, bits: Any) -> Any:
    """Read 64 bits as a float."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.DoubleType())

    return types.float64(types.int64), write


@part
def exp(x: float) -> float:
    r"""Return :math:`e^x = 2^n e^r` with n the whole number nearest to :math:`x / \ln 2`.

    :math:`|r| \le \tfrac12 \ln 2`, so that 13 terms of the series are as exact as floats are; the
    relative error is below 1e-15. Beyond -708 and 709 it stays what it is there.
    """
    x = min(max(x, _LOWEST), _HIGHEST)
    n = np.rint(x * _LOG2_E)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    series = 1.0 / 6227020800.0
    series = series * r + 1.0 / 479001600.0
    series = series * r + 1.0 / 39916800.0
    series = series * r + 1.0 / 3628800.0
    series = series * r + 1.0 / 362880.0
    series = series * r + 1.0 / 40320.0
    series = series * r + 1.0 / 5040.0
    series = series * r + 1.0 / 720.0
    series = series * r + 1.0 / 120.0
    series = series * r + 1.0 / 24.0
    series = series * r + 1.0 / 6.0
    series = series * r + 0.5
    series = series * r + 1.0
    series = series * r + 1.0
    result: float = series * _as_float((np.int64(n) + _BIAS) << _FRACTION_BITS)
    return result
