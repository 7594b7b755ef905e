"""Trees, sums and means of trees, blends and stacks as one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from baremath.ladder._formula import formula_of
from baremath.ladder._preparation import Number
from baremath.ladder._survey import counted
from baremath.maths import number, plain
from baremath.tree.structure import LEAF, Tree
from baremath.tree.wording import Wording

DIGITS = 4
MOST_CATEGORIES = 4


def formula_of_trees(estimator: Any, names: Sequence[str], target: str, most: int | None) -> str:
    """Return the formula of a fitted tree or ensemble as one line of text.

    Parameters
    ----------
    estimator : estimator
        A tree is written out leaf by leaf, a blend or a stack model by model; of sums and means of
        trees it is said what is summed, and how large the trees are.
    names : sequence of str
        The columns that it was fitted on.
    target : str
        The name of what it predicts.
    most : int or None
        The largest number of leaves shown; None shows all.
    """
    if hasattr(estimator, "weights_"):
        return _blend(estimator, target)
    if hasattr(estimator, "final_estimator_"):
        return _stack(estimator, target)
    if hasattr(estimator, "baseline_"):
        return _boosting(estimator, target)
    if hasattr(estimator, "trees_"):
        return _mean(estimator, estimator.trees_, target)
    if hasattr(estimator, "estimators_features_"):
        return _mean(estimator, [member.tree_ for member in estimator.estimators_], target)
    if hasattr(estimator, "tree_"):
        return f"{target} = {_leaves(words_of(estimator, names), most)}"
    return f"{target} = {type(estimator).__name__} of {counted(len(names), 'column')}"


def words_of(estimator: Any, names: Sequence[str]) -> Wording:
    """Return a fitted tree with the names of its columns, classes and categories."""
    columns, classes = estimator.columns_, getattr(estimator, "classes_", None)
    return Wording(
        tree=estimator.tree_,
        feature_names=names,
        class_names=None if classes is None else [str(label) for label in classes],
        category_names=None if columns is None else columns.categories,
        digits=DIGITS,
    )


@dataclass(frozen=True)
class _Region:
    """Where a node's rows lie: bounds of numbers, sets of categories, and what is missing."""

    above: dict[int, float] = field(default_factory=dict)
    below: dict[int, float] = field(default_factory=dict)
    among: dict[int, frozenset[str]] = field(default_factory=dict)
    missing: dict[int, bool] = field(default_factory=dict)

    def after(self, words: Wording, node: int, *, yes: bool) -> _Region:
        """Return the part of the region whose rows answer a question with yes, or with no."""
        column = int(words.tree.feature[node])
        if words.tree.asks_for_categories(node):
            names = (words.category_names or {}).get(column, ())
            left = frozenset(words.left_categories(node))
            chosen = left if yes else frozenset(map(str, names)) - left
            return replace(
                self, among={**self.among, column: self.among.get(column, chosen) & chosen}
            )
        threshold = float(words.tree.threshold[node])
        if math.isinf(threshold):  # all numbers on one side, missing values on the other
            return replace(self, missing={**self.missing, column: yes == (threshold < 0)})
        if yes:
            return replace(self, below={**self.below, column: threshold})
        return replace(self, above={**self.above, column: threshold})

    def written(self, words: Wording) -> str:
        """Return the conditions, column by column in the order of the table."""
        return ", ".join(
            self._condition(words, column)
            for column in sorted({*self.above, *self.below, *self.among, *self.missing})
        )

    def _condition(self, words: Wording, column: int) -> str:
        name = words.feature(column)
        if column in self.among:
            names = sorted(self.among[column])
            shown = [*names[:MOST_CATEGORIES], *(["…"] if len(names) > MOST_CATEGORIES else [])]
            return f"{name} = {' or '.join(shown)}"
        if self.missing.get(column):
            return f"{name} is missing"
        low, high = (
            None if bound is None else plain(number(bound, DIGITS)).replace("−", "-")
            for bound in (self.above.get(column), self.below.get(column))
        )
        if low is None:
            return f"{name} is known" if high is None else f"{name} ≤ {high}"
        return f"{name} > {low}" if high is None else f"{low} < {name} ≤ {high}"


