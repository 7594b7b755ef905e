"""Columns of categories against counting by hand, in arrays and in DataFrames of two libraries."""

import collections

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.tree.categories import Columns

TEXT = ["b", "a", None, "b", "c", "a", "b"]
NUMBERS = [0.0, 1.0, np.nan, 0.0, 2.0, 1.0, 0.0]

FRAMES = {
    "pandas str": pd.DataFrame({"t": TEXT}),
    "pandas object": pd.DataFrame({"t": pd.Series(TEXT, dtype=object)}),
    "pandas string": pd.DataFrame({"t": pd.Series(TEXT, dtype="string")}),
    "pandas Categorical": pd.DataFrame({"t": pd.Categorical(TEXT, ["z", "c", "b", "a"])}),
    "polars String": pl.DataFrame({"t": TEXT}),
    "polars Categorical": pl.DataFrame({"t": pl.Series(TEXT, dtype=pl.Categorical)}),
    "polars Enum": pl.DataFrame({"t": pl.Series(TEXT, dtype=pl.Enum(["z", "c", "b", "a"]))}),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_text_and_categorical_types_are_categories(frame):
    columns = Columns().fit(frame)
    assert columns.is_categorical.tolist() == [True]
    assert columns.categories == {0: ["b", "a", "c"]}
    assert columns.names == ["t"]
    np.testing.assert_array_equal(columns.transform(frame)[:, 0], NUMBERS)
    for other in FRAMES.values():
        np.testing.assert_array_equal(columns.transform(other)[:, 0], NUMBERS)


@pytest.mark.parametrize("library", [pd, pl])
def test_numbers_and_bools_stay_numbers(library):
    frame = library.DataFrame(
        {
            "whole": [1, 2, 3],
            "float": [0.5, None, np.inf],
            "bool": [True, False, True],
            "nothing": [None, None, None],
            "text": ["x", "y", "x"],
        }
    )
    columns = Columns().fit(frame)
    assert columns.is_categorical.tolist() == [False] * 4 + [True]
    table = columns.transform(frame)
    assert table.flags.c_contiguous
    nan = np.nan
    np.testing.assert_array_equal(
        table, [[1, 0.5, 1, nan, 0], [2, nan, 0, nan, 1], [3, np.inf, 1, nan, 0]]
    )


def test_pandas_columns_that_hold_numbers_in_other_types():
    frame = pd.DataFrame(
        {
            "Int64": pd.array([1, None, 3], dtype="Int64"),
            "boolean": pd.array([True, None, False], dtype="boolean"),
            "mixed": pd.Series([2, None, 2.5], dtype=object),
            "bools": pd.Series([True, None, False], dtype=object),
            "sparse": pd.arrays.SparseArray([0.0, 1.0, 0.0]),
        }
    )
    columns = Columns().fit(frame)
    assert not columns.is_categorical.any()
    nan = np.nan
    np.testing.assert_array_equal(
        columns.transform(frame), [[1, 1, 2, 1, 0], [nan, nan, nan, nan, 1], [3, 0, 2.5, 0, 0]]
    )


def test_columns_of_the_same_name():
    frame = pd.DataFrame([["a", 1.0], ["b", 2.0]], columns=["x", "x"])
    table = Columns().fit(frame).transform(frame)
    np.testing.assert_array_equal(table, [[0, 1], [1, 2]])


@pytest.mark.parametrize("missing", [None, np.nan, float("nan"), pd.NA])
def test_every_kind_of_missing(missing):
    values = ["x", missing, "y", None, np.nan, "y"]
    column = np.array(values, dtype=object)[:, None]
    for X in (column, pd.DataFrame(column)):
        columns = Columns([0]).fit(X)
        assert columns.categories == {0: ["y", "x"]}
        found = columns.transform(X)[:, 0]
        np.testing.assert_array_equal(found, [1, np.nan, 0, np.nan, np.nan, 0])


def test_a_category_that_is_only_seen_at_prediction():
    columns = Columns().fit(pl.DataFrame({"t": ["a", "b", "a"]}))
    other = pl.DataFrame({"t": ["b", "new", None]})
    np.testing.assert_array_equal(columns.transform(other)[:, 0], [1, np.nan, np.nan])


@pytest.mark.parametrize("X", [[[1.0], [np.nan]], [[None], [None]]])
def test_nothing_but_missing(X):
    X = np.array(X)
    only = np.full((2, 1), np.nan, X.dtype)
    columns = Columns([0]).fit(only)
    assert columns.categories == {0: []}
    assert np.isnan(columns.transform(X)).all()


@given(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=40), st.integers(1, 9))
@settings(max_examples=60)
def test_the_most_frequent_have_a_number_of_their_own(letters, max_categories):
    counts = collections.Counter(letters)
    order = sorted(counts, key=lambda letter: (-counts[letter], letter))
    expected = [min(order.index(letter), max_categories - 1) for letter in letters]
    X = np.array(letters, dtype=object)[:, None]
    for table in (X, pl.DataFrame({"t": letters}), pd.DataFrame({"t": letters})):
        columns = Columns([0], max_categories=max_categories).fit(table)
        assert columns.categories == {0: order}
        assert columns.transform(table)[:, 0].tolist() == expected


