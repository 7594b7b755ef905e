"""Every row predicted by the members that didn't see it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from baremath.ensemble._rows import Rows
from baremath.estimator import Floats, warn_user


def out_of_bag(
    answers: Callable[[Rows, int], Floats], draws: Iterable[Rows], weight: NDArray[np.float64]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the mean over the members that didn't see the row.

    Parameters
    ----------
    answers : callable
        ``answers(rows, member)``: what a member says of some rows, a row of numbers for each.
    draws : iterable of ndarray
        The rows that each member saw.
    weight : ndarray of shape (n_samples,)
        What the rows count.

    Returns
    -------
    mean : ndarray of shape (n_samples, n_outputs)
        NaN for a row that every member saw.
    scored : ndarray of shape (n_samples,)
        Which rows have a prediction and count.

    Raises
    ------
    ValueError
        When there is none.

    References
    ----------
    Breiman (1996), Out-of-bag estimation.
    """
    count = np.zeros(len(weight))
    total: Floats | None = None
    for member, drawn in enumerate(draws):
        unseen = np.ones(len(weight), bool)
        unseen[drawn] = False
        out = np.flatnonzero(unseen)
        if len(out):
            said = answers(out, member)
            total = np.zeros((len(weight), said.shape[1])) if total is None else total
            total[out] += said
            count[out] += 1
    scored = (count > 0) & (weight > 0)
    if total is None or not scored.any():
        raise ValueError(
            "oob_score=True, but every row was drawn for every member; choose a smaller "
            "max_samples, or oob_score=False."
        )
    never = np.count_nonzero((count == 0) & (weight > 0))
    if never:
        warn_user(
            f"{never} rows were drawn for every member and have no out-of-bag prediction; with "
            "more members each is left out at times.",
            UserWarning,
        )
    with np.errstate(invalid="ignore"):  # 0 / 0: what nobody predicted is not a number
        return total / count[:, np.newaxis], scored
