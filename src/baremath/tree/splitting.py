r"""Splitting: the best question for a node, from its histogram.

With G and H the sums of gradient and hessian over the rows of a node, the loss falls by

.. math:: \tfrac12 \frac{T_\alpha(G)^2}{H + \lambda}, \qquad
          T_\alpha(G) = \operatorname{sign}(G) \max(|G| - \alpha, 0)

when the node answers :math:`-T_\alpha(G) / (H + \lambda)` instead of 0 (Chen and Guestrin, 2016,
"XGBoost: a scalable tree boosting system", equations 6 and 7); the gain of a split is what its
children have more of it than their parent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from baremath.tree.histogram import BINS
from baremath.tree.threads import part

#: The bin of missing values.
MISSING = BINS - 1

#: Places of a split's numbers.
GAIN, FEATURE, BIN, MISSING_LEFT, LEFT_GRADIENT, LEFT_HESSIAN, LEFT_COUNT = range(7)
SPLIT_NUMBERS = 7

#: Places of the settings of a tree.
L2, L1, LEAST_HESSIAN, LEAST_ROWS, LEAST_GAIN, MOST_LEAVES, MOST_DEPTH, CATEGORY_SMOOTHING = range(
    8
)
SETTINGS = 8


@part
def answer(gradient: float, hessian: float, l1: float, l2: float, low: float, high: float) -> float:
    """Return the number that lowers the loss most, within bounds."""
    if gradient > l1:
        gradient -= l1
    elif gradient < -l1:
        gradient += l1
    else:
        gradient = 0.0
    if hessian + l2 <= 0.0:
        return min(max(0.0, low), high)
    return min(max(-gradient / (hessian + l2), low), high)


@part
def merit(gradient: float, hessian: float, l1: float, l2: float, low: float, high: float) -> float:
    """Return by how much the loss falls with the best answer within bounds."""
    value: float = answer(gradient, hessian, l1, l2, low, high)
    return -(gradient * value + 0.5 * (hessian + l2) * value * value + l1 * abs(value))


@part
def best_split(
    sums: Any,
    feature: int,
    n_bins: int,
    is_categorical: bool,
    sign: int,
    units: Any,
    settings: Any,
    total: Any,
    low: float,
    high: float,
    split: Any,
    categories: Any,
) -> None:
    """Put the best split of one column in place of the one that is known, if it is better.

    Parameters
    ----------
    sums : ndarray of int64 of shape (3, 256)
        The column's histogram.
    n_bins : int
        Bins that have values.
    sign : {-1, 0, 1}
        Whether answers may only fall or rise with the column.
    units : ndarray of float64 of shape (2,)
        What gradient and hessian are counted in.
    total : ndarray of int64 of shape (3,)
        Of the node's rows.
    low, high : float
        Bounds of the node's answer.
    split : ndarray of float64 of shape (7,)
        The best split so far, with the gain to surpass.
    categories : ndarray of uint64 of shape (4,)
        Its categories that go left.
    """
    l1, l2 = settings[L1], settings[L2]
    parent = merit(total[0] * units[0], total[1] * units[1], l1, l2, low, high)
    used = n_bins
    order = np.zeros(BINS if is_categorical else 0, np.int64)
    if is_categorical:
        used = _sorted_categories(sums, n_bins, units, settings[CATEGORY_SMOOTHING], order)
    free = sign == 0 and l1 == 0.0 and low == -np.inf and high == np.inf
    some_missing = sums[2, MISSING] > 0
    for turn in range(2 if some_missing else 1):
        g, h, c = np.int64(0), np.int64(0), np.int64(0)
        if turn == 1:
            g, h, c = sums[0, MISSING], sums[1, MISSING], sums[2, MISSING]
        for i in range(used):
            k = order[i] if is_categorical else i
            if sums[2, k] == 0:
                continue
            g += sums[0, k]
            h += sums[1, k]
            c += sums[2, k]
            if c < settings[LEAST_ROWS]:
                continue
            if total[2] - c < settings[LEAST_ROWS]:
                break
            left_h, right_h = h * units[1], (total[1] - h) * units[1]
            if left_h < settings[LEAST_HESSIAN] or right_h < settings[LEAST_HESSIAN]:
                continue
            left_g, right_g = g * units[0], (total[0] - g) * units[0]
            if free:
                gain = 0.5 * (left_g * left_g / (left_h + l2) + right_g * right_g / (right_h + l2))
            else:
                left = answer(left_g, left_h, l1, l2, low, high)
                right = answer(right_g, right_h, l1, l2, low, high)
                if sign * (left - right) > 0:
                    continue
                gain = merit(left_g, left_h, l1, l2, low, high) + merit(
                    right_g, right_h, l1, l2, low, high
                )
            gain -= parent
            if gain > split[GAIN]:
                split[GAIN], split[FEATURE], split[BIN] = gain, feature, k
                split[MISSING_LEFT] = turn if some_missing else (1 if 2 * h > total[1] else 0)
                split[LEFT_GRADIENT], split[LEFT_HESSIAN], split[LEFT_COUNT] = g, h, c
                if is_categorical:
                    _write_categories(order, i + 1, categories)


@part
def _sorted_categories(sums: Any, n_bins: int, units: Any, smoothing: float, order: Any) -> int:
    """Order the categories that occur by their mean gradient: the best split is among neighbours.

    (Fisher, 1958, "On grouping for maximum homogeneity".) The means of rare ones are drawn towards
    zero, as if each had some rows more of gradient 0.
    """
    rows, hessian = np.int64(0), np.int64(0)
    used = 0
    means = np.empty(BINS)
    for k in range(n_bins):
        rows += sums[2, k]
        hessian += sums[1, k]
    more = smoothing * hessian / (rows if rows > 0 else 1)
    for k in range(n_bins):
        if sums[2, k] > 0:
            mean: float = sums[0, k] / (sums[1, k] + more + 1e-300)
            place = used
            while place > 0 and means[place - 1] > mean:
                means[place], order[place] = means[place - 1], order[place - 1]
                place -= 1
            means[place], order[place] = mean, k
            used += 1
    return used


@part
def _write_categories(order: Any, n: int, categories: Any) -> None:
    """Write the first categories of an order as bits."""
    categories[:] = 0
    for i in range(n):
        k = order[i]
        categories[k >> 6] |= np.uint64(1) << np.uint64(k & 63)


@part
def goes_left(
    k: int, split_bin: int, missing_left: bool, is_categorical: bool, categories: Any
) -> bool:
    """Whether a row with this bin goes left."""
    if k == MISSING:
        return missing_left
    if is_categorical:
        return bool((categories[k >> 6] >> np.uint64(k & 63)) & np.uint64(1))
    return k <= split_bin
