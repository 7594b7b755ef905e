"""The structure of a delimited text file, checked line by line before a table is made of it.

A fast reader of CSV fills short rows, renames double columns and guesses about quotes. So the file
is first walked through, a record at a time and in bounded memory: every problem is found where it
is, with its line number, and what is left for the reader is only to turn text into numbers.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from baremath.datasets._errors import TableError

RECORD_LIMIT = 64 * 2**20  # bytes; far above any row, far below what would fill a machine's memory
CSV_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 20  # records looked at to find the delimiter

_QUOTED = re.compile(rb'(?:"[^"]*")+')
_QUOTED_MARK = b"\0"  # can't occur otherwise: a file with NUL bytes is refused

_OTHER_FORMATS = {
    b"PK\x03\x04": "an Excel workbook or a zip archive; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"\x1f\x8b": "compressed with gzip; unpack it first",
    b"PAR1": "a Parquet file; name it .parquet",
    b"%PDF": "a PDF document; save the table in it as CSV",
}
_UNICODE_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True)
class Record:
    """One row of the file: usually one line, more where a quoted value holds line ends."""

    line: int  # the number of its first line, from 1
    content: bytes

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing but spaces in it; a tab may be a delimiter."""
        return not self.content.strip(b" \r\n")


@dataclass(frozen=True)
class Structure:
    """What a sound delimited file is made of."""

    delimiter: str
    names: tuple[str, ...]
    n_rows: int  # records below the header, blank ones included
    blank_rows: tuple[int, ...]  # which of these are blank, from 0


def read_structure(path: Path, delimiters: tuple[str, ...]) -> Structure:
    """Walk through a file; raise `TableError` at the first thing that is wrong with it.

    Parameters
    ----------
    path : Path
        A file.
    delimiters : tuple of str
        The characters that may separate its fields; the one that fits best is taken.

    Returns
    -------
    Structure
        The delimiter, the column names, and the rows that are there.
    """
    with path.open("rb") as file:
        _check_signature(path, file)
        sample = _head(path, file)
        delimiter = _find_delimiter(sample, delimiters)
        file.seek(0)
        records = _records(path, file)
        header = next((record for record in records if not record.is_blank), None)
        if header is None:
            raise TableError(f"{path}: the file is empty")
        names = _names(path, header, delimiter)
        n_rows, blank_rows = 0, []
        for record in records:
            if record.is_blank:
                blank_rows.append(n_rows)
            else:
                _check_width(path, record, delimiter, len(names))
            n_rows += 1
    if n_rows == len(blank_rows):
        raise TableError(f"{path}: there is a header, and no row of data below it")
    return Structure(delimiter, names, n_rows, tuple(blank_rows))


def _head(path: Path, file: BinaryIO) -> list[Record]:
    """Return the first records that aren't blank: the header and a few rows."""
    head = []
    for record in _records(path, file):
        if not record.is_blank:
            head.append(record)
        if len(head) == _SAMPLE_RECORDS:
            break
    return head


def _find_delimiter(sample: list[Record], delimiters: tuple[str, ...]) -> str:
    """Return the delimiter that divides the header and that most records agree on."""

    def agreement(delimiter: str) -> tuple[int, int]:
        widths = [len(_fields(record.content, delimiter)) for record in sample]
        return (widths.count(widths[0]) if widths[0] > 1 else 0, widths[0])

    return max(delimiters, key=agreement) if sample else delimiters[0]


def _fields(content: bytes, delimiter: str) -> list[bytes]:
    """Return the fields of a record, a quoted value as a mere mark."""
    return _QUOTED.sub(_QUOTED_MARK, content.rstrip(b"\r\n")).split(delimiter.encode())


def _check_width(path: Path, record: Record, delimiter: str, expected: int) -> None:
    if b'"' not in record.content:
        found = record.content.count(delimiter.encode()) + 1
    else:
        fields = _fields(record.content, delimiter)
        found = len(fields)
        for number, field in enumerate(fields, start=1):
            if _QUOTED_MARK in field and field != _QUOTED_MARK:
                raise TableError(
                    f"{path}, line {record.line}, field {number}: quotes must enclose the whole "
                    'field, with no space around them; write a quote inside a field as ""'
                )
    if found != expected:
        raise TableError(
            f"{path}, line {record.line}: {_counted(found, 'field')}, and the header has "
            f"{expected}; every row needs as many (fields are separated by {delimiter!r} here)"
        )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _names(path: Path, header: Record, delimiter: str) -> tuple[str, ...]:
    if b"\r" in header.content.strip(b"\r\n") and b'"' not in header.content:
        raise TableError(
            f"{path}: the lines end in a bare carriage return (old Mac OS); "
            "save the file with line ends LF or CR LF"
        )
    _check_width(path, header, delimiter, len(_fields(header.content, delimiter)))
    quoted = iter(_QUOTED.findall(header.content))
    names = [
        next(quoted)[1:-1].replace(b'""', b'"') if field == _QUOTED_MARK else field
        for field in _fields(header.content, delimiter)
    ]
    return check_names(path, [name.decode() for name in names])


