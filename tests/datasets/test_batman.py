"""The Batman curve: its area is known, and it is one closed line."""

import math

import numpy as np
import pytest
from matplotlib.path import Path as Polygon

from baremath.datasets import batman_curve, make_batman

# The closed form (Weisstein, Batman Curve, MathWorld), 48.4243...
AREA = (
    955 / 48
    - 2 / 7 * (2 * math.sqrt(33) + 7 * math.pi + 3 * math.sqrt(10) * (math.pi - 1))
    + 21 * (math.acos(3 / 7) + math.acos(4 / 7))
)


def shoelace(curve):
    x, y = curve.T
    return 0.5 * abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))


def test_the_curve_encloses_the_known_area():
    assert pytest.approx(48.4243, abs=1e-4) == AREA
    assert shoelace(batman_curve(20_000)) == pytest.approx(AREA, abs=1e-3)


def test_the_share_of_points_inside_is_the_area():
    n_samples = 200_000
    X, y = make_batman(n_samples, random_state=0)
    share = AREA / 105
    assert y.mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / n_samples))
    assert np.abs(X).max(axis=0) == pytest.approx([7.5, 3.5], abs=0.01)


def test_labels_agree_with_the_polygon_of_the_curve():
    X, y = make_batman(5000, random_state=1)
    curve = batman_curve(20_000)
    inside = Polygon(curve).contains_points(X)
    # A polygon cuts corners: only points within its step of the curve may be judged otherwise.
    for point in X[inside != y.astype(bool)]:
        assert np.linalg.norm(curve - point, axis=1).min() < 0.05


def misses(x, y):
    """How far a point is from being a root of each factor of the equation on its range."""
    a = abs(x)
    if a <= 4:
        circle = math.sqrt(max(0, 1 - (abs(a - 2) - 1) ** 2))
        yield a / 2 - (3 * math.sqrt(33) - 7) / 112 * x**2 - 3 + circle - y
    if a >= 3 and y >= -3 * math.sqrt(33) / 7 - 1e-9 and (y >= 0 or a >= 4):
        yield (x / 7) ** 2 + (y / 3) ** 2 - 1
    if 1 <= a <= 3:
        arc = math.sqrt(max(0, 4 - (a - 1) ** 2))
        yield 6 * math.sqrt(10) / 7 + (1.5 - 0.5 * a) - 6 * math.sqrt(10) / 14 * arc - y
    if 0.75 <= a <= 1:
        yield 9 - 8 * a - y
    if 0.5 <= a <= 0.75:
        yield 3 * a + 0.75 - y
    if a <= 0.5:
        yield 2.25 - y


@pytest.mark.parametrize("n_points", [200, 201, 1000, 1777])
def test_each_point_of_the_curve_solves_the_equation(n_points):
    curve = batman_curve(n_points)
    assert curve.shape == (n_points, 2)
    for x, y in curve:
        assert min(abs(miss) for miss in misses(x, y)) < 1e-9


@pytest.mark.parametrize("n_points", [200, 201, 1000, 1777])
def test_the_curve_is_closed_and_goes_round_once(n_points):
    curve = batman_curve(n_points)
    np.testing.assert_allclose(curve[[0, -1]], [[-7, 0], [-7, 0]], atol=1e-12)
    direction = np.sign(np.diff(curve[:, 0]))
    assert set(direction) == {-1, 1}
    assert np.count_nonzero(np.diff(direction)) == 1
    assert shoelace(curve) == pytest.approx(AREA, rel=0.01)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (0.5, 2.25),
        (0.75, 3.0),
        (1.0, 1.0),
        (3.0, 6 * math.sqrt(10) / 7),
        (0.0, -3.0),
        (4.0, -3 * math.sqrt(33) / 7),
        (7.0, 0.0),
    ],
)
def test_the_corners_are_on_the_curve(x, y):
    distance = np.linalg.norm(batman_curve() - [x, y], axis=1).min()
    assert distance < 1e-9
    assert np.linalg.norm(batman_curve() - [-x, y], axis=1).min() < 1e-9


@pytest.mark.parametrize("n_points", [199, 0, 2.5])
def test_a_curve_needs_enough_points_to_show_its_corners(n_points):
    with pytest.raises(ValueError, match="n_points must be a whole number, 200 or more"):
        batman_curve(n_points)
