r"""Cost-complexity pruning: again and again the subtree that lowers the loss least becomes a leaf.

A subtree :math:`T_t` is worth its leaves while
:math:`\alpha < \frac{R(t) - R(T_t)}{|T_t| - 1}`, R being impurity times share of the weight
(Breiman, Friedman, Olshen and Stone, 1984, "Classification and regression trees", chapter 3).
"""

from __future__ import annotations

from dataclasses import fields

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
    return _without(tree, weakest.is_leaf)


class _Weakest:
    """A tree that loses its weakest subtree at each cut."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.is_leaf = tree.feature == LEAF
        self.alpha = 0.0
        self.risk = tree.weight / tree.weight[0] * tree.impurity
        self.risk_below = self.risk.copy()
        self.leaves = np.ones(len(tree))
        self.parent = np.full(len(tree), -1)
        for node in np.flatnonzero(~self.is_leaf)[::-1]:
            children = [tree.left[node], tree.right[node]]
            self.parent[children] = node
            self.risk_below[node] = self.risk_below[children].sum()
            self.leaves[node] = self.leaves[children].sum()
        self.alphas = np.full(len(tree), np.inf)
        inner = np.flatnonzero(~self.is_leaf)
        self.alphas[inner] = self._alpha_of(inner)

    def cut(self, most: float) -> bool:
        """Make the weakest subtree a leaf if its α is no more than that; whether there was one."""
        node = int(self.alphas.argmin())
        if self.is_leaf[0] or self.alphas[node] > most:
            return False
        self.alpha = max(float(self.alphas[node]), self.alpha)
        more, fewer = self.risk[node] - self.risk_below[node], self.leaves[node] - 1
        stack = [node]
        while stack:
            below = stack.pop()
            if not self.is_leaf[below]:
                stack += [int(self.tree.left[below]), int(self.tree.right[below])]
            self.is_leaf[below], self.alphas[below] = True, np.inf
        while node >= 0:
            self.risk_below[node] += more
            self.leaves[node] -= fewer
            if not self.is_leaf[node]:
                self.alphas[node] = self._alpha_of(np.array([node]))[0]
            node = int(self.parent[node])
        return True

    def _alpha_of(self, nodes: NDArray[np.intp]) -> Floats:
        return np.asarray(
            (self.risk[nodes] - self.risk_below[nodes]) / (self.leaves[nodes] - 1), np.float64
        )


def _without(tree: Tree, is_leaf: NDArray[np.bool_]) -> Tree:
    """Return the tree that ends at these leaves."""
    kept = np.zeros(len(tree), bool)
    kept[0] = True
    for node in np.flatnonzero(~is_leaf):
        if kept[node]:
            kept[[tree.left[node], tree.right[node]]] = True
    number = np.where(kept, np.cumsum(kept) - 1, LEAF).astype(np.int32)
    parts = {field.name: getattr(tree, field.name) for field in fields(tree)}
    parts["left"], parts["right"] = number[tree.left], number[tree.right]
    for name, nothing in {"feature": LEAF, "left": LEAF, "right": LEAF, "gain": 0.0}.items():
        parts[name] = np.where(is_leaf, nothing, parts[name]).astype(parts[name].dtype)
    parts["threshold"] = np.where(is_leaf, np.nan, tree.threshold)
    return Tree(**{name: part[kept] if len(part) else part for name, part in parts.items()})
