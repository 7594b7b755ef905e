"""How a column of text spells numbers and dates: ``$1,000.00``, ``30,5``, ``12%``, ``25.04.2021``.

A spelling is a short text that a saved model keeps, so that the same column is read the same way
when it comes again: ``"number 1,234.5 $"`` is a number with a decimal point and maybe a dollar
sign, ``"date %d.%m.%Y"`` a date with the day first, ``"date"`` one as ISO 8601 has it.
"""

from __future__ import annotations

import re
from itertools import product

import polars as pl

ISO = "date"
_ISO_DATE = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?$"
_OTHER_DATE = (
    r"^(\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}[/.]\d{1,2}[/.]\d{1,2})( \d{1,2}:\d{2}(:\d{2})?)?$"
)
_LIKE_A_DATE = r"^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([T ]\d.*)?$"
_ORDERS = (("%d", "%m", "%Y"), ("%m", "%d", "%Y"), ("%Y", "%m", "%d"))
_TIMES = ("", " %H:%M", " %H:%M:%S")
_DATES = tuple(mark.join(order) + time for mark, order, time in product("/.-", _ORDERS, _TIMES))

_SIGNS = "$€£¥%"
# Where every comma comes before three digits it separates thousands, so this one is tried first.
_NUMBERS = {
    "1,234.5": r"^[+-]?([1-9]\d{0,2}(,\d{3})+|\d+)(\.\d+)?$",
    "1.234,5": r"^[+-]?([1-9]\d{0,2}([. \u00a0\u202f]\d{3})+|\d+)(,\d+)?$",
}


def spelling_of(text: pl.Series) -> str | None:
    """Return how all the values of a column of text spell a number or a date.

    Parameters
    ----------
    text : Series of str
        Null where a value is missing.

    Returns
    -------
    str or None
        The one spelling that every value has; None if there is none, if they are plain numbers,
        or if it can't be told whether the day or the month comes first.
    """
    text = text.drop_nulls().str.strip_chars()
    if text.is_empty():
        return None
    if (spellings := _date_spellings(text)) and _agree(text, spellings):
        return spellings[0]
    signs = text.str.extract(f"([{re.escape(_SIGNS)}])").drop_nulls().unique()
    if len(signs) > 1:
        return None
    sign = "".join(f" {sign}" for sign in signs)
    for style, pattern in _NUMBERS.items():
        if _bare(text, sign.strip()).str.contains(pattern).all():
            return f"number {style}{sign}"
    return None


def spelled(text: pl.Series, spelling: str) -> pl.Series:
    """Return the numbers or dates that text spells, null where it isn't spelt that way."""
    text = text.str.strip_chars()
    what, _, how = spelling.partition(" ")
    if what == "date":
        return _dates(text, how)
    style, _, sign = how.partition(" ")
    bare = _bare(text, sign)
    bare = bare.set(~bare.str.contains(_NUMBERS[style]), None)
    if style == "1.234,5":
        bare = bare.str.replace_all(r"[^\d,+-]", "").str.replace(",", ".", literal=True)
    return bare.str.replace_all(",", "", literal=True).cast(pl.Float64, strict=False)


def undecided_date(text: pl.Series) -> str | None:
    """Return a value of a column of text that looks like dates and has no one spelling."""
    text = text.drop_nulls().str.strip_chars()
    if text.is_empty() or not text.str.contains(_LIKE_A_DATE).all() or spelling_of(text):
        return None
    return str(text[0])


def _date_spellings(text: pl.Series) -> list[str]:
    """Return the spellings in which every value is a date."""
    if text.str.contains(_ISO_DATE).all():
        candidates = [ISO]
    elif text.str.contains(_OTHER_DATE).all():
        mark = re.search(r"[-/.]", text[0])
        candidates = [f"date {how}" for how in _DATES if mark and mark[0] in how]
    else:
        return []
    return [spelling for spelling in candidates if not spelled(text, spelling).has_nulls()]


def _agree(text: pl.Series, spellings: list[str]) -> bool:
    first, *others = (spelled(text, spelling) for spelling in spellings)
    return all(first.equals(other) for other in others)


def _dates(text: pl.Series, how: str) -> pl.Series:
    if how:
        text = text.set(~text.str.contains(_OTHER_DATE), None)  # %Y would take the year 21
        kind = pl.Datetime("us") if "%H" in how else pl.Date
        return text.str.strptime(kind, how, strict=False)
    text = text.set(~text.str.contains(_ISO_DATE), None)
    if text.drop_nulls().str.len_chars().max() in (None, len("2021-04-25")):
        return text.str.to_date("%Y-%m-%d", strict=False)
    return text.str.to_datetime(strict=False)


def _bare(text: pl.Series, sign: str) -> pl.Series:
    """Return numbers without the sign before or after them."""
    if not sign:
        return text
    sign = re.escape(sign)
    return text.str.replace(rf"^([+-]?)\s*{sign}\s*", "$1").str.replace(rf"\s*{sign}$", "")
