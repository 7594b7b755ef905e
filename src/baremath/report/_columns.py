"""What each column of a table holds, on one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from baremath.report.format import quantity, shortened

if TYPE_CHECKING:
    import polars as pl

    from baremath.ladder import Climb

_MOST_VALUES = 6


@dataclass(frozen=True)
class Column:
    """One column of the data, as the report describes it.

    Parameters
    ----------
    name : str
    role : str
        "target" or "feature".
    kind : str
        "numbers", "text", or the name of another type.
    content : str
        The range and the median of numbers, the commonest values of anything else.
    missing : int
        How many rows have no value.
    """

    name: str
    role: str
    kind: str
    content: str
    missing: int


def describe_columns(climb: Climb) -> list[Column]:
    """Describe the target, then every column that was learnt from, over all rows used."""
    import polars as pl

    rows = pl.concat([climb.train, climb.test])
    names = [climb.target, *(name for name in rows.columns if name != climb.target)]
    return [
        Column(
            name=name,
            role="target" if name == climb.target else "feature",
            kind=_kind(rows[name]),
            content=_content(rows[name]),
            missing=_n_missing(rows[name]),
        )
        for name in names
    ]


def _kind(series: pl.Series) -> str:
    import polars as pl

    if series.dtype.is_numeric():
        return "numbers"
    return "text" if series.dtype == pl.String else str(series.dtype).lower()


def _n_missing(series: pl.Series) -> int:
    not_numbers = series.is_nan().sum() if series.dtype.is_float() else 0
    return series.null_count() + int(not_numbers)


def _content(series: pl.Series) -> str:
    known = series.drop_nulls()
    if series.dtype.is_float():
        known = known.filter(known.is_finite())
    n_distinct = known.n_unique()
    if known.dtype.is_numeric() and n_distinct > _MOST_VALUES:
        low, middle, high = (quantity(known.quantile(q)) for q in (0.0, 0.5, 1.0))  # type: ignore[arg-type]
        return f"{low} to {high}, median {middle}"
    counts = known.alias("value").value_counts().sort(["count", "value"], descending=[True, False])
    say = quantity if known.dtype.is_numeric() else shortened
    common = ", ".join(say(value) for value in counts["value"].head(_MOST_VALUES))
    return common if n_distinct <= _MOST_VALUES else f"{common}, … ({n_distinct:,} in all)"
