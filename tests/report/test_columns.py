"""What the report says of each column, against tables small enough to count by eye."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from baremath.report._columns import Column, describe_columns


def described(climb, **columns) -> list[Column]:
    table = pl.DataFrame(columns)
    return describe_columns(
        replace(climb, train=table.head(2), test=table.slice(2), target=table.columns[-1])
    )


@pytest.fixture
def of(regression):
    return lambda *values, **options: described(
        regression, x=pl.Series(values, **options), y=[0] * len(values)
    )[1]


def test_target_comes_first(regression):
    columns = described(regression, a=[1, 2, 3], b=[4, 5, 6])
    assert [(column.name, column.role) for column in columns] == [("b", "target"), ("a", "feature")]


def test_many_numbers_are_a_range(of):
    column = of(1.5, None, 3.0, 4.0, 5.0, 6.0, 7.0, float("nan"), 10000.0)
    assert column.kind == "numbers"
    assert column.content == "1.5 to 10,000, median 5"
    assert column.missing == 2


def test_infinity_is_no_part_of_the_range(of):
    assert of(*range(1, 9), float("inf"), strict=False).content.startswith("1 to 8")


def test_few_numbers_are_listed_commonest_first(of):
    assert of(2, 1, 2, 3, None).content == "2, 1, 3"


def test_text_is_listed_and_cut(of):
    column = of(*"aabbbcdefgh", "z" * 50)
    assert column.kind == "text"
    assert column.content == "b, a, c, d, e, f, … (9 in all)"
    assert of("z" * 50, "y").content == f"y, {'z' * 39}…"


def test_truth_and_dates(of):
    assert of(True, False, True).content == "True, False"
    import datetime

    assert of(datetime.date(2026, 1, 2)).kind == "date"
    assert of(datetime.date(2026, 1, 2)).content == "2026-01-02"
