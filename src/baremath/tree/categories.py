"""Columns: any table as floats, with the numbers of categories in place of their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.tables import checked, coded, columns_of, holds_categories, is_frame, numbers_of

Floats = NDArray[np.floating[Any]]

_ROWS_OF_A_COPY = 4096


class Columns:
    """Which columns hold categories, and the number of each category.

    Categories are numbered from the most frequent one down (0, 1, 2, …); where two are as frequent,
    by their text. If there are more than ``max_categories``, the last number stands for all that
    have none of their own. Missing values, and categories that ``fit`` hasn't seen, become NaN.

    Parameters
    ----------
    categorical_features : "from_dtype", array-like or None, default="from_dtype"
        The columns of categories: by their names (of a DataFrame), by their places, or as one bool
        for each. "from_dtype" takes those columns of a pandas or polars DataFrame that hold text or
        have a categorical type; none of an array. None takes none.
    max_categories : int, default=255
        How many numbers there are.

    Attributes
    ----------
    is_categorical : ndarray of bool of shape (n_features,)
        Which columns hold categories.
    categories : dict of int to list
        For each column of categories, those that were seen, in the order of their numbers.
    names : list of str
        The names of the columns; "x0", "x1", … if they have none.
    n_features : int
        The number of columns.

    Examples
    --------
    >>> import polars as pl
    >>> table = pl.DataFrame({"size": [1.5, None, 4.0], "city": ["Oslo", "Rome", "Oslo"]})
    >>> columns = Columns().fit(table)
    >>> columns.categories
    {1: ['Oslo', 'Rome']}
    >>> columns.transform(table)
    array([[1.5, 0. ],
           [nan, 1. ],
           [4. , 0. ]])
    """

    is_categorical: NDArray[np.bool_]
    categories: dict[int, list[Any]]
    names: list[str]

    def __init__(
        self, categorical_features: Any = "from_dtype", *, max_categories: int = 255
    ) -> None:
        self.categorical_features = categorical_features
        self.max_categories = max_categories

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return len(self.names)

    def fit(self, X: Any, sample_weight: NDArray[np.float64] | None = None) -> Columns:
        """Find the columns of categories and number their categories.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_rows, n_features)
        sample_weight : ndarray of shape (n_rows,), optional
            What each row counts. A category of rows of weight 0 alone counts as not seen.

        Returns
        -------
        Columns
            Itself.

        Raises
        ------
        ValueError
            If X isn't a table of numbers and categories, or ``categorical_features`` names columns
            that X doesn't have.
        """
        none_declared = self.categorical_features is None or isinstance(
            self.categorical_features, str
        )
        X = checked(X, numeric=none_declared)
        columns, named = columns_of(X), is_frame(X)
        self.names = [str(name) for name in X.columns] if named else _numbered_names(len(columns))
        self.is_categorical = self._find_categorical(columns, named)
        self.categories = {
            int(place): _by_frequency(columns[place], sample_weight)
            for place in np.flatnonzero(self.is_categorical)
        }
        self._numbers = {
            place: {
                category: min(number, self.max_categories - 1)
                for number, category in enumerate(categories)
            }
            for place, categories in self.categories.items()
        }
        return self

    def transform(self, X: Any) -> Floats:
        """Return the table as floats.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_rows, n_features)

        Returns
        -------
        ndarray of float32 or float64 of shape (n_rows, n_features), C-contiguous
            float32 if all columns but those of categories are. An array of floats that needs no
            change is returned itself.

        Raises
        ------
        ValueError
            If X has another number of columns, or isn't a table of numbers and categories.
        """
        if not self.categories and _is_table(X) and X.shape[1] == self.n_features:
            return np.asarray(X)
        X = checked(X, numeric=not self.categories)
        if X.shape[1] != self.n_features:
            raise ValueError(
                f"X has {X.shape[1]} features, but {type(self).__name__} is expecting "
                f"{self.n_features} features as input."
            )
        if not self.categories and _is_table(X):
            return np.asarray(X)
        parts = [
            self._numbered(column, place)
            if self.is_categorical[place]
            else numbers_of(column, self.names[place])
            for place, column in enumerate(columns_of(X))
        ]
        table = np.empty(X.shape, np.result_type(*{part.dtype for part in parts}))
        for start in range(0, len(table), _ROWS_OF_A_COPY):
            rows = slice(start, start + _ROWS_OF_A_COPY)
            for place, part in enumerate(parts):
                table[rows, place] = part[rows]
        return table

    def _numbered(self, column: Any, place: int) -> Floats:
        codes, values = coded(column)
        numbers = self._numbers[place]
        # The code of missing values, -1, finds the last entry.
        found = np.array([numbers.get(value, np.nan) for value in [*values, None]], np.float32)
        found[-1] = np.nan
        return found[codes]

    def _find_categorical(self, columns: Sequence[Any], named: bool) -> NDArray[np.bool_]:
        declared = self.categorical_features
        if declared is None:
            return np.zeros(len(columns), bool)
        if isinstance(declared, str):
            if declared != "from_dtype":
                raise ValueError(
                    f"categorical_features={declared!r} must be 'from_dtype', None, or a list of "
                    "columns."
                )
            return np.array([named and holds_categories(column) for column in columns], bool)
        wanted = np.asarray(declared)
        is_one = np.zeros(len(columns), bool)
        if wanted.dtype == bool and wanted.shape == is_one.shape:
            return wanted.copy()
        for column in wanted.ravel().tolist():
            is_one[self._place(column, named)] = True
        return is_one

    def _place(self, column: Any, named: bool) -> int:
        if isinstance(column, str) and named and column in self.names:
            return self.names.index(column)
        if type(column) is int and 0 <= column < self.n_features:
            return column
        known = ", ".join(map(repr, self.names[:10])) if named else "no names"
        raise ValueError(
            f"categorical_features holds {column!r}, which is no column of X: X has "
            f"{self.n_features} columns ({known}). Give names of a DataFrame's columns, places "
            f"from 0 to {self.n_features - 1}, or one bool for each column."
        )


def _numbered_names(n_features: int) -> list[str]:
    return [f"x{place}" for place in range(n_features)]


def _is_table(X: Any) -> bool:
    """Whether X is an array that passes as it is."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and len(X) > 0
        and X.dtype in (np.float32, np.float64)
        and X.flags.c_contiguous
    )


def _by_frequency(column: Any, sample_weight: NDArray[np.float64] | None) -> list[Any]:
    codes, values = coded(column)
    known = codes >= 0
    weights = None if sample_weight is None else sample_weight[known]
    counts = np.bincount(codes[known], weights, minlength=len(values)).tolist()
    order = sorted(
        (-count, str(value), type(value).__name__, place)
        for place, (count, value) in enumerate(zip(counts, values, strict=True))
        if count > 0
    )
    return [values[place] for *_, place in order]
