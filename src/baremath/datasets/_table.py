"""From a file of data to a polars table."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

import numpy as np
import polars as pl

from baremath.datasets._delimited import CSV_DELIMITERS, Structure, check_names, read_structure
from baremath.datasets._errors import TableError

# Read as missing, as is a field with nothing in it. "None" isn't here: it is a category too often.
MISSING = ("NA", "N/A", "n/a", "#N/A", "null", "NULL", "?")

_DELIMITERS = {".csv": CSV_DELIMITERS, ".tsv": ("\t",), ".tab": ("\t",)}
_PARQUET = ".parquet"
_SUFFIXES = (*_DELIMITERS, _PARQUET)

# How ISO 8601 writes them, what they are, and how polars is told to read them (None: by looking).
_DATES = (
    (r"^\d{4}-\d{2}-\d{2}$", pl.Date, "%Y-%m-%d"),
    (r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}", pl.Datetime, None),
)

# The Parquet reader of polars panics on some damaged files; a panic is no Exception.
_POLARS_ERRORS = (pl.exceptions.PolarsError, pl.exceptions.PanicException)


def read_table(path: str | os.PathLike[str]) -> pl.DataFrame:
    r"""Read a table from a CSV, TSV or Parquet file, or say in one line what is wrong with it.

    The suffix decides the format: ``.csv`` (separated by comma, semicolon, tab or ``|``, found by
    looking), ``.tsv`` and ``.tab`` (tab), ``.parquet``. Text is UTF-8, with or without a byte-order
    mark, with a header in the first line; a value in double quotes may hold separators and line
    ends.

    - Missing are: an empty field, NA, N/A, n/a, #N/A, null, NULL and ?. Blank lines are skipped.
    - A column is of numbers if every value in it is one (or missing). NaN and inf are kept there
      as the floats they are; in a column of text, NaN is missing.
    - A column is of dates, or of times of a date, if every value is one as ISO 8601 writes it:
      2021-04-25, 2021-04-25 08:00, 2021-04-25T08:00:00. One with a time zone is turned into UTC.
    - A column of numbers and words is text, all of it; one of true and false is Boolean.
    - Space around a name or a value doesn't count.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    polars.DataFrame
        At least one row and one column, in the order of the file.

    Raises
    ------
    TableError
        The file is missing, a directory, empty, or only a header; a row has too few or too many
        fields; a column has no name, or another's; the text isn't UTF-8, is binary, has a quote
        that never closes or a line of more than 64 MiB; the Parquet file is damaged.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from baremath.datasets import read_table
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "heroes.csv"
    ...     _ = path.write_text("hero;price;issues\nBatman;120.5;900\nRobin;?;310\n")
    ...     table = read_table(path)
    >>> table.rows()
    [('Batman', 120.5, 900), ('Robin', None, 310)]
    """
    path = Path(path)
    suffix = path.suffix.lower()
    try:
        _check_file(path)
        if suffix == _PARQUET:
            return _read_parquet(path)
        return _read_delimited(path, read_structure(path, _DELIMITERS[suffix]))
    except OSError as error:
        raise TableError(f"{path}: can't be read: {error.strerror or error}") from error


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise TableError(f"{path}: this is a directory; name a file in it")
    if not path.exists():
        raise TableError(f"{path}: there is no such file{_near_names(path)}")
    if path.suffix.lower() not in _SUFFIXES:
        given = f"the suffix {path.suffix!r}" if path.suffix else "no suffix"
        raise TableError(f"{path}: {given}; a table is one of {', '.join(_SUFFIXES)}")


def _near_names(path: Path) -> str:
    if not path.parent.is_dir():
        return f", and no folder {path.parent}"
    names = [entry.name for entry in path.parent.iterdir() if entry.suffix.lower() in _SUFFIXES]
    near = difflib.get_close_matches(path.name, names)
    return f"; did you mean {' or '.join(near)}?" if near else ""


def _read_delimited(path: Path, structure: Structure) -> pl.DataFrame:
    try:
        table = _parse(path, structure)
    except _POLARS_ERRORS as error:
        raise TableError(f"{path}: can't be read as a table: {_first_line(error)}") from error
    if table.height != structure.n_rows or table.width != len(structure.names):
        raise TableError(
            f"{path}: can't be read as a table: {structure.n_rows} × {len(structure.names)} "
            f"values were counted, {table.height} × {table.width} read; look at its quotes"
        )
    table.columns = list(structure.names)
    if structure.blank_rows:
        kept = np.ones(table.height, dtype=bool)
        kept[list(structure.blank_rows)] = False
        table = table.filter(kept)
    return table.select(_tidy(column) for column in table)


def _parse(path: Path, structure: Structure) -> pl.DataFrame:
    def parse(infer: bool) -> pl.DataFrame:
        return pl.read_csv(
            path,
            separator=structure.delimiter,
            null_values=list(MISSING),
            infer_schema=infer,
            infer_schema_length=None,
            glob=False,
        )

    try:
        return parse(infer=True)
    except pl.exceptions.ComputeError:
        # An integer beyond 128 bits: as text it is read, and `_tidy` makes a float of it.
        return parse(infer=False)


def _tidy(column: pl.Series) -> pl.Series:
    """Give a column the type its values have once the space around them is gone."""
    if column.dtype == pl.Int128:
        return column.cast(pl.Float64)
    if column.dtype != pl.String:
        return column
    text = column.str.strip_chars()
    text = text.set(text.is_in(["", *MISSING]), None)
    if text.null_count() == len(text):
        return text
    for number in (pl.Int64, pl.Float64):
        numbers = text.cast(number, strict=False)
        if numbers.null_count() == text.null_count():
            return numbers
    if (dates := _dates(text)) is not None:
        return dates
    return text.set(text.str.to_lowercase() == "nan", None)


def _dates(text: pl.Series) -> pl.Series | None:
    """Return a column of text as dates; None if a value isn't written as in ISO 8601."""
    for pattern, type_, how in _DATES:
        if text.str.contains(pattern).all():
            dates = text.str.strptime(type_, how, strict=False)
            return dates if dates.null_count() == text.null_count() else None
    return None


def _read_parquet(path: Path) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path, glob=False)
    except _POLARS_ERRORS as error:
        raise TableError(
            f"{path}: no Parquet file, or a damaged one: {_first_line(error)}"
        ) from error
    if table.is_empty():
        raise TableError(f"{path}: there is no row of data in it")
    table.columns = list(check_names(path, table.columns))
    return table


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
