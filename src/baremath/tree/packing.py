"""The flat arrays of a forest: the first questions of each tree, and the nodes below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from baremath.tree.structure import LEAF, Tree

#: The bits of a word: a tree's first questions have no more ways out.
N_EXITS = 32

#: One node to walk over. Its children are neighbours; a leaf is its own left child.
NODE = np.dtype([("threshold", np.float64), ("left", np.int32), ("feature", np.int32)])

_MISSING_LEFT, _MISSING_RIGHT, _CATEGORIES, _KINDS = 0, 1, 2, 3


@dataclass(frozen=True, eq=False)
class Packed:
    """A forest as the kernels of `walking` take it; no array of it can be written.

    Parameters
    ----------
    n_features : int
        The columns that a table needs.
    used : ndarray of int64 of shape (n_used,)
        The columns that are asked for; elsewhere a feature is its place among them.
    top : tuple of ndarray
        Of the first questions: `thresholds` (n_questions,); `bounds` (n_trees, 4), where the
        questions of each tree begin that send missing values left, those that send them right,
        those for categories, and where they end; `asked` (n_questions,), the feature; `mask`
        (n_questions,), the ways out that remain after "right"; `question` (n_questions,), the
        node; `first_exit` (n_trees,) and `exits`, the node at each way out, or for trees that end
        there, the leaf; `walks` (n_trees,).
    walk : tuple of ndarray
        Of all nodes, tree by tree and breadth first: `roots` (n_trees,), `nodes`, `missing_right`,
        `set_of`, the row in `sets` of a question for categories, `sets`, and `leaf`, the leaf's
        number or -1.
    values : ndarray of float64 of shape (n_leaves, n_outputs)
        The leaves' answers.
    leaf_nodes : ndarray of float64 of shape (n_leaves, 1)
        The leaves' numbers among the nodes of their tree.
    """

    n_features: int
    used: NDArray[np.int64]
    top: tuple[NDArray[Any], ...]
    walk: tuple[NDArray[Any], ...]
    values: NDArray[np.float64]
    leaf_nodes: NDArray[np.float64]


def pack(trees: Sequence[Tree]) -> Packed:
    """Lay out trees, one after the other."""
    sizes = np.array([len(tree) for tree in trees])
    roots = np.cumsum(sizes) - sizes
    tree_of = np.repeat(np.arange(len(trees)), sizes)
    feature, threshold, missing_left, value = (
        np.concatenate([getattr(tree, name) for tree in trees])
        for name in ("feature", "threshold", "missing_left", "value")
    )
    left, right = (
        np.concatenate([getattr(tree, side) for tree in trees]) + roots[tree_of]
        for side in ("left", "right")
    )
    is_leaf = feature == LEAF
    for_categories = ~is_leaf & np.isnan(threshold)
    used, place = np.unique(feature[~is_leaf], return_inverse=True)
    position_of_feature = np.zeros(len(feature), np.int32)
    position_of_feature[~is_leaf] = place

    levels = _levels(roots, left, right, is_leaf)
    order = np.concatenate(levels)
    order = order[np.argsort(tree_of[order], kind="stable")]
    position = np.empty_like(order)
    position[order] = np.arange(len(order))

    nodes = np.empty(len(order), NODE)
    nodes["threshold"] = np.where(is_leaf, np.inf, threshold)[order]
    nodes["left"] = np.where(is_leaf, position, position[np.where(is_leaf, 0, left)])[order]
    nodes["feature"] = position_of_feature[order]
    leaf = np.where(is_leaf[order], np.cumsum(is_leaf[order]) - 1, -1)
    set_of = (np.cumsum(for_categories) - 1)[order]
    missing_right = ~missing_left[order] & ~is_leaf[order]
    sets = np.concatenate([tree.categories for tree in trees if len(tree.categories)] or [_NONE])
    if len(sets):
        has_sets = np.repeat([len(tree.categories) > 0 for tree in trees], sizes)
        sets = sets[for_categories[has_sets]]

    n_samples = np.concatenate([tree.n_samples for tree in trees])
    asked = _most_met(n_samples, levels, order, tree_of, left, right, is_leaf)
    first, n_exits = _exits(asked, levels, left, right)
    questions = np.flatnonzero(asked)
    kinds = np.where(missing_left, _MISSING_LEFT, _MISSING_RIGHT)
    kinds[for_categories] = _CATEGORIES
    keys = tree_of[questions] * _KINDS + kinds[questions]
    questions = questions[np.argsort(keys, kind="stable")]
    keys.sort()
    starts = np.arange(len(trees))[:, None] * _KINDS + np.arange(_KINDS + 1)
    taken = (np.uint64(1) << n_exits[left[questions]].astype(np.uint64)) - np.uint64(1)
    mask = ~(taken << first[questions].astype(np.uint64)).astype(np.uint32)

    is_exit = np.zeros(len(feature), bool)
    is_exit[roots] = True
    is_exit[left[questions]] = is_exit[right[questions]] = True
    is_exit &= ~asked
    walks = np.zeros(len(trees), bool)
    walks[tree_of[is_exit & ~is_leaf]] = True
    first_exit = np.cumsum(n_exits[roots]) - n_exits[roots]
    at_exit = np.flatnonzero(is_exit)
    exits = np.empty(len(at_exit), np.int32)
    exits[first_exit[tree_of[at_exit]] + first[at_exit]] = np.where(
        walks[tree_of[at_exit]], position[at_exit], leaf[position[at_exit]]
    )

    return Packed(
        n_features=int(feature.max()) + 1,
        used=locked(used.astype(np.int64)),
        top=(
            locked(threshold[questions]),
            locked(np.searchsorted(keys, starts)),
            locked(position_of_feature[questions]),
            locked(mask),
            locked(position[questions]),
            locked(first_exit),
            locked(exits),
            locked(walks),
        ),
        walk=(
            locked(roots),
            locked(nodes),
            locked(missing_right),
            locked(set_of.astype(np.int32)),
            locked(sets),
            locked(leaf.astype(np.int32)),
        ),
        values=locked(value[order][is_leaf[order]]),
        leaf_nodes=locked((order - roots[tree_of[order]])[is_leaf[order], None].astype(np.float64)),
    )


def locked(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that can't be written, so that kernels are compiled for one kind of array."""
    view = np.ascontiguousarray(array).view()
    view.flags.writeable = False
    return view