@pytest.mark.parametrize("as_table", [lambda x: pd.DataFrame({"t": x}), lambda x: x[:, None]])
def test_seventy_thousand_categories(as_table):
    ids = np.arange(70_000)
    often = np.repeat(ids[1000:1100], 3)
    text = np.array([f"id{number:05}" for number in np.concatenate([ids, often])], dtype=object)
    X = as_table(text)
    columns = Columns([0]).fit(X)
    table = columns.transform(X)[:, 0]
    assert set(columns.categories[0][:100]) == {f"id{number:05}" for number in ids[1000:1100]}
    counts = np.bincount(table.astype(int))
    assert len(counts) == 255
    assert (counts[:100] == 4).all()
    assert (counts[100:254] == 1).all()
    assert counts[254] == 70_000 - 254


def test_exactly_as_many_categories_as_numbers():
    X = np.arange(255.0)[:, None]
    columns = Columns([0]).fit(X)
    assert sorted(columns.transform(X)[:, 0]) == list(range(255))


@given(st.data())
@settings(max_examples=60)
def test_weights_are_repetition(data):
    letters = data.draw(st.lists(st.sampled_from("abcde"), min_size=1, max_size=20))
    weights = data.draw(
        st.lists(st.integers(0, 3), min_size=len(letters), max_size=len(letters)).filter(any)
    )
    X = np.array(letters, dtype=object)[:, None]
    weighted = Columns([0]).fit(X, np.array(weights, float))
    repeated = Columns([0]).fit(np.repeat(X, weights, axis=0))
    assert weighted.categories == repeated.categories
    np.testing.assert_array_equal(weighted.transform(X), repeated.transform(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_array_of_floats_is_not_copied(dtype):
    X = np.array([[1.0, np.nan], [np.inf, -1.0]], dtype)
    assert Columns().fit(X).transform(X) is X
    fortran = np.asfortranarray(X)
    table = Columns().fit(fortran).transform(fortran)
    assert table.dtype == dtype
    assert table.flags.c_contiguous
    np.testing.assert_array_equal(table, X)


@pytest.mark.parametrize("X", [[[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], object)])
def test_other_numbers_become_float64(X):
    table = Columns().fit(X).transform(X)
    assert table.dtype == np.float64
    np.testing.assert_array_equal(table, [[1, 2], [3, 4]])


@pytest.mark.parametrize("library", [pd, pl])
def test_float32_columns_beside_categories_stay_so(library):
    frame = library.DataFrame({"x": np.float32([0.1, 0.2]), "t": ["a", "b"]})
    assert Columns().fit(frame).transform(frame).dtype == np.float32
    wide = library.DataFrame({"x": np.float32([0.1, 0.2]), "w": [1, 2**30 + 1], "t": ["a", "b"]})
    table = Columns().fit(wide).transform(wide)
    assert table.dtype == np.float64
    assert table[1, 1] == 2**30 + 1


@pytest.mark.parametrize("declared", [["city"], [1], [False, True], np.array([1])])
@pytest.mark.parametrize("library", [pd, pl])
def test_declared_columns(declared, library):
    frame = library.DataFrame({"x": [1.0, 2.0, 2.0], "city": [40, 10, 10]})
    columns = Columns(declared).fit(frame)
    assert columns.is_categorical.tolist() == [False, True]
    assert columns.categories == {1: [10, 40]}
    np.testing.assert_array_equal(columns.transform(frame), [[1, 1], [2, 0], [2, 0]])


@pytest.mark.parametrize("dtype", [np.float64, np.int64, bool, object])
def test_declared_columns_of_arrays(dtype):
    X = np.array([[0, 1], [1, 1], [1, 0]]).astype(dtype)
    columns = Columns([0]).fit(X)
    np.testing.assert_array_equal(columns.transform(X), [[1, 1], [0, 1], [0, 0]])
    assert columns.names == ["x0", "x1"]


@pytest.mark.parametrize("library", [pd, pl])
def test_declared_bools(library):
    frame = library.DataFrame({"b": [True, False, True, None]})
    columns = Columns(["b"]).fit(frame)
    assert columns.categories == {0: [True, False]}
    np.testing.assert_array_equal(columns.transform(frame)[:, 0], [0, 1, 0, np.nan])


@pytest.mark.parametrize("declared", [["town"], [2], [-1], [True], [0.5]])
def test_declared_columns_that_do_not_exist(declared):
    frame = pl.DataFrame({"x": [1.0], "city": ["Oslo"]})
    with pytest.raises(ValueError, match=r"is no column of X: X has 2 columns \('x', 'city'\)"):
        Columns(declared).fit(frame)


def test_a_name_needs_a_data_frame():
    with pytest.raises(ValueError, match="no names"):
        Columns(["x"]).fit(np.ones((2, 2)))


def test_another_word():
    with pytest.raises(ValueError, match="must be 'from_dtype', None, or a list"):
        Columns("auto").fit(np.ones((2, 2)))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["1", "x"]),
        pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"])),
        pd.Series(pd.period_range("2020", periods=2)),
        pl.Series(["1", "x"]),
        pl.Series(["2020-01-01", "2020-01-02"]).str.to_date(),
        pl.Series([[1], [2]]),
    ],
    ids=lambda column: str(column.dtype),
)
def test_columns_that_are_no_numbers(column):
    frame = type(column).__module__.startswith("pandas")
    X = (pd if frame else pl).DataFrame({"when": column})
    with pytest.raises(ValueError, match="Column 'when' of X must hold numbers"):
        Columns(None).fit(X).transform(X)


def test_text_in_an_array_that_is_not_declared():
    X = np.array([["a", "b"], ["c", "d"]], dtype=object)
    with pytest.raises(ValueError, match="could not convert"):
        Columns().fit(X)
    with pytest.raises(ValueError, match="Column 'x1' of X must hold numbers"):
        Columns([0]).fit(X).transform(X)


def test_tables_of_the_wrong_shape():
    columns = Columns().fit(np.ones((3, 2)))
    with pytest.raises(ValueError, match="X has 3 features, but Columns is expecting 2"):
        columns.transform(np.ones((3, 3)))
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        columns.transform(np.ones((0, 2)))
    with pytest.raises(ValueError, match="minimum of 1 is required"):
        Columns().fit(pd.DataFrame({"x": []}))
    with pytest.raises(ValueError, match="is one column"):
        Columns().fit(pl.Series([1.0]))
    with pytest.raises(ValueError, match="2D"):
        Columns().fit(np.ones(3))
