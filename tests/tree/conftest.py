"""Trees from elsewhere: scikit-learn's, and random ones with categories and missing values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from baremath.tree.structure import CATEGORY_WORDS, LEAF, Tree

N_FEATURES = 5
#: Columns of a random tree's table that hold categories.
CATEGORICAL = (1, 3)


def from_sklearn(fitted: Any) -> Tree:
    """Return the tree of a fitted DecisionTree* of scikit-learn."""
    source = fitted.tree_
    is_leaf = source.children_left == -1
    return Tree(
        feature=np.where(is_leaf, LEAF, source.feature).astype(np.int32),
        threshold=np.where(is_leaf, np.nan, source.threshold),
        missing_left=source.missing_go_to_left.astype(bool),
        left=source.children_left.astype(np.int32),
        right=source.children_right.astype(np.int32),
        categories=np.zeros((0, CATEGORY_WORDS), np.uint64),
        value=source.value.reshape(len(is_leaf), -1).copy(),
        gain=np.zeros(len(is_leaf)),
        impurity=source.impurity.copy(),
        n_samples=source.n_node_samples.astype(np.int64),
        weight=source.weighted_n_node_samples.copy(),
    )


def random_tree(
    seed: int,
    *,
    n_leaves: int = 8,
    n_features: int = N_FEATURES,
    n_outputs: int = 1,
    with_categories: bool = True,
    chain: bool = False,
) -> Tree:
    """Return a tree with any questions, and weights that add up."""
    rng = np.random.default_rng(seed)
    n_nodes = 2 * n_leaves - 1
    left, right = np.full(n_nodes, -1, np.int32), np.full(n_nodes, -1, np.int32)
    leaves = [0]
    for next_node in range(1, n_nodes, 2):
        parent = leaves.pop() if chain else leaves.pop(rng.integers(len(leaves)))
        left[parent], right[parent] = next_node, next_node + 1
        leaves += [next_node, next_node + 1]
    inner = left >= 0
    feature = np.where(inner, rng.integers(n_features, size=n_nodes), LEAF).astype(np.int32)
    threshold = np.where(inner, rng.normal(size=n_nodes).round(1), np.nan)
    categories = np.zeros((0, CATEGORY_WORDS), np.uint64)
    if with_categories:
        categories = rng.integers(2**63, size=(n_nodes, CATEGORY_WORDS), dtype=np.uint64)
        threshold[np.isin(feature, CATEGORICAL)] = np.nan
    n_samples = np.where(inner, 0, rng.integers(1, 20, size=n_nodes))
    for node in np.flatnonzero(inner)[::-1]:
        n_samples[node] = n_samples[left[node]] + n_samples[right[node]]
    return Tree(
        feature=feature,
        threshold=threshold,
        missing_left=rng.random(n_nodes) < 0.5,
        left=left,
        right=right,
        categories=categories,
        value=rng.normal(size=(n_nodes, n_outputs)),
        gain=np.where(inner, rng.random(n_nodes), 0.0),
        impurity=rng.random(n_nodes),
        n_samples=n_samples,
        weight=n_samples * 0.5,
    )


def random_table(
    seed: int, n_rows: int, dtype: Any = np.float64, *, n_features: int = N_FEATURES
) -> np.ndarray:
    """Return rows that meet thresholds, missing and infinite values, and strange categories."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_features)).round(1)
    X[rng.random(X.shape) < 0.1] = np.nan
    X[rng.random(X.shape) < 0.05] = np.inf
    X[rng.random(X.shape) < 0.05] = -np.inf
    for column in CATEGORICAL:
        if column < n_features:
            X[:, column] = rng.integers(256, size=n_rows)
            X[rng.random(n_rows) < 0.2, column] = np.nan
            X[rng.random(n_rows) < 0.05, column] = 256
            X[rng.random(n_rows) < 0.05, column] = -1
    return X.astype(dtype)


def leaf_of(tree: Tree, row: np.ndarray) -> int:
    """Walk down in plain Python."""
    node = 0
    while tree.feature[node] != LEAF:
        x, threshold = float(row[tree.feature[node]]), float(tree.threshold[node])
        if np.isnan(threshold):
            known = 0 <= x <= 255
            bits = sum(int(word) << 64 * k for k, word in enumerate(tree.categories[node]))
            goes_left = bool(bits >> int(x) & 1) if known else bool(tree.missing_left[node])
        else:
            goes_left = bool(tree.missing_left[node]) if np.isnan(x) else x <= threshold
        node = int(tree.left[node] if goes_left else tree.right[node])
    return node


@pytest.fixture(name="from_sklearn")
def _from_sklearn() -> Callable[..., Tree]:
    return from_sklearn


@pytest.fixture(name="random_tree")
def _random_tree() -> Callable[..., Tree]:
    return random_tree


@pytest.fixture(name="random_table")
def _random_table() -> Callable[..., np.ndarray]:
    return random_table


@pytest.fixture(name="leaf_of")
def _leaf_of() -> Callable[..., int]:
    return leaf_of
