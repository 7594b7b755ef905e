"""The pictures show the numbers of the climb, in forms that suit it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import polars as pl
import pytest

from baremath.ladder import climb
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
    assert "area $m^2$" in shown


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
