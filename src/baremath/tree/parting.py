"""Parting a node's rows: those that go left, then those that go right."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.histogram import BINS
from baremath.tree.splitting import MISSING
from baremath.tree.threads import barrier, filling_part, share


@filling_part
def write_sides(split: Any, is_categorical: bool, goes_left: Any) -> None:
    """Write for each bin whether its rows go left."""
    for k in range(BINS):
        if is_categorical:
            word = split.categories[np.uint64(k) >> np.uint64(6)]
            goes_left[k] = (word >> np.uint64(k & 63)) & np.uint64(1)
        else:
            goes_left[k] = k <= split.bin
    goes_left[MISSING] = split.missing_left


@filling_part
def part_rows(
    thread: int, n_threads: int, column: Any, goes_left: Any, n_left: int, begin: int, end: int,
    rows: Any, packed: Any, to_rows: Any, to_packed: Any, counts: Any, meeting: Any,
) -> None:  # fmt: skip
    """Write a node's rows to the other half, those that go left first, each in their order.

    Of two threads one comes from the front and one from the back: they need not know how many of
    the other's rows go left.

    Parameters
    ----------
    column : ndarray of uint8
        The bins of the split's column.
    goes_left : ndarray of int64 of shape (256,)
        Whether a bin's rows go left.
    """
    a, b = share(thread, n_threads, end - begin)
    first, last, step = begin + a, begin + b, 1
    left, right = begin, begin + n_left + a
    if n_threads == 2 and thread == 1:
        first, last, step = end - 1, begin + a - 1, -1
        left, right = begin + n_left - 1, end - 1
    elif n_threads > 2:
        count = np.int64(0)
        for row in rows[first:last]:
            count += goes_left[column[row]]
        counts[thread] = count
        barrier(meeting, n_threads)
        for each in range(thread):
            left += counts[each]
        right -= left - begin
    for i in range(first, last, step):
        here = np.uint64(i)  # a signed index may be negative, and counts from the end then
        row = rows[here]
        go = goes_left[column[row]]  # branches would be guessed
        place = np.uint64(right + go * (left - right))
        to_rows[place], to_packed[place] = row, packed[here]
        left += step * go
        right += step * (1 - go)
    barrier(meeting, n_threads)
