"""make_polynomial and make_line: the coefficients put in come out again."""

import numpy as np
import pytest

from baremath.datasets import make_line, make_polynomial


def test_without_noise_the_values_are_the_sum_of_the_powers():
    coefficients = [3.0, -1.0, 0.5, 2.0]
    X, y = make_polynomial(50, coefficients=coefficients, interval=(-3, 2), noise=0, random_state=0)
    x = X[:, 0]
    expected = [sum(c * value**j for j, c in enumerate(coefficients)) for value in x]
    np.testing.assert_allclose(y, expected, rtol=1e-12, atol=1e-12)
    assert -3 <= x.min() < -2.5
    assert 1.5 < x.max() <= 2


def test_least_squares_finds_the_line_and_the_noise():
    X, y = make_line(5000, slope=-3.0, intercept=7.0, noise=2.0, random_state=0)
    slope, intercept = np.polyfit(X[:, 0], y, deg=1)
    # Standard error of the slope: 2 / (sqrt(5000) * 10 / sqrt(12)) = 0.0098; of the intercept 0.057
    assert slope == pytest.approx(-3.0, abs=4 * 0.0098)
    assert intercept == pytest.approx(7.0, abs=4 * 0.057)
    assert (y - intercept - slope * X[:, 0]).std() == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("coefficients", [[], [[1.0, 2.0]], [1.0, np.nan]])
def test_coefficients_must_be_a_list_of_finite_numbers(coefficients):
    with pytest.raises(ValueError, match="coefficients must be one or more finite numbers"):
        make_polynomial(coefficients=coefficients)


@pytest.mark.parametrize("interval", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_the_interval_must_have_a_length(interval):
    with pytest.raises(ValueError, match="interval must be two finite numbers a < b"):
        make_line(interval=interval)
