"""What a column is worth: against a model whose loss by shuffling is known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from baremath.ladder import TableModel
from baremath.ladder._importances import importances
from baremath.linear_model import LinearRegression

RNG = np.random.default_rng(0)
N = 1500
TABLE = pl.DataFrame(
    {"a": RNG.normal(size=N), "b": RNG.normal(size=N), "c": RNG.choice(["u", "v"], N)}
)
Y = pl.Series("y", 3 * TABLE["a"] + TABLE["b"])


@pytest.fixture(scope="module")
def model() -> TableModel:
    return TableModel(LinearRegression(), "regression").fit(TABLE, Y)


def test_shuffling_a_column_costs_twice_its_part_of_the_variance(model: TableModel) -> None:
    found = importances(model, TABLE, Y, 0)
    assert [importance.column for importance in found] == ["a", "b", "c"]
    total = 9 * TABLE["a"].var() + TABLE["b"].var()
    assert found[0].mean == pytest.approx(2 * 9 * TABLE["a"].var() / total, abs=0.1)
    assert found[1].mean == pytest.approx(2 * TABLE["b"].var() / total, abs=0.05)
    assert found[2].mean == pytest.approx(0, abs=1e-9)
    assert found[0].std > 0


def test_the_seed_decides_and_the_table_stays(model: TableModel) -> None:
    before = TABLE.clone()
    assert importances(model, TABLE, Y, 1) == importances(model, TABLE, Y, 1)
    assert importances(model, TABLE, Y, 1) != importances(model, TABLE, Y, 2)
    assert TABLE.equals(before)


def test_wide_and_long_tables_are_sampled() -> None:
    wide = pl.DataFrame(RNG.normal(size=(300, 120)), schema=[f"x{i}" for i in range(120)])
    y = wide["x7"].rename("y")
    model = TableModel(LinearRegression(), "regression").fit(wide, y)
    found = importances(model, wide, y, 0)
    assert len(found) == 120
    assert found[0].column == "x7"
