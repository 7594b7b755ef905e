"""The row whose derivation a report shows: a typical one, from the rows held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

    from baremath.ladder import Climb
    from baremath.maths import Derivation


def typical_row(climb: Climb) -> int:
    """Return the number of a typical test row in the table that was climbed, counted from 0.

    In regression it is the row whose prediction is nearest the median prediction; in
    classification, of the rows predicted to be of the commonest class, the one of median
    confidence. The first such row where several tie.
    """
    model = climb.best_model
    predicted = np.asarray(model.predict(climb.test))
    if climb.task == "regression":
        return int(climb.test_rows[nearest_to_median(predicted)])
    labels, counts = np.unique(predicted, return_counts=True)
    rows = np.flatnonzero(predicted == labels[counts.argmax()])
    if not hasattr(model, "predict_proba"):
        return int(climb.test_rows[rows[0]])
    confidence = np.asarray(model.predict_proba(climb.test))[rows].max(axis=1)
    return int(climb.test_rows[rows[nearest_to_median(confidence)]])


def explain_row(climb: Climb, row: int) -> Derivation:
    """Explain the prediction of one row of the table, as `TableModel.explain` does with the table.

    Parameters
    ----------
    climb : Climb
    row : int
        The row's number in the table, counted from 0.
    """
    table = _whole_table(climb)
    return climb.best_model.explain(table, table[climb.target], row=row)


def _whole_table(climb: Climb) -> pl.DataFrame:
    """Return the rows used, each at its own place; a row that was left out holds nothing."""
    import polars as pl

    numbers = np.concatenate([climb.train_rows, climb.test_rows])
    used = pl.concat([climb.train, climb.test])
    places = np.full(numbers.max() + 1, len(numbers))
    places[numbers] = np.arange(len(numbers))
    empty = used.clear(1)
    return pl.concat([used, empty])[places]


def nearest_to_median(values: NDArray[np.floating]) -> int:
    """Return the index of the value nearest the median of all.

    >>> nearest_to_median(np.array([9.0, 1.0, 4.0]))
    2
    """
    return int(np.abs(values - np.median(values)).argmin())
