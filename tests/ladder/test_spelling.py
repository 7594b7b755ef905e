import datetime as dt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baremath.ladder._spelling import spelled, spelling_of, undecided_date


@pytest.mark.parametrize(
    ("values", "spelling", "expected"),
    [
        (["30,5", "7", "-1,25"], "number 1.234,5", [30.5, 7.0, -1.25]),
        (["173.266,79", "5"], "number 1.234,5", [173266.79, 5.0]),
        (["1 234,50 €", "2\u202f000 €"], "number 1.234,5 €", [1234.5, 2000.0]),
        (["$1,000.00", "-$2.50", "$-3"], "number 1,234.5 $", [1000.0, -2.5, -3.0]),
        (["€ 12", "€ 13.5"], "number 1,234.5 €", [12.0, 13.5]),
        (["12%", "3.5 %", "0"], "number 1,234.5 %", [12.0, 3.5, 0.0]),
        (["1,234", "1,234,567", "12"], "number 1,234.5", [1234.0, 1234567.0, 12.0]),
        (["1,234", "1,2345"], "number 1.234,5", [1.234, 1.2345]),
        (["0,123", "0,456"], "number 1.234,5", [0.123, 0.456]),  # no thousands begin with 0
    ],
)
def test_numbers(values: list[str], spelling: str, expected: list[float]) -> None:
    text = pl.Series([*values, None])
    assert spelling_of(text) == spelling
    assert spelled(text, spelling).to_list() == [*expected, None]


MORNING = dt.datetime(2021, 4, 25, 8)


@pytest.mark.parametrize(
    ("values", "spelling", "expected"),
    [
        (["2021-04-25"], "date", dt.date(2021, 4, 25)),
        (["2021-04-25 08:00:00"], "date", MORNING),
        (["2021-04-25T08:00"], "date", MORNING),
        (["4/25/2021", "4/5/2021"], "date %m/%d/%Y", dt.date(2021, 4, 25)),
        (["25.04.2021", "05.04.2021"], "date %d.%m.%Y", dt.date(2021, 4, 25)),
        (["25-4-2021"], "date %d-%m-%Y", dt.date(2021, 4, 25)),
        (["2021/04/25"], "date %Y/%m/%d", dt.date(2021, 4, 25)),
        (["4/25/2021 8:00"], "date %m/%d/%Y %H:%M", MORNING),
    ],
)
def test_dates(values: list[str], spelling: str, expected: dt.date) -> None:
    text = pl.Series([*values, None])
    assert spelling_of(text) == spelling
    assert spelled(text, spelling)[0] == expected
    assert spelled(text, spelling)[-1] is None


@pytest.mark.parametrize(
    "values",
    [
        [],
        ["red"],
        ["$1", "€2"],
        ["12%", "much"],
        ["1,2,3"],
        ["30,5", "30.5"],
        ["4/5/2021"],
        ["25/4/2021", "4/25/2021"],
        ["25.04.21"],
        ["2021-13-01"],
    ],
)
def test_what_has_no_one_spelling(values: list[str]) -> None:
    assert spelling_of(pl.Series(values, dtype=pl.String)) is None


@pytest.mark.parametrize(
    ("values", "example"),
    [
        (["4/5/2021", "6/7/2021"], "4/5/2021"),
        (["25.04.21"], "25.04.21"),
        (["25/4/2021", "4/25/2021"], "25/4/2021"),
        (["25/4/2021"], None),
        (["2021-04-25"], None),
        (["1.2.3.4"], None),
        (["red"], None),
    ],
)
def test_dates_that_cannot_be_read_are_found(values: list[str], example: str | None) -> None:
    assert undecided_date(pl.Series(values)) == example


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1), st.sampled_from(["$", "€", "%"]))
def test_python_writes_thousands_the_same_way(cents: list[int], sign: str) -> None:
    text = pl.Series([f"{sign}{cent / 100:,.2f}" for cent in cents])
    spelling = spelling_of(text)
    assert spelling == f"number 1,234.5 {sign}"
    assert spelled(text, spelling).to_list() == [cent / 100 for cent in cents]


@given(
    st.lists(st.dates(dt.date(1000, 1, 1)), min_size=1), st.sampled_from(["%d.%m.%Y", "%m/%d/%Y"])
)
def test_dates_are_never_read_as_others(days: list[dt.date], how: str) -> None:
    text = pl.Series([day.strftime(how) for day in days])
    if spelling := spelling_of(text):
        assert spelled(text, spelling).to_list() == days
    else:
        assert all(day.day <= 12 for day in days)
