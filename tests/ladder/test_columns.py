import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.ladder._columns import as_numbers, as_text, kind_of, not_numbers

NUMBERS_AS_TEXT = [str(n) for n in range(20)]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (pl.Series([1, 2]), "number"),
        (pl.Series([1.5, None]), "number"),
        (pl.Series([True, False]), "number"),
        (pl.Series([None, None]), "number"),
        (pl.Series(["1.50", "2"]).cast(pl.Decimal(10, 2)), "number"),
        (pl.Series([dt.date(2020, 1, 1)]), "date"),
        (pl.Series([dt.timedelta(days=1)]), "date"),
        (pl.Series(["red", "blue"]), "text"),
        (pl.Series(["red", "blue"], dtype=pl.Categorical), "text"),
        (pl.Series(["1", "2", "3"] * 9), "text"),  # digits, but few: categories
        (pl.Series([*NUMBERS_AS_TEXT, "n/a"]), "mixed"),
        (pl.Series([*NUMBERS_AS_TEXT, *["n/a"] * 6]), "text"),  # 20 of 26 are too few
        (pl.Series([*NUMBERS_AS_TEXT, *["n/a"] * 5]), "mixed"),  # 20 of 25 are 80%
        (pl.Series([" "] * 20), "text"),
        (pl.Series([[1, 2]]), "other"),
        (pl.Series([{"a": 1}]), "other"),
    ],
)
def test_kind(column: pl.Series, kind: str) -> None:
    assert kind_of(column) == kind


def test_what_is_not_finite_is_missing() -> None:
    column = pl.Series([1.0, math.inf, -math.inf, math.nan, None])
    assert as_numbers(column, "number").to_list() == [1.0, None, None, None, None]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([dt.date(1970, 1, 2), dt.date(1969, 12, 31), None], [1.0, -1.0, None]),
        ([dt.datetime(1970, 1, 2, 12)], [1.5]),
        ([dt.timedelta(hours=36)], [1.5]),
        ([dt.time(6, 30)], [6.5]),
    ],
)
def test_dates_are_days(values: list[object], expected: list[float | None]) -> None:
    assert as_numbers(pl.Series(values), "date").to_list() == expected


def test_a_mixed_column_keeps_its_numbers() -> None:
    column = pl.Series([" 1.5 ", "", "n/a", None, "-2e3", "inf"])
    assert as_numbers(column, "mixed").to_list() == [1.5, None, None, None, -2000.0, None]
    assert not_numbers(column).to_list() == [False, False, True, False, False, False]


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))))
def test_numbers_written_as_text_are_read_back(values: list[float | None]) -> None:
    text = pl.Series([None if v is None else repr(v) for v in values], dtype=pl.String)
    assert as_numbers(text, "number").to_list() == values


@pytest.mark.parametrize(
    ("column", "kind", "message"),
    [
        (pl.Series("age", ["30", "old"]), "number", "'age' held numbers .* text, such as 'old'"),
        (pl.Series("age", [dt.date(2020, 1, 1)]), "number", "'age' held numbers .* Date"),
        (pl.Series("age", [[1]]), "mixed", "'age' held numbers .* List"),
        (pl.Series("age", [dt.date(2020, 1, 1)]), "mixed", "'age' held numbers .* Date"),
        (pl.Series("born", [1.0]), "date", "'born' held dates .* Float64"),
        (pl.Series("born", ["today"]), "date", "'born' held dates .* text"),
    ],
)
def test_another_kind_than_before_is_named(column: pl.Series, kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_numbers(column, kind)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["number", "mixed", "date"])
@pytest.mark.parametrize("dtype", [pl.Null, pl.String])
def test_a_column_without_any_value_is_of_every_kind(kind: str, dtype: type[pl.DataType]) -> None:
    column = pl.Series([None, None], dtype=dtype)
    assert as_numbers(column, kind).to_list() == [None, None]  # type: ignore[arg-type]


def test_blank_text_is_missing_and_other_types_are_written_out() -> None:
    assert as_text(pl.Series(["a ", " ", "", None])).to_list() == ["a ", None, None, None]
    assert as_text(pl.Series([1, 2])).to_list() == ["1", "2"]
