"""Bad text files: each gets one line that says what is wrong, where, and what to do."""

import codecs
import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.datasets import TableError, _delimited, read_table


@pytest.fixture
def write(tmp_path):
    def write(content, name="table.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def refusal(path):
    """Return the message `read_table` refuses a file with: one line that starts with its path."""
    with pytest.raises(TableError) as caught:
        read_table(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message.removeprefix(str(path))


@pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n", codecs.BOM_UTF8])
def test_an_empty_file(write, content):
    assert refusal(write(content)) == ": the file is empty"


@pytest.mark.parametrize("content", ["a,b", "a,b\n", "a,b\r\n\r\n", "\na,b\n\n  \n"])
def test_only_a_header(write, content):
    assert refusal(write(content)) == ": there is a header, and no row of data below it"


@pytest.mark.parametrize(
    ("content", "line", "found", "expected"),
    [
        ("a,b,c\n1,2,3\n4,5\n", 3, "2 fields", 3),
        ("a,b,c\n1,2,3,4\n", 2, "4 fields", 3),
        ("a,b\n1,2\n\n\n3\n", 5, "1 field", 2),
        ('a,b\n"x\ny\nz",2\n3\n', 5, "1 field", 2),
        ('a,b\n"x,y"\n', 2, "1 field", 2),
        ('a,b\n1,"x\ny",3\n', 2, "3 fields", 2),
        ("a,b\n1,2\n3,4,\n", 3, "3 fields", 2),
    ],
)
def test_a_ragged_row_names_its_line_and_both_numbers(write, content, line, found, expected):
    message = refusal(write(content))
    assert message.startswith(f", line {line}: {found}, and the header has {expected};")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_ragged_row_names_the_delimiter(write, delimiter):
    content = "a,b,c\n1,2,3\n4,5,6\n7,8\n".replace(",", delimiter)
    assert f"separated by {delimiter!r} here" in refusal(write(content))


def test_columns_of_the_same_name(write):
    message = refusal(write("price,name, price\n1,x,2\n"))
    assert message == ": columns 1 and 3 have the same name 'price'; rename one"


def test_names_that_look_like_data(write):
    message = refusal(write("0.5,3,0.5\n1,x,2\n"))
    assert message.endswith("rename one (it looks like data: does the file lack a header?)")


@pytest.mark.parametrize(("header", "column"), [(",b", 1), ("a,", 2), ("a,  ", 2), ('a,""', 2)])
def test_a_column_without_a_name(write, header, column):
    assert f": column {column} has no name" in refusal(write(f"{header}\n1,2\n"))


def test_a_header_of_many_megabytes_is_read_in_one_pass(write):
    # Names are compared through a dict: pairwise, half a million of them would take hours.
    names = ",".join(f"x{number}" for number in range(500_000))
    assert "columns 1 and 500001" in refusal(write(f"{names},x0\n"))


@pytest.mark.parametrize(
    ("content", "line"),
    [('a,b\n1,"x\n', 2), ('a,b\n1,2\n"x,2\n3,4\n5,6\n', 3), ('"a,b\n1,2\n', 1)],
)
def test_a_quote_that_never_closes_names_the_line_it_opens_in(write, content, line):
    assert refusal(write(content)) == f", line {line}: a quote is opened here and never closed"


@pytest.mark.parametrize(
    ("row", "field"), [('1,"x" ', 2), ('x"y",2', 1), (' "x",2', 1), ('3" x,4" y', 1)]
)
def test_quotes_around_part_of_a_field(write, row, field):
    message = refusal(write(f"a,b\n1,2\n{row}\n"))
    assert message.startswith(f", line 3, field {field}: quotes must enclose the whole field")


@pytest.mark.parametrize(
    ("content", "line", "byte", "code", "encoding"),
    [
        ("a,b\n1,café\n".encode("cp1252"), 2, 6, "0xe9", "cp1252"),
        ("a,b\n1,2\n“x”,€\n".encode("cp1252"), 3, 1, "0x93", "cp1252"),
        (b"a,b\n1,\x81\xe9\n", 2, 3, "0x81", "latin-1"),
    ],
)
def test_another_encoding_is_placed_and_guessed(write, content, line, byte, code, encoding):
    message = refusal(write(content))
    assert message.startswith(f", line {line}, byte {byte}: {code} is not UTF-8;")
    assert f"probably {encoding}" in message
    assert f"iconv -f {encoding}" in message


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_unicode_with_a_mark_is_known_by_it(write, encoding):
    message = refusal(write("a,b\n1,2\n".encode(encoding)))
    assert message.startswith(f": the encoding is {encoding}, not UTF-8")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_unicode_without_a_mark_is_known_by_its_zeros(write, encoding):
    message = refusal(write("name,price\nx,2\n".encode(encoding)))
    assert message.startswith(f": the encoding is probably {encoding}, not UTF-8")


def test_a_nul_byte(write):
    assert refusal(write(b"a,b\n1,2\n3,\x004\n")).startswith(", line 3: a NUL byte;")


@pytest.mark.parametrize(
    ("start", "word"),
    [
        (b"PK\x03\x04\x14\x00", "Excel"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"%PDF-1.7", "PDF"),
    ],
)
def test_another_format_under_the_name_of_csv(write, start, word):
    assert word in refusal(write(start))


def test_bare_carriage_returns(write):
    assert "bare carriage return" in refusal(write("a,b\r1,2\r3,4\r"))


def test_a_line_without_an_end_is_not_read_to_its_end(write, monkeypatch):
    monkeypatch.setattr(_delimited, "RECORD_LIMIT", 2**20)
    content = b"a,b\n" + b"7" * 2**20 + b"\n"
    assert refusal(write(content)).startswith(", line 2: longer than 1 MiB;")


def test_a_huge_file_of_zeros_costs_no_more_than_the_limit(tmp_path, monkeypatch):
    monkeypatch.setattr(_delimited, "RECORD_LIMIT", 2**20)
    path = tmp_path / "table.csv"
    with path.open("wb") as file:
        file.truncate(2**31)  # sparse: two gigabytes that take no room on the disk
    assert refusal(path).startswith(", line 1: a NUL byte;")


def test_a_quoted_value_without_an_end_is_not_collected_for_ever(write, monkeypatch):
    monkeypatch.setattr(_delimited, "RECORD_LIMIT", 1000)
    content = 'a,b\n1,"x\n' + "2,3\n" * 1000 + '"\n'
    assert refusal(write(content)) == ", line 2: a quote is opened here and never closed"


field = st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), max_size=8)


@settings(derandomize=True)
@given(
    rows=st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(field, min_size=width, max_size=width), min_size=1, max_size=6
        )
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_the_walk_counts_what_the_csv_module_wrote(tmp_path_factory, rows, delimiter, end):
    names = [f"name{number}" for number in range(len(rows[0]))]
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    path = tmp_path_factory.mktemp("walk") / "table.csv"
    path.write_bytes(buffer.getvalue().encode())
    structure = _delimited.read_structure(path, (delimiter,))
    assert structure.names == tuple(names)
    assert structure.n_rows == len(rows)
    assert structure.blank_rows == ()
