"""How much a model's score depends on each column of the table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import polars as pl

from baremath.ladder._table_model import TableModel, score_of

MOST_PREDICTED = 200_000  # rows, over all columns and shuffles,
FEWEST_ROWS, MOST_ROWS = 200, 2000  # but of each as many as this
AT_ONCE = 2_000_000  # cells of the tables that are predicted together
SHUFFLES, WIDE = 5, 100


@dataclass(frozen=True)
class Importance:
    """What a column is worth to a model.

    Parameters
    ----------
    column : str
    mean : float
        By how much the score falls, on average, when the column's values are shuffled.
    std : float
        The standard deviation of that over the shuffles.
    """

    column: str
    mean: float
    std: float


def importances(
    model: TableModel, table: pl.DataFrame, y: pl.Series, random_state: int
) -> tuple[Importance, ...]:
    r"""Return what each column is worth to a model on rows that it hasn't seen, most first.

    .. math:: s(X, y) - \frac{1}{K} \sum_{k=1}^{K} s(X^{(j, k)}, y)

    where s is the score and :math:`X^{(j, k)}` the table with column j shuffled for the k-th time.
    Of columns that say the same, each seems to be worth less: the other one stands in.

    Parameters
    ----------
    model : TableModel
        Fitted.
    table : polars.DataFrame
        Rows held out; of more than 2,000, or fewer where there are many columns, a draw.
    y : polars.Series
        Their target.
    random_state : int
        Seed of the draw and of the shuffles: five, or one for more than 100 columns.

    References
    ----------
    Breiman (2001), Random forests, Machine Learning 45, 5-32, section 10.
    Fisher, Rudin and Dominici (2019), All models are wrong, but many are useful: learning a
    variable's importance by studying an entire class of prediction models simultaneously.
    """
    generator = np.random.default_rng(random_state)
    names = model.feature_names_in_.tolist()
    times = SHUFFLES if len(names) <= WIDE else 1
    n_rows = min(max(MOST_PREDICTED // (times * len(names)), FEWEST_ROWS), MOST_ROWS, table.height)
    drawn = np.sort(generator.choice(table.height, n_rows, replace=False))
    table, y = table[drawn].select(names), y[drawn]
    shuffled = (
        table.with_columns(table[name][generator.permutation(n_rows)])
        for name in names
        for _ in range(times)
    )
    actual = np.asarray(y)
    score = score_of(model.task, actual, model.predict(table))
    lost = [
        score - score_of(model.task, actual, predicted)
        for several in _batched(shuffled, max(1, AT_ONCE // (n_rows * len(names))))
        for predicted in np.split(model.predict(pl.concat(several)), len(several))
    ]
    found = [
        Importance(name, float(np.mean(falls)), float(np.std(falls)))
        for name, falls in zip(names, np.reshape(lost, (len(names), times)), strict=True)
    ]
    return tuple(sorted(found, key=lambda importance: -importance.mean))


def _batched(tables: Iterator[pl.DataFrame], size: int) -> Iterator[list[pl.DataFrame]]:
    """Yield tables, some at a time."""
    while several := list(islice(tables, size)):
        yield several
