"""make_costume_issues: the documented line, in dollars and whole issues."""

import numpy as np
import pytest

from baremath.datasets import make_costume_issues


def test_regression_finds_a_hundred_issues_and_two_and_a_half_a_dollar():
    X, y = make_costume_issues(5000, random_state=0)
    slope, intercept = np.polyfit(X[:, 0], y, deg=1)
    # Standard error of the slope: 40 / (sqrt(5000) * 180 / sqrt(12)) = 0.011; of the intercept 1.34
    assert slope == pytest.approx(2.5, abs=4 * 0.011)
    assert intercept == pytest.approx(100, abs=4 * 1.34)


def test_prices_are_in_range_and_in_whole_cents():
    X, _ = make_costume_issues(2000, random_state=0)
    assert 20 <= X.min() < 21
    assert 199 < X.max() <= 200
    cents = 100 * X
    np.testing.assert_allclose(cents, np.round(cents), atol=1e-9)


def test_without_noise_the_issues_are_the_rounded_line():
    X, y = make_costume_issues(200, noise=0, random_state=0)
    assert y.tolist() == [round(100 + 2.5 * price) for price in X[:, 0].tolist()]


def test_no_hero_has_less_than_no_issues():
    _, y = make_costume_issues(2000, noise=500, random_state=0)
    assert y.min() == 0
