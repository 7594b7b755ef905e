"""`baremath predict`: the table, and what the model says of each of its rows."""

from __future__ import annotations

import io

import numpy as np
import polars as pl
import pytest

from baremath.persistence import load

READERS = {
    "csv": pl.read_csv,
    "tsv": lambda path: pl.read_csv(path, separator="\t"),
    "parquet": pl.read_parquet,
}


@pytest.mark.parametrize("suffix", READERS)
def test_file_has_the_rows_and_the_models_predictions(run, flats, flats_model, tmp_path, suffix):
    path = tmp_path / f"predictions.{suffix}"
    outcome = run("predict", flats_model, flats, "-o", path)
    assert (outcome.status, outcome.out) == (0, "")
    assert outcome.err == f"60 predictions written to {path}\n"
    table, written = pl.read_csv(flats), READERS[suffix](path)
    assert written.columns == [*table.columns, "rent_predicted"]
    assert written.drop("rent_predicted").equals(table)
    np.testing.assert_array_equal(written["rent_predicted"], load(flats_model).predict(table))


def test_without_a_file_stdout_is_the_csv(run, flats, flats_model):
    outcome = run("predict", flats_model, flats)
    written = pl.read_csv(io.StringIO(outcome.out))
    assert outcome.err == ""
    np.testing.assert_array_equal(
        written["rent_predicted"], load(flats_model).predict(pl.read_csv(flats))
    )


def test_classes_come_with_their_probabilities(run, birds, birds_model):
    written = pl.read_csv(io.StringIO(run("predict", birds_model, birds).out))
    model, table = load(birds_model), pl.read_csv(birds)
    assert written.columns[-3:] == ["kind_predicted", "P(finch)", "P(owl)"]
    assert written["kind_predicted"].to_list() == model.predict(table).tolist()
    np.testing.assert_array_equal(written.select("^P.*$"), model.predict_proba(table))


def test_reordered_and_extra_columns_change_nothing(run, flats, flats_model, tmp_path):
    path = tmp_path / "new.csv"
    table = pl.read_csv(flats)
    table.select("district", pl.lit(1).alias("extra"), "area").write_csv(path)
    written = pl.read_csv(io.StringIO(run("predict", flats_model, path).out))
    assert written.columns == ["district", "extra", "area", "rent_predicted"]
    np.testing.assert_array_equal(written["rent_predicted"], load(flats_model).predict(table))


def test_a_column_of_the_predictions_name_is_never_replaced(run, flats, flats_model, tmp_path):
    path = tmp_path / "again.csv"
    assert run("predict", flats_model, flats, "-o", path).status == 0
    outcome = run("predict", flats_model, path)
    assert (outcome.status, outcome.out) == (1, "")
    assert "'rent_predicted'" in outcome.err


@pytest.mark.parametrize(
    ("name", "word"), [("out.xlsx", ".parquet"), ("no/out.csv", "no"), ("data.csv", "input")]
)
def test_an_output_that_cannot_be_is_refused(run, flats, flats_model, tmp_path, name, word):
    data = tmp_path / "data.csv"
    data.write_bytes(flats.read_bytes())
    outcome = run("predict", flats_model, data, "-o", tmp_path / name)
    assert outcome.status == 2
    assert word in outcome.err
    assert outcome.err.count("\n") == 1
    assert data.read_bytes() == flats.read_bytes()


def test_an_old_file_survives_a_failure(run, flats_model, tmp_path):
    old = tmp_path / "predictions.csv"
    old.write_text("old")
    assert run("predict", flats_model, "iris", "-o", old).status == 1
    assert old.read_text() == "old"
