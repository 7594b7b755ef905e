r"""The Batman curve, piece by piece.

The curve is its own mirror image in the y-axis, so the pieces are functions of :math:`|x|`. The
upper outline:

===========  =================================================  ================
:math:`|x|`  y                                                  piece
===========  =================================================  ================
0 to 1/2     9/4                                                top of head
1/2 to 3/4   3 |x| + 3/4                                        inner ear
3/4 to 1     9 - 8 |x|                                          outer ear
1 to 3       6√10/7 + 3/2 - |x|/2 - (3√10/7) √(4 - (|x| - 1)²)  shoulder
3 to 7       3 √(1 - (x/7)²)                                    wing, an ellipse
===========  =================================================  ================

and the lower one:

===========  =========================================================  ================
:math:`|x|`  y                                                          piece
===========  =========================================================  ================
0 to 4       |x|/2 - ((3√33 - 7)/112) x² - 3 + √(1 - (||x| - 2| - 1)²)  tail
4 to 7       -3 √(1 - (x/7)²)                                           wing, an ellipse
===========  =========================================================  ================

Neighbouring pieces meet, and the two outlines meet at :math:`x = \pm 7`, so the curve is closed.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_random_state

from baremath.datasets._validation import Seed, check_count

HALF_WIDTH, HALF_HEIGHT = 7.5, 3.5  # of the box the points are drawn from: the bat fills 46% of it
_CORNERS = np.array([0.5, 0.75, 1.0, 2.0, 3.0, 4.0])


def make_batman(
    n_samples: int = 2000, *, random_state: Seed = None
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    r"""Draw points in the plane, labelled inside or outside the Batman curve.

    The points are uniform on :math:`[-7.5, 7.5] \times [-3.5, 3.5]`. A point is inside if it lies
    between the two outlines, or on one of them:

    .. math:: y_i = 1 \iff |x_1| \le 7 \text{ and } \text{lower}(x_1) \le x_2 \le \text{upper}(x_1)

    Parameters
    ----------
    n_samples : int, default=2000
        How many points.
    random_state : int, RandomState or None, default=None
        Seed of the points.

    Returns
    -------
    X : ndarray of shape (n_samples, 2)
        The points.
    y : ndarray of int, shape (n_samples,)
        1 inside, 0 outside.

    See Also
    --------
    batman_curve : The curve itself, to plot.

    References
    ----------
    Weisstein, Batman Curve, MathWorld: the equation and the enclosed area, 48.4243...

    Examples
    --------
    >>> from baremath.datasets import make_batman
    >>> X, y = make_batman(10_000, random_state=0)
    >>> print(f"area: about {y.mean() * 15 * 7:.0f}")
    area: about 48
    """
    n_samples = check_count("n_samples", n_samples)
    corner = np.array([HALF_WIDTH, HALF_HEIGHT])
    X = check_random_state(random_state).uniform(-corner, corner, size=(n_samples, 2))
    x1, x2 = X.T
    inside = np.abs(x1) <= 7
    inside[inside] = (_lower(x1[inside]) <= x2[inside]) & (x2[inside] <= _upper(x1[inside]))
    return X, inside.astype(np.int64)


def batman_curve(n_points: int = 1000) -> npt.NDArray[np.float64]:
    """Return points along the Batman curve, in order, ready to plot as one closed line.

    They go clockwise: from the left tip over the head to the right tip, and back below. The
    corners, where two pieces meet, are among them.

    Parameters
    ----------
    n_points : int, default=1000
        How many points, 200 or more.

    Returns
    -------
    ndarray of shape (n_points, 2)
        The points; the first is the last again.

    Examples
    --------
    >>> from baremath.datasets import batman_curve
    >>> curve = batman_curve(400)
    >>> curve.shape
    (400, 2)
    >>> [float(side) for side in curve.max(axis=0)]
    [7.0, 3.0]
    """
    n_points = check_count("n_points", n_points, minimum=200)
    over = _across(n_points - n_points // 2)
    back = -_across(n_points // 2 + 1)[1:]  # without the right tip, which is there already
    return np.vstack([np.column_stack([over, _upper(over)]), np.column_stack([back, _lower(back)])])


def _across(n_points: int) -> npt.NDArray[np.float64]:
    """From -7 to 7, closer together at the tips, where the outline is steep."""
    x = -7.0 * np.cos(np.linspace(0.0, np.pi, n_points))
    # In the middle neighbours are at most 0.23 apart (100 points), so no two corners, 0.25 apart
    # and more, can have the same nearest point.
    corners = np.concatenate([-_CORNERS, [0.0], _CORNERS])
    x[np.abs(x[:, np.newaxis] - corners).argmin(axis=0)] = corners
    return x


def _upper(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    r"""Height of the upper outline at x, :math:`|x| \le 7`."""
    x = np.abs(x)
    root = np.sqrt(10.0)
    with np.errstate(invalid="ignore"):  # each piece is computed everywhere and used on its range
        shoulder = 6 * root / 7 + 1.5 - x / 2 - 3 * root / 7 * np.sqrt(4 - (x - 1) ** 2)
    pieces = [np.full_like(x, 2.25), 3 * x + 0.75, 9 - 8 * x, shoulder]
    return np.select([x <= 0.5, x <= 0.75, x <= 1, x <= 3], pieces, default=_ellipse(x))


def _lower(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    r"""Height of the lower outline at x, :math:`|x| \le 7`."""
    x = np.abs(x)
    with np.errstate(invalid="ignore"):
        arcs = np.sqrt(1 - (np.abs(x - 2) - 1) ** 2)
    tail = x / 2 - (3 * np.sqrt(33.0) - 7) / 112 * x**2 - 3 + arcs
    return np.where(x <= 4, tail, -_ellipse(x))


def _ellipse(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 3 * np.sqrt(1 - (x / 7) ** 2)
