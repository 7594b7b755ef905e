"""What every generator checks before it draws a point."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import TypeAlias

import numpy as np

Seed: TypeAlias = "int | np.random.RandomState | None"


def check_count(name: str, value: int, *, minimum: int = 1) -> int:
    """Return `value` as an int, or raise ValueError if it is no whole number >= `minimum`."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < minimum:
        raise ValueError(f"{name} must be a whole number, {minimum} or more; got {value!r}")
    return int(value)


def check_noise(value: float) -> float:
    """Return `value` as a float, or raise ValueError if it is negative or not finite."""
    if not isinstance(value, Real) or not math.isfinite(value) or value < 0:
        raise ValueError(f"noise must be a finite number, 0 or more; got {value!r}")
    return float(value)
