import datetime as dt
import math
from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from baremath.ladder._survey import rows_named, survey

N = 40
GOOD = pl.Series("good", np.random.default_rng(0).normal(size=N))


def said_of(column: pl.Series) -> tuple[bool, list[str]]:
    found = survey(pl.DataFrame([GOOD, column]))
    assert found.kept[0] == "good"
    return column.name in found.kept, list(found.warnings)


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        (pl.Series("c", [None] * N), "all its values are missing"),
        (pl.Series("c", [math.nan] * N), "all its values are missing"),
        (pl.Series("c", [math.inf] * N), "all its values are missing"),
        (pl.Series("c", [" "] * N), "all its values are missing"),
        (pl.Series("c", [3] * N), "its value is always 3"),
        (pl.Series("c", [None, *[3.0] * (N - 1)]), "its value is always 3.0"),
        (pl.Series("c", ["FR"] * N), "its value is always 'FR'"),
        (pl.Series("c", [True] * N), "its value is always True"),
        (pl.Series("c", range(1, N + 1)), "its whole numbers, 1 to 40, only number the rows"),
        (pl.Series("c", reversed(range(N))), "its whole numbers, 0 to 39, only number the rows"),
        (
            pl.Series("c", [f"name {i}" for i in range(N)]),
            "40 of its 40 values are different (such as 'name 0'), so it names the row",
        ),
        (pl.Series("c", [dt.date(2020, 1, 1)] * N), "its value is always 2020-01-01"),
        (
            pl.Series("c", [f"{i % 9 + 1}/{i // 9 + 1}/2021" for i in range(N)]),
            "dates such as '1/1/2021' can be read in more than one way, or in none; write them as "
            "2021-04-25",
        ),
        (
            pl.Series("c", [[i] for i in range(N)]),
            "its values are of type List(Int64), neither numbers nor text",
        ),
    ],
)
def test_what_cannot_help_is_left_out(column: pl.Series, reason: str) -> None:
    assert said_of(column) == (False, [f"'c' is left out: {reason}."])


@pytest.mark.parametrize("name", ["id", "ID", "customer_id", "CustomerId", "uuid", "Unnamed: 0"])
def test_whole_numbers_called_an_id_may_have_gaps(name: str) -> None:
    ids = pl.Series(name, [i * i for i in range(N)])
    kept, warnings = said_of(ids)
    assert not kept
    assert "0 to 1521, only number the rows" in warnings[0]
    assert said_of(ids.alias("squares")) == (True, [])


@pytest.mark.parametrize("name", ["humid", "paid", "grid", "identity"])
def test_a_name_that_only_sounds_like_an_id_is_kept(name: str) -> None:
    assert said_of(pl.Series(name, [i * i for i in range(N)])) == (True, [])


