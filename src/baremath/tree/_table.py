"""The table of an estimator of trees: any numbers, missing ones too, and columns of categories."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import validate_data

from baremath.estimator import Floats
from baremath.tree.categories import Columns

_KINDS = (np.float64, np.float32)


def read_training(estimator: Any, X: Any) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the table of a fit as floats, and which columns hold categories.

    The estimator learns `n_features_in_`, `feature_names_in_`, and `columns_`: None where the table
    is an array of numbers only.
    """
    declared = estimator.categorical_features
    if declared is None or (isinstance(declared, str) and not hasattr(X, "columns")):
        if declared not in (None, "from_dtype"):
            Columns(declared).fit(np.zeros((1, 1)))  # says what is wrong
        estimator.columns_ = None
        if _is_plain(X):
            estimator.n_features_in_ = X.shape[1]
            return X, np.zeros(X.shape[1], bool)
        table = validate_data(estimator, X, dtype=_KINDS, order="C", ensure_all_finite=False)
        return table, np.zeros(table.shape[1], bool)
    validate_data(estimator, X, skip_check_array=True)
    columns = Columns(declared).fit(X)
    table = columns.transform(X)
    estimator.columns_ = columns if columns.is_categorical.any() else None
    return table, columns.is_categorical


def read_rows(estimator: Any, X: Any) -> Floats:
    """Return a table to predict as floats."""
    if estimator.columns_ is not None:
        validate_data(estimator, X, reset=False, skip_check_array=True)
        return np.asarray(estimator.columns_.transform(X))
    if (
        _is_plain(X)
        and X.shape[1] == estimator.n_features_in_
        and not hasattr(estimator, "feature_names_in_")
    ):
        return np.asarray(X)
    return np.asarray(
        validate_data(estimator, X, reset=False, dtype=_KINDS, order="C", ensure_all_finite=False)
    )


def _is_plain(X: Any) -> bool:
    """Whether it is an array that needs no check and no copy."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.dtype in _KINDS
        and X.size > 0
        and X.flags.c_contiguous
    )
