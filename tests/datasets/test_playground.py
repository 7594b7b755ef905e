"""The six data sets of TensorFlow Playground: each label computed again, one point at a time."""

import math

import numpy as np
import pytest
from scipy import stats

from baremath import datasets
from baremath.datasets import (
    make_circle,
    make_gauss,
    make_reg_gauss,
    make_reg_plane,
    make_spiral,
    make_xor,
)

ALL = [make_circle, make_gauss, make_reg_gauss, make_reg_plane, make_spiral, make_xor]


@pytest.mark.parametrize("make", ALL)
def test_sizes_and_range_of_the_playground(make):
    X, y = make(random_state=0)
    regression = make in (make_reg_plane, make_reg_gauss)
    assert X.shape == (1200 if regression else 500, 2)
    assert np.abs(X).max() <= 6
    assert np.abs(y).max() <= 1.2
    if not regression:
        assert set(y.tolist()) == {-1, 1}


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("noise", [0.51, 20, 50])
def test_noise_in_percent_is_refused(make, noise):
    with pytest.raises(ValueError, match=r"0 to 50 divided by 100; got"):
        make(noise=noise)


@pytest.mark.parametrize("make", [make_circle, make_xor, make_reg_plane, make_reg_gauss])
def test_noise_changes_labels_and_moves_no_point(make):
    clean_X, clean_y = make(random_state=5)
    X, y = make(noise=0.3, random_state=5)
    np.testing.assert_array_equal(X, clean_X)
    assert (y != clean_y).any()


def test_circle_is_a_disc_in_a_ring():
    X, y = make_circle(2000, random_state=0)
    for (x1, x2), label in zip(X, y, strict=True):
        assert label == (1 if math.sqrt(x1**2 + x2**2) < 2.5 else -1)
    r = np.hypot(*X.T)
    assert (y == 1).sum() == 1000
    assert stats.kstest(r[y == 1], stats.uniform(0, 2.5).cdf).pvalue > 0.01
    assert stats.kstest(r[y == -1], stats.uniform(3.5, 1.5).cdf).pvalue > 0.01
    angle = np.arctan2(*X.T)
    assert stats.kstest(angle, stats.uniform(-np.pi, 2 * np.pi).cdf).pvalue > 0.01


def test_circle_noise_flips_as_often_as_the_jitter_leaves_the_disc():
    # The jitter is uniform on a square of half-width 5 n: a rate found by drawing it anew.
    X, y = make_circle(20_000, noise=0.5, random_state=0)
    disc = np.hypot(*X.T) < 2.5
    generator = np.random.default_rng(1)
    jitter = generator.uniform(-2.5, 2.5, size=(200, disc.sum(), 2))
    rate = (np.linalg.norm(X[disc] + jitter, axis=2) >= 2.5).mean()
    assert (y[disc] == -1).mean() == pytest.approx(rate, abs=0.02)


def test_xor_is_the_sign_of_the_product_away_from_the_axes():
    X, y = make_xor(2000, random_state=0)
    for (x1, x2), label in zip(X, y, strict=True):
        assert label == (1 if x1 * x2 > 0 else -1)
    assert np.abs(X).min() >= 0.3
    assert 5 < np.abs(X).max() <= 5.3
    assert stats.kstest(np.abs(X).ravel() - 0.3, stats.uniform(0, 5).cdf).pvalue > 0.01


def test_xor_noise_flips_as_often_as_the_jitter_crosses_an_axis():
    X, y = make_xor(20_000, noise=0.5, random_state=0)
    # Jitter U(-2.5, 2.5) takes a coordinate of size a < 2.5 across 0 in (2.5 - a)/5 of cases.
    crosses = np.clip((2.5 - np.abs(X)) / 5, 0, None)
    rate = (crosses * (1 - crosses[:, ::-1])).sum(axis=1).mean()
    flipped = y != np.sign(X[:, 0] * X[:, 1])
    assert flipped.mean() == pytest.approx(rate, abs=0.015)


@pytest.mark.parametrize(("noise", "variance"), [(0.0, 0.5), (0.25, 2.25), (0.5, 4.0)])
def test_gauss_is_two_clouds_that_widen_with_noise(noise, variance):
    X, y = make_gauss(20_000, noise=noise, random_state=0)
    for sign in (-1, 1):
        cloud = X[y == sign]
        assert len(cloud) == 10_000
        np.testing.assert_allclose(cloud.mean(axis=0), 2 * sign, atol=4 * math.sqrt(4 / 10_000))
        np.testing.assert_allclose(np.cov(cloud.T), variance * np.eye(2), atol=0.06 * variance)


@pytest.mark.parametrize("n_samples", [1, 2, 9, 10])
def test_spiral_follows_the_formula(n_samples):
    X, y = make_spiral(n_samples)
    n_plus = math.ceil(n_samples / 2)
    expected = []
    for n, turn in ((n_plus, 0.0), (n_samples - n_plus, math.pi)):
        for i in range(n):
            r, t = 5 * i / n, 1.75 * 2 * math.pi * i / n + turn
            expected.append((r * math.sin(t), r * math.cos(t)))
    np.testing.assert_allclose(X, expected, atol=1e-12)
    assert y.tolist() == [1] * n_plus + [-1] * (n_samples - n_plus)


def test_spiral_noise_shakes_the_points_evenly():
    shift = make_spiral(4000, noise=0.4, random_state=0)[0] - make_spiral(4000)[0]
    assert stats.kstest(shift.ravel(), stats.uniform(-0.4, 0.8).cdf).pvalue > 0.01


def test_reg_plane_is_a_tenth_of_the_sum():
    X, y = make_reg_plane(500, random_state=0)
    np.testing.assert_allclose(y, [(x1 + x2) / 10 for x1, x2 in X], atol=1e-12)
    assert stats.kstest(X.ravel(), stats.uniform(-6, 12).cdf).pvalue > 0.01


def test_reg_plane_noise_is_the_sum_of_two_uniform_jitters():
    X, y = make_reg_plane(5000, noise=0.5, random_state=0)
    jitter = 10 * y - X.sum(axis=1)
    assert stats.kstest(jitter, stats.triang(0.5, loc=-6, scale=12).cdf).pvalue > 0.01


def test_reg_gauss_is_the_tallest_hill_or_deepest_hollow():
    hills = {(-4, 2.5): 1, (0, 2.5): -1, (4, 2.5): 1, (-4, -2.5): -1, (0, -2.5): 1, (4, -2.5): -1}
    X, y = make_reg_gauss(1000, random_state=0)
    for point, label in zip(X, y, strict=True):
        values = [sign * max(0, 1 - math.dist(point, hill) / 2) for hill, sign in hills.items()]
        assert label == pytest.approx(max(values, key=abs), abs=1e-12)


def test_every_generator_of_the_playground_is_public():
    assert {make.__name__ for make in ALL} <= set(datasets.__all__)
