import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from baremath.ladder._tables import as_table

TABLE = pl.DataFrame({"a": [1.5, None], "b": ["x", None]})


class Arrow:
    """A table of some other library: all it offers is Arrow's stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return TABLE.__arrow_c_stream__(requested_schema)


def test_a_polars_table_comes_back_as_it_is() -> None:
    assert as_table(TABLE) is TABLE


@pytest.mark.parametrize("data", [TABLE.lazy(), TABLE.to_dict(as_series=False), Arrow()])
def test_other_tables_hold_the_same(data: object) -> None:
    assert_frame_equal(as_table(data), TABLE)


@pytest.mark.parametrize("data", [np.ones((2, 2)), [[1, 2]], "housing.csv", None])
def test_what_has_no_named_columns_is_refused(data: object) -> None:
    with pytest.raises(TypeError, match=f"named columns.*got {type(data).__name__}"):
        as_table(data)


def test_pandas_columns_of_every_kind() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "amount": [1.0, None],
            "text": ["x", None],
            "mixed": [1, "x"],
            "whole": pandas.array([1, None], dtype="Int64"),
            "flag": pandas.array([True, None], dtype="boolean"),
            "category": pandas.Categorical(["u", None]),
            "day": pandas.to_datetime(["2020-01-01", None]),
            7: [1, 2],
        }
    )
    table = as_table(frame)
    assert table["amount"].is_nan().to_list() == [False, True]
    assert table["text"].to_list() == ["x", None]
    assert table["mixed"].to_list() == ["1", "x"]
    assert table["whole"].to_list() == [1, None]
    assert table["flag"].to_list() == [True, None]
    assert table["category"].to_list() == ["u", None]
    assert table["day"].null_count() == 1
    assert table["7"].to_list() == [1, 2]


def test_pandas_columns_of_one_name_are_refused() -> None:
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match="two columns are named 'a'"):
        as_table(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
