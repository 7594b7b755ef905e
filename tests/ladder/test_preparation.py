import math

import numpy as np
import polars as pl
import pytest

from baremath.ladder._preparation import (
    Indicator,
    Number,
    fit_preparation,
    prepare,
    prepared_columns,
    rare_categories,
    read,
)


def test_numbers_are_filled_with_the_median_then_scaled() -> None:
    table = pl.DataFrame({"x": [1.0, None, 4.0, math.nan, 7.0, math.inf, 3.0]})
    kinds, preparation = fit_preparation(table)
    filled = np.array([1.0, 3.5, 4.0, 3.5, 7.0, 3.5, 3.0])  # the median of 1, 3, 4, 7
    expected = (filled - filled.mean()) / filled.std()
    np.testing.assert_allclose(prepare(table, kinds, preparation)["x"], expected)
    (column,) = prepared_columns(preparation)
    assert isinstance(column, Number)
    np.testing.assert_allclose(
        [column.fill, column.mean, column.scale], [3.5, filled.mean(), filled.std()]
    )


def test_text_becomes_a_column_a_category() -> None:
    table = pl.DataFrame({"c": ["red"] * 3 + ["blue"] * 2 + [None] * 2 + ["grey", "pink"]})
    kinds, preparation = fit_preparation(table)
    prepared = prepare(table, kinds, preparation)
    expected = {
        "[c = blue]": [0, 0, 0, 1, 1, 0, 0, 0, 0],
        "[c = red]": [1, 1, 1, 0, 0, 0, 0, 0, 0],
        "[c is missing]": [0, 0, 0, 0, 0, 1, 1, 0, 0],
        "[c is rare]": [0, 0, 0, 0, 0, 0, 0, 1, 1],
    }
    assert prepared.to_dict(as_series=False) == expected
    assert rare_categories(preparation) == {"c": ["grey", "pink"]}
    assert prepared_columns(preparation)[-1] == Indicator("c", None, rare=True)


def test_what_was_never_seen_counts_as_rare() -> None:
    kinds, preparation = fit_preparation(pl.DataFrame({"c": ["red"] * 3 + ["grey"]}))
    row = prepare(pl.DataFrame({"c": ["violet"]}), kinds, preparation)
    assert row.to_dicts() == [{"[c = red]": 0.0, "[c is rare]": 1.0}]


def test_what_was_never_seen_is_nothing_where_nothing_was_rare() -> None:
    kinds, preparation = fit_preparation(pl.DataFrame({"c": ["red", "blue"] * 3}))
    row = prepare(pl.DataFrame({"c": ["violet"]}), kinds, preparation)
    assert row.to_dicts() == [{"[c = blue]": 0.0, "[c = red]": 0.0}]


@pytest.mark.parametrize(("n_rows", "rows_of_grey", "is_rare"), [(100, 2, False), (400, 3, True)])
def test_rare_is_under_one_percent(n_rows: int, rows_of_grey: int, is_rare: bool) -> None:
    values = ["grey"] * rows_of_grey + ["red"] * (n_rows - rows_of_grey)
    _, preparation = fit_preparation(pl.DataFrame({"c": values}))
    assert rare_categories(preparation) == {"c": ["grey"] if is_rare else []}


def test_numbers_come_before_text_whatever_the_order_of_the_table() -> None:
    table = pl.DataFrame({"c": ["a", "b"] * 2, "x": [1.0, 2.0] * 2, "flag": [True, False] * 2})
    _, preparation = fit_preparation(table)
    names = [column.name for column in prepared_columns(preparation)]
    assert names == ["x", "flag", "[c = a]", "[c = b]"]


def test_a_column_without_any_value_is_zero() -> None:
    table = pl.DataFrame({"x": [1.0, 2.0], "nothing": [None, None]})
    kinds, preparation = fit_preparation(table)
    assert prepare(table, kinds, preparation)["nothing"].to_list() == [0.0, 0.0]


def test_reading_leaves_the_table_as_it_is() -> None:
    table = pl.DataFrame({"x": [math.inf, 1.0], "c": [" ", "a"]})
    before = table.clone()
    kinds, preparation = fit_preparation(table)
    read(table, kinds)
    prepare(table, kinds, preparation)
    assert table.equals(before)


def test_a_column_of_lists_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'tags' holds values of type List.*leave it out"):
        fit_preparation(pl.DataFrame({"tags": [[1], [2]]}))
