"""The column to predict: its values, and whether they are amounts or classes."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import polars as pl

from baremath.ladder._columns import as_numbers, as_text, holds, kind_of, not_numbers, parsed
from baremath.ladder._survey import counted, read_as, rows_named

FEW_CLASSES = 10  # whole numbers with more distinct values are amounts
MOST_CLASSES = 100  # beyond it a fit takes minutes, and the target is rather an amount or a name
ROWS_PER_CLASS = 5  # and so are those with fewer rows a value than this
COLUMNS_NAMED = 20
NO_HEADER = "the names of the columns look like data: does the file lack a header?"


@dataclass(frozen=True)
class Target:
    """The target of every row that has one.

    Parameters
    ----------
    task : {"regression", "classification"}
        Amounts or classes.
    values : polars.Series
        Float64 for amounts; String, Int64 or Boolean for classes; null where it is missing.
    warnings : tuple of str
        What has to be said about it.
    """

    task: str
    values: pl.Series
    warnings: tuple[str, ...]


def read_target(table: pl.DataFrame, target: str, task: str | None) -> Target:
    """Return a table's target, checked.

    Parameters
    ----------
    table : polars.DataFrame
    target : str
        The name of a column.
    task : {"regression", "classification"} or None
        None finds it from the values: text, true and false, and a few whole numbers are classes.

    Raises
    ------
    ValueError
        If there is no such column, if it can't be what `task` asks for, if it holds a single
        value, or if it holds more than 100 classes.
    """
    if task not in (None, "regression", "classification"):
        raise ValueError(f"the task is 'regression' or 'classification', not {task!r}")
    column = _find(table, target)
    headless = [f"T{NO_HEADER[1:]}"] if _lacks_header(table.columns) else []
    said: list[str] = []
    if column.dtype == pl.Boolean:
        values = column
    elif (kind := kind_of(column)) == "text":
        values = as_text(column)
    elif holds(kind) in ("number", "mixed"):
        values, said = as_numbers(column, kind), read_as(column, kind)
        said = [f"The target {sentence}" for sentence in said] or _not_amounts(column)
    elif holds(kind) == "date":
        raise ValueError(
            f"the target {target!r} holds dates or times (such as {column.drop_nulls()[0]!s}), "
            "which no model here predicts; make numbers of them, such as days since a first day"
        )
    else:
        raise ValueError(
            f"the target {target!r} holds values of type {column.dtype}; numbers, text or true "
            "and false can be predicted"
        )
    if values.null_count():
        said.append(
            f"{counted(values.null_count(), 'row')} without a value of the target {target!r} "
            f"left out ({rows_named(values.is_null())})."
        )
    _check_varied(values, column)
    found = task or _guess(values)
    if task is None and found == "classification" and values.dtype == pl.Float64:
        said.append(
            f"The target {target!r} holds {values.drop_nulls().n_unique()} different whole "
            "numbers, taken as classes; choose the task 'regression' if they are amounts."
        )
    values = _as_amounts(values) if found == "regression" else _as_classes(values)
    return Target(found, values, (*headless, *said))


def _find(table: pl.DataFrame, target: str) -> pl.Series:
    if target in table.columns:
        return table[target]
    near = {name.lower(): name for name in reversed(table.columns)}
    close = [near[name] for name in difflib.get_close_matches(target.lower(), near, n=3)]
    if close:
        hint = f"did you mean {' or '.join(map(repr, close))}?"
    else:
        more = ", …" if table.width > COLUMNS_NAMED else ""
        hint = f"the columns are {', '.join(map(repr, table.columns[:COLUMNS_NAMED]))}{more}"
    headless = f"; {NO_HEADER}" if _lacks_header(table.columns) else ""
    raise ValueError(f"there is no column {target!r}; {hint}{headless}")


def _lacks_header(names: list[str]) -> bool:
    """Whether most names are numbers that don't run upwards, as the wavelengths of a spectrum do.

    >>> _lacks_header(["5.1", "3.5", "setosa"]), _lacks_header(["400", "400.5", "ripe"])
    (True, False)
    """
    numbers = parsed(pl.Series(names, dtype=pl.String)).drop_nulls()
    if 2 * len(numbers) <= len(names):
        return False
    only_fractions = len(numbers) == len(names) and not _are_whole(numbers)
    return only_fractions or not numbers.is_sorted()


def _not_amounts(column: pl.Series) -> list[str]:
    """Return what there is to say of values that are no finite numbers."""
    said = []
    if column.dtype == pl.String and (strange := not_numbers(column)).any():
        example = f"such as {column.filter(strange)[0]!r} in row {strange.arg_true()[0]}"
        said.append(
            f"The target {column.name!r} isn't a number in {counted(int(strange.sum()), 'row')}, "
            f"{example}."
        )
    if column.dtype.is_float() and (infinite := column.is_infinite().fill_null(False)).any():
        said.append(f"The target {column.name!r} is infinite in {rows_named(infinite)}.")
    return said


def _check_varied(values: pl.Series, column: pl.Series) -> None:
    present = values.drop_nulls()
    if len(present) == 0:
        raise ValueError(f"the target {values.name!r} has no value in any row")
    if present.n_unique() == 1:
        shown = column.filter(values.is_not_null())[0]  # 7, where the amount is 7.0
        raise ValueError(
            f"the target {values.name!r} is {shown!r} in every row: there is nothing to learn"
        )


def _guess(values: pl.Series) -> str:
    if values.dtype != pl.Float64:
        return "classification"
    present = values.drop_nulls()
    n_distinct = present.n_unique()
    few = n_distinct <= FEW_CLASSES and n_distinct * ROWS_PER_CLASS <= len(present)
    return "classification" if few and _are_whole(present) else "regression"


def _are_whole(numbers: pl.Series) -> bool:
    return bool((numbers == numbers.round()).all())


def _as_amounts(values: pl.Series) -> pl.Series:
    if values.dtype == pl.String:
        raise ValueError(
            f"the target {values.name!r} is text (such as {values.drop_nulls()[0]!r}), so "
            "regression can't predict it; choose the task 'classification'"
        )
    return values.cast(pl.Float64)


def _as_classes(values: pl.Series) -> pl.Series:
    present = values.drop_nulls()
    if values.dtype == pl.Float64 and not _are_whole(present):
        example = present.filter(present != present.round())[0]
        raise ValueError(
            f"the target {values.name!r} holds amounts (such as {example!r}), not classes; choose "
            "the task 'regression'"
        )
    if (n_classes := present.n_unique()) > MOST_CLASSES:
        remedy = (
            "choose another target, or join its rare ones"
            if values.dtype == pl.String
            else "choose the task 'regression' (--task regression)"
        )
        raise ValueError(
            f"the target {values.name!r} holds {n_classes:,} different values, and no more than "
            f"{MOST_CLASSES} classes are learnt; {remedy}"
        )
    return values.cast(pl.Int64) if values.dtype == pl.Float64 else values
