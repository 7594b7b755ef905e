"""The edges between bins: of the values that differ, or of quantiles that keep ties together.

A column is sorted as whole numbers, digit by digit, several times faster than by comparing. Then
searches find what lies at each share of the weight: that takes no further pass over the column.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.threads import kernel, part

Floats = NDArray[np.floating[Any]]
Keys = NDArray[np.unsignedinteger[Any]]

_DIGIT = 11  # bits: what is counted of a digit, 16 KB, stays in the first cache


def find_edges(
    column: Floats,
    weights: NDArray[np.float64],
    counts: NDArray[np.float64],
    max_bins: int,
    spare: Floats,
    spare_weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the edges between the bins of a column, rising.

    Parameters
    ----------
    column : ndarray of float32 or float64 of shape (n_rows,)
        It is overwritten. NaN is a missing value, and counts for nothing.
    weights : ndarray of float64 of shape (n_rows,) or (0,)
        What each row counts, below 0 if it is to be left out; empty where all count 1.
    counts : ndarray of float64 of shape (at least n_rows,)
        1, 2, 3, …: what the first rows count together; read where weights are empty.
    max_bins : int
        The most bins.
    spare : ndarray of the column's type and shape
        Memory to sort in.
    spare_weights : ndarray of float64 of shape (2, n_rows) or (2, 0)
        Memory for the weights; empty where they are.

    Returns
    -------
    ndarray of float64
        At most ``max_bins`` - 1 edges.

    Examples
    --------
    >>> column = np.array([3.0, 1.0, 3.0, 2.0, 3.0, 9.0])
    >>> spare, none = np.empty(6), np.empty((2, 0))
    >>> find_edges(column, none[0], np.arange(1.0, 7.0), 3, spare, none)
    array([2.5, 6. ])
    """
    size = column.itemsize
    digits = np.zeros((-(-8 * size // _DIGIT), 1 << _DIGIT), np.int64)
    cuts, ends = np.empty(max_bins - 1, np.int64), np.empty(max_bins, np.int64)
    keys, n_cuts = _sort_and_cut(
        column.view(f"u{size}"),
        _bits(np.array(np.inf, column.dtype)),
        weights,
        counts,
        spare.view(f"u{size}"),
        spare_weights,
        digits,
        cuts,
        ends,
        np.empty(max_bins),
    )
    cuts = cuts[:n_cuts]
    below, above = _floats(keys[cuts - 1]), _floats(keys[cuts])
    with np.errstate(invalid="ignore"):  # from -inf to inf
        middle = below / 2 + above / 2
    return np.where((middle < above) & np.isfinite(middle), middle, below)


def _bits(number: Floats) -> np.uint64:
    return np.uint64(number.view(f"u{number.itemsize}"))


def _floats(keys: Keys) -> NDArray[np.float64]:
    """Return the floats of keys."""
    size = keys.itemsize
    sign = keys.dtype.type(1 << (8 * size - 1))
    return np.where(keys & sign, keys ^ sign, ~keys).view(f"f{size}").astype(np.float64)


@kernel
def _sort_and_cut(
    keys: Any, infinity: Any, weights: Any, counts: Any, spare: Any, spare_weights: Any,
    digits: Any, cuts: Any, ends: Any, heavy_weights: Any,
) -> Any:  # fmt: skip
    """Return the keys of a column in order, and how many cuts are written."""
    first, second = spare_weights[0], spare_weights[1]
    n = _write_keys(keys, infinity, weights, first)
    if len(weights) > 0:
        first, second = first[:n], second[:n]
    keys, cumulative = _sort(keys[:n], spare[:n], first, second, digits)
    n_cuts = _cut_everywhere(keys, cuts)
    if n_cuts < 0:
        for i in range(1, len(cumulative)):
            cumulative[i] += cumulative[i - 1]
        if len(weights) == 0:
            cumulative = counts[:n]
        n_cuts = _cut(keys, cumulative, cuts, ends, heavy_weights)
    return keys, n_cuts


@part
def _write_keys(keys: Any, infinity: Any, weights: Any, kept_weights: Any) -> int:
    """Write whole numbers in the order of the floats whose bits these are; return how many.

    The bits of a positive float rise with it; those of a negative one fall. The two zeros are one.
    Missing values are left out, and rows of weights below 0.
    """
    weighted, n = len(weights) > 0, np.uint64(0)
    sign = np.uint64(1) << np.uint64(8 * keys.itemsize - 1)
    for i in range(len(keys)):
        bits = np.uint64(keys[i])
        if bits & (sign - np.uint64(1)) > infinity or (weighted and weights[i] < 0.0):
            continue
        if bits == sign:
            bits = np.uint64(0)
        keys[n] = ~bits if bits & sign else bits | sign
        if weighted:
            kept_weights[n] = weights[i]
        n += np.uint64(1)
    return int(n)


@part
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


@part
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


@part
def _value_at(aim: float, keys: Any, cumulative: Any, begin: int) -> Any:
    """Return where the run of equal keys starts and ends at which the weight so far reaches aim."""
    i = min(max(begin, _first(cumulative, aim, False)), len(keys) - 1)
    return _first(keys, keys[i], False), _first(keys, keys[i], True)


@part
def _cut_everywhere(keys: Any, cuts: Any) -> int:
    """Write where other keys begin; return how many there are, or -1 if they are too many."""
    n_cuts = 0
    for i in range(1, len(keys)):
        if keys[i] != keys[i - 1]:
            if n_cuts == len(cuts):
                return -1
            cuts[n_cuts] = i
            n_cuts += 1
    return n_cuts


@part
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
