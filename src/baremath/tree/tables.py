"""Tables of any kind, column by column: its numbers as floats, its other values as codes."""

from __future__ import annotations

import sys
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_array

Floats = NDArray[np.floating[Any]]


def _is_pandas(X: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(X, (pandas.DataFrame, pandas.Series))


def _is_polars(X: Any) -> bool:
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(X, (polars.DataFrame, polars.Series))


def is_frame(X: Any) -> bool:
    """Whether X is a DataFrame, or a column of one."""
    return _is_pandas(X) or _is_polars(X)


def checked(X: Any, *, numeric: bool) -> Any:
    """Return a DataFrame, or an array: of floats if it is to be numeric."""
    if not is_frame(X):
        return check_array(
            X,
            dtype=[np.float64, np.float32] if numeric else None,
            order="C" if numeric else None,
            ensure_all_finite=False,
            input_name="X",
        )
    if not hasattr(X, "columns"):
        raise ValueError("X is one column; it must be a DataFrame, or an array of two dimensions.")
    if 0 in X.shape:
        raise ValueError(
            f"Found a DataFrame with {X.shape[0]} sample(s) and {X.shape[1]} feature(s) "
            f"(shape={X.shape}) while a minimum of 1 is required."
        )
    return X


def columns_of(X: Any) -> list[Any]:
    """Return the columns of what is checked."""
    if _is_pandas(X):
        return [X.iloc[:, place] for place in range(X.shape[1])]
    return list(X.get_columns() if _is_polars(X) else X.T)


def holds_categories(column: Any) -> bool:
    """Whether a column of a DataFrame holds text or has a categorical type."""
    kind = str(column.dtype)
    if _is_pandas(column) and kind == "object":
        return not all(isinstance(value, Number) for value in column.dropna())
    return kind.lower().startswith(("str", "cat", "enum"))


def numbers_of(column: Any, name: str) -> Floats:
    """Return a column as floats, of float32 if it is; missing values are NaN."""
    kind = np.dtype(np.float32 if str(column.dtype).lower() == "float32" else np.float64)
    try:
        if _is_polars(column):
            numbers = _polars_numbers(column, kind)
        elif _is_pandas(column):
            if column.dtype.kind not in "biufO":
                raise TypeError(f"{column.dtype} is no type of numbers")
            plain = isinstance(column.dtype, np.dtype) and column.dtype.kind != "O"
            numbers = column.to_numpy(kind, **({} if plain else {"na_value": np.nan}))
        else:
            numbers = column.astype(kind)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Column {name!r} of X must hold numbers, and doesn't: {error}. Turn it into numbers, "
            "drop it, or declare it in categorical_features."
        ) from error
    return numbers


def _polars_numbers(column: Any, kind: Any) -> Floats:
    import polars as pl

    if column.dtype.is_temporal() or column.dtype.is_nested() or column.dtype == pl.Object:
        raise TypeError(f"{column.dtype} is no type of numbers")
    try:
        numbers: Floats = column.cast(pl.Float32 if kind == np.float32 else pl.Float64).to_numpy()
    except pl.exceptions.InvalidOperationError as error:
        raise ValueError(error) from error
    return numbers


def coded(column: Any) -> tuple[NDArray[np.intp], list[Any]]:
    """Return which of a list of values each row holds, -1 where it is missing."""
    if _is_pandas(column):
        codes, values = column.factorize()
        return codes, values.tolist()
    if _is_polars(column):
        return _polars_codes(column)
    if column.dtype.kind in "biuf":
        values, codes = np.unique(column, return_inverse=True)
        return np.where(np.isnan(values)[codes], -1, codes), values.tolist()
    places: dict[Any, int] = {}
    rows = [
        -1 if _is_missing(value) else places.setdefault(value, len(places))
        for value in column.tolist()
    ]
    return np.array(rows, np.intp), list(places)


def _polars_codes(column: Any) -> tuple[NDArray[np.intp], list[Any]]:
    import polars as pl

    if column.dtype.is_float():
        column = column.fill_nan(None)
    if holds_categories(column):
        column = column.cast(pl.String)
        values = column.drop_nulls().unique()
        codes = column.cast(pl.Enum(values)).to_physical().cast(pl.Int64)
    else:
        values = column.drop_nulls().unique().sort()
        codes = column.rank("dense").cast(pl.Int64) - 1
    return codes.fill_null(-1).to_numpy(), values.to_list()


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or bool(value != value)
