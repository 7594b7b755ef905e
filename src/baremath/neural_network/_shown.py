"""How much of a wide layer is shown."""

from __future__ import annotations

from typing import Any

from baremath.estimator import Floats
from baremath.maths import factor, matrix, vector

MOST_NUMBERS = 500  # in a matrix of weights that is worked out whole
NEURONS = 4  # worked out of a layer with more
INPUTS = 20  # rows of a table
COLUMNS = 3  # of neurons in it
ENTRIES = 8  # of a vector or matrix, written out: as many as of a step's result


def neurons_shown(weights: Floats) -> int:
    """Return how many neurons of a layer are worked out."""
    return len(weights) if weights.size <= MOST_NUMBERS else min(NEURONS, len(weights))


def about(shown: int, n: int, what: str = "neurons") -> str:
    """Say which neurons are worked out, where they aren't all."""
    return "" if shown == n else f"Worked out are the first {shown} of {n:,} {what}."


def shown_vector(values: Floats) -> str:
    """Write a vector with no more of it than fits a line; one number as such."""
    if values.size == 1:
        return factor(values.item(), digits=4)
    return vector(values, digits=4, most=ENTRIES)


def shown_matrix(values: Floats) -> str:
    """Write a matrix with no more of it than fits a page; one number as such."""
    if values.size == 1:
        return factor(values.item(), digits=4)
    return matrix(values, digits=4, most=ENTRIES)


def result(values: Floats) -> Any:
    """Return the result of a step: an array, or its only number."""
    return values.item() if values.size == 1 else values
