"""The row whose derivation a report shows: a typical one, from the rows held out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from baremath.ladder import Climb


def typical_row(climb: Climb) -> int:
    """Return the number of a typical test row, counted from 0.

    In regression it is the row whose prediction is nearest the median prediction; in
    classification, of the rows predicted to be of the commonest class, the one of median
    confidence. The first such row where several tie.
    """
    model = climb.best_model
    predicted = np.asarray(model.predict(climb.test))
    if climb.task == "regression":
        return nearest_to_median(predicted)
    labels, counts = np.unique(predicted, return_counts=True)
    rows = np.flatnonzero(predicted == labels[counts.argmax()])
    if not hasattr(model, "predict_proba"):
        return int(rows[0])
    confidence = np.asarray(model.predict_proba(climb.test))[rows].max(axis=1)
    return int(rows[nearest_to_median(confidence)])


def nearest_to_median(values: NDArray[np.floating]) -> int:
    """Return the index of the value nearest the median of all.

    >>> nearest_to_median(np.array([9.0, 1.0, 4.0]))
    2
    """
    return int(np.abs(values - np.median(values)).argmin())
