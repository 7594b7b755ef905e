"""What layers ask of their arguments, with one clear message where it isn't so."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import Any

import numpy as np


def length(name: str, value: Any) -> int:
    """Return a number of features or neurons, if it is a whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {value!r}")
    return int(value)


def lengths(name: str, value: Any) -> tuple[int, ...]:
    """Return a shape, given as such or as the one length of one dimension."""
    shape = tuple(value) if isinstance(value, Iterable) else (value,)
    if not shape:
        raise ValueError(f"{name} must have at least one dimension, not {value!r}")
    return tuple(length(name, n) for n in shape)


def real(name: str, value: Any, *, low: float, high: float = np.inf, open_: str = "") -> float:
    """Return a number if it lies between two bounds.

    Parameters
    ----------
    name : str
        The argument.
    value : float
        What was given.
    low, high : float
        The bounds.
    open_ : str
        Holds "l" if `value` must be above `low`, and "h" if it must be below `high`.
    """
    fits = (
        isinstance(value, int | float | np.integer | np.floating)
        and not isinstance(value, bool)
        and (low < value if "l" in open_ else low <= value)
        and (value < high if "h" in open_ else value <= high)
        and np.isfinite(value)
    )
    if not fits:
        above = f"above {low:g}" if "l" in open_ else f"at least {low:g}"
        below = f" and {'below' if 'h' in open_ else 'at most'} {high:g}" if high < np.inf else ""
        raise ValueError(f"{name} must be a number {above}{below}, not {value!r}")
    return float(value)
