"""The path is the one that the row takes, and its arithmetic can be done again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from baremath.maths import Derivation, Step
from baremath.tree.path import explain_path, path_of
from baremath.tree.structure import LEAF, Tree

Build = Callable[..., Tree]
Table = Callable[..., np.ndarray]


def _again(step: Step) -> object:
    """Compute a step from the numbers that it shows."""
    inputs = {
        key: np.array(value) if isinstance(value, list) else value
        for key, value in step.inputs.items()
    }
    return eval(step.expression, {"argmax": np.argmax}, inputs)


def test_a_row_takes_the_path_of_the_plain_walk(
    random_tree: Build, random_table: Table, leaf_of: Callable[..., int]
) -> None:
    for seed in range(5):
        tree = random_tree(seed, n_leaves=20)
        for row in random_table(seed, 40):
            nodes = path_of(tree, row)
            assert nodes[0] == 0
            assert nodes[-1] == leaf_of(tree, row)
            for node, child in pairwise(nodes):
                assert child in (tree.left[node], tree.right[node])


@pytest.mark.parametrize("class_names", [None, ["a", "b", "c"]])
def test_every_step_can_be_computed_again(
    random_tree: Build, random_table: Table, class_names: list[str] | None
) -> None:
    tree = random_tree(1, n_leaves=25, n_outputs=3)
    tree = Tree(**{**vars(tree), "value": np.abs(tree.value)})
    for row in random_table(1, 30):
        derivation = explain_path(tree, row, class_names=class_names)
        for step in derivation.steps:
            again = _again(step)
            np.testing.assert_array_equal(np.asarray(again), np.asarray(step.value))
        assert Derivation.from_json(derivation.to_json()).title == derivation.title
        assert derivation.to_html()
        assert derivation.to_latex()


def test_the_gains_of_all_questions_make_up_the_impurity(from_sklearn: Build) -> None:
    X, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier(random_state=0).fit(X, y)
    tree = from_sklearn(model)
    gains = {}
    for row in X:
        nodes = path_of(tree, row)
        steps = explain_path(tree, row, criterion="gini").steps
        gains |= {node: steps[2 * k + 1].value for k, node in enumerate(nodes[:-1])}
    assert len(gains) == (tree.feature != LEAF).sum()
    total = sum(gain * tree.weight[node] / tree.weight[0] for node, gain in gains.items())
    assert total == pytest.approx(tree.impurity[0])


def test_the_answer_is_the_prediction(from_sklearn: Build) -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    classifier = DecisionTreeClassifier(max_depth=2).fit(X, names[y])
    regressor = DecisionTreeRegressor(max_depth=3).fit(X, X[:, 0])
    for row in X[::20]:
        steps = explain_path(from_sklearn(classifier), row, class_names=names).steps
        assert steps[-1].value == classifier.predict([row])[0]
        steps = explain_path(from_sklearn(regressor), row, criterion="variance").steps
        assert steps[-1].value == regressor.predict([row])[0]


def test_a_missing_value_and_a_category_are_named(random_tree: Build) -> None:
    tree = random_tree(0, n_leaves=2)
    sets = np.zeros((3, 4), np.uint64)
    sets[0, 0] = 0b101
    stump = Tree(
        **{
            **vars(tree),
            "feature": np.array([1, LEAF, LEAF]),
            "threshold": np.full(3, np.nan),
            "missing_left": np.array([True, False, False]),
            "categories": sets,
        }
    )
    names = {"feature_names": ["size", "colour"], "category_names": {1: ["red", "green", "blue"]}}
    text = str(explain_path(stump, [0.0, 1.0], **names))
    assert "[colour ∈ {red, blue}]" in text
    assert "[green ∈ {red, blue}]" in text
    assert "= no" in text
    assert "missing values count as yes" in str(explain_path(stump, [0.0, np.nan], **names))


def test_a_gain_that_is_no_impurity_is_only_told(random_tree: Build) -> None:
    tree = random_tree(2)
    steps = explain_path(tree, np.zeros(5), criterion=None).steps
    assert steps[1].value == tree.gain[0]
    assert "impurity" not in str(Derivation("path", steps))


def test_a_tree_without_questions(random_tree: Build) -> None:
    tree = random_tree(0, n_leaves=1)
    assert [step.value for step in explain_path(tree, []).steps] == [tree.value[0, 0]]


def test_a_short_row_is_refused(random_tree: Build) -> None:
    with pytest.raises(ValueError, match=r"row has shape \(2,\); the tree asks for 5 numbers"):
        explain_path(random_tree(0, n_leaves=20), [0.0, 1.0])
