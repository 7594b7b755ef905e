"""What every linear model asks of its arguments before it computes."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection
from numbers import Integral, Real
from typing import Any, TypeVar, cast

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from baremath.linear_model._blocks import Floats

Fit = TypeVar("Fit", bound=Callable[..., Any])


def all_or_nothing(fit: Fit) -> Fit:
    """Make `fit` begin with nothing learned, and give all back when it fails or is interrupted."""

    @functools.wraps(fit)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        for name in before:
            if name.endswith("_"):
                delattr(self, name)
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast("Fit", guarded)


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


def check_sample_weight(sample_weight: Any, X: Floats) -> Floats | None:
    """Return the weights as float64, or None where every row counts once.

    Raises
    ------
    ValueError
        When a weight is negative or not finite, there is not one for each row, or all are zero.
    """
    if sample_weight is None:
        return None
    weights: Floats = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    return weights
