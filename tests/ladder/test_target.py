import datetime as dt
import math

import polars as pl
import pytest

from baremath.ladder._target import read_target

N = 60


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["a", "b"] * 30, "classification"),
        ([True, False] * 30, "classification"),
        ([0, 1, 2] * 20, "classification"),
        ([0.0, 1.0, None] * 20, "classification"),
        ([0.5, 1.0, 2.0] * 20, "regression"),  # not whole
        (list(range(60)), "regression"),
        (list(range(10)) * 6, "classification"),
        (list(range(11)) * 6, "regression"),  # more than ten values
        ([1, 2, 3, 4, 5], "regression"),  # fewer than five rows a value
    ],
)
def test_the_task_follows_from_the_target(values: list[object], task: str) -> None:
    assert read_target(pl.DataFrame({"y": values}), "y", None).task == task


def test_labels_stay_what_they_are() -> None:
    text = read_target(pl.DataFrame({"y": ["b", "a", None] * 5}), "y", None)
    assert text.values.to_list() == ["b", "a", None] * 5
    whole = read_target(pl.DataFrame({"y": [1.0, 2.0, math.nan] * 5}), "y", None)
    assert whole.values.to_list() == [1, 2, None] * 5
    assert whole.values.dtype == pl.Int64
    flag = read_target(pl.DataFrame({"y": [True, False] * 5}), "y", None)
    assert flag.values.dtype == pl.Boolean


@pytest.mark.parametrize(
    ("values", "task", "expected"),
    [
        ([0, 1, 2] * 20, "regression", [0.0, 1.0, 2.0] * 20),
        ([True, False] * 30, "regression", [1.0, 0.0] * 30),
        (list(range(60)), "classification", list(range(60))),
    ],
)
def test_the_task_can_be_chosen(values: list[object], task: str, expected: list[object]) -> None:
    target = read_target(pl.DataFrame({"y": values}), "y", task)
    assert target.task == task
    assert target.values.to_list() == expected
    assert target.warnings == ()


def test_numbers_taken_as_classes_are_told() -> None:
    said = read_target(pl.DataFrame({"y": [0, 1, 2] * 20}), "y", None).warnings
    assert said == (
        "The target 'y' holds 3 different whole numbers, taken as classes; choose the task "
        "'regression' if they are amounts.",
    )


def test_rows_without_a_target_are_counted() -> None:
    values = [*range(N), None, math.nan, math.inf]
    target = read_target(pl.DataFrame({"y": values}, strict=False), "y", None)
    assert target.values.to_list() == [*range(N), None, None, None]
    assert target.warnings == (
        "The target 'y' is infinite in row 62.",
        "3 rows without a value of the target 'y' left out (rows 60, 61, 62).",
    )


def test_text_among_the_numbers_of_a_target_is_named() -> None:
    values = [str(i / 2) for i in range(N)]
    values[5] = "unknown"
    target = read_target(pl.DataFrame({"y": values}), "y", None)
    assert target.task == "regression"
    assert target.values[5] is None
    assert target.values[6] == 3.0
    assert target.warnings[0] == (
        "The target 'y' isn't a number in 1 row, such as 'unknown' in row 5."
    )


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("median_house_valu", "did you mean 'median_house_value'"),
        ("MEDIAN_INCOME", "did you mean 'median_income'"),
        ("zzz", "the columns are 'median_house_value', 'median_income'"),
    ],
)
def test_a_target_that_is_not_there(target: str, hint: str) -> None:
    table = pl.DataFrame({"median_house_value": [1.0], "median_income": [2.0]})
    with pytest.raises(ValueError, match=f"there is no column '{target}'") as caught:
        read_target(table, target, None)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("values", "task", "message"),
    [
        ([None, None], None, "'y' has no value in any row"),
        ([math.inf, math.nan], None, "'y' has no value in any row"),
        ([" ", None], None, "'y' has no value in any row"),
        ([3.5, 3.5, None], None, "'y' is 3.5 in every row"),
        (["a", "a"], None, "'y' is 'a' in every row"),
        ([True, True], None, "'y' is True in every row"),
        (
            [dt.date(2020, 1, 1), dt.date(2020, 1, 2)],
            None,
            "'y' holds dates or times .such as 2020-01-01.",
        ),
        (["25.04.2021", "26.04.2021"], None, "'y' holds dates or times .such as 25.04.2021."),
        ([7, 7, None], None, "'y' is 7 in every row"),
        (range(101), "classification", "'y' holds 101 different.*100 classes.*--task regression"),
        ([f"a{i}" for i in range(3000)], None, "'y' holds 3,000 different.*another target"),
        ([[1], [2]], None, r"'y' holds values of type List\(Int64\)"),
        (["a", "b"], "regression", "'y' is text .such as 'a'., so regression can't predict it"),
        ([0.5, 1.0], "classification", "'y' holds amounts .such as 0.5., not classes"),
        ([0, 1], "clustering", "'regression' or 'classification', not 'clustering'"),
    ],
)
def test_a_target_that_cannot_be_predicted(
    values: list[object], task: str | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        read_target(pl.DataFrame({"y": values}), "y", task)


def test_amounts_are_read_as_they_are_spelt() -> None:
    prices = [f"${1000 + i:,}.00" for i in range(N)]
    target = read_target(pl.DataFrame({"price": prices}), "price", None)
    assert target.task == "regression"
    assert target.values.to_list() == [1000.0 + i for i in range(N)]
    assert target.warnings == ("The target 'price': '$1,000.00' is read as 1000 in all 60 rows.",)


def test_names_that_look_like_data_are_told() -> None:
    table = pl.DataFrame({"5.1": [1.0, 2.5], "3.5": [1.0, 2.0], "setosa": ["a", "b"]})
    hint = "he names of the columns look like data: does the file lack a header?"
    assert read_target(table, "setosa", None).warnings == (f"T{hint}",)
    with pytest.raises(ValueError, match="does the file lack a header"):
        read_target(table, "species", None)
    spectrum = pl.DataFrame({"400": [1.0, 2.0], "400.5": [1.0, 3.0], "ripe": ["a", "b"]})
    assert read_target(spectrum, "ripe", None).warnings == ()
