"""The table as its owner gave it: checked, and cut into rows and columns.

A DataFrame stays one, so that base models that choose columns by name can have them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import _safe_indexing, get_tags
from sklearn.utils.validation import _check_y, check_consistent_length, validate_data

from baremath.estimator import Floats, check_sample_weight

Rows = NDArray[np.intp]


def read_table(estimator: Any, X: Any, *, reset: bool) -> Any:
    """Return X: a DataFrame as it is, anything else as an array (or a sparse matrix).

    What may stand in it, missing values for instance, is for the base models to say.

    Raises
    ------
    TypeError
        When an array holds lists, dicts or other collections.
    ValueError
        When X is no table, or not that of the fit.
    """
    if _is_frame(X):
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return X
    sparse = get_tags(estimator).input_tags.sparse
    table = validate_data(
        estimator,
        X,
        reset=reset,
        dtype=None,
        accept_sparse=["csr"] if sparse else False,
        ensure_all_finite=False,
    )
    if table.dtype == object:
        _check_cells(table)
    return table


def read_training(
    estimator: Any, X: Any, y: Any, sample_weight: Any, *, classify: bool
) -> tuple[Any, NDArray[Any], NDArray[np.float64] | None]:
    """Return X, y (classes as they are, or finite amounts) and the weights of a fit."""
    validate_data(estimator, X, y, skip_check_array=True)
    table = read_table(estimator, X, reset=True)
    several = get_tags(estimator).target_tags.multi_output
    target = _check_y(y, multi_output=several, y_numeric=not classify, estimator=estimator)
    check_consistent_length(table, target)
    return table, target, check_sample_weight(sample_weight, np.empty((n_rows(table), 0)))


def n_rows(X: Any) -> int:
    """Return the number of rows."""
    return int(X.shape[0])


def pick(X: Any, rows: Rows) -> Any:
    """Return some rows, in the order asked for; all of them without a copy."""
    if len(rows) == n_rows(X) and np.array_equal(rows, np.arange(len(rows))):
        return X
    return _safe_indexing(X, rows)


def pick_columns(X: Any, columns: Rows) -> Any:
    """Return some columns; all of them without a copy."""
    if len(columns) == X.shape[1] and np.array_equal(columns, np.arange(len(columns))):
        return X
    return _safe_indexing(X, columns, axis=1)


def beside(X: Any, numbers: Floats, names: list[str]) -> Any:
    """Return a table with columns of numbers before its own.

    Raises
    ------
    ValueError
        When a name is one of the table's.
    """
    if _is_frame(X) and all(isinstance(name, str) for name in X.columns):
        taken = [name for name in names if name in X.columns]
        if taken:
            raise ValueError(
                f"{taken[0]!r} is a column of X, and with passthrough=True one of the models' "
                "predictions too; give the model another name."
            )
        columns = dict(zip(names, numbers.T, strict=True))
        if hasattr(X, "with_columns"):
            import polars as pl

            return pl.DataFrame(columns).hstack(X)
        return type(X)(columns, index=X.index).join(X)
    if hasattr(X, "toarray"):
        from scipy import sparse

        return sparse.hstack([sparse.csr_matrix(numbers), X], format="csr")
    return np.hstack([numbers, np.asarray(X)])


def _check_cells(X: NDArray[Any]) -> None:
    kinds = {type(cell) for cell in X.flat}
    strange = {
        kind.__name__
        for kind in kinds
        if issubclass(kind, Collection) and not issubclass(kind, str | bytes)
    }
    if strange:
        raise TypeError(
            f"X holds cells of type {', '.join(sorted(strange))}; each cell of this argument must "
            "be a string or a number. Make columns of what is in them."
        )


def _is_frame(X: Any) -> bool:
    return hasattr(X, "columns") and hasattr(X, "shape")
