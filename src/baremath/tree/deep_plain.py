"""The best question about a plain column: numbers, none missing, for the squares of one target.

Each row adds its weight, its weighted target and a 1 to the sums of its code, in one step.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from baremath.tree.deep_room import ROUNDING
from baremath.tree.deep_scan import keep
from baremath.tree.threads import inlined, instruction, lowest_bit

#: Codes for each row of a node, at most, that are all looked at, whether they occur or not.
_DENSE = 8


@instruction
def _add_four(typing: Any, sums: Any, place: Any, amounts: Any, row: Any) -> Any:
    """Add a row of four numbers to a row of another table."""

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def four(table: int) -> Any:
            array = context.make_array(signature.args[table])(context, builder, arguments[table])
            start = builder.shl(arguments[table + 1], ir.Constant(ir.IntType(64), 2))
            vector = ir.VectorType(ir.DoubleType(), 4).as_pointer()
            return builder.bitcast(builder.gep(array.data, [start]), vector)

        left, right = four(0), four(2)
        total = builder.fadd(builder.load(left, align=8), builder.load(right, align=8))
        builder.store(total, left, align=8)
        return context.get_dummy_value()

    return types.none(sums, types.uint64, amounts, types.uint64), write


@inlined
def gather(weight: Any, targets: Any, rows: Any, total: Any, split: Any, amounts: Any) -> bool:
    """Write what each row adds, and the node's sums and limits; whether its targets differ."""
    first = targets[rows[0], 0]
    W, S, squares, differ = 0.0, 0.0, 0.0, False
    for i in range(len(rows)):
        w, y = weight[rows[i]], targets[rows[i], 0]
        amounts[i, 0], amounts[i, 1], amounts[i, 2], amounts[i, 3] = w, w * y, 1.0, 0.0
        W += w
        S += w * y
        squares += w * y * y
        differ |= y != first
    total[0], total[1] = W, S
    split.most = squares - S * S / W
    split.rounding = ROUNDING * ROUNDING * S * S / W
    return differ


@inlined
def scan_plain(data: Any, rules: Any, room: Any, rows: Any, feature: int) -> Any:
    """Try the splits of a column; whether its values differ."""
    if data.n_codes[feature] <= _DENSE * len(rows):
        return _scan_dense(
            data.codes, rows, feature, room.amounts, room.plain_sums, rules, room.total,
            room.split[0],
        )  # fmt: skip
    return _scan_sparse(
        data.codes, rows, feature, room.amounts, room.plain_sums, room.bits, room.words, rules,
        room.total, room.split[0],
    )  # fmt: skip


@inlined
def _scan_dense(
    codes: Any, rows: Any, feature: int, amounts: Any, sums: Any, rules: Any, total: Any, split: Any
) -> bool:
    """Look at all codes between the lowest and the highest: those without rows gain no more."""
    first, last = np.uint64(codes[rows[0], feature]), np.uint64(0)
    for i in range(len(rows)):
        own = np.uint64(codes[rows[i], feature])
        first, last = min(first, own), max(last, own)
        _add_four(sums, own, amounts, i)
    least, least_weight = np.float64(rules.min_rows_leaf), rules.min_weight_leaf
    W, S, n = total[0], total[1], np.float64(len(rows))
    W_left, S_left, n_left, best, to_beat = 0.0, 0.0, 0.0, last, split.to_beat
    for code in range(first, last):
        W_left += sums[code, 0]
        S_left += sums[code, 1]
        n_left += sums[code, 2]
        W_right = W - W_left
        difference = S_left * W - S * W_left
        scale = W_left * W_right * W
        if difference * difference > to_beat * scale and (
            min(n_left, n - n_left) >= least and min(W_left, W_right) >= least_weight
        ):
            gain = difference * difference / scale
            to_beat = keep(split, gain, W_left, S_left, W_right, S - S_left)
            best = np.uint64(code)
    if best < last:
        above = best + np.uint64(1)
        while sums[above, 2] == 0.0:
            above += np.uint64(1)
        split.feature, split.below, split.above = feature, best, above
    used = sums[first : last + np.uint64(1)]
    for i in range(len(used)):
        for k in range(3):
            used[i, k] = 0.0
    return bool(first < last)


@inlined
def _scan_sparse(
    codes: Any, rows: Any, feature: int, amounts: Any, sums: Any, bits: Any, words: Any,
    rules: Any, total: Any, split: Any,
) -> bool:  # fmt: skip
    """Look at the codes that occur only: a bit is set for each, and for each word of bits."""
    for i in range(len(rows)):
        code = np.uint64(codes[rows[i], feature])
        bits[code >> np.uint64(6)] |= np.uint64(1) << (code & np.uint64(63))
        words[code >> np.uint64(12)] |= np.uint64(1) << ((code >> np.uint64(6)) & np.uint64(63))
        _add_four(sums, code, amounts, i)
    least, least_weight = np.float64(rules.min_rows_leaf), rules.min_weight_leaf
    W, S, n = total[0], total[1], np.float64(len(rows))
    W_left, S_left, n_left, to_beat = 0.0, 0.0, 0.0, split.to_beat
    below, differ = np.uint64(codes[rows[0], feature]), False
    for group in range(len(words)):
        word_bits = words[group]
        words[group] = np.uint64(0)
        while word_bits != np.uint64(0):
            word = np.uint64((group << 6) + lowest_bit(word_bits))
            word_bits &= word_bits - np.uint64(1)
            code_bits = bits[word]
            bits[word] = np.uint64(0)
            while code_bits != np.uint64(0):
                code = (word << np.uint64(6)) + np.uint64(lowest_bit(code_bits))
                code_bits &= code_bits - np.uint64(1)
                differ |= code != below
                W_right = W - W_left
                difference = S_left * W - S * W_left
                scale = W_left * W_right * W
                if difference * difference > to_beat * scale and (
                    min(n_left, n - n_left) >= least and min(W_left, W_right) >= least_weight
                ):
                    gain = difference * difference / scale
                    to_beat = keep(split, gain, W_left, S_left, W_right, S - S_left)
                    split.feature, split.below, split.above = feature, below, code
                W_left += sums[code, 0]
                S_left += sums[code, 1]
                n_left += sums[code, 2]
                for k in range(3):
                    sums[code, k] = 0.0
                below = code
    return differ
