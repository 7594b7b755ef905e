"""The six data sets of TensorFlow Playground, on [-6, 6] × [-6, 6].

Four are for classification, with labels -1 and 1; two for regression, with labels from -1 to 1.
What `noise` does differs: in circle, xor and the two regressions the label is taken at a jittered
point, while the point drawn stays; in gauss it widens the clouds; in spiral it moves the points.

References
----------
Smilkov, Carter, Sculley, Viégas and Wattenberg (2017), Direct-manipulation visualization of deep
networks.
"""

from __future__ import annotations

from numbers import Real
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count

Floats: TypeAlias = "npt.NDArray[np.float64]"
Labels: TypeAlias = "npt.NDArray[np.int64]"

RADIUS = 5.0  # of the classification data, half the width of the box around them
EDGE = 6.0  # the regression data fill the whole picture

_GAUSS_CENTRES = np.array(
    [[-4.0, 2.5], [0.0, 2.5], [4.0, 2.5], [-4.0, -2.5], [0.0, -2.5], [4.0, -2.5]]
)
_GAUSS_SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0, -1.0])


def make_circle(
    n_samples: int = 500, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Labels]:
    r"""Draw a disc inside a ring.

    One half of the points has a radius :math:`r \sim U(0, 2.5)`, the other
    :math:`r \sim U(3.5, 5)`, all an angle :math:`\sim U(0, 2 \pi)`. With jitter
    :math:`\delta \sim n \cdot U(-5, 5)^2`

    .. math:: y = +1 \text{ if } \lVert x + \delta \rVert < 2.5, \text{ else } -1

    Parameters
    ----------
    n_samples : int, default=500
        How many points.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points: first the disc, then the ring.
    y : ndarray of int, shape (n_samples,)
        The labels, -1 or 1.

    Examples
    --------
    >>> from baremath.datasets import make_circle
    >>> X, y = make_circle(4, random_state=0)
    >>> y
    array([ 1,  1, -1, -1])
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    generator = check_random_state(random_state)
    n_disc = n_samples - n_samples // 2
    r = np.concatenate(
        [
            generator.uniform(0.0, 0.5 * RADIUS, size=n_disc),
            generator.uniform(0.7 * RADIUS, RADIUS, size=n_samples - n_disc),
        ]
    )
    angle = generator.uniform(0.0, 2 * np.pi, size=n_samples)
    X = r[:, np.newaxis] * np.column_stack([np.sin(angle), np.cos(angle)])
    seen = X + noise * generator.uniform(-RADIUS, RADIUS, size=X.shape)
    return X, _plus_or_minus(np.hypot(*seen.T) < 0.5 * RADIUS)


def make_xor(
    n_samples: int = 500, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Labels]:
    r"""Label four squares like a chess board.

    :math:`x_1, x_2 \sim U(-5, 5)`, each pushed 0.3 away from 0 so that a gap is left along the
    axes. With jitter :math:`\delta \sim n \cdot U(-5, 5)^2`

    .. math:: y = +1 \text{ if } (x_1 + \delta_1)(x_2 + \delta_2) \ge 0, \text{ else } -1

    Parameters
    ----------
    n_samples : int, default=500
        How many points.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of int, shape (n_samples,)
        The labels, -1 or 1.

    Examples
    --------
    >>> from baremath.datasets import make_xor
    >>> X, y = make_xor(100, random_state=0)
    >>> bool((y == (X[:, 0] * X[:, 1] > 0) * 2 - 1).all())
    True
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    generator = check_random_state(random_state)
    X = generator.uniform(-RADIUS, RADIUS, size=(n_samples, 2))
    X += np.where(X > 0, 0.3, -0.3)
    seen = X + noise * generator.uniform(-RADIUS, RADIUS, size=X.shape)
    return X, _plus_or_minus(seen[:, 0] * seen[:, 1] >= 0)