_NONE = np.zeros((0, 4), np.uint64)

Numbers = NDArray[np.int64]
Marks = NDArray[np.bool_]


def _levels(roots: Numbers, left: Numbers, right: Numbers, is_leaf: Marks) -> list[Numbers]:
    """Return the nodes of each depth, the children of a node next to each other."""
    levels = [roots]
    while len(inner := levels[-1][~is_leaf[levels[-1]]]):
        levels.append(np.column_stack([left[inner], right[inner]]).ravel())
    return levels


def _most_met(
    n_samples: Numbers,
    levels: list[Numbers],
    order: Numbers,
    tree_of: Numbers,
    left: Numbers,
    right: Numbers,
    is_leaf: Marks,
) -> Marks:
    """Mark the questions of each tree that most rows meet: a node after its parent."""
    met = n_samples.copy()
    for level in levels:
        inner = level[~is_leaf[level]]
        for side in (left, right):
            met[side[inner]] = np.minimum(met[side[inner]], met[inner])
    inner = order[~is_leaf[order]]
    inner = inner[np.lexsort((-met[inner], tree_of[inner]))]
    tree = tree_of[inner]
    rank = np.arange(len(inner)) - np.searchsorted(tree, tree)
    asked = np.zeros(len(is_leaf), bool)
    asked[inner[rank < N_EXITS - 1]] = True
    return asked


def _exits(
    asked: Marks, levels: list[Numbers], left: Numbers, right: Numbers
) -> tuple[Numbers, Numbers]:
    """Return, for each node that is asked or a way out, its first way out and how many it has."""
    first, n_exits = np.zeros(len(asked), np.int64), np.ones(len(asked), np.int64)
    above = [level[asked[level]] for level in levels]
    for nodes in reversed(above):
        n_exits[nodes] = n_exits[left[nodes]] + n_exits[right[nodes]]
    for nodes in above:
        first[left[nodes]] = first[nodes]
        first[right[nodes]] = first[nodes] + n_exits[left[nodes]]
    return first, n_exits
