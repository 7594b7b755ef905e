"""What a column of a table holds, and its values as numbers or as text."""

from __future__ import annotations

from typing import NoReturn, TypeAlias

import polars as pl

from baremath.ladder._spelling import spelled, spelling_of

# "number", "date", "text", "other", or "mixed": text that is mostly numbers, and what isn't one
# counts as missing. Text that spells numbers or dates some other way has that spelling for a kind,
# "number 1.234,5" or "date %d.%m.%Y".
Kind: TypeAlias = str

MOSTLY_NUMBERS = 0.8  # the share of a text column from which it is read as numbers
FEW_VALUES = 10  # text with no more distinct values than this is categories, digits or not


def kind_of(column: pl.Series) -> Kind:
    """Return how a column is read: by its type, and text by what its values spell."""
    dtype = column.dtype
    if dtype.is_numeric() or dtype in (pl.Boolean, pl.Null):
        return "number"
    if dtype.is_temporal():
        return "date"
    if dtype not in (pl.String, pl.Categorical, pl.Enum):
        return "other"
    if dtype != pl.String:
        return "text"
    values = as_text(column).drop_nulls()
    numbers = parsed(values)
    if numbers.has_nulls() and (spelling := spelling_of(values)):
        return spelling
    if column.n_unique() <= FEW_VALUES:
        return "text"
    return "mixed" if numbers.count() >= MOSTLY_NUMBERS * len(values) > 0 else "text"


def holds(kind: Kind) -> str:
    """Return "number", "mixed", "date", "text" or "other", however it is spelt."""
    return kind.partition(" ")[0]


def is_spelt(column: pl.Series, kind: Kind) -> bool:
    """Whether a column is text that has to be read by the spelling in its kind."""
    return column.dtype == pl.String and (" " in kind or kind == "date")


def as_typed(column: pl.Series, kind: Kind) -> pl.Series:
    """Return a column as it is, or text that spells numbers or dates as these."""
    if not is_spelt(column, kind):
        return column
    return spelled(as_text(column), kind).alias(column.name)


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
    kind : str
        What it held when the model was fitted: no text, and nothing other. A date becomes days
        since 1970-01-01, a duration days, a time of day hours.

    Raises
    ------
    ValueError
        If the column holds something else today.
    """
    needed = f"{holds(kind).replace('mixed', 'number')}s"
    if is_spelt(column, kind):
        text = as_text(column)
        values = spelled(text, kind)
        _refuse_strange(column, values.is_null() & text.is_not_null(), needed)
        numbers = _days(values) if needed == "dates" else values
    elif column.dtype == pl.String:
        if kind == "number":
            _refuse_strange(column, not_numbers(column), needed)
        numbers = parsed(column)
    elif kind_of(column) == "date" and needed == "dates":
        numbers = _days(column)
    elif kind_of(column) == "number" and (needed == "numbers" or column.dtype == pl.Null):
        numbers = column.cast(pl.Float64)
    else:
        _refuse(column, needed, f"values of type {column.dtype}")
    return numbers.set(~numbers.is_finite(), None)


def _refuse_strange(column: pl.Series, strange: pl.Series, needed: str) -> None:
    if strange.any():
        _refuse(column, needed, f"text, such as {column.filter(strange)[0]!r}")


def _refuse(column: pl.Series, needed: str, found: str) -> NoReturn:
    raise ValueError(
        f"column {column.name!r} held {needed} when the model was fitted; here it holds {found}"
    )


def _days(column: pl.Series) -> pl.Series:
    if column.dtype == pl.Time:
        return column.cast(pl.Int64) / 3.6e12  # nanoseconds to hours
    if column.dtype == pl.Duration:
        return column.dt.total_microseconds() / 86_400e6
    return column.dt.epoch("us") / 86_400e6