def make_gauss(
    n_samples: int = 500, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Labels]:
    r"""Draw two round clouds, one a class.

    .. math:: x \sim N(\pm(2, 2), v I), \quad v = 0.5 + 7 n, \quad y = \pm 1

    The variance v grows from 0.5 without noise to 4 at the most: a point may then lie outside
    [-6, 6].

    Parameters
    ----------
    n_samples : int, default=500
        How many points.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the points.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points: first the cloud around (2, 2), then the one around (-2, -2).
    y : ndarray of int, shape (n_samples,)
        The labels, -1 or 1.

    Examples
    --------
    >>> from baremath.datasets import make_gauss
    >>> X, y = make_gauss(4, random_state=0)
    >>> y
    array([ 1,  1, -1, -1])
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    y = _first_half_plus(n_samples)
    deviation = np.sqrt(0.5 + 7 * noise)
    centre = 2.0 * y[:, np.newaxis]
    return centre + deviation * check_random_state(random_state).normal(size=(n_samples, 2)), y


def make_spiral(
    n_samples: int = 500, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Labels]:
    r"""Wind two spiral arms around each other, one a class.

    Point i of the N of an arm, i = 0 ... N - 1, with :math:`\phi = 0` for the arm +1 and
    :math:`\phi = \pi` for the arm -1:

    .. math:: x = r (\sin t, \cos t) + n \cdot U(-1, 1)^2, \quad
              r = 5 \frac{i}{N}, \quad t = 1.75 \cdot 2 \pi \frac{i}{N} + \phi

    Parameters
    ----------
    n_samples : int, default=500
        How many points, both arms together.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points: arm +1 from the middle outwards, then arm -1.
    y : ndarray of int, shape (n_samples,)
        The labels, -1 or 1.

    See Also
    --------
    make_spirals : Any number of arms, with noise in the angle.

    Examples
    --------
    >>> from baremath.datasets import make_spiral
    >>> X, y = make_spiral(4)
    >>> y
    array([ 1,  1, -1, -1])
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    y = _first_half_plus(n_samples)
    n_plus = int((y == 1).sum())
    share = np.concatenate(
        [np.arange(n_plus) / n_plus, np.arange(n_samples - n_plus) / max(n_samples - n_plus, 1)]
    )
    t = 1.75 * 2 * np.pi * share + np.where(y == 1, 0.0, np.pi)
    X = RADIUS * share[:, np.newaxis] * np.column_stack([np.sin(t), np.cos(t)])
    return X + noise * check_random_state(random_state).uniform(-1.0, 1.0, size=X.shape), y


def make_reg_plane(
    n_samples: int = 1200, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Floats]:
    r"""Draw a tilted plane, for regression.

    :math:`x \sim U(-6, 6)^2`; with jitter :math:`\delta \sim n \cdot U(-6, 6)^2`

    .. math:: y = \frac{(x_1 + \delta_1) + (x_2 + \delta_2)}{10}

    Parameters
    ----------
    n_samples : int, default=1200
        How many points.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of shape (n_samples,)
        The labels.

    Examples
    --------
    >>> from baremath.datasets import make_reg_plane
    >>> X, y = make_reg_plane(5, random_state=0)
    >>> bool(abs(y - X.sum(axis=1) / 10).max() < 1e-12)
    True
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    X, seen = _square(n_samples, noise, random_state)
    return X, seen.sum(axis=1) / 10


def make_reg_gauss(
    n_samples: int = 1200, *, noise: float = 0.0, random_state: Seed = None
) -> tuple[Floats, Floats]:
    r"""Draw six hills and hollows, for regression.

    :math:`x \sim U(-6, 6)^2` and jitter :math:`\delta \sim n \cdot U(-6, 6)^2`. The centres
    :math:`\mu_k` are (-4, 2.5), (0, 2.5), (4, 2.5), (-4, -2.5), (0, -2.5), (4, -2.5) with signs
    :math:`s_k` +, -, +, -, +, -; the label is the largest in magnitude of

    .. math:: s_k \max\!\left(0, 1 - \frac{\lVert x + \delta - \mu_k \rVert}{2}\right)

    Parameters
    ----------
    n_samples : int, default=1200
        How many points.
    noise : float in [0, 0.5], default=0.0
        n: the playground's noise slider, 0 to 50, divided by 100.
    random_state : int, RandomState or None, default=None
        Seed of the points and the noise.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of shape (n_samples,)
        The labels, from -1 to 1.

    Examples
    --------
    >>> from baremath.datasets import make_reg_gauss
    >>> X, y = make_reg_gauss(random_state=0)
    >>> bool(-1 <= y.min() < -0.9 and 0.9 < y.max() <= 1)
    True
    """
    n_samples, noise = check_count("n_samples", n_samples), _check_slider(noise)
    X, seen = _square(n_samples, noise, random_state)
    distance = np.linalg.norm(seen[:, np.newaxis, :] - _GAUSS_CENTRES, axis=2)
    height = _GAUSS_SIGNS * np.maximum(0.0, 1 - distance / 2)
    largest = np.abs(height).argmax(axis=1)
    return X, height[np.arange(n_samples), largest]


def _square(n_samples: int, noise: float, random_state: Seed) -> tuple[Floats, Floats]:
    """Draw points in the whole square: where they are, and where their label is taken."""
    generator = check_random_state(random_state)
    X = generator.uniform(-EDGE, EDGE, size=(n_samples, 2))
    return X, X + noise * generator.uniform(-EDGE, EDGE, size=X.shape)


def _first_half_plus(n_samples: int) -> Labels:
    return _plus_or_minus(np.arange(n_samples) < n_samples - n_samples // 2)


def _plus_or_minus(positive: npt.NDArray[np.bool_]) -> Labels:
    return np.where(positive, 1, -1).astype(np.int64)


def _check_slider(noise: float) -> float:
    if not isinstance(noise, Real) or not 0 <= noise <= 0.5:
        raise ValueError(
            f"noise must be from 0 to 0.5, the playground's 0 to 50 divided by 100; got {noise!r}"
        )
    return float(noise)
