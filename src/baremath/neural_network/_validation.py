"""What every network asks of its arguments before it computes."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_sample_weight

Fit = TypeVar("Fit", bound=Callable[..., Any])
Floats = NDArray[np.floating[Any]]

SMALLEST, LARGEST = 1e-3, 100.0  # of a column's size, between which the first layer learns well


class ScaleWarning(UserWarning):
    """Columns of X are so large or so small that a network learns badly from them."""


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


def row_weights(sample_weight: Any, X: Floats) -> NDArray[np.float64]:
    """Return what each row counts, one where nothing is said.

    Raises
    ------
    ValueError
        When a weight is negative or not finite, there is not one for each row, or all are zero.
    """
    weights: NDArray[np.float64] = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    return weights


def advise_on_scale(X: Floats, stacklevel: int) -> None:
    """Warn of columns from which a network learns badly, and say what to do."""
    with np.errstate(over="ignore"):
        size = np.sqrt(np.mean(np.square(X, dtype=np.float64), axis=0))
    wild = np.flatnonzero((size > LARGEST) | ((size < SMALLEST) & (size > 0)))
    if len(wild):
        listed = ", ".join(f"{place} (about {size[place]:.2g})" for place in wild[:3])
        more = f" and {len(wild) - 3} more" if len(wild) > 3 else ""
        warnings.warn(
            f"the numbers in column {listed}{more} of X are far from 1; a network learns badly "
            "from them. Scale the columns first: "
            "make_pipeline(StandardScaler(), this estimator).",
            ScaleWarning,
            stacklevel=stacklevel + 1,
        )
