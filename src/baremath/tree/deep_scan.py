r"""The best question about one column of a node.

A split lowers the loss of a node with weight :math:`W` and sums :math:`S_k` of target k by

.. math:: \sum_k \frac{(L_k W - S_k W_L)^2}{W_L W_R W}

where the left child has :math:`W_L` and :math:`L_k`. That is the squared error (Breiman et al.,
1984, "Classification and regression trees", section 8.3); with a target of 0 and 1 for each class
it is the Gini impurity. The other criteria have a formula :math:`\ell` of a node's sums, and gain
:math:`\ell(S, W) - \ell(L, W_L) - \ell(R, W_R)`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from baremath.tree.deep_median import losses_by_place
from baremath.tree.deep_room import ABSOLUTE, ENTROPY, POISSON, SQUARED
from baremath.tree.threads import inlined

#: Gains that differ by so small a share are equal.
_RELATIVE = 1e-10


@inlined
def keep(
    split: Any, gain: float, W_left: float, S_left: float, W_right: float, S_right: float
) -> Any:
    """Write down the best split until now; return the gain that a better one surpasses."""
    to_beat = gain + _RELATIVE * gain + split.rounding
    split.gain, split.to_beat, split.missing_left = gain, to_beat, W_left > W_right
    split.left_value, split.right_value = S_left / W_left, S_right / W_right
    return to_beat


@inlined
def scan_any(
    data: Any, rules: Any, room: Any, rows: Any, start: int, stop: int, feature: int,
    n_present: int, has_missing: bool, low: float, high: float,
) -> None:  # fmt: skip
    """Try the splits of any column, with missing values above all others, then below."""
    split = room.split[0]
    if data.is_categorical[feature]:
        _sort_categories(room, n_present)
    for missing_left in range(1 + has_missing):
        first, last = 1 - missing_left, n_present
        if missing_left:
            room.present[0] = data.missing
        elif has_missing:
            last += 1
            room.present[last] = data.missing
        if rules.criterion == ABSOLUTE:
            losses_by_place(
                data.codes, data.weight, data.targets, data.y_order, data.y_values, rows, start,
                stop, feature, room.counts, room.present, first, last, room.buffer, room.fenwick,
                room.losses,
            )  # fmt: skip
        place = _scan(data, rules, room, stop - start, feature, first, last, low, high)
        if place < 0:
            continue
        split.feature = feature
        split.below, split.above = room.present[place], room.present[place + 1]
        if has_missing:
            split.missing_left = missing_left
        if data.is_categorical[feature]:
            _write_categories(room, first, place, last, split.missing_left, data.missing)


@inlined
def _sort_categories(room: Any, n_present: int) -> None:
    """Order the categories by their mean target, or the share of the node's most frequent class.

    The best split of one target, or of two classes, is then one between neighbours (Fisher, 1958,
    "On grouping for maximum homogeneity").
    """
    target = 1
    for k in range(2, len(room.total)):
        if room.total[k] > room.total[target]:
            target = k
    for place in range(1, n_present + 1):
        code = room.present[place]
        key = room.sums[code, target] / room.sums[code, 0]
        free = place
        while free > 1 and room.keys[free - 1] > key:
            room.keys[free], room.present[free] = room.keys[free - 1], room.present[free - 1]
            free -= 1
        room.keys[free], room.present[free] = key, code


@inlined
def _scan(
    data: Any, rules: Any, room: Any, n_rows: int, feature: int, first: int, last: int,
    low: float, high: float,
) -> int:  # fmt: skip
    """Try the splits between neighbours of a list; return after which the best is, or -1."""
    split, total, left = room.split[0], room.total, room.left
    least, least_weight = rules.min_rows_leaf, rules.min_weight_leaf
    sign = data.monotonic[feature]
    best, rows_left, W, S = -1, 0, total[0], total[1]
    W_left, S_left = 0.0, 0.0
    for k in range(len(left)):
        left[k] = 0.0
    parent = 0.0
    if rules.criterion != SQUARED:
        parent = room.losses[last, 0] if rules.criterion == ABSOLUTE else _loss(rules, total)
    for place in range(first, last):
        code = room.present[place]
        rows_left += room.counts[code]
        W_left += room.sums[code, 0]
        if rules.n_targets == 1:
            S_left += room.sums[code, 1]
        else:
            for k in range(1, len(total)):
                left[k] += room.sums[code, k]
        W_right = W - W_left
        if rows_left < least or n_rows - rows_left < least:
            continue
        if W_left < least_weight or W_right < least_weight or (code == data.missing):
            continue
        if rules.criterion == SQUARED:
            if rules.n_targets == 1:
                difference = S_left * W - S * W_left
                gain = difference * difference
            else:
                gain = 0.0
                for k in range(1, len(total)):
                    difference = left[k] * W - total[k] * W_left
                    gain += difference * difference
            gain /= W_left * W_right * W
        elif rules.criterion == ABSOLUTE:
            gain = parent - room.losses[place, 0] - room.losses[place + 1, 1]
        else:
            left[0] = W_left
            if rules.n_targets == 1:
                left[1] = S_left
            gain = parent - _loss(rules, left) - _loss_of_rest(rules, total, left)
        if gain <= split.to_beat or gain != gain:
            continue
        value_left, value_right = S_left / W_left, (S - S_left) / W_right
        if sign != 0 and (
            min(value_left, value_right) < low
            or max(value_left, value_right) > high
            or sign * (value_left - value_right) > 0
        ):
            continue
        best = place
        keep(split, max(gain, 0.0), W_left, S_left, W_right, S - S_left)
    return best


@inlined
def _loss(rules: Any, sums: Any) -> float:
    """Return the weight times entropy of a node, or its Poisson deviance but for a constant."""
    weight, loss = sums[0], 0.0
    for k in range(1, len(sums)):
        loss += _term(rules.criterion, sums[k], weight)
    if rules.criterion == ENTROPY and rules.n_targets == 1:
        loss += _term(ENTROPY, weight - sums[1], weight)
    return loss


@inlined
def _loss_of_rest(rules: Any, total: Any, left: Any) -> float:
    weight, loss = total[0] - left[0], 0.0
    for k in range(1, len(total)):
        loss += _term(rules.criterion, total[k] - left[k], weight)
    if rules.criterion == ENTROPY and rules.n_targets == 1:
        loss += _term(ENTROPY, weight - total[1] + left[1], weight)
    return loss


@inlined
def _term(criterion: int, amount: float, weight: float) -> float:
    r"""Return :math:`-S \log(S / W)`; for a Poisson mean of zero there is no split."""
    if amount <= 0.0:
        return np.inf if criterion == POISSON else 0.0
    return -amount * math.log(amount / weight)


@inlined
def _write_categories(
    room: Any, first: int, place: int, last: int, others_left: bool, missing: int
) -> None:
    """Write the categories that go left as bits; those that the node lacks go with missing ones."""
    left = room.categories
    for word in range(len(left)):
        left[word] = ~np.uint64(0) if others_left else np.uint64(0)
    for i in range(first, last + 1):
        code = room.present[i]
        if code == missing:
            continue
        bit = np.uint64(1) << np.uint64(code & 63)
        if i <= place:
            left[code >> 6] |= bit
        else:
            left[code >> 6] &= ~bit
