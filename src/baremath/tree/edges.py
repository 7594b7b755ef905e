"""The edges between bins: of the values that differ, or of quantiles that keep ties together.

A column is sorted as whole numbers, digit by digit, several times faster than by comparing. Then
searches find what lies at each share of the weight: that takes no further pass over the column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.threads import kernel

Floats = NDArray[np.floating[Any]]
Keys = NDArray[np.unsignedinteger[Any]]

_DIGIT = 11  # bits: what is counted of a digit, 16 KB, stays in the first cache


def find_edges(
    column: Floats, weights: NDArray[np.float64], counts: NDArray[np.float64], max_bins: int
) -> NDArray[np.float64]:
    """Return the edges between the bins of a column, rising.

    Parameters
    ----------
    column : ndarray of float32 or float64 of shape (n_rows,)
        It is overwritten. NaN is a missing value, and counts for nothing.
    weights : ndarray of float64 of shape (n_rows,) or (0,)
        What each row counts, above 0; empty where all count 1.
    counts : ndarray of float64 of shape (at least n_rows,)
        1, 2, 3, …: what the first rows count together; read where weights are empty.
    max_bins : int
        The most bins.

    Returns
    -------
    ndarray of float64
        At most ``max_bins`` - 1 edges.

    Examples
    --------
    >>> column = np.array([3.0, 1.0, 3.0, 2.0, 3.0, 9.0])
    >>> find_edges(column, np.empty(0), np.arange(1.0, 7.0), max_bins=3)
    array([2.5, 6. ])
    """
    missing = np.isnan(column)
    if missing.any():
        column = column[~missing]
        weights = weights[~missing] if len(weights) else weights
    keys = _keys(column)
    digits = np.zeros((-(-8 * keys.itemsize // _DIGIT), 1 << _DIGIT), np.int64)
    keys, weights = _sort(keys, np.empty_like(keys), weights.copy(), np.empty_like(weights), digits)
    rises = keys[1:] != keys[:-1]
    if np.count_nonzero(rises) < max_bins:
        cuts = np.flatnonzero(rises) + 1
    else:
        cumulative = np.cumsum(weights) if len(weights) else counts[: len(keys)]
        cuts, ends = np.empty(max_bins - 1, np.int64), np.empty(max_bins, np.int64)
        n_cuts = _cut(
            keys.astype(np.uint64, copy=False), cumulative, cuts, ends, np.empty(max_bins)
        )
        cuts = cuts[:n_cuts]
    below, above = _floats(keys[cuts - 1]), _floats(keys[cuts])
    with np.errstate(invalid="ignore"):  # from -inf to inf
        middle = below / 2 + above / 2
    return np.where((middle < above) & np.isfinite(middle), middle, below)


def _keys(column: Floats) -> Keys:
    """Return whole numbers in the order of the floats, which are overwritten.

    The bits of a positive float rise with it; those of a negative one fall. The two zeros are one.
    """
    column += 0
    size = column.itemsize
    keys = column.view(f"u{size}")
    signs = column.view(f"i{size}") >> (8 * size - 1)
    keys ^= signs.view(keys.dtype) | keys.dtype.type(1 << (8 * size - 1))
    return keys


def _floats(keys: Keys) -> NDArray[np.float64]:
    """Return the floats of keys."""
    size = keys.itemsize
    sign = keys.dtype.type(1 << (8 * size - 1))
    return np.where(keys & sign, keys ^ sign, ~keys).view(f"f{size}").astype(np.float64)


@kernel
def _sort(keys: Any, spare: Any, weights: Any, spare_weights: Any, digits: Any) -> Any:
    """Sort by one digit after another, the last one first; equal keys keep their order.

    All arrays are overwritten. Weights, if any, go with the keys; ``digits`` counts, for each
    digit, the keys that have it.
    """
    passes, base = digits.shape
    n, weighted = len(keys), len(weights) > 0
    for i in range(n):
        for digit in range(passes):
            digits[digit, (keys[i] >> (_DIGIT * digit)) & (base - 1)] += 1
    for digit in range(passes):
        place = digits[digit]
        before, alike = 0, False
        for value in range(base):
            alike |= place[value] == n
            before += place[value]
            place[value] = before - place[value]
        if alike:
            continue
        for i in range(n):
            value = (keys[i] >> (_DIGIT * digit)) & (base - 1)
            spare[place[value]] = keys[i]
            if weighted:
                spare_weights[place[value]] = weights[i]
            place[value] += 1
        keys, spare = spare, keys
        weights, spare_weights = spare_weights, weights
    return keys, weights


@kernel
def _first(ordered: Any, least: Any, above: bool) -> int:
    """Return the first index with a number of at least, or above, the given one."""
    low, high = 0, len(ordered)
    while low < high:
        middle = (low + high) >> 1
        if ordered[middle] < least or (above and ordered[middle] == least):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _value_at(aim: float, keys: Any, cumulative: Any, begin: int) -> Any:
    """Return where the run of equal keys starts and ends at which the weight so far reaches aim."""
    i = min(max(begin, _first(cumulative, aim, False)), len(keys) - 1)
    return _first(keys, keys[i], False), _first(keys, keys[i], True)


@kernel
def _cut(keys: Any, cumulative: Any, cuts: Any, ends: Any, heavy_weights: Any) -> int:
    """Write where the bins but the first begin in sorted keys; return how many there are.

    A key is heavy if it counts at least an even share of what the other heavy ones leave. A bin
    ends where its weight is nearest to an even share of the light keys that are not yet in a bin,
    and after a heavy key at the latest.
    """
    n, n_bins, total = len(keys), len(ends), cumulative[-1]
    found, n_heavy, heavy = -1, 0, 0.0
    while found < n_heavy < n_bins:
        share = max(0.0, total - heavy) / (n_bins - n_heavy)
        found, n_heavy, heavy = n_heavy, 0, 0.0
        end, before = 0, 0.0
        while end < n and n_heavy < n_bins:
            start, end = _value_at(before + share, keys, cumulative, end)
            before = cumulative[end - 1]
            weight = before - (cumulative[start - 1] if start else 0.0)
            if weight >= share:
                ends[n_heavy], heavy_weights[n_heavy] = end, weight
                heavy += weight
                n_heavy += 1

    n_cuts, passed, begin, before = 0, 0, 0, 0.0
    while n_cuts < n_bins - 1:
        end, free = n, n_bins - n_cuts - (n_heavy - passed)
        if free > 0:
            aim = before + max(0.0, total - before - heavy) / free
            start, end = _value_at(aim, keys, cumulative, begin)
            if start > begin and aim - cumulative[start - 1] < cumulative[end - 1] - aim:
                end = start
        if passed < n_heavy:
            end = min(end, ends[passed])
        if end == n:
            break
        cuts[n_cuts] = end
        n_cuts += 1
        begin, before = end, cumulative[end - 1]
        while passed < n_heavy and ends[passed] <= end:
            heavy -= heavy_weights[passed]
            passed += 1
    return n_cuts
