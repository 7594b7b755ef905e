"""What every estimator asks of its arguments, and what it promises when one is wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

Fit = TypeVar("Fit", bound=Callable[..., Any])
Floats = NDArray[np.floating[Any]]


def all_or_nothing(fit: Fit) -> Fit:
    """Make a method give back the estimator as it was when it fails or is interrupted."""

    @functools.wraps(fit)
    def guarded(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return cast("Fit", guarded)


def forget(estimator: Any) -> None:
    """Take away what an earlier fit has learned."""
    for name in list(vars(estimator)):
        if name.endswith("_"):
            delattr(estimator, name)


def check_sample_weight(sample_weight: Any, X: Floats) -> NDArray[np.float64] | None:
    """Return what each row counts, or None where all count alike.

    Raises
    ------
    ValueError
        When a weight is negative or not finite, there is not one for each row, or all are zero.
    """
    if sample_weight is None:
        return None
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    return weights
