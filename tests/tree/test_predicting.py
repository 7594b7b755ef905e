"""A forest answers what its trees answer when they are walked down in plain Python."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeRegressor

from baremath.tree.predicting import Forest
from baremath.tree.structure import LEAF, Tree

Build = Callable[..., Tree]
Table = Callable[..., np.ndarray]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("with_categories", [False, True])
@pytest.mark.parametrize("n_leaves", [1, 2, 8, 32, 33, 200])
@pytest.mark.parametrize("n_rows", [0, 1, 7, 300])
def test_every_row_comes_to_the_leaf_of_the_plain_walk(
    random_tree: Build,
    random_table: Table,
    leaf_of: Callable[..., int],
    dtype: Any,
    with_categories: bool,
    n_leaves: int,
    n_rows: int,
) -> None:
    options: dict[str, Any] = {"n_leaves": n_leaves, "with_categories": with_categories}
    trees = [random_tree(seed, **options) for seed in range(3)]
    X = random_table(0, n_rows, dtype)
    leaves = np.array([[leaf_of(tree, row) for tree in trees] for row in X], int).reshape(-1, 3)
    forest = Forest(trees)
    np.testing.assert_array_equal(forest.apply(X), leaves)
    answers = [tree.value[leaf] for tree, leaf in zip(trees, leaves.T, strict=True)]
    np.testing.assert_array_equal(forest.sums(X), 0 + answers[0] + answers[1] + answers[2])


@pytest.mark.parametrize("n_rows", [3, 500])
def test_the_top_of_a_tree_may_have_questions_of_all_kinds(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int], n_rows: int
) -> None:
    trees = [random_tree(seed, n_leaves=n) for seed, n in enumerate([1, 64, 5, 40, 32, 2])]
    trees += [random_tree(7, n_leaves=61, with_categories=False, chain=True)]
    X = random_table(1, n_rows)
    leaves = [[leaf_of(tree, row) for tree in trees] for row in X]
    np.testing.assert_array_equal(Forest(trees).apply(X), leaves)


def test_a_chain_of_sixty_questions(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int]
) -> None:
    tree = random_tree(0, n_leaves=61, chain=True)
    assert tree.max_depth == 60
    X = random_table(2, 400)
    np.testing.assert_array_equal(Forest([tree]).apply(X)[:, 0], [leaf_of(tree, x) for x in X])


@pytest.mark.parametrize("n_rows", [2, 100])
def test_a_float32_is_compared_without_being_rounded(random_tree: Build, n_rows: int) -> None:
    stump = random_tree(0, n_leaves=2, n_features=1, with_categories=False)
    for threshold in (0.1, 1 / 3, 16777217.0, 1e300, -1e300, 1e-300, -1e-300, 0.0, np.inf, -np.inf):
        tree = replace(stump, threshold=np.array([threshold, np.nan, np.nan]))
        near = np.float32(np.clip(threshold, -3e38, 3e38))
        numbers = [np.nextafter(near, -np.inf), near, np.nextafter(near, np.inf), np.inf, -np.inf]
        X = np.resize(np.array(numbers, np.float32), (n_rows, 1))
        left = Forest([tree]).apply(X)[:, 0] == 1
        np.testing.assert_array_equal(left, X[:, 0].astype(float) <= threshold)


def test_scikit_learns_forest_is_the_mean_of_its_trees(from_sklearn: Build) -> None:
    X, y = load_digits(return_X_y=True)
    X = X.astype(np.float32)
    X[::7, ::3] = np.nan
    model = RandomForestClassifier(10, random_state=0).fit(X[:1000], y[:1000])
    trees = [from_sklearn(estimator) for estimator in model.estimators_]
    forest = Forest(trees)
    np.testing.assert_allclose(forest.sums(X) / 10, model.predict_proba(X), atol=1e-14)
    np.testing.assert_array_equal(forest.apply(X), model.apply(X))


def test_scikit_learns_thresholds_are_kept_at_ties(from_sklearn: Build) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(5, size=(500, 3)).astype(np.float32)
    model = DecisionTreeRegressor(random_state=0).fit(X, rng.normal(size=500))
    at = np.concatenate([X, X + 0.5, X - 0.5]).astype(np.float32)
    np.testing.assert_array_equal(Forest([from_sklearn(model)]).sums(at)[:, 0], model.predict(at))


def test_trees_of_one_output_take_turns(random_tree: Build, random_table: Table) -> None:
    trees = [random_tree(seed) for seed in range(7)]
    X = random_table(3, 50)
    together = Forest(trees, n_outputs=3).sums(X)
    for k in range(3):
        np.testing.assert_array_equal(together[:, k], Forest(trees[k::3]).sums(X)[:, 0])


def test_a_part_of_the_trees_after_another_gives_the_sum_of_all(
    random_tree: Build, random_table: Table
) -> None:
    forest = Forest([random_tree(seed) for seed in range(6)], n_outputs=2)
    X = random_table(4, 80)
    total = np.zeros((80, 2))
    for k in range(3):
        forest.sums(X, first=2 * k, last=2 * k + 2, out=total)
        np.testing.assert_array_equal(total, forest.sums(X, last=2 * k + 2))
    np.testing.assert_array_equal(total, forest.sums(X))


def test_sums_are_added_to_what_is_given(random_tree: Build, random_table: Table) -> None:
    forest = Forest([random_tree(seed, n_outputs=2) for seed in range(3)])
    X = random_table(5, 20)
    out = np.ones((20, 2))
    assert forest.sums(X, first=1, out=out) is out
    np.testing.assert_allclose(out, 1 + forest.sums(X) - forest.sums(X, last=1))


def test_a_row_has_its_answer_whatever_the_threads_and_the_other_rows(
    random_tree: Build, random_table: Table
) -> None:
    forest = Forest([random_tree(seed, n_leaves=40, n_outputs=2) for seed in range(20)])
    X = random_table(6, 5000)
    sums, leaves = forest.sums(X), forest.apply(X)
    for n_threads in (2, 3, 16):
        np.testing.assert_array_equal(forest.sums(X, n_threads=n_threads), sums)
        np.testing.assert_array_equal(forest.apply(X, n_threads=n_threads), leaves)
    some = [0, 1, 77, 4999]
    np.testing.assert_array_equal([forest.sums(X[k : k + 1])[0] for k in some], sums[some])
    np.testing.assert_array_equal(forest.sums(X[4000:4100]), sums[4000:4100])


def test_the_layout_and_the_kind_of_a_table_dont_matter(
    random_tree: Build, random_table: Table
) -> None:
    forest = Forest([random_tree(0)])
    X = random_table(7, 30)
    expected = forest.sums(X)
    locked = X.copy()
    locked.flags.writeable = False
    wide = np.column_stack([X, np.zeros((30, 2))])
    for table in (np.asfortranarray(X), np.repeat(X, 2, axis=0)[::2], locked, wide):
        np.testing.assert_array_equal(forest.sums(table), expected)
    whole = np.arange(20).reshape(4, 5)
    np.testing.assert_array_equal(forest.sums(whole), forest.sums(whole.astype(float)))


def test_a_forest_survives_being_pickled(random_tree: Build, random_table: Table) -> None:
    forest = Forest([random_tree(seed) for seed in range(4)], n_outputs=2)
    X = random_table(8, 10)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(forest)).sums(X), forest.sums(X))


def test_the_questions_that_come_first_need_no_sensible_counts(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int]
) -> None:
    tree = random_tree(1, n_leaves=100)
    n_samples = np.random.default_rng(0).integers(100, size=len(tree))
    X = random_table(9, 200)
    leaves = Forest([replace(tree, n_samples=n_samples)]).apply(X)[:, 0]
    np.testing.assert_array_equal(leaves, [leaf_of(tree, row) for row in X])
    assert (tree.feature[leaves] == LEAF).all()


def test_what_doesnt_fit_is_refused(random_tree: Build, random_table: Table) -> None:
    with pytest.raises(ValueError, match="there are no trees; give at least one"):
        Forest([])
    with pytest.raises(ValueError, match=r"the trees have \[1, 2\] outputs; all need as many"):
        Forest([random_tree(0), random_tree(0, n_outputs=2)])
    with pytest.raises(ValueError, match="n_outputs is 3 and the trees have 2 outputs"):
        Forest([random_tree(0, n_outputs=2)], n_outputs=3)
    forest = Forest([random_tree(0, n_leaves=20)])
    with pytest.raises(ValueError, match=r"the table has shape \(4, 2\); the trees ask for 5"):
        forest.sums(np.zeros((4, 2)))
    with pytest.raises(ValueError, match=r"a float64 array of shape \(4, 1\) in C order"):
        forest.sums(random_table(0, 4), out=np.zeros((4, 2)))