def check_names(path: Path, names: list[str]) -> tuple[str, ...]:
    """Return the column names without space around them, or say which is blank or double."""
    numbers: dict[str, int] = {}
    for number, name in enumerate((name.strip() for name in names), start=1):
        if not name:
            raise TableError(
                f"{path}: column {number} has no name; name it in the header, or leave the column "
                "out (pandas: to_csv(..., index=False))"
            )
        if name in numbers:
            raise TableError(
                f"{path}: columns {numbers[name]} and {number} have the same name {name!r}; "
                f"rename one{_no_header(name)}"
            )
        numbers[name] = number
    return tuple(numbers)


def _no_header(name: str) -> str:
    try:
        float(name)
    except ValueError:
        return ""
    return " (it looks like data: does the file lack a header?)"


def _records(path: Path, file: BinaryIO) -> Iterator[Record]:
    """Yield the records, blank ones too, decoded nowhere but checked to be UTF-8."""
    parts: list[bytes] = []
    first_line, size, n_quotes = 1, 0, 0
    for number, line in enumerate(_lines(path, file), start=1):
        if not parts:
            first_line = number
        parts.append(line)
        size += len(line)
        n_quotes += line.count(b'"')
        if size > RECORD_LIMIT:
            break
        if n_quotes % 2 == 0:
            yield Record(first_line, b"".join(parts) if len(parts) > 1 else line)
            parts, size, n_quotes = [], 0, 0
    if parts:
        raise TableError(f"{path}, line {first_line}: a quote is opened here and never closed")


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := file.readline(RECORD_LIMIT + 1):
        number += 1
        if b"\0" in line:
            raise TableError(_nul_message(path, number, line))
        if len(line) > RECORD_LIMIT:
            raise TableError(
                f"{path}, line {number}: longer than {RECORD_LIMIT // 2**20} MiB; "
                "is this a table of text, with a line for each row?"
            )
        if not line.isascii():
            _check_utf8(path, number, line)
        yield line.removeprefix(codecs.BOM_UTF8) if number == 1 else line


def _check_signature(path: Path, file: BinaryIO) -> None:
    """Name another format, or another encoding, that the first bytes give away."""
    start = file.read(4)
    file.seek(0)
    if not start:
        raise TableError(f"{path}: the file is empty")
    for signature, what in _OTHER_FORMATS.items():
        if start.startswith(signature):
            raise TableError(f"{path}: this is no text but {what}")
    for mark, encoding in _UNICODE_MARKS.items():
        if start.startswith(mark):
            raise TableError(f"{path}: the encoding is {encoding}, not UTF-8; {_advice(encoding)}")


def _nul_message(path: Path, number: int, line: bytes) -> str:
    # Text in UTF-16 without a mark: every other byte of a Latin letter is NUL.
    if 0.4 < line.count(b"\0") / len(line) < 0.6:
        encoding = "utf-16-be" if line.startswith(b"\0") else "utf-16-le"
        return f"{path}: the encoding is probably {encoding}, not UTF-8; {_advice(encoding)}"
    return f"{path}, line {number}: a NUL byte; this is a binary file, or a damaged one"


def _check_utf8(path: Path, number: int, line: bytes) -> None:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        byte = line[error.start]
        try:
            line.decode("cp1252")
            encoding = "cp1252"
        except UnicodeDecodeError:
            encoding = "latin-1"
        raise TableError(
            f"{path}, line {number}, byte {error.start + 1}: 0x{byte:02x} is not UTF-8; the "
            f"encoding is probably {encoding}; {_advice(encoding)}"
        ) from None


def _advice(encoding: str) -> str:
    return f"save it as UTF-8 (iconv -f {encoding} -t utf-8 OLD > NEW)"
