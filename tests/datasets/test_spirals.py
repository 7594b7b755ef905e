"""make_spirals against the formula, point by point."""

import math

import numpy as np
import pytest

from baremath.datasets import make_spirals


@pytest.mark.parametrize("n_classes", [1, 2, 3, 5])
def test_without_noise_each_point_is_where_the_formula_says(n_classes):
    X, y = make_spirals(n_classes, 11, noise=0)
    points = iter(zip(X, y, strict=True))
    for c in range(1, n_classes + 1):
        for step in range(11):
            t = step / 10
            a = 2 * math.pi / n_classes * (2 * t + c - 1)
            point, label = next(points)
            np.testing.assert_allclose(point, [t * math.sin(a), t * math.cos(a)], atol=1e-12)
            assert label == c - 1


def test_the_defaults_are_three_arms_of_a_thousand():
    X, y = make_spirals(random_state=0)
    assert X.shape == (3000, 2)
    assert np.bincount(y).tolist() == [1000, 1000, 1000]


def test_noise_turns_a_point_and_leaves_its_radius():
    X, _ = make_spirals(2, 5000, noise=0.2, random_state=0)
    clean, _ = make_spirals(2, 5000, noise=0)
    np.testing.assert_allclose(np.hypot(*X.T), np.hypot(*clean.T), atol=1e-12)
    away = np.hypot(*clean.T) > 0
    turn = np.angle((X[away] @ [1, 1j]) / (clean[away] @ [1, 1j]))
    assert turn.std() == pytest.approx(0.2, rel=0.03)
    assert abs(turn.mean()) < 0.01