@pytest.mark.parametrize(
    "column",
    [
        pl.Series("c", [i % 20 for i in range(N)]),
        pl.Series("c", [float(i) for i in range(N)]),
        pl.Series("c", ["red", "blue"] * (N // 2)),
        pl.Series("c", [True, False] * (N // 2)),
    ],
)
def test_ordinary_columns_are_kept_in_silence(column: pl.Series) -> None:
    assert said_of(column) == (True, [])


def test_missing_text_tells_something() -> None:
    kept, warnings = said_of(pl.Series("c", [None, *["FR"] * (N - 1)]))
    assert kept
    assert warnings == ["'c' has no value in 1 row; that counts as a category."]


def test_infinities_are_named_with_their_rows() -> None:
    values = GOOD.to_list()
    values[3], values[17], values[20] = math.inf, -math.inf, None
    kept, warnings = said_of(pl.Series("c", values))
    assert kept
    assert warnings == [
        "'c' is infinite in rows 3, 17; treated as missing.",
        "'c' has no value in 3 rows; the median of the training rows stands in "
        "(trees take it as missing).",
    ]


def test_mixed_types_are_named_with_an_example() -> None:
    values = [str(i * 1.5) for i in range(N)]
    values[7] = "about 12"
    kept, warnings = said_of(pl.Series("c", values))
    assert kept
    assert warnings == [
        "'c' mixes 39 numbers with text in 1 row, such as 'about 12' in row 7; what isn't a number "
        "is treated as missing.",
        "'c' has no value in 1 row; the median of the training rows stands in "
        "(trees take it as missing).",
    ]


def test_text_with_some_numbers_stays_text_and_is_named() -> None:
    kept, warnings = said_of(pl.Series("c", ["S", "M", "42", "44"] * (N // 4)))
    assert kept
    assert warnings == [
        "'c' mixes 20 numbers with text in 20 rows, such as 'S' in row 0; read as text."
    ]


@pytest.mark.parametrize(
    ("values", "unit"),
    [
        ([dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(N)], "days since 1970-01-01"),
        ([dt.timedelta(hours=i) for i in range(N)], "days"),
        ([dt.time(i % 24) for i in range(N)], "hours since midnight"),
    ],
)
def test_the_unit_of_a_date_is_told(values: list[object], unit: str) -> None:
    assert said_of(pl.Series("c", values)) == (True, [f"'c' is read as {unit}."])


def test_running_numbers_are_kept_where_there_is_nothing_else() -> None:
    assert survey(pl.DataFrame({"x": range(N)})).kept == ("x",)
    assert survey(pl.DataFrame({"x": range(N), "c": [1] * N})).kept == ("x",)
    assert survey(pl.DataFrame({"name": [f"n{i}" for i in range(N)]})).kept == ()


def test_rows_are_named_up_to_three() -> None:
    assert rows_named(pl.Series([False, True])) == "row 1"
    assert rows_named(pl.Series([True] * 5)) == "rows 0, 1, 2 and 2 more"


@pytest.mark.parametrize(
    ("value", "together"),
    [
        (lambda i: 3, "each has the same value in every row"),
        (lambda i: None, "all their values are missing"),
        (lambda i: i, "their whole numbers only number the rows"),
        (lambda i: f"n{i}", "nearly all their values are different, so they name the row"),
    ],
)
def test_many_columns_left_out_for_one_reason_share_a_note(
    value: Callable[[int], object], together: str
) -> None:
    column = pl.Series([value(i) for i in range(N)])
    found = survey(pl.DataFrame([GOOD, *(column.alias(f"c{k}") for k in range(25))]))
    assert found.kept == ("good",)
    assert found.warnings == (
        f"25 columns are left out ('c0', 'c1', 'c2' and 22 more): {together}.",
    )


@pytest.mark.parametrize(
    ("values", "warnings"),
    [
        (
            [f"{i},5" for i in range(N)],
            ["'c': '10,5' is read as 10.5 in all 40 rows."],
        ),
        (
            [f"€ {i % 4}" if i % 4 else None for i in range(N)],
            [
                "'c': '€ 1' is read as 1 in the 30 rows with a value.",
                "'c' has no value in 10 rows; the median of the training rows stands in "
                "(trees take it as missing).",
            ],
        ),
        (
            [f"{i % 28 + 1}.04.2021" for i in range(N)],
            [
                "'c': '10.04.2021' is read as 2021-04-10 in all 40 rows.",
                "'c' is read as days since 1970-01-01.",
            ],
        ),
        ([f"2021-04-{i % 3 + 10}" for i in range(N)], ["'c' is read as days since 1970-01-01."]),
        (
            ["1/2/2021", "3/2/2021"] * (N // 2),
            [
                "'c' is read as text: dates such as '1/2/2021' can be read in more than one way, "
                "or in none; write them as 2021-04-25."
            ],
        ),
    ],
)
def test_numbers_and_dates_in_text_are_read_and_told(
    values: list[str | None], warnings: list[str]
) -> None:
    assert said_of(pl.Series("c", values)) == (True, warnings)
