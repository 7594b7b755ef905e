"""What the displays ask of their data, with one clear message where it isn't so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_array, check_consistent_length, column_or_1d
from sklearn.utils.validation import check_is_fitted

Floats = NDArray[np.float64]

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def features(X: Any, n_features: int, *, display: str) -> Floats:
    """Return `X` as an array of floats, if it has as many features as the picture has axes."""
    values: Floats = check_array(X, dtype=np.float64, input_name="X")
    if values.shape[1] != n_features:
        needed = {1: "one feature", 2: "two features"}[n_features]
        raise ValueError(
            f"{display} draws a model of {needed}; X has {values.shape[1]}. Fit the model on "
            f"{n_features} of its columns and pass the same here"
        )
    return values


def numbers(values: ArrayLike, name: str) -> Floats:
    """Return the values of one variable as an array of floats."""
    array = np.asarray(values)
    if array.ndim == 2 and array.shape[1] > 1:
        raise ValueError(
            f"{name} has {array.shape[1]} columns, and the picture shows one: pass one column"
        )
    return np.asarray(
        check_array(column_or_1d(array), dtype=np.float64, ensure_2d=False, input_name=name),
        dtype=np.float64,
    )


def same_length(*arrays: Any) -> None:
    """Refuse arrays of different lengths, with the lengths."""
    check_consistent_length(*arrays)


def history(estimator: Any, key: str) -> Floats:
    """Return what an iterative fit kept of its steps."""
    check_is_fitted(estimator)
    kept = getattr(estimator, "history_", {})
    if key not in kept:
        raise ValueError(
            f"this {type(estimator).__name__} has no history_[{key!r}]: it was not fitted step "
            "by step, or has too many parameters to keep them all. Fit it with "
            "solver='gradient_descent'"
        )
    return np.asarray(kept[key], dtype=np.float64)


def like(X: Any, values: Floats) -> Any:
    """Return `values` as a table like `X`, so that a model fitted on names is given names."""
    if not hasattr(X, "columns"):
        return values
    return type(X)({name: values[:, j] for j, name in enumerate(X.columns)})


def feature_names(estimator: Any, n_features: int, X: Any = None) -> list[str]:
    """Return the model's names of its features, else the table's, else x₁, x₂, …."""
    for names in (getattr(estimator, "feature_names_in_", None), getattr(X, "columns", None)):
        if names is not None and len(names) == n_features:
            return [str(name) for name in names]
    if n_features == 1:
        return ["x"]
    return [f"x{str(j + 1).translate(_SUBSCRIPTS)}" for j in range(n_features)]


def target_name(estimator: Any, y: Any = None) -> str:
    """Return the name of the series `y`, else the model's name of its target, else y."""
    return str(getattr(y, "name", None) or getattr(estimator, "target_name_", None) or "y")
