"""Shapley values against their definition: a sum over all sets of features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import factorial

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor

from baremath.tree.predicting import Forest
from baremath.tree.shap import expected_value, shap_values
from baremath.tree.structure import LEAF, Tree

Build = Callable[..., Tree]
Table = Callable[..., np.ndarray]


def _worth(tree: Tree, leaf_below: Callable[[int], int], known: frozenset[int]) -> np.ndarray:
    """Return the tree's mean answer if the row's numbers are known in a set of columns only."""

    def mean(node: int) -> np.ndarray:
        column = int(tree.feature[node])
        if column == LEAF:
            return tree.value[node]
        left, right = int(tree.left[node]), int(tree.right[node])
        if column in known:
            return mean(leaf_below(node))
        share = tree.weight[left] / tree.weight[node] if tree.weight[node] > 0 else 0.5
        return share * mean(left) + (1 - share) * mean(right)

    return mean(0)


def _shapley(tree: Tree, row: np.ndarray, leaf_of: Callable[..., int]) -> np.ndarray:
    n = len(row)

    def next_node(node: int) -> int:
        # A stump of the one question, walked down in plain Python
        stump = replace(
            tree,
            feature=np.array([tree.feature[node], LEAF, LEAF]),
            threshold=tree.threshold[[node, node, node]],
            missing_left=tree.missing_left[[node, node, node]],
            left=np.array([1, -1, -1]),
            right=np.array([2, -1, -1]),
            categories=tree.categories[[node] * 3] if len(tree.categories) else tree.categories,
        )
        return int([tree.left, tree.right][leaf_of(stump, row) - 1][node])

    worth = {
        known: _worth(tree, next_node, known)
        for size in range(n + 1)
        for known in map(frozenset, combinations(range(n), size))
    }
    values = np.zeros((n, tree.value.shape[1]))
    for known, before in worth.items():
        for j in set(range(n)) - known:
            share = factorial(len(known)) * factorial(n - len(known) - 1) / factorial(n)
            values[j] += share * (worth[known | {j}] - before)
    return values


@pytest.mark.parametrize("n_leaves", [1, 2, 5, 12, 30])
@pytest.mark.parametrize("with_categories", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_the_values_are_those_of_the_definition(
    random_tree: Build,
    random_table: Table,
    leaf_of: Callable[..., int],
    n_leaves: int,
    with_categories: bool,
    n_outputs: int,
) -> None:
    tree = random_tree(
        n_leaves, n_leaves=n_leaves, with_categories=with_categories, n_outputs=n_outputs
    )
    X = random_table(n_leaves, 12)
    values = shap_values([tree], X)
    for row, found in zip(X, values, strict=True):
        np.testing.assert_allclose(found, _shapley(tree, row, leaf_of), atol=1e-12)


def test_one_feature_asked_for_again_and_again(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int]
) -> None:
    tree = random_tree(3, n_leaves=25, n_features=2, with_categories=False, chain=True)
    X = random_table(3, 20, n_features=2)
    for row, found in zip(X, shap_values([tree], X), strict=True):
        np.testing.assert_allclose(found, _shapley(tree, row, leaf_of), atol=1e-12)


def test_parts_of_a_tree_that_no_weight_came_to(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int]
) -> None:
    tree = random_tree(4, n_leaves=12)
    weight = tree.weight.copy()
    inner = np.flatnonzero(tree.feature != LEAF)
    emptied = {int(tree.left[inner[1]])}
    for node in inner:
        if node in emptied:
            emptied |= {int(tree.left[node]), int(tree.right[node])}
    weight[list(emptied)] = 0
    for node in inner[::-1]:
        weight[node] = weight[tree.left[node]] + weight[tree.right[node]]
    tree = replace(tree, weight=weight)
    X = random_table(4, 20)
    for row, found in zip(X, shap_values([tree], X), strict=True):
        np.testing.assert_allclose(found, _shapley(tree, row, leaf_of), atol=1e-12)


def test_the_values_sum_to_the_prediction(from_sklearn: Build) -> None:
    X, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(5, random_state=0).fit(X, y)
    trees = [from_sklearn(estimator) for estimator in model.estimators_]
    sums = shap_values(trees, X[:40]).sum(axis=1) + expected_value(trees)
    np.testing.assert_allclose(sums, Forest(trees).sums(X[:40]), rtol=0, atol=1e-9)
    np.testing.assert_allclose(sums[:, 0] / 5, model.predict(X[:40]), rtol=0, atol=1e-9)


def test_a_path_of_forty_features_keeps_the_sum(random_tree: Build) -> None:
    tree = random_tree(5, n_leaves=41, n_features=40, with_categories=False, chain=True)
    tree = replace(tree, feature=np.where(tree.feature == LEAF, LEAF, tree.left // 2).astype("i4"))
    X = np.random.default_rng(0).normal(size=(30, 40))
    sums = shap_values([tree], X).sum(axis=1) + expected_value([tree])
    np.testing.assert_allclose(sums, Forest([tree]).sums(X), atol=1e-9)


def test_trees_take_turns_and_threads_change_nothing(
    random_tree: Build, random_table: Table
) -> None:
    trees = [random_tree(seed) for seed in range(6)]
    X = random_table(6, 200)
    values = shap_values(trees, X, n_outputs=2)
    assert values.shape == (200, 5, 2)
    for k in range(2):
        np.testing.assert_allclose(values[:, :, k], shap_values(trees[k::2], X)[:, :, 0])
        np.testing.assert_allclose(expected_value(trees, 2)[k], expected_value(trees[k::2])[0])
    np.testing.assert_array_equal(shap_values(trees, X, n_outputs=2, n_threads=3), values)
    np.testing.assert_array_equal(shap_values(trees, X[:0]).shape, (0, 5, 1))


def test_what_doesnt_fit_is_refused(random_tree: Build) -> None:
    tree = random_tree(0, n_leaves=20)
    with pytest.raises(ValueError, match=r"the table has shape \(4, 2\); the trees ask for 5"):
        shap_values([tree], np.zeros((4, 2)))
    with pytest.raises(ValueError, match="tree 0 has the weight 0 at its root"):
        shap_values([replace(tree, weight=np.zeros(len(tree)))], np.zeros((4, 5)))


def test_a_tree_of_one_leaf_needs_no_weight(random_tree: Build) -> None:
    tree, leaf = random_tree(0, n_leaves=20), random_tree(1, n_leaves=1)
    leaf = replace(leaf, weight=np.zeros(1))
    X = np.random.default_rng(0).normal(size=(10, 5))
    np.testing.assert_array_equal(shap_values([tree, leaf], X), shap_values([tree], X))
    expected = expected_value([tree]) + leaf.value[0]
    np.testing.assert_allclose(expected_value([tree, leaf]), expected)
