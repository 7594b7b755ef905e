"""Which columns of a table can help to predict, and what has to be said about them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import polars as pl

from baremath.ladder._columns import (
    Kind,
    as_numbers,
    as_text,
    as_typed,
    holds,
    is_spelt,
    kind_of,
    not_numbers,
    parsed,
)
from baremath.ladder._spelling import ISO, spelled, undecided_date

NEARLY_ALL = 0.9  # text with a larger share of distinct values names its rows
FEWEST_ROWS_FOR_IDS = 10  # with fewer, whole numbers may run from 1 to n by chance
SHOWN = 3  # how many rows or columns a sentence names before "and … more"

_NAMED_ID = re.compile(r"(^|[^a-z])(id|uuid|index)$|^unnamed: 0$|^$", re.IGNORECASE)
_CAMEL_ID = re.compile(r"[a-z](Id|ID)$")


@dataclass(frozen=True)
class Reason:
    """Why a column is left out, said of it alone and of several."""

    alone: str
    together: str


@dataclass(frozen=True)
class Survey:
    """What was found in the columns of a table.

    Parameters
    ----------
    kept : tuple of str
        The columns to learn from, in the table's order.
    warnings : tuple of str
        A plain sentence for each column left out (or for all, if many are for the same reason),
        and for values not taken as they stand.
    """

    kept: tuple[str, ...]
    warnings: tuple[str, ...]


def survey(table: pl.DataFrame) -> Survey:
    """Look at every column: leave out what can't help to predict, and say why.

    Left out are columns whose values are all missing or all the same, columns that name the row
    (running whole numbers, text that hardly ever repeats), and columns of lists and the like.

    Examples
    --------
    >>> import polars as pl
    >>> table = pl.DataFrame({"km": [3.0, 1.0, 2.0], "country": ["FR", "FR", "FR"]})
    >>> survey(table)
    Survey(kept=('km',), warnings=("'country' is left out: its value is always 'FR'.",))
    """
    reasons = {name: _why_left_out(table[name]) for name in table.columns}
    kept = [name for name, reason in reasons.items() if reason is None]
    if not kept:  # a table of x = 1, 2, 3, … and y has nothing else to learn from
        kept = [name for name in table.columns if _is_numbered(table[name])]
    left_out = {name: reason for name, reason in reasons.items() if reason and name not in kept}
    warnings = _left_out(left_out)
    for name in kept:
        warnings += _remarks(table[name])
    return Survey(tuple(kept), tuple(warnings))


def _left_out(reasons: Mapping[str, Reason]) -> list[str]:
    """Return a note for every column, or one for all those left out for the same reason."""
    said = []

    def shared(name: str) -> str:
        return reasons[name].together

    for together, group in groupby(sorted(reasons, key=shared), key=shared):
        names = list(group)
        if len(names) > SHOWN:
            said.append(f"{len(names):,} columns are left out ({named(names)}): {together}.")
        else:
            said += [f"{name!r} is left out: {reasons[name].alone}." for name in names]
    return said


def named(items: Sequence[Any]) -> str:
    """Return the first few of some things: ``"'a', 'b', 'c' and 4 more"``."""
    more = f" and {len(items) - SHOWN:,} more" if len(items) > SHOWN else ""
    return ", ".join(map(repr, items[:SHOWN])) + more


def rows_named(mask: pl.Series) -> str:
    """Return the rows where `mask` holds, counted from 0: ``"rows 3, 17, 18 and 4 more"``."""
    rows = mask.arg_true()
    return f"row{'s' if len(rows) > 1 else ''} {named(rows.to_list())}"


def counted(n: int, noun: str, plural: str = "") -> str:
    """Return ``"1 row"``, ``"1,200 rows"``; with a plural of its own, ``"8 leaves"``."""
    return f"{n:,} {noun if n == 1 else plural or f'{noun}s'}"


def read_as(column: pl.Series, kind: Kind) -> list[str]:
    """Return what there is to say of text that is read as numbers or dates by its spelling."""
    if not is_spelt(column, kind) or kind == ISO:
        return []
    text = as_text(column).drop_nulls()
    example = int(text.str.len_chars().arg_max() or 0)  # the longest shows most of the spelling
    value = spelled(text, kind)[example]
    shown = f"{value:.15g}" if isinstance(value, float) else str(value)
    rows = counted(len(text), "row")
    of = f"the {rows}" if len(text) < len(column) else f"all {rows}"
    having = " with a value" if len(text) < len(column) else ""
    return [f"{column.name!r}: {text[example]!r} is read as {shown} in {of}{having}."]


def _why_left_out(column: pl.Series) -> Reason | None:
    kind = kind_of(column)
    if kind == "other":
        return Reason(
            f"its values are of type {column.dtype}, neither numbers nor text",
            "their values are neither numbers nor text",
        )
    values = (as_text(column) if kind == "text" else as_numbers(column, kind)).drop_nulls()
    if len(values) == 0:
        return Reason("all its values are missing", "all their values are missing")
    n_distinct = values.n_unique()
    if n_distinct == 1 and (kind != "text" or len(values) == len(column)):
        value = column.drop_nulls()[0]
        shown = str(value) if column.dtype.is_temporal() else repr(value)
        return Reason(f"its value is always {shown}", "each has the same value in every row")
    if _is_numbered(column):
        lowest, highest = np.sort(column.to_numpy())[[0, -1]]
        return Reason(
            f"its whole numbers, {lowest} to {highest}, only number the rows",
            "their whole numbers only number the rows",
        )
    if kind == "text" and n_distinct > NEARLY_ALL * len(values):
        if undecided_date(values):
            return Reason(_undecided(values), _undecided(values))
        return Reason(
            f"{n_distinct:,} of its {len(values):,} values are different (such as {values[0]!r}), "
            "so it names the row",
            "nearly all their values are different, so they name the row",
        )
    return None


def _undecided(values: pl.Series) -> str:
    return (
        f"dates such as {undecided_date(values)!r} can be read in more than one way, or in none; "
        "write them as 2021-04-25"
    )


def _is_numbered(column: pl.Series) -> bool:
    """Whether whole numbers number the rows: all different, and without gaps or called an id."""
    if not column.dtype.is_integer() or column.has_nulls() or column.n_unique() < len(column):
        return False
    if _NAMED_ID.search(column.name) or _CAMEL_ID.search(column.name):
        return True
    without_gaps = np.ptp(column.to_numpy()) == len(column) - 1
    return len(column) >= FEWEST_ROWS_FOR_IDS and bool(without_gaps)


def _remarks(column: pl.Series) -> list[str]:
    """Return what has to be said of a column that is kept."""
    kind = kind_of(column)
    said = read_as(column, kind)
    column, kind = as_typed(column, kind), holds(kind)
    if column.dtype == pl.String:
        if undecided_date(as_text(column)):
            said.append(f"{column.name!r} is read as text: {_undecided(as_text(column))}.")
        said += _remarks_on_mixture(column, as_numbers=kind == "mixed")
        column = column if kind == "text" else parsed(column)
    if kind == "text":
        missing = as_text(column).null_count()
        treatment = "that counts as a category"
    else:
        said += _remarks_on_infinity(column)
        missing = as_numbers(column, "date" if kind == "date" else "number").null_count()
        treatment = "the median of the training rows stands in (trees take it as missing)"
    if kind == "date":
        said.append(f"{column.name!r} is read as {_unit(column)}.")
    if missing:
        said.append(f"{column.name!r} has no value in {counted(missing, 'row')}; {treatment}.")
    return said


def _remarks_on_mixture(column: pl.Series, *, as_numbers: bool) -> list[str]:
    strange = not_numbers(column)
    n_strange = strange.sum()
    n_numbers = parsed(column).count()
    if not n_strange or not n_numbers:
        return []
    example = f"such as {column.filter(strange)[0]!r} in row {strange.arg_true()[0]}"
    treatment = "what isn't a number is treated as missing" if as_numbers else "read as text"
    return [
        f"{column.name!r} mixes {counted(n_numbers, 'number')} with text in "
        f"{counted(int(n_strange), 'row')}, {example}; {treatment}."
    ]


def _remarks_on_infinity(column: pl.Series) -> list[str]:
    if not column.dtype.is_float():
        return []
    infinite = column.is_infinite().fill_null(False)
    if not infinite.any():
        return []
    return [f"{column.name!r} is infinite in {rows_named(infinite)}; treated as missing."]


def _unit(column: pl.Series) -> str:
    if column.dtype == pl.Time:
        return "hours since midnight"
    return "days" if column.dtype == pl.Duration else "days since 1970-01-01"
