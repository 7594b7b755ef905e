r"""Cost-complexity pruning: again and again the subtree that lowers the loss least becomes a leaf.

A subtree :math:`T_t` is worth its leaves while
:math:`\alpha < \frac{R(t) - R(T_t)}{|T_t| - 1}`, R being impurity times share of the weight
(Breiman, Friedman, Olshen and Stone, 1984, "Classification and regression trees", chapter 3).
"""

from __future__ import annotations

from dataclasses import fields
from heapq import heapify, heappop, heappush

import numpy as np
from numpy.typing import NDArray

from baremath.tree.structure import LEAF, Tree

Floats = NDArray[np.float64]


def pruning_path(tree: Tree) -> tuple[Floats, Floats]:
    """Return the α at which the tree shrinks, rising, and the impurity of the leaves at each."""
    weakest = _Weakest(tree)
    alphas, impurities = [0.0], [weakest.risk_below[0]]
    while weakest.cut(np.inf):
        alphas.append(weakest.alpha)
        impurities.append(weakest.risk_below[0])
    return np.array(alphas), np.array(impurities)


def pruned(tree: Tree, alpha: float) -> Tree:
    """Return the smallest subtree from the root that is best at this price of a leaf."""
    if alpha == 0.0:
        return tree
    weakest = _Weakest(tree)
    while weakest.cut(alpha):
        pass
    return _without(tree, np.array(weakest.is_leaf))


class _Weakest:
    """A tree that loses its weakest subtree at each cut.

    The inner nodes wait in a heap. A cut never lowers the α of the nodes above it, so a node that
    comes up with an α that has risen since goes back, and no other can be weaker than the first.
    """

    def __init__(self, tree: Tree) -> None:
        risk = tree.weight / tree.weight[0] * tree.impurity
        self.left, self.right = tree.left.tolist(), tree.right.tolist()
        self.is_leaf = (tree.feature == LEAF).tolist()
        self.alpha = 0.0
        self.risk, self.risk_below = risk.tolist(), risk.tolist()
        self.leaves, self.parent = [1] * len(tree), [-1] * len(tree)
        inner = np.flatnonzero(tree.feature != LEAF).tolist()
        for node in reversed(inner):
            left, right = self.left[node], self.right[node]
            self.parent[left] = self.parent[right] = node
            self.risk_below[node] = self.risk_below[left] + self.risk_below[right]
            self.leaves[node] = self.leaves[left] + self.leaves[right]
        self.waiting = [(self._alpha_of(node), node) for node in inner]
        heapify(self.waiting)

    def cut(self, most: float) -> bool:
        """Make the weakest subtree a leaf if its α is no more than that; whether there was one."""
        while self.waiting and self.waiting[0][0] <= most:
            before, node = heappop(self.waiting)
            if self.is_leaf[node]:
                continue
            alpha = self._alpha_of(node)
            if alpha > before:
                heappush(self.waiting, (alpha, node))
                continue
            self.alpha = max(alpha, self.alpha)
            self._make_leaf(node)
            return True
        return False

    def _make_leaf(self, node: int) -> None:
        more, fewer = self.risk[node] - self.risk_below[node], self.leaves[node] - 1
        stack = [node]
        while stack:
            below = stack.pop()
            if not self.is_leaf[below]:
                stack += [self.left[below], self.right[below]]
            self.is_leaf[below] = True
        while node >= 0:
            self.risk_below[node] += more
            self.leaves[node] -= fewer
            node = self.parent[node]

    def _alpha_of(self, node: int) -> float:
        return float((self.risk[node] - self.risk_below[node]) / (self.leaves[node] - 1))


def _without(tree: Tree, is_leaf: NDArray[np.bool_]) -> Tree:
    """Return the tree that ends at these leaves."""
    left, right, reached = tree.left.tolist(), tree.right.tolist(), {0}
    for node in np.flatnonzero(~is_leaf).tolist():
        if node in reached:
            reached |= {left[node], right[node]}
    kept = np.zeros(len(tree), bool)
    kept[list(reached)] = True
    number = np.where(kept, np.cumsum(kept) - 1, LEAF).astype(np.int32)
    parts = {field.name: getattr(tree, field.name) for field in fields(tree)}
    parts["left"], parts["right"] = number[tree.left], number[tree.right]
    for name, nothing in {"feature": LEAF, "left": LEAF, "right": LEAF, "gain": 0.0}.items():
        parts[name] = np.where(is_leaf, nothing, parts[name]).astype(parts[name].dtype)
    parts["threshold"] = np.where(is_leaf, np.nan, tree.threshold)
    return Tree(**{name: part[kept] if len(part) else part for name, part in parts.items()})
