"""`baremath fit`: what it says, as text and as JSON, and what it writes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import polars as pl
import pytest

from baremath.ladder import climb
from baremath.persistence import load
from baremath.report.format import score, signed

FACTS = {"task", "target", "n_rows", "n_features", "best", "models", "metric"}
MORE_FACTS = {"formula", "importances", "warnings", "versions", "random_state", "n_test"}
FACTS_OF_A_MODEL = {"name", "cv_mean", "cv_std", "test", "fit_seconds", "n_parameters"}


def without_times(facts: dict) -> dict:
    models = [{**model, "fit_seconds": None} for model in facts["models"]]
    return {**facts, "models": models}


def test_text_says_what_was_read_every_score_and_the_formula(run, flats):
    found = climb(pl.read_csv(flats), "rent")
    outcome = run("fit", flats, "--target", "rent")
    assert outcome.status == 0
    assert outcome.err == ""
    assert "60 rows and 3 columns; rent is predicted (regression)" in outcome.out
    assert signed(found.sentence) in outcome.out
    assert signed(found.formula).replace("\N{NO-BREAK SPACE}", " ") in outcome.out
    assert " - " not in outcome.out
    assert "R², 5 folds ± sd" in outcome.out
    for rung in found.models:
        line = next(line for line in outcome.out.splitlines() if f" {rung.name} " in line)
        assert f"{score(rung.cv_mean)} ± {score(rung.cv_std)}" in line
        assert line.lstrip().startswith("→") == (rung.name == found.best)


def test_json_is_one_object_with_the_facts_of_the_climb(run, flats):
    outcome = run("fit", flats, "--target", "rent", "--json")
    facts = json.loads(outcome.out)
    assert outcome.status == 0
    assert set(facts) >= FACTS
    assert set(facts) <= FACTS | MORE_FACTS
    assert all(set(model) == FACTS_OF_A_MODEL for model in facts["models"])
    expected = climb(pl.read_csv(flats), "rent").to_dict()
    assert without_times(facts) == without_times(json.loads(json.dumps(expected)))


def test_json_stays_one_object_when_there_are_warnings(run, flats, tmp_path):
    path = tmp_path / "flats.csv"
    pl.read_csv(flats).with_columns(city=pl.lit("Brno")).write_csv(path)
    outcome = run("fit", path, "--target", "rent", "--json")
    assert any("city" in warning for warning in json.loads(outcome.out)["warnings"])
    assert "city" in outcome.err
    assert outcome.err.count("\n") == 1


def test_options_reach_the_climb(run, flats):
    options = ["--cv", 3, "--test-size", 0.25, "--seed", 7, "--task", "regression"]
    outcome = run("fit", flats, "--target", "rent", "--json", *options)
    expected = climb(
        pl.read_csv(flats), "rent", task="regression", cv=3, test_size=0.25, random_state=7
    ).to_dict()
    assert without_times(json.loads(outcome.out)) == without_times(json.loads(json.dumps(expected)))


def test_a_built_in_table_knows_its_target(run):
    facts = json.loads(run("fit", "iris", "--json").out)
    assert (facts["target"], facts["task"], facts["n_rows"]) == ("species", "classification", 150)


def test_report_and_model_are_written_and_named(run, flats, tmp_path):
    report, model = tmp_path / "report.html", tmp_path / "model.skops"
    outcome = run("fit", flats, "--target", "rent", "--report", report, "--save", model)
    assert outcome.status == 0
    assert f"report written to {report}" in outcome.out
    assert f"model written to {model}" in outcome.out
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert load(model).target_name_ == "rent"
    assert {path.name for path in tmp_path.iterdir()} == {"report.html", "model.skops"}


@pytest.mark.parametrize("width", [40, 60, 120])
def test_every_width_of_terminal_shows_every_model(run, flats, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    outcome = run("fit", flats, "--target", "rent")
    assert outcome.status == 0
    found = climb(pl.read_csv(flats), "rent")
    start, end = outcome.out.index("model"), outcome.out.index("is worth it")
    words = outcome.out[start:end].split()
    for rung in found.models:
        assert set(rung.name.split()) <= set(words)


def test_a_name_that_looks_like_markup_or_a_control_sequence_is_only_a_name(run, tmp_path):
    path = tmp_path / "odd.csv"
    names = ["[bold red]x[/]", "\x1b[2Jy"]
    pl.DataFrame({names[0]: [i * 7 % 31 for i in range(60)]}).with_columns(
        (pl.col(names[0]) * 2.0).alias(names[1])
    ).write_csv(path)
    outcome = run("fit", path, "--target", names[1])
    assert outcome.status == 0
    assert "[bold red]x[/]" in outcome.out
    assert "\x1b" not in outcome.out


def test_what_was_found_is_shown_even_if_the_report_cannot_be_written(
    run, flats, tmp_path, monkeypatch: pytest.MonkeyPatch
):
    def full_disk(*_):
        raise OSError(28, "No space left on device", str(tmp_path / "report.html"))

    monkeypatch.setattr("baremath.report.write_report", full_disk)
    outcome = run("fit", flats, "--target", "rent", "--report", tmp_path / "report.html")
    assert outcome.status == 1
    assert "is worth it" in outcome.out
    assert outcome.err == f"baremath: {tmp_path / 'report.html'}: No space left on device\n"


def test_ctrl_c_is_one_line_and_leaves_old_files_alone(run, flats, tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    report = tmp_path / "report.html"
    report.write_text("old")
    monkeypatch.setattr("baremath.ladder.climb", interrupted)
    outcome = run("fit", flats, "--target", "rent", "--report", report)
    assert outcome.status == 130
    assert outcome.out == ""
    assert outcome.err.count("\n") == 1
    assert report.read_text() == "old"
    assert [path.name for path in Path(tmp_path).iterdir()] == ["report.html"]


def test_the_row_of_the_report_is_the_row_of_the_table(run, flats, tmp_path):
    report, model = tmp_path / "report.html", tmp_path / "model.skops"
    run("fit", flats, "--target", "rent", "--report", report, "--save", model)
    page = report.read_text(encoding="utf-8")
    (row,) = set(re.findall(r"row (\d+) of the table", page))
    table = pl.read_csv(flats)
    assert load(model).explain(table, table["rent"], row=int(row)).to_html() in page


def test_the_bar_is_there_before_the_table_is_read(run, flats, monkeypatch):
    stages = []
    monkeypatch.setattr("rich.progress.Progress.start", lambda *_: stages.append("bar"))
    monkeypatch.setattr("baremath.datasets.read_table", lambda *_: stages.append("reading"))
    run("fit", flats, "--target", "rent")
    assert stages == ["bar", "reading"]
