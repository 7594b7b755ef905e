"""What a column of a table holds, and its values as numbers or as text."""

from __future__ import annotations

from typing import Literal, TypeAlias

import polars as pl

# "mixed" is text that is mostly numbers: what isn't one counts as missing.
Kind: TypeAlias = Literal["number", "mixed", "date", "text", "other"]

MOSTLY_NUMBERS = 0.8  # the share of a text column from which it is read as numbers
FEW_VALUES = 10  # text with no more distinct values than this is categories, digits or not


def kind_of(column: pl.Series) -> Kind:
    """Return how a column is read: by its type, and text by how many of its values are numbers."""
    dtype = column.dtype
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        return "number"
    if dtype.is_temporal():
        return "date"
    if dtype not in (pl.String, pl.Categorical, pl.Enum):
        return "other"
    if dtype != pl.String or column.n_unique() <= FEW_VALUES:
        return "text"
    values = as_text(column).drop_nulls()
    return "mixed" if parsed(values).count() >= MOSTLY_NUMBERS * len(values) > 0 else "text"


def as_text(column: pl.Series) -> pl.Series:
    """Return a column as text, null where it is missing or blank."""
    text = column.cast(pl.String)
    return text.set(text.str.strip_chars() == "", None)


def parsed(text: pl.Series) -> pl.Series:
    """Return the numbers that a column of text spells, null where it spells none."""
    return text.str.strip_chars().cast(pl.Float64, strict=False)


def not_numbers(column: pl.Series) -> pl.Series:
    """Return where a column of text holds something that isn't a number."""
    text = as_text(column)
    return parsed(text).is_null() & text.is_not_null()


def as_numbers(column: pl.Series, kind: Kind) -> pl.Series:
    """Return a column as numbers, null where a value is missing, NaN or infinite.

    Parameters
    ----------
    column : Series
        Its values today.
    kind : "number", "mixed" or "date"
        What it held when the model was fitted. A date becomes days since 1970-01-01, a duration
        days, a time of day hours.

    Raises
    ------
    ValueError
        If the column holds something else today.
    """
    found = kind_of(column)
    if column.dtype == pl.String:
        strange = column.filter(not_numbers(column))
        if kind == "number" and len(strange):
            _refuse(column, "numbers", f"text, such as {strange[0]!r}")
        if kind == "date" and as_text(column).count():
            _refuse(column, "dates", "text")
        numbers = parsed(column)
    elif found == "date" and kind == "date":
        numbers = _days(column)
    elif found == "number" and (kind != "date" or column.dtype == pl.Null):
        numbers = column.cast(pl.Float64)
    else:
        needed = "dates" if kind == "date" else "numbers"
        _refuse(column, needed, f"values of type {column.dtype}")
    return numbers.set(~numbers.is_finite(), None)


def _refuse(column: pl.Series, needed: str, found: str) -> None:
    raise ValueError(
        f"column {column.name!r} held {needed} when the model was fitted; here it holds {found}"
    )


def _days(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Time:
        return column.cast(pl.Int64) / 3.6e12  # nanoseconds to hours
    if column.dtype == pl.Duration:
        return column.dt.total_microseconds() / 86_400e6
    return column.dt.epoch("us") / 86_400e6
