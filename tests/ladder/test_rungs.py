from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.base import is_classifier, is_regressor
from sklearn.datasets import load_diabetes
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from baremath import load, save
from baremath.ladder import RUNGS, Rung, TableModel, climb

X = np.random.default_rng(0).normal(size=(60, 2))
TABLE = pl.DataFrame(X, schema=["x0", "x1"])


def test_every_task_starts_at_its_baseline() -> None:
    for task in ("regression", "classification"):
        names = [rung.name for rung in RUNGS if rung.task == task]
        assert names[0].startswith("baseline")
        assert not any(name.startswith("baseline") for name in names[1:])


def test_names_are_told_apart() -> None:
    assert len({(rung.task, rung.name) for rung in RUNGS}) == len(RUNGS)


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: f"{rung.task}-{rung.name}")
def test_a_rung_makes_a_fresh_estimator_of_its_task(rung: Rung) -> None:
    first, second = rung.make(3, 60), rung.make(3, 60)
    assert first is not second
    assert (is_regressor if rung.task == "regression" else is_classifier)(first)
    y = X[:, 0] if rung.task == "regression" else X[:, 0] > X[:, 1]
    said = [TableModel(each, rung.task, raw=rung.raw).fit(TABLE, y) for each in (first, second)]
    np.testing.assert_array_equal(said[0].predict(TABLE), said[1].predict(TABLE))


@pytest.mark.parametrize("rung", RUNGS, ids=lambda rung: f"{rung.task}-{rung.name}")
def test_a_rung_can_be_saved_loaded_and_explained(rung: Rung, tmp_path: Path) -> None:
    y = X[:, 0] if rung.task == "regression" else np.where(X[:, 0] > X[:, 1], "a", "b")
    model = TableModel(rung.make(0, 60), rung.task, raw=rung.raw).fit(TABLE, y)
    save(model, tmp_path / "model.skops")
    again = load(tmp_path / "model.skops")
    np.testing.assert_array_equal(again.predict(TABLE), model.predict(TABLE))
    assert again.explain(TABLE, y, row=3).to_html() == model.explain(TABLE, y, row=3).to_html()
    assert again.formula() == model.formula()


def test_the_polynomial_has_squares_and_products() -> None:
    rung = next(rung for rung in RUNGS if rung.name == "polynomial regression (degree 2)")
    y = 1 + X[:, 0] ** 2 - 2 * X[:, 0] * X[:, 1]
    assert rung.make(0, 60).fit(X, y).score(X, y) > 0.999


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_network_bends_where_a_line_cannot(task: str) -> None:
    rung = next(r for r in RUNGS if (r.task, r.name) == (task, "multi-layer perceptron"))
    rows = np.random.default_rng(1).uniform(-1, 1, (600, 2))
    y = rows[:, 0] * rows[:, 1]
    y = y if task == "regression" else y > 0
    assert rung.make(0, 400).fit(rows[:400], y[:400]).score(rows[400:], y[400:]) > 0.9


def test_the_network_does_not_learn_few_noisy_rows_by_heart() -> None:
    rung = next(r for r in RUNGS if r.name == "multi-layer perceptron" and r.task == "regression")
    X, y = load_diabetes(return_X_y=True)
    model = make_pipeline(StandardScaler(), rung.make(0, 353))
    assert cross_val_score(model, X, y, cv=KFold(5, shuffle=True, random_state=3)).mean() > 0.44


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_the_tree_fits_on_a_page(task: str) -> None:
    rung = next(r for r in RUNGS if (r.task, r.name) == (task, "decision tree"))
    rows = np.random.default_rng(2).normal(size=(3000, 4))
    y = rows[:, 0] * rows[:, 1]
    y = y if task == "regression" else y > 0
    assert rung.make(0, 900).fit(rows[:900], y[:900]).get_n_leaves() <= 8
    assert rung.make(0, 3000).fit(rows, y).get_n_leaves() <= 16


@pytest.mark.parametrize("name", ["blend", "stack"])
def test_blend_and_stack_are_made_of_earlier_rungs(name: str) -> None:
    for task in ("regression", "classification"):
        names = [rung.name for rung in RUNGS if rung.task == task]
        rung = next(rung for rung in RUNGS if (rung.task, rung.name) == (task, name))
        members = [name for name, _ in rung.make(0, 100).estimators]
        assert len(members) == 4
        assert members == [name for name in names if name in members]


def test_boosting_stops_before_it_learns_noise_by_heart() -> None:
    rung = next(r for r in RUNGS if (r.task, r.name) == ("regression", "gradient boosting"))
    rng = np.random.default_rng(4)
    model = rung.make(0, 400).fit(rng.normal(size=(400, 3)), rng.normal(size=400))
    assert model.n_iter_ < 50


def test_a_stack_is_written_as_what_its_final_model_learned() -> None:
    rung = next(r for r in RUNGS if (r.task, r.name) == ("regression", "stack"))
    rng = np.random.default_rng(5)
    table = pl.DataFrame({"size": rng.normal(size=90)})
    y = pl.Series("price", 3 * table["size"] + rng.normal(size=90))
    model = TableModel(rung.make(0, 90), "regression", raw=True).fit(table, y)
    final = model.estimator_.final_estimator_
    slope = f"{abs(final.coef_[0]):.4g}".rstrip("0")
    assert f"{slope} linear regression" in model.formula()
    rung = next(r for r in RUNGS if (r.task, r.name) == ("classification", "stack"))
    kind = pl.Series("kind", np.where(y > 0, "dear", "cheap"))
    model = TableModel(rung.make(0, 90), "classification", raw=True).fit(table, kind)
    assert model.formula().startswith("P(kind = dear) = σ(")


def test_rungs_that_cost_much_are_tried_when_asked_for() -> None:
    rng = np.random.default_rng(6)
    table = pl.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60)})
    for full in (False, True):
        tried = [model.name for model in climb(table, "y", cv=2, full=full).models]
        expected = [r.name for r in RUNGS if r.task == "regression" and (full or not r.extra)]
        assert tried == expected
