"""The best question for a node of a deep tree, among all that its rows allow.

A column's sums are kept by code, and a bit says which codes occur, so that the codes come in order
without being sorted, and only those that occur are looked at.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.deep_plain import gather, scan_plain
from baremath.tree.deep_room import ROUNDING, SQUARED
from baremath.tree.deep_scan import scan_any
from baremath.tree.threads import inlined, lowest_bit


@inlined
def draw(state: Any, below: int) -> Any:
    """Return a random number from 0; by SplitMix64 (Steele, Lea and Flood, 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return np.int64(((z >> np.uint64(32)) * np.uint64(below)) >> np.uint64(32))


@inlined
def find_split(
    data: Any, rules: Any, room: Any, rows: Any, start: int, stop: int, low: float, high: float
) -> Any:
    """Put the node's best split into the room; whether there is one.

    Of columns whose splits gain alike the first counts, and of a column's the lowest; where columns
    are drawn, the first drawn. No more columns are looked at when one leaves nothing to gain.
    """
    split = room.split[0]
    codes, weight, labels, targets = data.codes, data.weight, data.labels, data.targets
    bits, words, present, columns = room.bits, room.words, room.present, room.columns
    counts, sums, total, state = room.counts, room.sums, room.total, room.state
    split.feature, split.gain, split.to_beat = -1, -np.inf, -np.inf
    mine, simple = rows[start:stop], rules.criterion == SQUARED and rules.n_targets == 1
    if simple:
        differ = gather(weight, targets, mine, total, split, room.amounts)
    else:
        differ = _sum_up(weight, labels, targets, rows, start, stop, total)
        split.most, split.rounding = _limits(
            rules.criterion, weight, targets, rows, start, stop, total
        )
    seen, some_vary = 0, False
    while (
        differ
        and split.to_beat < split.most
        and seen < len(columns)
        and (seen < rules.max_features or not some_vary)
    ):
        if rules.max_features < len(columns):
            other = seen + draw(state, len(columns) - seen)
            columns[seen], columns[other] = columns[other], columns[seen]
        feature = columns[seen]
        seen += 1
        if simple and _is_plain(data, mine, feature):
            some_vary |= scan_plain(data, rules, room, mine, feature)
            continue
        if targets.shape[1] == 1:
            _add_up(codes, weight, targets, rows, start, stop, feature, bits, words, counts, sums)
        else:
            _add_up_several(
                codes,
                weight,
                labels,
                targets,
                rows,
                start,
                stop,
                feature,
                bits,
                words,
                counts,
                sums,
            )
        n_present = _list_codes(bits, words, present)
        has_missing = counts[data.missing] > 0
        if n_present > 1:
            some_vary = True
            scan_any(
                data, rules, room, rows, start, stop, feature, n_present - has_missing,
                has_missing, low, high,
            )  # fmt: skip
        _clear(n_present, present, counts, sums)
    return split.feature >= 0


@inlined
def _is_plain(data: Any, rows: Any, feature: int) -> bool:
    """Whether a node's values are numbers without bounds, of which none is missing."""
    if data.is_categorical[feature] or data.monotonic[feature] != 0:
        return False
    is_missing = False
    if data.has_missing[feature]:
        for i in range(len(rows)):
            is_missing |= data.codes[rows[i], feature] == data.missing
    return not is_missing


@inlined
def _sum_up(
    weight: Any, labels: Any, targets: Any, rows: Any, start: int, stop: int, total: Any
) -> bool:
    """Write the node's weight and sums; whether its targets differ at all."""
    first = rows[start]
    differ = False
    for k in range(len(total)):
        total[k] = 0.0
    if len(labels):
        for i in range(start, stop):
            row = rows[i]
            total[0] += weight[row]
            total[1 + labels[row]] += weight[row]
            differ |= labels[row] != labels[first]
    for k in range(targets.shape[1]):
        all_weight, amount = 0.0, 0.0
        for i in range(start, stop):
            w, y = weight[rows[i]], targets[rows[i], k]
            all_weight += w
            amount += w * y
            differ |= y != targets[first, k]
        total[0], total[1 + k] = all_weight, amount
    return differ


@inlined
def _limits(
    criterion: int, weight: Any, targets: Any, rows: Any, start: int, stop: int, total: Any
) -> tuple[float, float]:
    """Return the most that a split can gain, where that is known, and what rounding may add."""
    size = 0.0
    for k in range(1, len(total)):
        size += abs(total[k])
    most, rounding = np.inf, ROUNDING * (size + total[0])
    if criterion == SQUARED:
        most, rounding = 0.0, ROUNDING * ROUNDING * size * size / total[0]
        if targets.shape[1] == 0:
            most = total[0]
        for i in range(start, stop):
            for k in range(targets.shape[1]):
                most += weight[rows[i]] * targets[rows[i], k] * targets[rows[i], k]
        for k in range(1, len(total)):
            most -= total[k] * total[k] / total[0]
    return most, rounding


@inlined
def _add_up(
    codes: Any, weight: Any, targets: Any, rows: Any, start: int, stop: int, feature: int,
    bits: Any, words: Any, counts: Any, sums: Any,
) -> None:  # fmt: skip
    """Add the rows of a node to the sums of their codes, for one target."""
    for i in range(start, stop):
        row = rows[i]
        code, w = np.int64(codes[row, feature]), weight[row]
        bits[code >> 6] |= np.uint64(1) << np.uint64(code & 63)
        words[code >> 12] |= np.uint64(1) << np.uint64((code >> 6) & 63)
        counts[code] += 1
        sums[code, 0] += w
        sums[code, 1] += w * targets[row, 0]


@inlined
def _add_up_several(
    codes: Any, weight: Any, labels: Any, targets: Any, rows: Any, start: int, stop: int,
    feature: int, bits: Any, words: Any, counts: Any, sums: Any,
) -> None:  # fmt: skip
    """Add the rows of a node to the sums of their codes, for any number of targets or classes."""
    for i in range(start, stop):
        row = rows[i]
        code, w = np.int64(codes[row, feature]), weight[row]
        bits[code >> 6] |= np.uint64(1) << np.uint64(code & 63)
        words[code >> 12] |= np.uint64(1) << np.uint64((code >> 6) & 63)
        counts[code] += 1
        sums[code, 0] += w
        if len(labels):
            sums[code, 1 + labels[row]] += w
        for k in range(targets.shape[1]):
            sums[code, 1 + k] += w * targets[row, k]


@inlined
def _list_codes(bits: Any, words: Any, present: Any) -> int:
    """List the codes that occur, in order, from place 1; return how many, and empty the bits."""
    found = 0
    for group in range(len(words)):
        word_bits = words[group]
        words[group] = np.uint64(0)
        while word_bits != np.uint64(0):
            word = (group << 6) + lowest_bit(word_bits)
            word_bits &= word_bits - np.uint64(1)
            code_bits = bits[word]
            bits[word] = np.uint64(0)
            while code_bits != np.uint64(0):
                found += 1
                present[found] = (word << 6) + lowest_bit(code_bits)
                code_bits &= code_bits - np.uint64(1)
    return found


@inlined
def _clear(n_present: int, present: Any, counts: Any, sums: Any) -> None:
    """Empty the sums of the codes that occur."""
    for place in range(1, n_present + 1):
        code = present[place]
        counts[code] = 0
        for k in range(sums.shape[1]):
            sums[code, k] = 0.0
