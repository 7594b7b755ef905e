"""read_table: what is written comes back, with the types that were meant."""

import csv
import datetime as dt
import io
import math
import os

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from baremath.datasets import MISSING, TableError, read_table


@pytest.fixture
def read(tmp_path):
    def read(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(path)

    return read


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        ("t.csv", ","), ("t.csv", ";"), ("t.csv", "\t"), ("t.csv", "|"), ("T.CSV", ","),
        ("t.tsv", "\t"), ("t.tab", "\t"), ("[a]*?.csv", ","),
    ],
)  # fmt: skip
def test_the_delimiter_is_found(read, name, delimiter):
    table = read("a,b\n1,x\n2,y\n".replace(",", delimiter), name)
    assert table.columns == ["a", "b"]
    assert table.rows() == [(1, "x"), (2, "y")]


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("name;price, USD\na;1\nb;2\n", ["name", "price, USD"]),
        ('"a;b",c\n1;5,2\n', ["a;b", "c"]),
        ("text,n\nx;y;z,1\np|q,2\n", ["text", "n"]),
        ("a|b,c;d\n1|2;3\n4|5;6\n", ["a|b,c", "d"]),
        ("a,b;c,d;e\n1;2;3\n4;5;6\n", ["a,b", "c,d", "e"]),
    ],
)
def test_the_delimiter_is_the_one_most_rows_agree_on(read, content, columns):
    assert read(content).columns == columns


def test_one_column_needs_no_delimiter(read):
    assert read("price\n1.5\n2\n").to_dict(as_series=False) == {"price": [1.5, 2.0]}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n"])
@pytest.mark.parametrize("last", ["", "\n", "\n\n", "\n  \n"])
def test_marks_line_ends_and_blank_lines_do_not_matter(read, start, end, last):
    content = f"{start}a,b\n1,x\n\n2,y{last}".replace("\n", end)
    assert read(content).to_dict(as_series=False) == {"a": [1, 2], "b": ["x", "y"]}


