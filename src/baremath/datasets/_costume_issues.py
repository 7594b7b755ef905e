"""The price of a hero's costume and the number of issues of the comic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count, check_noise

BASE_ISSUES = 100.0
ISSUES_PER_DOLLAR = 2.5
LOWEST_PRICE, HIGHEST_PRICE = 20.0, 200.0


def make_costume_issues(
    n_samples: int = 100, *, noise: float = 40.0, random_state: Seed = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    r"""Invent heroes: what their costume costs, and in how many issues they appeared.

    The running example of regression: from the price of the costume, predict the number of issues.
    A hero in demand has more issues and a dearer costume:

    .. math:: \text{issues} = \max(0, \text{round}(100 + 2.5 \cdot \text{price} + \varepsilon)),
              \quad \text{price} \sim U(20, 200), \quad \varepsilon \sim N(0, \sigma^2)

    Parameters
    ----------
    n_samples : int, default=100
        How many heroes.
    noise : float, default=40.0
        :math:`\sigma`, in issues. Up to 40, less than one hero in ten thousand meets the floor 0.
    random_state : int, RandomState or None, default=None
        Seed of the prices and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        The price of the costume in US dollars, in whole cents.
    y : ndarray of int, shape (n_samples,)
        The number of issues.

    Examples
    --------
    >>> from baremath.datasets import make_costume_issues
    >>> X, y = make_costume_issues(3, random_state=0)
    >>> for price, issues in zip(X[:, 0], y):
    ...     print(f"${price:.2f}: {issues} issues")
    $118.79: 306 issues
    $148.73: 525 issues
    $128.50: 388 issues
    """
    n_samples, noise = check_count("n_samples", n_samples), check_noise(noise)
    generator = check_random_state(random_state)
    price = np.round(generator.uniform(LOWEST_PRICE, HIGHEST_PRICE, size=n_samples), 2)
    expected = BASE_ISSUES + ISSUES_PER_DOLLAR * price
    issues = np.round(expected + noise * generator.normal(size=n_samples))
    return price[:, np.newaxis], np.maximum(issues, 0).astype(np.int64)
