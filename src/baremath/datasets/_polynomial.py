"""A number that follows a line, or a polynomial, and noise on top."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count, check_noise


def make_polynomial(
    n_samples: int = 100,
    *,
    coefficients: Sequence[float] = (0.5, -1.0, 0.0, 2.0),
    interval: tuple[float, float] = (-1.0, 1.0),
    noise: float = 0.1,
    random_state: Seed = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    r"""Draw points near a polynomial of one variable.

    .. math:: y = \sum_j c_j x^j + \varepsilon, \quad x \sim U(a, b), \quad
              \varepsilon \sim N(0, \sigma^2)

    Parameters
    ----------
    n_samples : int, default=100
        How many points.
    coefficients : sequence of float, default=(0.5, -1.0, 0.0, 2.0)
        :math:`c_0, c_1, \dots`, the constant first.
    interval : tuple of two floats, default=(-1.0, 1.0)
        a and b, between which x is drawn.
    noise : float, default=0.1
        :math:`\sigma`, in units of y.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        x.
    y : ndarray of shape (n_samples,)
        The value at x, with noise.

    Raises
    ------
    ValueError
        If there are no coefficients, or the interval isn't a finite a < b.

    Examples
    --------
    >>> from baremath.datasets import make_polynomial
    >>> X, y = make_polynomial(3, coefficients=[1, 0, 2], noise=0, random_state=0)
    >>> bool(abs(y - (1 + 2 * X[:, 0] ** 2)).max() < 1e-12)
    True
    """
    n_samples, noise = check_count("n_samples", n_samples), check_noise(noise)
    weights = np.asarray(coefficients, dtype=np.float64)
    if weights.ndim != 1 or weights.size == 0 or not np.isfinite(weights).all():
        raise ValueError(f"coefficients must be one or more finite numbers; got {coefficients!r}")
    low, high = interval
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"interval must be two finite numbers a < b; got {interval!r}")
    generator = check_random_state(random_state)
    x = generator.uniform(low, high, size=n_samples)
    y = np.polynomial.polynomial.polyval(x, weights) + noise * generator.normal(size=n_samples)
    return x[:, np.newaxis], y


def make_line(
    n_samples: int = 100,
    *,
    slope: float = 2.0,
    intercept: float = 1.0,
    interval: tuple[float, float] = (0.0, 10.0),
    noise: float = 1.0,
    random_state: Seed = None,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    r"""Draw points near a straight line.

    .. math:: y = w_0 + w_1 x + \varepsilon, \quad x \sim U(a, b), \quad
              \varepsilon \sim N(0, \sigma^2)

    Parameters
    ----------
    n_samples : int, default=100
        How many points.
    slope : float, default=2.0
        :math:`w_1`.
    intercept : float, default=1.0
        :math:`w_0`, the value at x = 0.
    interval : tuple of two floats, default=(0.0, 10.0)
        a and b, between which x is drawn.
    noise : float, default=1.0
        :math:`\sigma`, in units of y.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        x.
    y : ndarray of shape (n_samples,)
        The value at x, with noise.

    Raises
    ------
    ValueError
        If slope or intercept isn't finite, or the interval isn't a finite a < b.

    Examples
    --------
    >>> from baremath.datasets import make_line
    >>> X, y = make_line(3, slope=2, intercept=1, noise=0, random_state=0)
    >>> bool(abs(y - (1 + 2 * X[:, 0])).max() < 1e-12)
    True
    """
    return make_polynomial(
        n_samples,
        coefficients=(intercept, slope),
        interval=interval,
        noise=noise,
        random_state=random_state,
    )