@pytest.mark.parametrize("word", ["", *MISSING])
@pytest.mark.parametrize("pad", ["", " "])
def test_words_for_missing(read, word, pad):
    table = read(f'n,t\n1,x\n{pad}{word}{pad},{pad}{word}{pad}\n2.5,"y"\n')
    assert table.to_dict(as_series=False) == {"n": [1.0, None, 2.5], "t": ["x", None, "y"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_row_of_missing_values_is_still_a_row(read, delimiter):
    assert read("a,b\n1,2\n,\n3,4\n".replace(",", delimiter)).height == 3


def test_space_around_names_and_values_does_not_count(read):
    table = read("a , b, c\n1, 2.5, x \n 2,-1 , y\n")
    assert table.to_dict(as_series=False) == {"a": [1, 2], "b": [2.5, -1.0], "c": ["x", "y"]}


@pytest.mark.parametrize(
    ("values", "expected", "dtype"),
    [
        (["1", "-2", "+3"], [1, -2, 3], pl.Int64),
        (["1", "NA", "3"], [1, None, 3], pl.Int64),
        (["1", "2.5", "1e-3"], [1.0, 2.5, 0.001], pl.Float64),
        (["1", "inf", "-inf"], [1.0, math.inf, -math.inf], pl.Float64),
        (["Infinity", "1.5", "NA"], [math.inf, 1.5, None], pl.Float64),
        (["1", "x", "2.5"], ["1", "x", "2.5"], pl.String),
        (["x", "NaN", "nan"], ["x", None, None], pl.String),
        (["None", "x", "y"], ["None", "x", "y"], pl.String),
        (["true", "false", "NA"], [True, False, None], pl.Boolean),
        (["2024-01-31", "x", "NA"], ["2024-01-31", "x", None], pl.String),
        (["12345678901234567890", "1", "2"], [12345678901234567890.0, 1.0, 2.0], pl.Float64),
        ([str(10**60), "1", "NA"], [1e60, 1.0, None], pl.Float64),
        (["NA", "?", ""], [None, None, None], pl.String),
    ],
)
def test_the_type_of_a_column_is_that_of_all_its_values(read, values, expected, dtype):
    table = read("id,value\n" + "".join(f"{i},{value}\n" for i, value in enumerate(values)))
    assert table["id"].dtype == pl.Int64
    assert table["value"].dtype == dtype
    assert table["value"].to_list() == expected


MORNING = dt.datetime(2023, 1, 1, 8)


@pytest.mark.parametrize(
    ("values", "expected", "dtype"),
    [
        (["2023-01-01", "NA", " 2024-02-29 "], [dt.date(2023, 1, 1), None, dt.date(2024, 2, 29)],
         pl.Date),
        (["2023-01-01 08:00:00", "NA"], [MORNING, None], pl.Datetime),
        (["2023-01-01T08:00", "2023-01-01T08:00"], [MORNING, MORNING], pl.Datetime),
        (["2023-01-01T08:00:00.5"], [MORNING.replace(microsecond=500_000)], pl.Datetime),
        (["2023-01-01T10:00:00+02:00"], [MORNING.replace(tzinfo=dt.UTC)], pl.Datetime),
        (["2023-02-30", "2023-01-01"], ["2023-02-30", "2023-01-01"], pl.String),
        (["2023-01-01", "2023-01-01 08:00"], ["2023-01-01", "2023-01-01 08:00"], pl.String),
        (["4/25/2021", "25.04.2021"], ["4/25/2021", "25.04.2021"], pl.String),
    ],
)  # fmt: skip
def test_dates_as_iso_writes_them(read, values, expected, dtype):
    column = read("n,day\n" + "".join(f"1,{value}\n" for value in values))["day"]
    assert column.dtype == dtype
    assert column.to_list() == expected


def test_nan_among_numbers_is_the_float_it_is(read):
    column = read("a,b\n1,x\nNaN,y\nNA,z\n")["a"]
    assert column.dtype == pl.Float64
    assert column.is_nan().to_list() == [False, True, None]


def test_one_word_far_down_makes_a_column_text(read):
    table = read("a,b\n" + "1,2\n" * 5000 + "1,word\n")
    assert table["a"].dtype == pl.Int64
    assert table["b"].to_list() == ["2"] * 5000 + ["word"]


def test_quoted_values_hold_delimiters_quotes_and_line_ends(read):
    table = read('"a ""1""","b\n2"\n"x,y","say ""hi"""\n"p\n\nq",""\n')
    assert table.columns == ['a "1"', "b\n2"]
    assert table.rows() == [("x,y", 'say "hi"'), ("p\n\nq", None)]


def test_parquet_comes_back_as_it_was(tmp_path):
    table = pl.DataFrame({"n": [1, None], "x": [math.nan, 0.5], "t": ["a", None]})
    table.write_parquet(tmp_path / "table.parquet")
    assert_frame_equal(read_table(tmp_path / "table.parquet"), table)


@pytest.mark.parametrize("keep", [0, 3, 8, 100, -1])
def test_a_truncated_parquet_file(tmp_path, keep):
    path = tmp_path / "table.parquet"
    pl.DataFrame({"n": list(range(1000))}).write_parquet(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TableError, match=r"no Parquet file, or a damaged one: .") as caught:
        read_table(path)
    assert "\n" not in str(caught.value)


def test_parquet_without_rows_or_names(tmp_path):
    path = tmp_path / "table.parquet"
    pl.DataFrame({"n": []}).write_parquet(path)
    with pytest.raises(TableError, match="there is no row of data in it"):
        read_table(path)
    pl.DataFrame({"n": [1], " ": [2]}).write_parquet(path)
    with pytest.raises(TableError, match="column 2 has no name"):
        read_table(path)


def test_a_missing_file_suggests_its_neighbours(tmp_path):
    (tmp_path / "housing.csv").touch()
    (tmp_path / "housing.txt").touch()
    with pytest.raises(TableError, match=r"no such file; did you mean housing\.csv\?$"):
        read_table(tmp_path / "husing.csv")
    with pytest.raises(TableError, match=r"there is no such file$"):
        read_table(tmp_path / "quite_different.parquet")
    with pytest.raises(TableError, match=r"no such file, and no folder .*nowhere$"):
        read_table(tmp_path / "nowhere" / "housing.csv")


def test_a_directory(tmp_path):
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(TableError, match="this is a directory; name a file in it"):
        read_table(tmp_path / "folder.csv")


@pytest.mark.parametrize("name", ["table.xlsx", "table.json", "table"])
def test_an_unknown_suffix_names_the_known_ones(tmp_path, name):
    (tmp_path / name).touch()
    with pytest.raises(TableError, match=r"suffix.*one of \.csv, \.tsv, \.tab, \.parquet$"):
        read_table(tmp_path / name)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read every file")
def test_a_file_one_may_not_read(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a\n1\n")
    path.chmod(0)
    with pytest.raises(TableError, match="can't be read: Permission denied"):
        read_table(path)


def test_an_error_of_the_system_is_told(tmp_path):
    with pytest.raises(TableError, match="can't be read: File name too long"):
        read_table(tmp_path / ("x" * 5000 + ".csv"))


# Left out: what ends a file or a line, and what Python takes for space and Unicode doesn't.
text = st.text(st.characters(exclude_characters="\0\r\x1c\x1d\x1e\x1f", codec="utf-8"), max_size=8)
integer = st.integers(-(2**63), 2**63 - 1)


def kept(value):
    """Return a text as `read_table` gives it back: without space around it, or None."""
    value = value.strip()
    return None if value in ("", *MISSING) or value.lower() == "nan" else value


@settings(derandomize=True)
@given(
    rows=st.lists(st.tuples(integer, st.floats(), text), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_csv_module_writes_is_read_back(tmp_path_factory, rows, delimiter, end):
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end)
    # A word in the last row keeps the third column a column of text.
    writer.writerows([("whole", "real", "text"), *rows, (0, 0.0, "word")])
    path = tmp_path_factory.mktemp("round") / "table.csv"
    path.write_bytes(buffer.getvalue().encode())
    table = read_table(path)
    assert table["whole"].to_list() == [whole for whole, _, _ in rows] + [0]
    for mine, theirs in zip(table["real"], [real for _, real, _ in rows], strict=False):
        assert mine == theirs or (math.isnan(mine) and math.isnan(theirs))
    assert table["text"].to_list() == [kept(value) for _, _, value in rows] + ["word"]


@settings(derandomize=True, max_examples=300)
@given(st.lists(st.sampled_from(["a", "1", ",", '"', "\n", "\r\n", " ", "NA"]), max_size=30))
def test_any_text_is_refused_in_one_line_or_read_as_the_csv_module_does(tmp_path_factory, parts):
    content = "x,y\n" + "".join(parts)
    path = tmp_path_factory.mktemp("any") / "table.csv"
    path.write_bytes(content.encode())
    try:
        table = read_table(path)
    except TableError as error:
        assert "\n" not in str(error)  # noqa: PT017 (either outcome is right)
        return
    lines = csv.reader(io.StringIO(content, newline=""), strict=True)
    header, *rows = [line for line in lines if len(line) == 2]
    assert table.columns == header
    assert table.height == len(rows)
    for mine, theirs in zip(table.rows(), rows, strict=True):
        assert [value is None for value in mine] == [kept(value) is None for value in theirs]
