"""Whatever is wrong with the data or the command: one line on stderr, and the right status."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

ROWS = "\n".join(f"{i},{i * i % 17},{2 * i}.5" for i in range(40))

# What is in the file, and a word that the message must have.
BAD_TABLES = {
    "empty": (b"", "empty"),
    "only a header": (b"a,b,y\n", "row"),
    "ragged row": (f"a,b,y\n{ROWS}\n1,2\n".encode(), "line 42"),
    "duplicate names": (f"a,a,y\n{ROWS}\n".encode(), "'a'"),
    "not UTF-8": (b"a,b,y\n" + b"caf\xe9,1,2\n" * 40, "UTF-8"),
    "binary": (bytes(range(256)) * 8, ""),
    "one class": (b"a,y\n" + b"".join(b"%d,no\n" % (i * i) for i in range(40)), "'no'"),
    "fewer rows than folds": (b"a,b,y\n1,5,2.5\n4,3,7.5\n9,9,1.5\n", "rows"),
    "no target left": (b"a,y\n" + b"".join(b"%d,\n" % (i * i) for i in range(40)), "no value"),
    "nothing to learn from": (b"a,y\n" + b"".join(b"1,%d.5\n" % i for i in range(40)), "'a'"),
}


def assert_one_line(outcome, status: int, *words: object) -> None:
    assert outcome.status == status
    assert outcome.out == ""
    assert outcome.err.startswith("baremath: ")
    assert outcome.err.count("\n") == 1, outcome.err
    assert "Traceback" not in outcome.err
    assert "unexpected" not in outcome.err
    for word in words:
        assert str(word) in outcome.err


@pytest.mark.parametrize("case", BAD_TABLES)
def test_a_bad_table_is_one_line_and_keeps_the_old_report(run, tmp_path, case):
    content, word = BAD_TABLES[case]
    path, report = tmp_path / "data.csv", tmp_path / "report.html"
    path.write_bytes(content)
    report.write_text("old")
    outcome = run("fit", path, "--target", "y", "--report", report)
    assert_one_line(outcome, 1, word)
    assert report.read_text() == "old"
    assert {p.name for p in tmp_path.iterdir()} == {"data.csv", "report.html"}


def test_a_missing_file(run, tmp_path):
    assert_one_line(run("fit", tmp_path / "no.csv", "--target", "y"), 1, "no.csv")


def test_a_directory(run, tmp_path):
    assert_one_line(run("fit", tmp_path, "--target", "y"), 1, tmp_path)


def test_neither_a_file_nor_a_built_in_table(run):
    assert_one_line(run("fit", "nothing"), 1, "nothing", "iris,")


@pytest.mark.parametrize("typed", ["irsi", "irish", "Iris"])
def test_a_misspelt_built_in_table_suggests_the_nearest(run, typed):
    assert_one_line(run("fit", typed), 1, typed, "did you mean 'iris'?")


def test_a_target_that_is_not_there_suggests_the_nearest(run, flats):
    assert_one_line(run("fit", flats, "--target", "rnet"), 1, "'rnet'", "'rent'")


def test_text_cannot_be_regressed_on(run, flats):
    outcome = run("fit", flats, "--target", "district", "--task", "regression")
    assert_one_line(outcome, 1, "'district'", "classification")


def test_a_file_without_a_target_lists_its_columns(run, flats):
    assert_one_line(run("fit", flats), 2, "--target", "area, district, rent")


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--cv", "1"], "--cv"),
        (["--cv", "many"], "--cv"),
        (["--test-size", "0"], "--test-size"),
        (["--test-size", "1"], "--test-size"),
        (["--test-size", "nan"], "--test-size"),
        (["--seed", "-1"], "--seed"),
        (["--task", "guess"], "--task"),
        (["--colour"], "--colour"),
    ],
)
def test_an_option_that_makes_no_sense(run, options, word):
    assert_one_line(run("fit", "iris", *options), 2, word, "baremath fit --help")


def test_no_such_command(run):
    assert_one_line(run("learn"), 2, "learn")


def test_no_command_at_all_shows_the_help(run):
    outcome = run()
    assert outcome.status == 2
    assert "datasets" in outcome.out


@pytest.mark.parametrize(
    ("option", "name", "word"),
    [
        ("--report", "report.pdf", ".html"),
        ("--save", "model.pkl", ".skops"),
        ("--report", "nowhere/report.html", "nowhere"),
        ("--save", "folder.skops", "folder"),
    ],
)
def test_an_output_is_refused_before_the_data_are_read(run, tmp_path, option, name, word):
    (tmp_path / "folder.skops").mkdir()
    outcome = run("fit", tmp_path / "unread.csv", option, tmp_path / name)
    assert_one_line(outcome, 2, option, word)


def test_missing_targets_are_counted_and_dropped(run, flats, tmp_path):
    path = tmp_path / "flats.csv"
    table = pl.read_csv(flats)
    table.with_columns(rent=pl.when(pl.int_range(60) < 4).then(None).otherwise("rent")).write_csv(
        path
    )
    outcome = run("fit", path, "--target", "rent")
    assert outcome.status == 0
    assert "4 rows" in " ".join(outcome.out.split())


@pytest.mark.parametrize("where", ["before", "after"])
def test_debug_shows_the_traceback_wherever_it_stands(run, tmp_path, where):
    command = ["fit", tmp_path / "no.csv", "--target", "y"]
    command = ["--debug", *command] if where == "before" else [*command, "--debug"]
    outcome = run(*command)
    assert outcome.status == 1
    assert "Traceback" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("baremath: ")


def test_an_error_nobody_foresaw_is_one_line_too(run, flats, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("baremath.ladder.climb", broken)
    outcome = run("fit", flats, "--target", "rent")
    assert outcome.status == 1
    assert outcome.err == "baremath: unexpected RuntimeError: two lines (--debug shows where)\n"


@pytest.mark.parametrize("command", ["predict", "explain"])
class TestModels:
    """What can be wrong with the model given to predict and explain."""

    def test_missing(self, run, flats, tmp_path, command):
        assert_one_line(run(command, tmp_path / "no.skops", flats), 1, "no.skops")

    def test_not_a_model(self, run, flats, command):
        assert_one_line(run(command, flats, flats), 1, flats)

    def test_cut_short(self, run, flats, flats_model, tmp_path, command):
        path = tmp_path / "cut.skops"
        path.write_bytes(flats_model.read_bytes()[:500])
        assert_one_line(run(command, path, flats), 1, path)

    def test_a_model_of_no_table(self, run, flats, tmp_path, command):
        from baremath.linear_model import LinearRegression
        from baremath.persistence import save

        path = tmp_path / "line.skops"
        save(LinearRegression().fit([[1.0], [2.0], [3.0]], [1.0, 2.0, 4.0]), path)
        assert_one_line(run(command, path, flats), 1, "LinearRegression", "--save")

    def test_missing_columns_are_named(self, run, flats, flats_model, tmp_path, command):
        path = tmp_path / "new.csv"
        pl.read_csv(flats).drop("area").write_csv(path)
        assert_one_line(run(command, flats_model, path), 1, "'area'")

    def test_text_where_numbers_were(self, run, flats, flats_model, tmp_path, command):
        path = tmp_path / "new.csv"
        pl.read_csv(flats).with_columns(area=pl.lit("large")).write_csv(path)
        assert_one_line(run(command, flats_model, path), 1, "'area'", "large")

    def test_missing_table(self, run, flats_model, tmp_path, command):
        missing: Path = tmp_path / "no.csv"
        assert_one_line(run(command, flats_model, missing), 1, "no.csv")
