"""The pictures show the numbers of the climb, in forms that suit it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import polars as pl
import pytest

from baremath.ladder import climb
from baremath.maths import number, plain
from baremath.report._own import other_rungs
from baremath.report._pictures import picture_of_rungs, pictures_of_best
from baremath.report.format import score


def words(picture) -> str:
    return " ".join(" ".join(ElementTree.fromstring(picture.svg).itertext()).split())


def test_every_rung_is_named_and_its_scores_are_said(found):
    shown = words(picture_of_rungs(found))
    for rung in found.models:
        assert rung.name in shown
        assert score(rung.test) in shown


def test_confusion_matrix_counts_the_test_rows(classification):
    matrix = pictures_of_best(classification)[0]
    model, test = classification.best_model, classification.test
    right = int((model.predict(test) == test["kind"].to_numpy()).sum())
    assert f"{right} of {test.height} are right" in matrix.caption
    counted = pl.DataFrame({"actual": test["kind"], "predicted": model.predict(test)})
    shown = words(matrix).split()
    for count in counted.group_by("actual", "predicted").len()["len"]:
        assert str(count) in shown


def test_predictions_over_actual_values_for_amounts(regression):
    shown = words(pictures_of_best(regression)[0])
    assert "predicted rent <b>" in shown
    assert "actual rent <b>" in shown


def test_coefficients_carry_the_names_of_the_columns(regression):
    shown = words(pictures_of_best(regression)[-1])
    assert "Coefficients" in shown
    assert "area $m^2$" in shown


def test_what_each_column_is_worth_is_drawn_with_its_number(found):
    shown = words(pictures_of_best(found)[1])
    assert "What each column is worth" in shown
    first = found.importances[0]
    assert f"{first.column} {plain(number(first.mean, 2))}" in shown


def test_every_other_rung_has_its_own_picture(found):
    shown = {rung.name: rung for rung in other_rungs(found)}
    assert set(shown) == {rung.name for rung in found.models[1:]} - {found.best}
    pictures = {name: words(rung.picture) for name, rung in shown.items()}
    assert "rows" in pictures["decision tree"]
    assert shown["decision tree"].picture.is_drawing
    assert "What the questions gained" in pictures["random forest"]
    assert "rows held out" in pictures["gradient boosting"]
    fitted = next(rung for rung in found.models if rung.name == "blend").model.estimator_
    for name, rho in zip(fitted.member_names_, fitted.weights_, strict=True):
        assert f"{name} {plain(number(float(rho), 2))}" in pictures["blend"]


def test_a_tree_that_is_worth_it_is_drawn():
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 10, 400)
    y = np.select([x < 2, x < 5, x < 7], [5.0, -3.0, 9.0], 0.0) + rng.normal(0, 0.05, 400)
    found = climb(pl.DataFrame({"x": x, "y": y}), "y")
    assert found.best == "decision tree"
    assert pictures_of_best(found)[-1].is_drawing
    assert found.formula.count(" where ") == found.best_model.estimator_.get_n_leaves()


def test_a_model_that_took_steps_shows_its_loss(classification):
    titles = [words(picture) for picture in pictures_of_best(classification)]
    assert hasattr(classification.best_model.estimator_, "history_")
    assert any("Loss" in title for title in titles)


@pytest.mark.parametrize("n_classes", [20, 21])
def test_a_confusion_matrix_of_too_many_classes_is_left_out(n_classes):
    rows = [(float(i), f"class {i % n_classes}") for i in range(n_classes * 8)]
    table = pl.DataFrame(rows, schema=["x", "y"], orient="row")
    found = climb(table.with_columns(pl.col("x") % 7), "y", cv=2)
    captions = [picture.caption for picture in pictures_of_best(found)]
    assert any("of each class" in caption for caption in captions) == (n_classes <= 20)
