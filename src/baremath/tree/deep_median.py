r"""The absolute error of nodes: medians of rows that come one by one.

A Fenwick tree over the order of all targets holds the weight and the weighted sum of the rows that
have come; the median is found by going down it, and with it
:math:`\sum_i w_i |y_i - m| = m (W_{\le m} - W_{> m}) - (S_{\le m} - S_{> m})`
(Fenwick, 1994, "A new data structure for cumulative frequency tables").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.threads import inlined, kernel


@inlined
def losses_by_place(
    codes: Any,
    weight: Any,
    targets: Any,
    y_order: Any,
    y_values: Any,
    rows: Any,
    start: int,
    stop: int,
    feature: int,
    counts: Any,
    present: Any,
    first: int,
    last: int,
    buffer: Any,
    fenwick: Any,
    losses: Any,
) -> None:
    """Write the loss of the rows up to each place of a list of codes, and from each place on."""
    n = stop - start
    place_of = np.empty(len(counts), np.int32)
    begins = np.empty(last + 2, np.int64)
    begins[first] = 0
    for place in range(first, last + 1):
        place_of[present[place]] = place
        begins[place + 1] = begins[place] + counts[present[place]]
    free = begins.copy()
    for i in range(start, stop):
        place = place_of[codes[rows[i], feature]]
        buffer[free[place]] = rows[i]
        free[place] += 1
    for side in range(2):
        W, S = 0.0, 0.0
        for step in range(last - first + 1):
            place = last - step if side else first + step
            for i in range(begins[place], begins[place + 1]):
                row = buffer[i]
                w, y = weight[row], targets[row, 0]
                add(fenwick, y_order[row], w, w * y)
                W += w
                S += w * y
            losses[place, side] = absolute_error(fenwick, y_values, W, S)
        for i in range(n):
            add(fenwick, y_order[buffer[i]], 0.0, np.nan)


@inlined
def add(fenwick: Any, place: int, weight: float, amount: float) -> None:
    """Add a row at its place in the order of targets; NaN empties its path instead."""
    i = place + 1
    while i < len(fenwick):
        if amount != amount:
            fenwick[i, 0], fenwick[i, 1] = 0.0, 0.0
        else:
            fenwick[i, 0] += weight
            fenwick[i, 1] += amount
        i += i & -i


@inlined
def median_place(fenwick: Any, W: float, upper: bool) -> tuple[int, float, float]:
    """Return where half the weight is reached (or passed), and weight and sum of what is below."""
    step = 1
    while 2 * step < len(fenwick):
        step *= 2
    place, below, amount = 0, 0.0, 0.0
    while step:
        if place + step < len(fenwick):
            weight = 2.0 * (below + fenwick[place + step, 0])
            if weight < W or (upper and weight == W):
                place += step
                below += fenwick[place, 0]
                amount += fenwick[place, 1]
        step //= 2
    return min(place, len(fenwick) - 2), below, amount


@inlined
def absolute_error(fenwick: Any, y_values: Any, W: float, S: float) -> Any:
    """Return the loss of the rows that have come, whose weight is W and whose weighted sum S."""
    place, below, amount = median_place(fenwick, W, False)
    return y_values[place] * (2.0 * below - W) + S - 2.0 * amount


@kernel
def node_medians(
    weight: Any, targets: Any, y_order: Any, y_values: Any, amounts: Any, rows: Any, nodes: Any,
    fenwick: Any, values: Any, losses: Any,
) -> None:  # fmt: skip
    """Write each node's loss and median; the mean of two where half the weight is below."""
    for node in range(len(nodes)):
        W, S = 0.0, 0.0
        for i in range(nodes[node].start, nodes[node].stop):
            w, y = weight[rows[i]], targets[rows[i], 0]
            add(fenwick, y_order[rows[i]], w, w * y)
            W += w
            S += w * y
        lower = median_place(fenwick, W, False)[0]
        upper = median_place(fenwick, W, True)[0]
        values[node, 0] = amounts[lower]
        if upper > lower:
            values[node, 0] = amounts[lower] / 2 + amounts[upper] / 2
        losses[node] = absolute_error(fenwick, y_values, W, S)
        for i in range(nodes[node].start, nodes[node].stop):
            add(fenwick, y_order[rows[i]], 0.0, np.nan)
