"""Basis functions: what a linear model is linear in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from baremath.linear_model._blocks import Floats

Basis = Any  # None, a list of functions, or a fitted transformer


def fit_basis(basis: Sequence[Callable[[Floats], Floats]] | Any, X: Floats) -> Basis:
    """Return a basis that is ready for `expand`: transformers are cloned and fitted on X."""
    if basis is None:
        return None
    if hasattr(basis, "transform"):
        return clone(basis).fit(X)
    functions = list(basis) if isinstance(basis, Sequence) else []
    if not functions or not all(callable(function) for function in functions):
        raise ValueError(
            "basis must be a list of functions, or a transformer with fit and transform; "
            f"got {basis!r}."
        )
    return functions


def expand(basis: Basis, X: Floats) -> Floats:
    """Return the columns g_1(X), g_2(X), … as an array of shape (n_samples, n_columns)."""
    if basis is None:
        return X
    if hasattr(basis, "transform"):
        columns = basis.transform(X)
        dense = columns.toarray() if hasattr(columns, "toarray") else columns
        return np.asarray(dense, dtype=np.float64)
    parts = []
    for place, function in enumerate(basis):
        part = np.asarray(function(X), dtype=np.float64)
        if part.shape[:1] != (len(X),) or part.ndim > 2:
            raise ValueError(
                f"basis function {place} returned an array of shape {part.shape}; it needs one "
                f"row for each of the {len(X)} rows of X, in one column or several."
            )
        parts.append(part.reshape(len(X), -1))
    return np.hstack(parts)


def column_names(basis: Basis, feature_names: list[str], n_columns: int) -> list[str]:
    """Return a name for each column of the expanded table."""
    if basis is None:
        return feature_names
    if hasattr(basis, "get_feature_names_out"):
        return [str(name) for name in basis.get_feature_names_out(feature_names)]
    names = [f"g{place}(x)" for place in range(1, n_columns + 1)]
    if isinstance(basis, list) and len(basis) == n_columns:
        for place, function in enumerate(basis):
            known = getattr(function, "__name__", "<lambda>")
            names[place] = names[place] if known == "<lambda>" else f"{known}(x)"
    return names
