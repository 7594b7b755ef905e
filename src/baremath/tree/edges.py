"""The edges between bins: of the values that differ, or of quantiles that keep ties together.

A column is sorted as whole numbers, digit by digit, several times faster than by comparing. Then
searches find what lies at each share of the weight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.threads import filling_kernel, filling_part

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
    keys, free = column.view(f"u{size}"), spare.view(f"u{size}")
    infinity = _bits(np.array(np.inf, column.dtype))
    n, swapped = _sort(keys, infinity, weights, free, *spare_weights, digits)
    if swapped:
        keys, free = free, keys
    keys, begins = keys[:n], free.view(np.bool_)[:n]
    begins[:1] = True
    np.not_equal(keys[1:], keys[:-1], out=begins[1:])
    if np.count_nonzero(begins) <= max_bins:
        cuts = np.flatnonzero(begins)[1:]
    else:
        counts = np.cumsum(spare_weights[int(swapped), :n]) if len(weights) else counts[:n]
        cuts = np.empty(max_bins - 1, np.int64)
        ends, heavy_weights = np.empty(max_bins, np.int64), np.empty(max_bins)
        cuts = cuts[: _cut(begins, counts, cuts, ends, heavy_weights)]
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


@filling_kernel
def _sort(
    keys: Any, infinity: Any, weights: Any, spare: Any, own_weights: Any, spare_weights: Any,
    digits: Any,
) -> Any:  # fmt: skip
    """Sort the keys of a column by one digit after another, the last one first.

    Equal keys keep their order. All arrays but ``weights`` are overwritten; weights, if any, go
    with the keys; ``digits`` counts, for each digit, the keys that have it. Return how many keys
    there are, and whether they and their weights are where the spare ones were.
    """
    passes, base = digits.shape
    n, weighted, swapped = (
        _write_keys(keys, infinity, weights, own_weights),
        len(weights) > 0,
        False,
    )
    for key in keys[:n]:
        for digit in range(passes):
            digits[digit, (key >> (_DIGIT * digit)) & (base - 1)] += 1
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
                spare_weights[place[value]] = own_weights[i]
            place[value] += 1
        keys, spare = spare, keys
        own_weights, spare_weights = spare_weights, own_weights
        swapped = not swapped
    return n, swapped


@filling_part
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


@filling_part
def _run_at(aim: float, begins: Any, cumulative: Any, begin: int) -> Any:
    """Return where the run of equal keys starts and ends at which the weight so far reaches aim."""
    low, high = begin, len(cumulative) - 1
    while low < high:
        middle = (low + high) >> 1
        if cumulative[middle] < aim:
            low = middle + 1
        else:
            high = middle
    start, end = low, low + 1
    while not begins[start]:
        start -= 1
    while end < len(begins) and not begins[end]:
        end += 1
    return start, end


@filling_kernel
def _cut(begins: Any, cumulative: Any, cuts: Any, ends: Any, heavy_weights: Any) -> int:
    """Write where the bins but the first begin in sorted keys; return how many there are.

    A key is heavy if it counts at least an even share of what the other heavy ones leave. A bin
    ends where its weight is nearest to an even share of the light keys that are not yet in a bin,
    and after a heavy key at the latest.
    """
    n, n_bins, total = len(begins), len(ends), cumulative[-1]
    found, n_heavy, heavy = -1, 0, 0.0
    while found < n_heavy < n_bins:
        share = max(0.0, total - heavy) / (n_bins - n_heavy)
        found, n_heavy, heavy = n_heavy, 0, 0.0
        end, before = 0, 0.0
        while end < n and n_heavy < n_bins:
            start, end = _run_at(before + share, begins, cumulative, end)
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
            start, end = _run_at(aim, begins, cumulative, begin)
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
