"""A tree as text says what the tree asks and answers, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from baremath.tree.structure import LEAF, Tree
from baremath.tree.text import export_text

Build = Callable[..., Tree]


@pytest.fixture
def iris(from_sklearn: Build) -> Tree:
    X, y = load_iris(return_X_y=True)
    return from_sklearn(DecisionTreeClassifier(max_leaf_nodes=4, random_state=0).fit(X, y))


def test_iris(iris: Tree) -> None:
    names = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
    text = export_text(iris, feature_names=names, class_names=["setosa", "versicolor", "virginica"])
    assert text.splitlines() == [
        "petal_width ≤ 0.8",
        "├─ yes: setosa",
        "└─ no: petal_width ≤ 1.75",
        "   ├─ yes: petal_length ≤ 4.95",
        "   │  ├─ yes: versicolor",
        "   │  └─ no: virginica",
        "   └─ no: virginica",
    ]


def test_details_and_depth(iris: Tree) -> None:
    text = export_text(iris, max_depth=1, details=True, criterion="gini", digits=3)
    assert text.splitlines() == [
        "x_3 ≤ 0.8  (150 rows, gini 0.667, missing: no)",
        "├─ yes: 1, 0, 0  (50 rows, gini 0)",
        "└─ no: 0, 0.5, 0.5  (2 more questions, 100 rows, gini 0.5)",
    ]


def test_categories_have_their_names(random_tree: Build) -> None:
    stump = random_tree(0, n_leaves=2)
    none = np.zeros((3, 4), np.uint64)
    stump = replace(stump, feature=np.array([1, LEAF, LEAF]), threshold=np.full(3, np.nan))

    def asked(bits: int, **names: object) -> str:
        sets = none.copy()
        sets[0] = [bits >> shift & 2**64 - 1 for shift in (0, 64, 128, 192)]
        text = export_text(
            replace(stump, categories=sets), feature_names=["size", "colour"], **names
        )
        return text.splitlines()[0]

    colours = {1: ["red", "green", "blue"]}
    assert asked(0b101, category_names=colours) == "colour ∈ {red, blue}"
    assert asked(0b010, category_names=colours) == "colour = green"
    assert asked(1 << 200 | 0b1, category_names=colours) == "colour = red"
    assert asked(1 << 200 | 0b1) == "colour ∈ {0, 200}"
    assert asked(2**9 - 1) == "colour ∈ {0, 1, 2, … 6 more}"


def test_every_node_has_a_line(random_tree: Build) -> None:
    for n_leaves in (1, 2, 31):
        tree = random_tree(n_leaves, n_leaves=n_leaves)
        lines = export_text(tree).splitlines()
        assert len(lines) == len(tree)
        assert sum(re.search("[≤=∈]", line) is not None for line in lines) == n_leaves - 1


def test_a_chain_of_two_thousand_questions_is_no_trouble(random_tree: Build) -> None:
    tree = random_tree(0, n_leaves=2001, chain=True)
    assert len(export_text(tree).splitlines()) == len(tree)


def test_too_few_names_are_refused(iris: Tree) -> None:
    with pytest.raises(ValueError, match="feature_names has 1 names and the tree asks for 4"):
        export_text(iris, feature_names=["petal"])
    with pytest.raises(ValueError, match="class_names has 2 names and the tree's values are of 3"):
        export_text(iris, class_names=["a", "b"])
