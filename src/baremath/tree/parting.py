"""Parting a node's rows: those that go left, then those that go right."""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.splitting import (
    BIN,
    FEATURE,
    LEFT_COUNT,
    MISSING,
    MISSING_LEFT,
    goes_left,
)
from baremath.tree.threads import barrier, part, share


@part
def part_rows(
    thread: int, n_threads: int, data: Any, work: Any, half: int, begin: int, end: int, split: Any,
    categories: Any,
) -> int:  # fmt: skip
    """Write a node's rows to the other half, those that go left first, each in their order.

    Of two threads one comes from the front and one from the back: they need not know how many of
    the other's rows go left.
    """
    feature = int(split[FEATURE])
    n_left = int(split[LEFT_COUNT])
    a, b = share(thread, n_threads, end - begin)
    before = 0
    left: Any
    right: Any
    if n_threads > 2:
        work.counts[thread] = _count_left(
            data, feature, work, half, begin + a, begin + b, split, categories
        )
        barrier(work.meeting, n_threads)
        for each in range(thread):
            before += work.counts[each]
    if n_threads == 2 and thread == 1:
        first, last, step = end - 1, begin + a - 1, -1
        left, right = begin + n_left - 1, end - 1
    else:
        first, last, step = begin + a, begin + b, 1
        left, right = begin + before, begin + n_left + a - before
    column, rows, packed = data.columns[feature], work.rows[half], work.packed[half]
    to_rows, to_packed = work.rows[1 - half], work.packed[1 - half]
    split_bin, missing_left = np.int64(split[BIN]), split[MISSING_LEFT] > 0
    if data.is_categorical[feature]:
        for i in range(first, last, step):
            row = rows[i]
            go = goes_left(column[row], split_bin, missing_left, True, categories)
            if go:
                to_rows[left], to_packed[left] = row, packed[i]
                left += step
            else:
                to_rows[right], to_packed[right] = row, packed[i]
                right += step
    else:
        also = np.int64(MISSING if missing_left else -1)
        for i in range(first, last, step):
            here = np.uint64(i)  # a signed index may be negative, and counts from the end then
            row = rows[here]
            k = np.int64(column[row])
            go = np.int64(k <= split_bin) | np.int64(k == also)  # branches would be guessed
            place = np.uint64(right + go * (left - right))
            to_rows[place], to_packed[place] = row, packed[here]
            left += step * go
            right += step * (1 - go)
    barrier(work.meeting, n_threads)
    return n_left


@part
def _count_left(
    data: Any, feature: int, work: Any, half: int, first: int, last: int, split: Any,
    categories: Any,
) -> int:  # fmt: skip
    """Count the rows that go left."""
    column, rows = data.columns[feature], work.rows[half]
    split_bin, missing_left = np.int64(split[BIN]), split[MISSING_LEFT] > 0
    n_left = 0
    for i in range(first, last):
        n_left += goes_left(
            column[rows[i]], split_bin, missing_left, data.is_categorical[feature], categories
        )
    return n_left
