"""climb: every rung of the ladder on the same rows, and which of them is worth it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from typing import Any

import polars as pl

from baremath.ladder._columns import Kind, as_typed, kind_of
from baremath.ladder._folds import split_rows
from baremath.ladder._importances import importances
from baremath.ladder._preparation import fit_preparation, prepared_columns, rare_categories
from baremath.ladder._result import Climb, worth_it
from baremath.ladder._rungs import RUNGS, Rung
from baremath.ladder._sentence import in_one_sentence
from baremath.ladder._survey import counted, survey
from baremath.ladder._tables import as_table
from baremath.ladder._target import read_target
from baremath.ladder._trial import Trial, try_rungs

METRICS = {"regression": "R²", "classification": "accuracy"}
LIBRARIES = ("baremath", "numpy", "scipy", "scikit-learn", "numba", "polars")


def climb(
    table: Any,
    target: str,
    *,
    task: str | None = None,
    cv: int = 5,
    test_size: float = 0.2,
    random_state: int = 0,
    full: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
) -> Climb:
    r"""Fit every model of the ladder to one table and find the simplest that is worth it.

    Test rows are held out first. Every model is scored on the same :math:`k` folds of the training
    rows, then fitted on all of them and scored on the test rows. Worth it is the simplest model
    whose mean score over the folds is within one standard error, :math:`s / \sqrt k`, of the best.

    Parameters
    ----------
    table : DataFrame of shape (n_rows, n_columns)
        polars, pandas or any table that speaks Arrow; it is left as it is.
    target : str
        The column to predict.
    task : {"regression", "classification"}, optional
        By default found from the target: text, true and false, and a few whole numbers are
        classes, other numbers amounts.
    cv : int, default=5
        :math:`k`, the number of folds, at least 2.
    test_size : float in (0, 1), default=0.2
        The share of the rows held out as test rows.
    random_state : int, default=0
        Seed of the split, the folds and the models.
    full : bool, default=False
        Whether bagged trees, random subspaces and a stack are tried too, which takes twice as long.
    progress : callable, optional
        Called as ``progress(done, total, label)`` after every fit.

    Returns
    -------
    Climb
        The models, their scores, and what had to be said about the table.

    Raises
    ------
    ValueError
        If the target isn't there or can't be predicted, if there are too few rows, if no column
        is left to learn from, or if no model could be fitted.

    References
    ----------
    Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees, section 3.4.3:
    the 1 SE rule.

    Examples
    --------
    >>> import polars as pl
    >>> from baremath.ladder import climb
    >>> table = pl.DataFrame({"x": [i % 17 for i in range(60)]})
    >>> result = climb(table.with_columns(y=3 * pl.col("x") + 2 + pl.int_range(60) % 5), "y")
    >>> result.best
    'linear regression'
    """
    table = as_table(table)
    goal = read_target(table, target, task)
    found = survey(table.drop(target))
    if not found.kept:
        raise ValueError("no column is left to learn from. " + " ".join(found.warnings))
    split, on_rows = split_rows(goal.values, goal.task, cv, test_size, random_state)
    kinds = {name: kind_of(table[name]) for name in (*found.kept, target)}
    rows = pl.DataFrame([*(as_typed(table[name], kinds[name]) for name in found.kept), goal.values])
    trial = Trial(rows[split.train], rows[split.test], target, split.folds, random_state, kinds)
    rungs, on_width = _rungs(goal.task, trial.train.drop(target), kinds, full)
    results, on_fits = try_rungs(trial, rungs, progress or _silent)
    metric, best = METRICS[goal.task], worth_it(results)
    return Climb(
        task=goal.task,
        target=target,
        metric=metric,
        models=results,
        best=best.name,
        sentence=in_one_sentence(results, metric, trial.test.height),
        warnings=(*goal.warnings, *found.warnings, *on_rows, *on_width, *on_fits),
        importances=importances(best.model, trial.test, trial.test[target], random_state),
        random_state=random_state,
        cv=len(split.folds),
        versions={
            "python": platform.python_version(),
            **{library: importlib.metadata.version(library) for library in LIBRARIES},
        },
        train=trial.train,
        test=trial.test,
        train_rows=split.train,
        test_rows=split.test,
    )


def _rungs(
    task: str, features: pl.DataFrame, kinds: dict[str, Kind], full: bool
) -> tuple[list[Rung], list[str]]:
    """Return the rungs to try on a table, and what has to be said of how it is prepared."""
    _, preparation = fit_preparation(features, kinds)
    said = [
        f"{name!r}: {counted(len(rare), 'rare value')} ({_named(rare)}) and any never seen before "
        "share a column."
        for name, rare in rare_categories(preparation).items()
        if rare
    ]
    width = len(prepared_columns(preparation))
    rungs = []
    for rung in RUNGS:
        if rung.task != task or (rung.extra and not full):
            continue
        if rung.widest is not None and width > rung.widest:
            said.append(
                f"The {rung.name} is left out: the table has {width:,} columns when prepared, and "
                f"it takes no more than {rung.widest}."
            )
        else:
            rungs.append(rung)
    return rungs, said


def _named(categories: list[str | None]) -> str:
    shown = ["missing" if category is None else repr(category) for category in categories[:3]]
    return ", ".join([*shown, *(["…"] if len(categories) > 3 else [])])


def _silent(_done: int, _total: int, _label: str) -> None:
    """Report progress to nobody."""
