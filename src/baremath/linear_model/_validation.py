"""What every linear model asks of its arguments before it computes."""

from __future__ import annotations

import sys
from collections.abc import Collection
from numbers import Integral, Real

import numpy as np


def check_choice(name: str, value: object, choices: Collection[str]) -> None:
    """Raise ValueError unless `value` is one of the choices."""
    if value not in choices:
        listed = ", ".join(repr(choice) for choice in choices)
        raise ValueError(f"{name}={value!r} is not known; choose one of {listed}.")


def check_number(
    name: str,
    value: object,
    *,
    low: float = 0.0,
    high: float = sys.float_info.max,
    above: bool = False,
) -> None:
    """Raise ValueError unless `value` is a number in [low, high], or (low, high] when `above`."""
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else np.nan
    if not (low < number <= high if above else low <= number <= high):
        end = "inf)" if high == sys.float_info.max else f"{high:g}]"
        raise ValueError(
            f"{name}={value!r} must be a number in {'(' if above else '['}{low:g}, {end}."
        )


def check_count(name: str, value: object) -> None:
    """Raise ValueError unless `value` is a whole number of at least one."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name}={value!r} must be a whole number of at least 1.")


def check_flag(name: str, value: object) -> None:
    """Raise ValueError unless `value` is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{name}={value!r} must be True or False.")
