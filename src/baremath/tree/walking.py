"""Kernels that bring rows to their leaves. What their arguments are, `packing` tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from baremath.tree.threads import filling_kernel, filling_part

_ALL = np.uint32(0xFFFFFFFF)
_SIDE_BY_SIDE = 8


def _count_zeros(typing: Any, word: Any) -> Any:
    """Return how many zeros are below the lowest bit that is set."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        (word,) = arguments
        kind = ir.FunctionType(word.type, [word.type, ir.IntType(1)])
        count = cgutils.get_or_insert_function(builder.module, kind, "llvm.cttz.i32")
        return builder.call(count, [word, ir.Constant(ir.IntType(1), 1)])

    return types.uint32(types.uint32), write


_first_bit: Callable[[Any], Any] = intrinsic(_count_zeros)


@filling_part
def goes_right(x: Any, threshold: Any, missing_right: Any, row: Any, sets: Any) -> Any:
    """Answer one question; a number that is no category counts as missing."""
    if threshold == threshold:
        return x > threshold or (x != x and missing_right)
    if not 0 <= x < 256:
        return missing_right
    category = int(x)
    word = sets[row, category >> 6] >> np.uint64(category & 63)
    return word & np.uint64(1) == 0


@filling_kernel
def add_rows(
    X: Any,
    used: Any,
    first: int,
    last: int,
    roots: Any,
    nodes: Any,
    missing_right: Any,
    set_of: Any,
    sets: Any,
    leaf: Any,
    values: Any,
    column: Any,
    out: Any,
) -> None:
    """Add the values of trees first to last to each row of float64, one row at a time."""
    for r in range(len(X)):
        for t in range(first, last):
            i = roots[t]
            while leaf[i] < 0:
                node = nodes[i]
                x = X[r, used[node.feature]]
                i = node.left + goes_right(x, node.threshold, missing_right[i], set_of[i], sets)
            for k in range(values.shape[1]):
                out[r, column[t] + k] += values[leaf[i], k]


@filling_kernel
def add_blocks(
    X: Any,
    used: Any,
    block: Any,
    bits: Any,
    at: Any,
    total: Any,
    first: int,
    last: int,
    thresholds: Any,
    bounds: Any,
    asked: Any,
    mask: Any,
    question: Any,
    first_exit: Any,
    exits: Any,
    walks: Any,
    roots: Any,
    nodes: Any,
    missing_right: Any,
    set_of: Any,
    sets: Any,
    leaf: Any,
    values: Any,
    column: Any,
    out: Any,
) -> None:
    """Add the values of trees first to last to each row of float64, a block of rows at a time."""
    lanes = len(bits)
    for r in range(0, len(X), lanes):
        n = min(lanes, len(X) - r)
        has_missing = False
        for lane in range(n):
            for f in range(len(used)):
                x = X[r + lane, used[f]]
                block[f, lane] = x
                has_missing |= x != x
            for k in range(out.shape[1]):
                total[k, lane] = out[r + lane, k]
        for t in range(first, last):
            for lane in range(lanes):
                bits[lane] = _ALL
            for q in range(bounds[t, 0], bounds[t, 1]):
                x, threshold, kept = block[asked[q]], thresholds[q], mask[q]
                for lane in range(lanes):
                    bits[lane] &= kept if x[lane] > threshold else _ALL
            for q in range(bounds[t, 1], bounds[t, 2]):
                x, threshold, kept = block[asked[q]], thresholds[q], mask[q]
                for lane in range(lanes):
                    bits[lane] &= _ALL if x[lane] <= threshold else kept
            for q in range(bounds[t, 2], bounds[t, 3]):
                x, i = block[asked[q]], question[q]
                for lane in range(n):
                    if goes_right(x[lane], np.nan, missing_right[i], set_of[i], sets):
                        bits[lane] &= mask[q]
            for lane in range(lanes):
                at[lane] = exits[first_exit[t] + _first_bit(bits[lane])]
            if walks[t]:
                with_care = has_missing or len(sets) > 0
                for begin in range(0, n, _SIDE_BY_SIDE):
                    end = begin + _SIDE_BY_SIDE
                    moved = True
                    while moved:
                        moved = False
                        for lane in range(begin, end):
                            i = at[lane]
                            node = nodes[i]
                            x_own = block[node.feature, lane]
                            if with_care:
                                right = goes_right(
                                    x_own, node.threshold, missing_right[i], set_of[i], sets
                                )
                            else:
                                right = x_own > node.threshold
                            at[lane] = node.left + right
                            moved |= at[lane] != i
                for lane in range(n):
                    at[lane] = leaf[at[lane]]
            for k in range(values.shape[1]):
                sums = total[column[t] + k]
                for lane in range(n):
                    sums[lane] += values[at[lane], k]
        for lane in range(n):
            for k in range(out.shape[1]):
                out[r + lane, k] = total[k, lane]
