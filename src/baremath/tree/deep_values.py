"""What the nodes of a grown tree answer, and what its criterion says of their rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from baremath.estimator import Floats
from baremath.tree.deep_median import node_medians
from baremath.tree.deep_room import ABSOLUTE, ENTROPY, POISSON, SQUARED, Data
from baremath.tree.deep_target import Target
from baremath.tree.ranks import Ranks, middle
from baremath.tree.structure import LEAF, Tree
from baremath.tree.threads import kernel


def make_tree(
    nodes: Any, categories: Any, ranks: Ranks, target: Target, data: Data, rows: Any
) -> Tree:
    """Return the tree of grown nodes."""
    n_nodes = len(nodes)
    value = np.zeros((n_nodes, target.n_values))
    weight, loss, threshold, gain = (np.empty(n_nodes) for _ in range(4))
    feature, left, right = (np.empty(n_nodes, np.int32) for _ in range(3))
    missing_left, n_samples = np.empty(n_nodes, np.bool_), np.empty(n_nodes, np.int64)
    _write_questions(
        nodes, ranks.is_categorical, ranks.missing, ranks.lowest, ranks.highest, feature,
        threshold, missing_left, left, right, gain, n_samples,
    )  # fmt: skip
    _sum_up(
        nodes, rows, target.classes, target.amounts, data.targets, data.weight, target.criterion,
        value, weight, loss,
    )  # fmt: skip
    if target.criterion == ABSOLUTE:
        fenwick = np.zeros((len(target.y_values) + 1, 2))
        amounts = np.empty(len(target.y_values))
        amounts[target.y_order] = target.amounts[:, 0]
        node_medians(
            data.weight, data.targets, target.y_order, target.y_values, amounts, rows, nodes,
            fenwick, value, loss,
        )  # fmt: skip
    with np.errstate(over="ignore", under="ignore"):
        for unit in target.gain_unit:
            gain *= unit
        if len(target.classes):
            impurity: Any = _impurity_of_shares(value, target.criterion)
        else:
            value /= target.shrink
            impurity = loss / weight
            for unit in target.gain_unit:
                impurity *= unit
    if data.monotonic.any():
        _hold_within_bounds(value, nodes, target)
    return Tree(
        feature=feature,
        threshold=threshold,
        missing_left=missing_left,
        left=left,
        right=right,
        categories=categories,
        value=value,
        gain=gain,
        impurity=impurity,
        n_samples=n_samples,
        weight=weight,
    )


def _hold_within_bounds(value: Floats, nodes: Any, target: Target) -> None:
    """Clip the answers to what monotonic columns above allow."""
    low, high = (target.middle[0] + nodes[bound] for bound in ("low", "high"))
    value[:, -1] = np.clip(value[:, -1], low / target.scale, high / target.scale)
    if len(target.classes) and value.shape[1] == 2:
        value[:, 0] = 1 - value[:, 1]


def _impurity_of_shares(share: Floats, criterion: int) -> Floats:
    """Return the Gini impurity, or the entropy in bits, of the classes' shares."""
    if criterion == ENTROPY:
        logarithm = np.log2(share, out=np.zeros_like(share), where=share > 0)
        return np.asarray(np.maximum(-(share * logarithm).sum(axis=1), 0.0))
    return np.asarray(np.maximum(1.0 - (share * share).sum(axis=1), 0.0))


@kernel
def _write_questions(
    nodes: Any, is_categorical: Any, missing: int, lowest: Any, highest: Any, feature: Any,
    threshold: Any, missing_left: Any, left: Any, right: Any, gain: Any, n_samples: Any,
) -> None:  # fmt: skip
    """Write what each node asks and where its children are; at a leaf the same without a gain."""
    for node in range(len(nodes)):
        this = nodes[node]
        asked, is_inner = this.feature, this.feature != LEAF
        feature[node], missing_left[node] = asked, this.missing_left > 0
        left[node], right[node] = this.left, this.left + is_inner
        gain[node], n_samples[node] = this.gain * is_inner, this.stop - this.start
        threshold[node] = np.nan
        if is_inner and not is_categorical[asked]:
            threshold[node] = np.inf
            if this.above != missing:
                threshold[node] = middle(highest[asked, this.below], lowest[asked, this.above])


@kernel
def _sum_up(
    nodes: Any, rows: Any, classes: Any, amounts: Any, targets: Any, weights: Any, criterion: int,
    value: Any, weight: Any, loss: Any,
) -> None:  # fmt: skip
    """Write each node's weight, means and loss: leaves from their rows, others from their children.

    A parent's loss is the children's, and what the split has gained.
    """
    for node in range(len(nodes) - 1, -1, -1):
        this = nodes[node]
        left = this.left
        if left >= 0 and this.feature >= 0:
            weight[node] = weight[left] + weight[left + 1]
            loss[node] = loss[left] + loss[left + 1] + this.gain
            for k in range(value.shape[1]):
                value[node, k] = value[left, k] + value[left + 1, k]
            continue
        total = 0.0
        for i in range(this.start, this.stop):
            row = rows[i]
            total += weights[row]
            if len(classes):
                value[node, classes[row]] += weights[row]
            for k in range(amounts.shape[1] if len(amounts) else 0):
                value[node, k] += weights[row] * amounts[row, k]
        weight[node], loss[node] = total, 0.0
        if len(amounts):
            loss[node] = _leaf_loss(targets, weights, rows, this.start, this.stop, criterion, total)
    for node in range(len(nodes)):
        for k in range(value.shape[1]):
            value[node, k] /= weight[node]


@kernel
def _leaf_loss(
    targets: Any, weights: Any, rows: Any, start: int, stop: int, criterion: int, total: float
) -> float:
    """Return the squared error of a leaf's targets, or half their Poisson deviance."""
    loss = 0.0
    for k in range(targets.shape[1]):
        mean = 0.0
        for i in range(start, stop):
            mean += weights[rows[i]] * targets[rows[i], k]
        mean /= total
        for i in range(start, stop):
            w, y = weights[rows[i]], targets[rows[i], k]
            if criterion == SQUARED:
                loss += w * (y - mean) * (y - mean)
            elif criterion == POISSON and y > 0.0:
                loss += w * y * math.log(y / mean)
    return loss
