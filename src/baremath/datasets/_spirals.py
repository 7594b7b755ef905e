"""Spirals, one arm a class: what no straight line can separate."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count, check_noise


def make_spirals(
    n_classes: int = 3,
    n_per_class: int = 1000,
    *,
    noise: float = 0.2,
    random_state: Seed = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    r"""Wind spiral arms in the unit disc, one for each class.

    Each arm runs from the middle to the rim while it turns by :math:`4 \pi / C`, two C-ths of a
    circle:

    .. math:: X_c(t) = t \, (\sin a, \cos a), \quad
              a = \frac{2 \pi}{C} (2 t + c - 1) + \varepsilon, \quad
              \varepsilon \sim N(0, \sigma^2), \quad 0 \le t \le 1, \quad c = 1 \dots C

    Parameters
    ----------
    n_classes : int, default=3
        C, the number of arms.
    n_per_class : int, default=1000
        Points an arm, at equal steps of t from 0 to 1.
    noise : float, default=0.2
        :math:`\sigma`, the standard deviation of the angle, in radians.
    random_state : int, RandomState or None, default=None
        Seed of the noise.

    Returns
    -------
    X : ndarray of shape (n_classes * n_per_class, 2)
        The points, arm after arm, each from the middle outwards.
    y : ndarray of int, shape (n_classes * n_per_class,)
        The arm c - 1, from 0 to C - 1.

    Examples
    --------
    >>> from baremath.datasets import make_spirals
    >>> X, y = make_spirals(n_classes=3, n_per_class=1000, random_state=0)
    >>> X.shape, y.shape
    ((3000, 2), (3000,))
    >>> [float((X[y == arm] ** 2).sum().round(3)) for arm in range(3)]
    [333.5, 333.5, 333.5]
    """
    n_classes = check_count("n_classes", n_classes)
    n_per_class = check_count("n_per_class", n_per_class)
    noise = check_noise(noise)
    t = np.tile(np.linspace(0.0, 1.0, n_per_class), n_classes)
    arm = np.repeat(np.arange(n_classes), n_per_class)
    epsilon = noise * check_random_state(random_state).normal(size=t.size)
    a = 2 * np.pi / n_classes * (2 * t + arm) + epsilon
    X = t[:, np.newaxis] * np.column_stack([np.sin(a), np.cos(a)])
    return X, arm.astype(np.int64)
