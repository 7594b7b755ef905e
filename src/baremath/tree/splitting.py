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

from baremath.tree.histogram import BINS, COUNT, GRADIENT, HESSIAN
from baremath.tree.threads import filling_part

#: The bin of missing values.
MISSING = BINS - 1

#: Places of the settings of a tree.
L2, L1, LEAST_HESSIAN, LEAST_ROWS, LEAST_GAIN, MOST_LEAVES, MOST_DEPTH, CATEGORY_SMOOTHING = range(
    8
)
SETTINGS = 8


@filling_part
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


@filling_part
def merit(gradient: float, hessian: float, l1: float, l2: float, value: float) -> float:
    """Return by how much the loss falls with an answer."""
    return -(gradient * value + 0.5 * (hessian + l2) * value * value + l1 * abs(value))


@filling_part
def best_split(
    sums: Any, n_bins: int, is_categorical: bool, sign: int, also_equal: bool, units: Any,
    settings: Any, leaf: Any, scan: Any, gains: Any, order: Any, split: Any,
) -> bool:  # fmt: skip
    """Put the best split of one column in place of the one that is known, if it is better.

    Parameters
    ----------
    sums : ndarray of int64 of shape (3, 256)
        The column's histogram.
    n_bins : int
        Bins that have values.
    sign : {-1, 0, 1}
        Whether answers may only fall or rise with the column.
    also_equal : bool
        Whether a split that gains the same is better too.
    units : ndarray of float64 of shape (2,)
        What gradient and hessian are counted in.
    leaf : LEAF
        The node.
    scan, gains, order : ndarray of int64 of shape (3, 256), of float64 and of int64 of shape (256,)
        Memory to work in.
    split : SPLIT
        The best split so far, with the gain to surpass.

    Returns
    -------
    bool
        Whether it is of this column now.
    """
    used, surpassed = n_bins, False
    if is_categorical:
        used = _sort_categories(sums, n_bins, units, settings[CATEGORY_SMOOTHING], order, gains)
    gradient, hessian, count = sums[GRADIENT], sums[HESSIAN], sums[COUNT]
    width = (used + 7) & ~7  # whole vectors: what lies beyond the last bin is not read
    left_gradient, left_hessian = scan[0, :width], scan[1, :width]
    left_count, gains = scan[2, :width], gains[:width]
    some_missing = count[MISSING] > 0
    for turn in range(2 if some_missing else 1):
        g, h, c = np.int64(0), np.int64(0), np.int64(0)
        if turn == 1:
            g, h, c = gradient[MISSING], hessian[MISSING], count[MISSING]
        for i in range(used):
            k = order[i] if is_categorical else np.int64(i)
            g += gradient[np.uint64(k)]
            h += hessian[np.uint64(k)]
            c += count[np.uint64(k)]
            left_gradient[i], left_hessian[i], left_count[i] = g, h, c
        _write_gains(left_gradient, left_hessian, left_count, leaf, sign, units, settings, gains)
        for i in range(used):
            if gains[i] > split.gain or (also_equal and gains[i] == split.gain):
                also_equal, surpassed = False, True
                split.gain = gains[i]
                split.bin = order[i] if is_categorical else i
                split.gradient = left_gradient[i]
                split.hessian = left_hessian[i]
                split.count = left_count[i]
                more_left = 2 * split.hessian > leaf.hessian
                split.missing_left = turn if some_missing else np.int64(more_left)
                if is_categorical:
                    _write_categories(order, i + 1, split.categories)
    return surpassed


@filling_part
def _write_gains(
    left_gradient: Any, left_hessian: Any, left_count: Any, leaf: Any, sign: int, units: Any,
    settings: Any, gains: Any,
) -> None:  # fmt: skip
    """Write what each split gains, or minus infinity where it may not be: a loop of vectors."""
    l1, l2, low, high = settings[L1], settings[L2], leaf.low, leaf.high
    least_rows, least_hessian = np.int64(settings[LEAST_ROWS]), settings[LEAST_HESSIAN]
    g, h, c = leaf.gradient * units[0], leaf.hessian * units[1], leaf.end - leaf.begin
    parent = merit(g, h, l1, l2, answer(g, h, l1, l2, low, high))
    if sign == 0 and l1 == 0.0 and low == -np.inf and high == np.inf:
        for i in range(len(gains)):
            left_g, left_h = left_gradient[i] * units[0], left_hessian[i] * units[1]
            right_g, right_h = g - left_g, h - left_h
            gain = left_g * left_g / (left_h + l2) + right_g * right_g / (right_h + l2)
            gains[i] = 0.5 * gain - parent
    else:
        for i in range(len(gains)):
            left_g, left_h = left_gradient[i] * units[0], left_hessian[i] * units[1]
            right_g, right_h = g - left_g, h - left_h
            left = answer(left_g, left_h, l1, l2, low, high)
            right = answer(right_g, right_h, l1, l2, low, high)
            gain = merit(left_g, left_h, l1, l2, left) + merit(right_g, right_h, l1, l2, right)
            gains[i] = gain - parent if sign * (left - right) <= 0 else -np.inf
    for i in range(len(gains)):
        left_h = left_hessian[i] * units[1]
        allowed = (
            (left_count[i] >= least_rows)
            & (c - left_count[i] >= least_rows)
            & (left_h >= least_hessian)
            & (h - left_h >= least_hessian)
        )
        gains[i] = gains[i] if allowed else -np.inf


@filling_part
def _sort_categories(
    sums: Any, n_bins: int, units: Any, smoothing: float, order: Any, means: Any
) -> int:
    """Order the categories that occur by their mean gradient: the best split is among neighbours.

    (Fisher, 1958, "On grouping for maximum homogeneity".) The means of rare ones are drawn towards
    zero, as if each had some rows more of gradient 0.
    """
    rows, hessian = np.int64(0), np.int64(0)
    used = 0
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


@filling_part
def _write_categories(order: Any, n: int, categories: Any) -> None:
    """Write the first categories of an order as bits."""
    categories[:] = 0
    for i in range(n):
        k = order[i]
        categories[k >> 6] |= np.uint64(1) << np.uint64(k & 63)