def _leaves(words: Wording, most: int | None) -> str:
    """Return the answers of a tree, each with the region it is for, from the left."""
    regions, leaves = {0: _Region()}, []
    tree = words.tree
    for node in _from_the_left(tree):
        if tree.feature[node] == LEAF:
            leaves.append(node)
            continue
        regions[int(tree.left[node])] = regions[node].after(words, node, yes=True)
        regions[int(tree.right[node])] = regions[node].after(words, node, yes=False)
    largest = sorted(leaves, key=lambda leaf: -tree.n_samples[leaf])[:most]
    parts = [
        f"{words.answer(leaf).replace('−', '-')} where {regions[leaf].written(words)}"
        for leaf in leaves
        if leaf in largest
    ]
    if len(leaves) == 1:
        return words.answer(0).replace("−", "-")
    if rest := len(leaves) - len(parts):
        parts.append(f"… ({counted(rest, 'smaller leaf', 'smaller leaves')})")
    return "; ".join(parts)


def _from_the_left(tree: Tree) -> list[int]:
    """Return the nodes, each before its children, "yes" before "no"."""
    found, waiting = [], [0]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if tree.feature[node] != LEAF:
            waiting += [int(tree.right[node]), int(tree.left[node])]
    return found


def _mean(estimator: Any, trees: Sequence[Tree], target: str) -> str:
    classes = getattr(estimator, "classes_", None)
    mean = f"1/{len(trees):,} ({_terms('tree', len(trees))})"
    size = _size(trees)
    if classes is None:
        return f"{target} = {mean}; {size}"
    return f"P({target} = {_listed(classes)}) = {mean}; {size}, each the shares of the classes"


def _boosting(estimator: Any, target: str) -> str:
    classes = getattr(estimator, "classes_", None)
    size = _size(estimator.trees_)
    start = plain(number(float(estimator.baseline_[0]), DIGITS)).replace("−", "-")
    if classes is None:
        return f"{target} = {start} + {_terms('tree', estimator.n_iter_)}; {size}"
    if len(estimator.baseline_) == 1:
        inside = f"{start} + {_terms('tree', estimator.n_iter_)}"
        return f"P({target} = {classes[1]}) = σ({inside}); {size}"
    inside = f"constant + {_terms('tree', estimator.n_iter_)}"
    return f"P({target} = {_listed(classes)}) = softmax({inside}) of each class; {size}"


def _blend(estimator: Any, target: str) -> str:
    order = np.argsort(-estimator.weights_, kind="stable")
    parts = [
        f"{plain(number(float(estimator.weights_[m]), 3))} {estimator.member_names_[m]}"
        for m in order
        if estimator.weights_[m] >= 0.0005
    ]
    said = target if not hasattr(estimator, "classes_") else f"P({target})"
    return f"{said} = {' + '.join(parts)}"


def _stack(estimator: Any, target: str) -> str:
    said = estimator.get_feature_names_out()
    columns = [Number(name, fill=0.0, mean=0.0, scale=1.0) for name in said]
    final = copy(estimator.final_estimator_)
    if hasattr(final, "classes_"):  # the numbers of the classes
        final.classes_ = estimator.classes_[final.classes_]
    return formula_of(final, columns, target, None)


def _terms(symbol: str, count: int) -> str:
    """Return a sum of numbered terms: tree₁ + tree₂ + … + tree₁₀₀."""
    numbers = range(1, count + 1) if count <= 3 else (1, 2, None, count)
    terms = ("…" if k is None else plain(rf"\text{{{symbol}}}_{{{k}}}") for k in numbers)
    return " + ".join(terms) or "0"


def _size(trees: Sequence[Tree]) -> str:
    leaves = [tree.n_leaves for tree in trees]
    if not leaves:
        return "no tree"
    low, high = min(leaves), max(leaves)
    if low == high:
        return f"trees of {counted(low, 'leaf', 'leaves')}"
    return f"trees of {low:,} to {high:,} leaves"


def _listed(classes: Any) -> str:
    return ", ".join(map(str, classes))
