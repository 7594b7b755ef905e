"""Gradients as whole numbers, whose sums are the same in any order."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from baremath.tree.histogram import AHEAD, LARGEST, pack
from baremath.tree.splitting import L1, L2, answer
from baremath.tree.threads import barrier, filling_part, prefetch, share

_LARGEST_WEIGHT = 64  # whole weights up to this are exact


@filling_part
def n_rows(lesson: Any) -> int:
    """Return how many rows are learned from."""
    return len(lesson.rows) if len(lesson.rows) > 0 else len(lesson.gradient)


@filling_part
def write_fixed_point(thread: int, n_threads: int, lesson: Any, work: Any) -> Any:
    """Write gradients and hessians as whole numbers; return what they count in."""
    gradient, hessian, weight = lesson.gradient, lesson.hessian, lesson.weight
    n, weighted = n_rows(lesson), len(weight) > 0
    first, last = share(thread, n_threads, n)
    rows = work.rows[0, :n]
    for i in range(first, last):
        rows[i] = lesson.rows[i] if len(lesson.rows) > 0 else i
    own = work.extremes[thread]
    own[:] = 0.0
    if not weighted and n == len(gradient):
        own[0], own[1] = _largest(gradient[first:last]), _largest(hessian[first:last])
        own[2], own[3], own[4] = own[0], own[1], 1.0
    else:
        for row in rows[first:last]:
            w = weight[row] if weighted else 1.0
            g, h = abs(gradient[row]), hessian[row]
            own[0], own[1] = max(own[0], g), max(own[1], h)
            own[2], own[3] = max(own[2], g * w), max(own[3], h * w)
            own[4] = max(own[4], w)
            if w != np.floor(w):
                own[5] = 1.0
    barrier(work.meeting, n_threads)
    most = work.most[thread]
    most[:] = 0.0
    for each in range(n_threads):
        for k in range(6):
            most[k] = max(most[k], work.extremes[each, k])
    scales = work.scales[thread]
    scales[2] = 0.0
    if most[5] == 0.0 and most[4] <= _LARGEST_WEIGHT:
        scales[0] = _power_below(LARGEST, most[0] * most[4])
        scales[1] = _power_below(LARGEST, most[1] * most[4])
        scales[2] = 1.0
    else:
        scales[0] = _power_below(LARGEST, most[2])
        scales[1] = _power_below(LARGEST, most[3])
    work.root[thread] = 0
    pack(
        gradient, hessian, weight, rows, first, last, scales, work.packed[0],
        work.root[thread],
    )  # fmt: skip
    barrier(work.meeting, n_threads)
    return 1.0 / scales[0], 1.0 / scales[1]


@filling_part
def answer_exactly(
    thread: int, n_threads: int, lesson: Any, work: Any, leaves: Any, grown: Any
) -> None:
    """Sum up gradients and hessians of the leaves in 63 bits, and answer from these."""
    n, weighted = n_rows(lesson), len(lesson.weight) > 0
    most = work.most[thread]
    most[:] = 0.0
    for each in range(n_threads):
        most[0] = max(most[0], work.extremes[each, 2])
        most[1] = max(most[1], work.extremes[each, 3])
    scale = _power_below(2.0**62 / n, most[0]), _power_below(2.0**62 / n, most[1])
    first, last = share(thread, n_threads, n)
    sums = work.leaf_sums[thread]
    for k in range(len(leaves)):
        rows = work.rows[leaves[k].half]
        start, stop = max(first, leaves[k].begin), min(last, leaves[k].end)
        g, h = np.int64(0), np.int64(0)
        own = rows[start:stop] if start < stop else rows[:0]
        for i in range(len(own)):
            if i + AHEAD < len(own):
                prefetch(lesson.gradient, np.int64(own[i + AHEAD]))
                prefetch(lesson.hessian, np.int64(own[i + AHEAD]))
            row = own[i]
            w = lesson.weight[row] if weighted else 1.0
            g += np.int64(lesson.gradient[row] * w * scale[0])
            h += np.int64(lesson.hessian[row] * w * scale[1])
        sums[k, 0], sums[k, 1] = g, h
    barrier(work.meeting, n_threads)
    if thread == 0:
        l1, l2 = lesson.settings[L1], lesson.settings[L2]
        for k in range(len(leaves)):
            whole_g, whole_h = np.int64(0), np.int64(0)
            for each in range(n_threads):
                whole_g += work.leaf_sums[each, k, 0]
                whole_h += work.leaf_sums[each, k, 1]
            g, h = whole_g / scale[0], whole_h / scale[1]
            numbers = grown.numbers[leaves[k].node]
            numbers[1], numbers[2] = g, h
            numbers[3] = answer(g, h, l1, l2, leaves[k].low, leaves[k].high)


@filling_part
def _power_below(largest: float, value: float) -> float:
    """Return the largest power of 2 that `value` can be multiplied by without passing `largest`."""
    if value == 0.0:
        return 1.0
    power = math.floor(math.log2(largest) - math.log2(value))
    return math.ldexp(1.0, min(max(power, -1000), 1000))


@filling_part
def _largest(numbers: Any) -> float:
    """Return the largest absolute value."""
    most = 0.0
    for i in range(len(numbers)):
        size = abs(numbers[i])
        most = size if size > most else most
    return most
