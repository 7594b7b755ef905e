"""Which rows are test rows, and which are in which fold: decided once, the same for every rung."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from baremath.ladder._survey import counted, named


@dataclass(frozen=True)
class Split:
    """Row numbers.

    Parameters
    ----------
    train, test : ndarray of int
        The training and the test rows of the table.
    folds : tuple of (ndarray of int, ndarray of int)
        For every fold the rows to fit on and the rows to score on, counted in the training rows.
    """

    train: np.ndarray
    test: np.ndarray
    folds: tuple[tuple[np.ndarray, np.ndarray], ...]


def split_rows(
    y: pl.Series, task: str, cv: int, test_size: float, random_state: int
) -> tuple[Split, list[str]]:
    """Shuffle the rows that have a target into test rows and `cv` folds of training rows.

    For classes both are stratified: every part holds about the same share of every class. Rows of
    a class too rare to be in training rows twice are left out.

    Returns
    -------
    Split, list of str
        The rows, and what has to be said about them.

    Raises
    ------
    ValueError
        If there are too few rows for the folds.
    """
    if cv < 2:
        raise ValueError(f"cv is the number of folds, at least 2; got {cv}")
    if not 0 < test_size < 1:
        raise ValueError(f"test_size is a share of the rows between 0 and 1; got {test_size}")
    rows = y.is_not_null().arg_true().to_numpy()
    if task == "regression":
        return _split_amounts(rows, cv, test_size, random_state), []
    usable, said = _without_rare_classes(y, test_size)
    split, more = _split_classes(usable.arg_true().to_numpy(), y, cv, test_size, random_state)
    return split, said + more


def _split_amounts(rows: np.ndarray, cv: int, test_size: float, random_state: int) -> Split:
    n_test = max(2, math.ceil(test_size * len(rows)))  # R² of one row means nothing
    n_train = len(rows) - n_test
    if n_train < 2 * cv:
        fewer = f" or ask for {n_train // 2} folds" if n_train >= 4 else ""
        raise ValueError(
            f"{counted(len(rows), 'row')} with a target are too few: {n_test} are held out as test "
            f"rows and {cv} folds need {2 * cv}; give more rows{fewer}"
        )
    train, test = train_test_split(rows, test_size=n_test, random_state=random_state)
    folds = KFold(cv, shuffle=True, random_state=random_state).split(train)
    return Split(train, test, tuple(folds))


def _without_rare_classes(y: pl.Series, test_size: float) -> tuple[pl.Series, list[str]]:
    """Return which rows are of a class with two rows to spare for training."""
    counts = _class_counts(y.drop_nulls())
    spare = counts["n"] - (counts["n"] * test_size).ceil()
    rare = counts.filter(spare < 2)
    said = []
    if rare.height == 1:
        label, n = rare.row(0)
        said = [
            f"The class {label!r} is left out with its {counted(n, 'row')}: too few to learn "
            "it and to check it."
        ]
    elif rare.height:
        n, few = int(rare["n"].sum()), named(rare["class"].to_list())
        said = [
            f"{rare.height:,} classes ({few}) are left out with their {counted(n, 'row')}: too few "
            "to learn them and to check them."
        ]
    if counts.height - rare.height < 2:
        raise ValueError(
            "classification needs two classes with 3 rows or more each; the largest are "
            + ", ".join(f"{label!r} ({counted(n, 'row')})" for label, n in counts.head(3).rows())
        )
    return y.is_not_null() & ~y.is_in(rare["class"].implode()).fill_null(True), said


def _split_classes(
    rows: np.ndarray, y: pl.Series, cv: int, test_size: float, random_state: int
) -> tuple[Split, list[str]]:
    labels = y[rows]
    n_test = max(labels.n_unique(), math.ceil(test_size * len(rows)))
    if len(rows) - n_test < cv:
        raise ValueError(
            f"{counted(len(rows), 'row')} with a target are too few for {n_test} test rows and "
            f"{cv} folds; give more rows"
        )
    train, test = train_test_split(
        rows, test_size=n_test, stratify=labels.to_numpy(), random_state=random_state
    )
    counts = _class_counts(y[train])
    n_folds = min(cv, int(counts["n"][0]))
    said = []
    if n_folds < cv:
        said.append(f"Only {n_folds} folds, not {cv}: no class has more training rows.")
    scarce = counts.filter(pl.col("n") < n_folds)
    if scarce.height == 1:
        label, n = scarce.row(0)
        said.append(
            f"The class {label!r} has {counted(n, 'training row')}, fewer than the {n_folds} "
            "folds, so some folds are scored without it."
        )
    elif scarce.height:
        said.append(
            f"{scarce.height:,} classes ({named(scarce['class'].to_list())}) have fewer training "
            f"rows than the {n_folds} folds, so some folds are scored without them."
        )
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=random_state)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)  # said above
        folds = tuple(splitter.split(train, y[train].to_numpy()))
    return Split(train, test, folds), said


def _class_counts(labels: pl.Series) -> pl.DataFrame:
    """Return the columns "class" and "n", the commonest class first."""
    counts = labels.alias("class").value_counts(name="n")
    return counts.sort(["n", "class"], descending=[True, False])
