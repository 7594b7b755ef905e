"""How much of a wide layer is shown."""

from __future__ import annotations

from baremath.estimator import Floats
from baremath.maths import matrix, vector

MOST_NUMBERS = 500  # in a matrix of weights that is worked out whole
NEURONS = 4  # worked out of a layer with more
INPUTS = 20  # rows of a table
COLUMNS = 3  # of neurons in it
ENTRIES = 6  # of a vector or matrix, written out


def neurons_shown(weights: Floats) -> int:
    """Return how many neurons of a layer are worked out."""
    return len(weights) if weights.size <= MOST_NUMBERS else min(NEURONS, len(weights))


def about(shown: int, n: int, what: str = "neurons") -> str:
    """Say which neurons are worked out, where they aren't all."""
    return "" if shown == n else f"Worked out are the first {shown} of {n:,} {what}."


def shown_vector(values: Floats) -> str:
    """Write a vector with no more of it than fits a line."""
    return vector(values, digits=4, most=ENTRIES)


def shown_matrix(values: Floats) -> str:
    """Write a matrix with no more of it than fits a page."""
    return matrix(values, digits=4, most=ENTRIES)
