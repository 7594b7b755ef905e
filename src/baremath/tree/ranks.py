"""Ranks: each column's values as whole numbers in their order, and the values they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.threads import inlined, kernel

#: Numbers that fit beside the one of missing values.
MOST_RANKS = 65535

_CACHE_LINE = 64


@dataclass(frozen=True, eq=False)
class Ranks:
    """A table whose values are replaced by their place among the column's values.

    Parameters
    ----------
    codes : ndarray of uint16 of shape (n_samples, n_features or more)
        The place of each value, from 0; of a column of categories the category's number. Columns
        are added so that a row lies in as few cache lines as it can.
    lowest, highest : ndarray of float64 of shape (n_features, n_codes)
        The values that each number stands for: one value, or a range where there are many.
    n_codes : ndarray of int64 of shape (n_features,)
        How many numbers each column has.
    missing : int
        The number of missing values, greater than all others.
    is_categorical : ndarray of bool of shape (n_features,)
        Which columns hold categories.
    has_missing : ndarray of bool of shape (n_features,)
        Which columns have missing values.
    """

    codes: NDArray[np.uint16]
    lowest: NDArray[np.float64]
    highest: NDArray[np.float64]
    n_codes: NDArray[np.int64]
    missing: int
    is_categorical: NDArray[np.bool_]
    has_missing: NDArray[np.bool_]


def rank(
    table: NDArray[np.floating[Any]],
    is_categorical: NDArray[np.bool_],
    weight: NDArray[np.float64],
    max_bins: int = MOST_RANKS,
) -> Ranks:
    """Return the ranks of a table's values.

    Parameters
    ----------
    table : ndarray of shape (n_samples, n_features)
        NaN is a missing value; ±∞ are values like others.
    is_categorical : ndarray of bool of shape (n_features,)
        Columns that hold categories' numbers instead of values.
    weight : ndarray of shape (n_samples,)
        What the rows count; values of rows of weight 0 are as if they weren't there.
    max_bins : int, default=65535
        A column with more values than that has ranges of them, of about equal weight.

    Examples
    --------
    >>> table = np.array([[0.5, 7.0], [0.1, 7.0], [np.nan, 9.0]])
    >>> rank(table, np.zeros(2, bool), np.ones(3)).codes[:, :2]
    array([[1, 0],
           [0, 0],
           [2, 1]], dtype=uint16)
    """
    columns = np.array(table.T, np.float64, order="C")
    order = columns.argsort(axis=1)
    codes = _aligned(len(table), len(columns))
    lowest = np.empty(columns.shape)
    highest = np.empty(columns.shape)
    n_codes = np.empty(len(columns), np.int64)
    for feature in np.flatnonzero(is_categorical):
        n_codes[feature] = np.nanmax(columns[feature], initial=-1) + 1
    _rank_columns(columns, order, is_categorical, weight, max_bins, codes, lowest, highest, n_codes)
    missing = int(n_codes.max(initial=1))
    has_missing = np.isnan(columns[np.arange(len(columns)), order[:, -1]])
    if has_missing.any():
        _mark_missing(columns, codes, missing)
    return Ranks(codes, lowest, highest, n_codes, missing, is_categorical, has_missing)


def _aligned(n_rows: int, n_columns: int) -> NDArray[np.uint16]:
    """Return room for codes, each row within a cache line or from the start of one."""
    line = _CACHE_LINE // 2
    width = 1 << (n_columns - 1).bit_length() if n_columns < line else -(-n_columns // line) * line
    room = np.zeros(n_rows * width + line, np.uint16)
    start = -room.ctypes.data % _CACHE_LINE // 2
    return room[start : start + n_rows * width].reshape(n_rows, width)


@inlined
def middle(low: float, high: float) -> float:
    """Return the number midway between neighbours.

    Where that isn't finite, or rounds up to the upper neighbour, it is the lower one.
    """
    between = low / 2 + high / 2
    return between if np.isfinite(between) and low <= between < high else low


@kernel
def _rank_columns(
    columns: Any,
    order: Any,
    is_categorical: Any,
    weight: Any,
    max_bins: int,
    codes: Any,
    lowest: Any,
    highest: Any,
    n_codes: Any,
) -> None:
    """Write the codes of all values that are not missing, and what each code stands for."""
    n_features, n_rows = columns.shape
    for f in range(n_features):
        if is_categorical[f]:
            for i in range(n_rows):
                if columns[f, i] == columns[f, i]:
                    codes[i, f] = np.uint16(columns[f, i])
            continue
        distinct, total, previous = 0, 0.0, np.nan
        for i in range(n_rows if n_rows > max_bins else 0):
            row = order[f, i]
            value = columns[f, row]
            if value != value:
                break
            if weight[row] > 0.0:
                total += weight[row]
                if value != previous:
                    distinct += 1
                    previous = value
        k, bin_now, before, previous = -1, -1, 0.0, np.nan
        for i in range(n_rows):
            row = order[f, i]
            value = columns[f, row]
            if value != value:
                break
            if weight[row] > 0.0:
                if value != previous:
                    bin_here = (
                        bin_now + 1 if distinct <= max_bins else int(before / total * max_bins)
                    )
                    if bin_here > bin_now:
                        bin_now = bin_here
                        k += 1
                        lowest[f, k] = value
                    previous = value
                highest[f, k] = value
                before += weight[row]
            codes[row, f] = max(k, 0)
        n_codes[f] = k + 1


@kernel
def _mark_missing(columns: Any, codes: Any, missing: int) -> None:
    for f in range(columns.shape[0]):
        for i in range(columns.shape[1]):
            if columns[f, i] != columns[f, i]:
                codes[i, f] = missing
