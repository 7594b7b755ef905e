import math
from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.ladder._folds import Split, split_rows


def assert_a_partition(split: Split, rows: list[int]) -> None:
    assert sorted([*split.train, *split.test]) == rows
    held_out = np.concatenate([fold for _, fold in split.folds])
    assert sorted(held_out) == list(range(len(split.train)))
    for fitted, fold in split.folds:
        assert sorted([*fitted, *fold]) == list(range(len(split.train)))


def test_amounts_are_split_without_the_missing_ones() -> None:
    y = pl.Series("y", [None if i % 10 == 0 else float(i) for i in range(110)])
    split, said = split_rows(y, "regression", 5, 0.2, 0)
    assert_a_partition(split, [i for i in range(110) if i % 10])
    assert len(split.test) == 20  # of 99, rounded up
    assert len(split.folds) == 5
    assert said == []


@given(
    st.lists(st.integers(0, 40), min_size=2, max_size=5),
    st.integers(2, 6),
    st.floats(0.05, 0.6),
    st.integers(0, 3),
)
@settings(max_examples=60)
def test_classes_never_break_the_split(
    counts: list[int], cv: int, test_size: float, seed: int
) -> None:
    labels = [f"c{k}" for k, n in enumerate(counts) for _ in range(n)]
    y = pl.Series("y", labels, dtype=pl.String)
    try:
        split, said = split_rows(y, "classification", cv, test_size, seed)
    except ValueError as error:
        assert "rows" in str(error)  # noqa: PT017
        return
    sizes = Counter(labels)
    left_out = {label for label, n in sizes.items() if n - math.ceil(n * test_size) < 2}
    assert ("left out" in " ".join(said)) == bool(left_out)
    assert_a_partition(split, [i for i, label in enumerate(labels) if label not in left_out])
    train, test = y[split.train], y[split.test]
    assert set(test) <= set(train) == set(labels) - left_out
    for fitted, _ in split.folds:  # every model sees every class
        assert set(train[fitted]) == set(train)


def test_classes_are_stratified() -> None:
    y = pl.Series("y", ["a"] * 100 + ["b"] * 50)
    split, said = split_rows(y, "classification", 5, 0.2, 0)
    assert Counter(y[split.test]) == {"a": 20, "b": 10}
    assert all(Counter(y[split.train][fold]) == {"a": 16, "b": 8} for _, fold in split.folds)
    assert said == []


@pytest.mark.parametrize("values", [[True, False] * 30, [1, 2] * 30, ["a", "b"] * 30])
def test_labels_of_every_type(values: list[object]) -> None:
    split, _ = split_rows(pl.Series("y", values), "classification", 3, 0.2, 0)
    assert_a_partition(split, list(range(60)))


@pytest.mark.parametrize("name", ["n", "class", "count"])
def test_any_name_of_the_target_will_do(name: str) -> None:
    split, _ = split_rows(pl.Series(name, ["a", "b"] * 30), "classification", 3, 0.2, 0)
    assert len(split.test) == 12


def test_a_class_too_rare_to_learn_is_left_out() -> None:
    y = pl.Series("y", ["a"] * 50 + ["b"] * 50 + ["c"] * 2)
    split, said = split_rows(y, "classification", 5, 0.2, 0)
    assert_a_partition(split, list(range(100)))
    assert said == [
        "The class 'c' is left out with its 2 rows: too few to learn it and to check it."
    ]


def test_a_class_with_fewer_rows_than_folds_is_told() -> None:
    y = pl.Series("y", ["a"] * 50 + ["b"] * 50 + ["c"] * 4)
    split, said = split_rows(y, "classification", 5, 0.2, 0)
    assert len(split.folds) == 5
    assert said == [
        "The class 'c' has 3 training rows, fewer than the 5 folds, so some folds are scored "
        "without it."
    ]


def test_many_rare_classes_share_a_note() -> None:
    rare = [f"c{k}" for k in range(20) for _ in range(1 + k % 2)]
    _, said = split_rows(pl.Series("y", ["a", "b"] * 50 + rare), "classification", 5, 0.2, 0)
    assert said == [
        "20 classes ('c1', 'c11', 'c13' and 17 more) are left out with their 30 rows: too few to "
        "learn them and to check them."
    ]
    scarce = [f"c{k}" for k in range(5) for _ in range(4)]
    _, said = split_rows(pl.Series("y", ["a", "b"] * 50 + scarce), "classification", 5, 0.2, 0)
    assert len(said) == 1
    assert said[0].startswith("5 classes ('c")
    assert said[0].endswith(
        "and 2 more) have fewer training rows than the 5 folds, so some folds are scored without "
        "them."
    )


def test_no_more_folds_than_the_largest_class_has_rows() -> None:
    y = pl.Series("y", ["a", "b", "c", "d"] * 4)
    split, said = split_rows(y, "classification", 10, 0.2, 0)
    assert len(split.folds) == 3
    assert said == ["Only 3 folds, not 10: no class has more training rows."]


@pytest.mark.parametrize(
    ("y", "task", "cv", "test_size", "message"),
    [
        ([1.0, 2.0, 3.0], "regression", 5, 0.2, "3 rows with a target are too few: 2 are held"),
        (list(range(11)), "regression", 5, 0.2, "give more rows or ask for 4 folds"),
        (["a", "b"], "classification", 5, 0.2, "two classes with 3 rows or more.*'a' .1 row."),
        (["a"] * 50 + ["b"], "classification", 5, 0.2, "'a' .50 rows., 'b' .1 row."),
        (["a", "b"] * 3, "classification", 5, 0.2, "6 rows with a target are too few"),
        (["a", "b"] * 30, "classification", 1, 0.2, "at least 2; got 1"),
        (["a", "b"] * 30, "classification", 5, 0.0, "between 0 and 1; got 0.0"),
        (["a", "b"] * 30, "classification", 5, 1.0, "between 0 and 1; got 1.0"),
    ],
)
def test_too_little_to_split(
    y: list[object], task: str, cv: int, test_size: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        split_rows(pl.Series("y", y), task, cv, test_size, 0)


def test_the_same_seed_gives_the_same_rows() -> None:
    y = pl.Series("y", [float(i) for i in range(50)])
    first, again, other = (split_rows(y, "regression", 5, 0.2, seed)[0] for seed in (1, 1, 2))
    assert first.test.tolist() == again.test.tolist() != other.test.tolist()
    assert [fold.tolist() for _, fold in first.folds] == [f.tolist() for _, f in again.folds]
