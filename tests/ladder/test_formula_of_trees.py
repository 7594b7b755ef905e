"""The formulas of trees and ensembles, read back and computed again."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest

from baremath.ensemble import (
    BlendingRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from baremath.ladder import TableModel
from baremath.linear_model import LinearRegression
from baremath.tree import DecisionTreeClassifier, DecisionTreeRegressor
from baremath.tree.structure import LEAF

RNG = np.random.default_rng(0)
N = 200
TABLE = pl.DataFrame(
    {
        "x": RNG.normal(size=N).round(2),
        "z": RNG.normal(size=N).round(2),
        "city": RNG.choice(["Lyon", "Nice", "Paris"], N),
    }
)
STEPS = 10 * (TABLE["x"] > 0).to_numpy() + 3 * (TABLE["city"] == "Nice").to_numpy()
Y = pl.Series("y", STEPS + TABLE["z"].to_numpy())
LABEL = pl.Series("label", np.where(Y > 5, "high", "low"))


def fitted(estimator, y=Y):
    task = "regression" if y is Y else "classification"
    return TableModel(estimator, task, raw=True).fit(TABLE, y)


def holds(conditions: str, row: dict) -> bool:
    """Whether a row fulfils conditions such as ``-1 < x ≤ 2, city = Lyon or Nice``."""
    for condition in conditions.split(", "):
        if match := re.fullmatch(r"(\w+) = (.+)", condition):
            if row[match[1]] not in match[2].split(" or "):
                return False
            continue
        match = re.fullmatch(r"(?:(\S+) < )?(\w+)(?: > (\S+))?(?: ≤ (\S+))?", condition)
        assert match, condition
        low, name, above, high = match.groups()
        low = low or above
        if (low and not row[name] > float(low)) or (high and not row[name] <= float(high)):
            return False
    return True


@pytest.mark.parametrize("y", [Y, LABEL], ids=["amounts", "classes"])
def test_a_tree_is_read_back_leaf_by_leaf(y: pl.Series) -> None:
    kind = DecisionTreeRegressor if y is Y else DecisionTreeClassifier
    model = fitted(kind(max_leaf_nodes=6, min_samples_leaf=3), y)
    name, _, written = model.formula(most=None).partition(" = ")
    assert name == y.name
    leaves = [leaf.split(" where ") for leaf in written.split("; ")]
    for row, predicted in zip(TABLE.rows(named=True), model.predict(TABLE), strict=True):
        (answer,) = [said for said, conditions in leaves if holds(conditions, row)]
        assert (
            answer == predicted if y is LABEL else float(answer) == pytest.approx(predicted, 1e-3)
        )


def test_of_many_leaves_those_with_most_rows_are_shown() -> None:
    model = fitted(DecisionTreeRegressor(max_leaf_nodes=6, min_samples_leaf=3))
    tree = model.estimator_.tree_
    sizes = sorted(tree.n_samples[tree.feature == LEAF])
    assert model.formula(most=2).endswith("; … (4 smaller leaves)")
    rows = TABLE.rows(named=True)
    shown = [leaf.split(" where ")[1] for leaf in model.formula(most=2).split("; ")[:2]]
    assert sorted(sum(holds(c, row) for row in rows) for c in shown) == sizes[-2:]


def test_a_tree_without_a_question_is_its_answer() -> None:
    assert fitted(DecisionTreeRegressor(min_samples_leaf=150)).formula() == (
        f"y = {float(Y.mean()):.4g}"
    )


def test_sums_and_means_say_what_they_are_made_of() -> None:
    assert fitted(RandomForestRegressor(3)).formula().startswith("y = 1/3 (tree₁ + tree₂ + tree₃);")
    forest = fitted(RandomForestClassifier(5), LABEL).formula()
    assert forest.startswith("P(label = high, low) = 1/5 (tree₁ + tree₂ + … + tree₅); trees of ")
    boosting = fitted(GradientBoostingRegressor(n_estimators=7, max_leaf_nodes=2))
    assert boosting.formula() == (
        f"y = {float(Y.mean()):.4g} + tree₁ + tree₂ + … + tree₇; trees of 2 leaves"
    )
    odds = fitted(GradientBoostingClassifier(n_estimators=1), LABEL).formula()
    assert re.fullmatch(r"P\(label = low\) = σ\(-?[\d.]+ \+ tree₁\); trees of \d+ leaves", odds)
    cities = TABLE["city"].rename("home")
    several = fitted(GradientBoostingClassifier(n_estimators=2), cities).formula()
    assert several.startswith("P(home = Lyon, Nice, Paris) = softmax(constant + tree₁ + tree₂)")


def test_a_blend_is_its_weights_largest_first() -> None:
    members = [
        ("line", TableModel(LinearRegression(), "regression")),
        ("tree", DecisionTreeRegressor(max_leaf_nodes=4)),
    ]
    model = fitted(BlendingRegressor(members, predict_with="refit", random_state=0))
    weights = model.estimator_.weights_
    written = re.findall(r"(?:= |\+ )(\S+) (line|tree)", model.formula())
    assert [float(rho) for rho, _ in written] == pytest.approx(
        sorted((w for w in weights if w >= 0.0005), reverse=True), abs=1e-3
    )


def test_parameters_are_counted_by_hand() -> None:
    tree = fitted(DecisionTreeRegressor(max_leaf_nodes=4))
    assert tree.n_parameters_ == 3 + 4
    assert fitted(DecisionTreeClassifier(max_leaf_nodes=3), LABEL).n_parameters_ <= 2 + 3 * 2
    boosting = fitted(GradientBoostingRegressor(n_estimators=5, max_leaf_nodes=2))
    assert boosting.n_parameters_ == 1 + 5 * (1 + 2)
    members = [("line", TableModel(LinearRegression(), "regression"))]
    assert fitted(BlendingRegressor(members, predict_with="refit")).n_parameters_ == (1 + 2 + 3) + 1


def test_a_question_for_missing_values_is_said_so() -> None:
    table = pl.DataFrame({"x": [1.0, 2.0, None, 3.0, None, 4.0]})
    y = pl.Series("y", [0.0, 0.0, 5.0, 0.0, 5.0, 0.0])
    model = TableModel(DecisionTreeRegressor(), "regression", raw=True).fit(table, y)
    assert set(model.formula().removeprefix("y = ").split("; ")) == {
        "0 where x is known",
        "5 where x is missing",
    }
    np.testing.assert_array_equal(model.predict(table), y)
