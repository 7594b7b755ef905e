"""`baremath explain`: one row's derivation in every form."""

from __future__ import annotations

import json

import polars as pl
import pytest

from baremath.persistence import load


@pytest.fixture
def derivation(flats, flats_model):
    table = pl.read_csv(flats)
    return load(flats_model).explain(table, table["rent"], row=3)


def test_text_has_every_step(run, flats, flats_model, derivation):
    outcome = run("explain", flats_model, flats, "--row", 3)
    assert (outcome.status, outcome.err) == (0, "")
    words = " ".join(outcome.out.split())
    assert derivation.title in words
    for step in derivation.steps:
        assert step.title in words


def test_json_is_the_derivation_to_full_precision(run, flats, flats_model, derivation):
    outcome = run("explain", flats_model, flats, "--row", 3, "--json")
    assert json.loads(outcome.out) == json.loads(derivation.to_json())


def test_latex(run, flats, flats_model, derivation):
    outcome = run("explain", flats_model, flats, "--row", 3, "--latex")
    assert outcome.out.rstrip("\n") == derivation.to_latex().rstrip("\n")


def test_html_is_a_page_with_the_derivation(run, flats, flats_model, derivation, tmp_path):
    path = tmp_path / "row.html"
    outcome = run("explain", flats_model, flats, "--row", 3, "--html", path)
    assert (outcome.status, outcome.out) == (0, "")
    assert derivation.to_html() in path.read_text(encoding="utf-8")


def test_rows_are_counted_from_0(run, flats, flats_model, tmp_path):
    first = tmp_path / "first.csv"
    pl.read_csv(flats).head(1).write_csv(first)
    assert (
        run("explain", flats_model, flats, "--json").out
        == run("explain", flats_model, flats, "--row", 0, "--json").out
    )
    new = json.loads(run("explain", flats_model, first, "--json").out)
    all_rows = json.loads(run("explain", flats_model, flats, "--json").out)
    assert new["steps"][0]["value"] == all_rows["steps"][0]["value"]


def test_a_table_without_the_target_will_do(run, flats, flats_model, tmp_path):
    path = tmp_path / "new.csv"
    pl.read_csv(flats).drop("rent").write_csv(path)
    assert run("explain", flats_model, path, "--row", 59).status == 0


@pytest.mark.parametrize("row", ["60", "-1", "third"])
def test_a_row_that_is_not_there(run, flats, flats_model, row):
    outcome = run("explain", flats_model, flats, "--row", row)
    assert (outcome.status, outcome.out) == (2, "")
    assert "--row" in outcome.err
    assert outcome.err.count("\n") == 1


def test_one_form_at_a_time(run, flats, flats_model):
    outcome = run("explain", flats_model, flats, "--json", "--latex")
    assert outcome.status == 2
    assert "choose one" in outcome.err


@pytest.mark.parametrize("command", ["explain", "predict"])
def test_a_model_of_another_version_is_one_line(run, flats, flats_model, command, monkeypatch):
    monkeypatch.setattr("baremath.__version__", "99.5.0")
    outcome = run(command, flats_model, flats)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert "saved by baremath" in outcome.err
    assert "this is 99.5.0" in outcome.err
