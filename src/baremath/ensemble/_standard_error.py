"""The infinitesimal jackknife of a bagged model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from baremath.estimator import Floats

_MOST_NUMBERS = 1 << 24


def infinitesimal_jackknife(
    values: Sequence[Floats],
    leaves: NDArray[np.int32],
    draws: Sequence[NDArray[np.intp]],
    weight: NDArray[np.float64],
) -> Floats:
    r"""Return the standard error of each mean of the members' answers.

    Parameters
    ----------
    values : sequence of ndarray of shape (n_leaves, n_outputs)
        The answers of each member's leaves.
    leaves : ndarray of int of shape (n_rows, n_members)
        The leaf of each row that is asked about.
    draws : sequence of ndarray
        The training rows that each member has drawn, with repetition.
    weight : ndarray of shape (n_training_rows,)
        How often each training row counts.

    Returns
    -------
    ndarray of shape (n_rows, n_outputs)

    Notes
    -----
    :math:`\sum_i \frac{1}{w_i} (C_i^2 - \hat v_i \hat v / B)`, which is equation 5 of Wager, Hastie
    and Efron (2014), less its bias as in their equation 7, with the members' own variance
    :math:`\hat v_i` of row i's count in place of its expected one. A row of weight w is w rows,
    each with a w-th of its covariance.
    """
    counted = np.flatnonzero(weight)
    counts = np.empty((len(draws), len(counted)))
    for member, drawn in enumerate(draws):
        counts[member] = np.bincount(drawn, minlength=len(weight))[counted]
    counts -= counts.mean(axis=0)
    share = np.sqrt(1 / weight[counted])
    counts *= share
    noise = float((counts * counts).sum()) / len(draws) ** 2
    error = np.empty((len(leaves), values[0].shape[1]))
    at_once = max(1, _MOST_NUMBERS // len(counted))
    for start in range(0, len(leaves), at_once):
        rows = slice(start, start + at_once)
        answers = np.stack(
            [value[leaf] for value, leaf in zip(values, leaves[rows].T, strict=True)]
        )
        answers -= answers.mean(axis=0)
        for output in range(answers.shape[2]):
            apart = answers[:, :, output]
            covariance = counts.T @ apart / len(draws)
            variance = (covariance * covariance).sum(axis=0)
            variance -= noise * (apart * apart).mean(axis=0)
            error[rows, output] = np.sqrt(np.maximum(variance, 0.0))
    return error
