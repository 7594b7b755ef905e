"""Columns from which a network learns badly."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.estimator import Floats, warn_user

SMALLEST, LARGEST = 1e-3, 100.0  # of a column's size, between which the first layer learns well


class ScaleWarning(UserWarning):
    """Columns of X are so large or so small that a network learns badly from them."""


def advise_on_scale(X: Floats, names: Any = None) -> None:
    """Warn of columns from which a network learns badly, and say what to do."""
    with np.errstate(over="ignore"):
        size = np.sqrt(np.mean(np.square(X, dtype=np.float64), axis=0))
    wild = np.flatnonzero((size > LARGEST) | ((size < SMALLEST) & (size > 0)))
    if len(wild):
        called = range(X.shape[1]) if names is None else [repr(str(name)) for name in names]
        listed = ", ".join(f"{called[place]} (about {size[place]:.2g})" for place in wild[:3])
        more = f" and {len(wild) - 3} more" if len(wild) > 3 else ""
        warn_user(
            f"the numbers in column {listed}{more} of X are far from 1; a network learns badly "
            "from them. Scale the columns first: "
            "make_pipeline(StandardScaler(), this estimator).",
            ScaleWarning,
        )
