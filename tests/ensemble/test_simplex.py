"""The weights of a blend: the conditions of the minimum, brute force, degenerate members."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baremath.ensemble._simplex import SMALLEST, least_squares_weights, log_loss_weights


def squared_error(rho, F, y, w):
    return w @ (F @ rho - y) ** 2 / w.sum()


def log_loss(rho, P, w):
    return -(w @ np.log(np.maximum(P, SMALLEST) @ rho)) / w.sum()


def grid(n_members, steps):
    """All weights in steps of 1 / steps."""
    if n_members == 1:
        return np.ones((1, 1))
    places = np.indices((steps + 1,) * (n_members - 1)).reshape(n_members - 1, -1).T
    inside = places[places.sum(axis=1) <= steps]
    return np.column_stack([inside, steps - inside.sum(axis=1)]) / steps


def assert_minimum(rho, slopes, tolerance):
    """Karush, Kuhn and Tucker: one slope where there is weight, none lower anywhere."""
    assert rho.min() >= 0
    assert rho.sum() == pytest.approx(1, abs=1e-12)
    used = rho > 1e-9
    level = slopes[used].mean()
    np.testing.assert_allclose(slopes[used], level, atol=tolerance)
    assert (slopes >= level - tolerance).all()


def squared_case(seed, n_members, n_rows=60):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=n_rows)
    noise = rng.uniform(0.1, 2, n_members)
    F = y[:, None] * rng.uniform(0.5, 1.5, n_members) + noise * rng.normal(size=(n_rows, n_members))
    return F, y, rng.uniform(0, 3, n_rows)


def log_case(seed, n_members, n_rows=60):
    rng = np.random.default_rng(seed)
    P = rng.beta(*rng.uniform(0.3, 4, 2), size=(n_rows, n_members))
    return P, rng.uniform(0, 3, n_rows)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n_members", [1, 2, 3, 8])
def test_the_squared_error_is_at_its_minimum(seed, n_members):
    F, y, w = squared_case(seed, n_members)
    rho = least_squares_weights(F, y, w)
    slopes = 2 * (w * (F @ rho - y)) @ F / w.sum()
    assert_minimum(rho, slopes, 1e-9)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("n_members", [1, 2, 3, 8])
def test_the_log_loss_is_at_its_minimum(seed, n_members):
    P, w = log_case(seed, n_members)
    rho = log_loss_weights(P, w)
    ratios = np.maximum(P, SMALLEST) / (np.maximum(P, SMALLEST) @ rho)[:, None]
    slopes = -(w @ ratios) / w.sum()
    assert_minimum(rho, slopes, 1e-6)
    assert -slopes.min() - 1 <= 1e-10  # the duality gap


@pytest.mark.parametrize("seed", range(5))
def test_no_weights_of_a_fine_grid_are_better(seed):
    F, y, w = squared_case(seed, 3)
    best = squared_error(least_squares_weights(F, y, w), F, y, w)
    assert best <= min(squared_error(rho, F, y, w) for rho in grid(3, 100)) + 1e-12
    P, w = log_case(seed, 3)
    best = log_loss(log_loss_weights(P, w), P, w)
    assert best <= min(log_loss(rho, P, w) for rho in grid(3, 100)) + 1e-12


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    n_members=st.integers(1, 6),
    n_rows=st.integers(1, 12),
    scale=st.sampled_from([1e-150, 1e-6, 1.0, 1e6, 1e100]),
)
def test_few_rows_of_any_size(seed, n_members, n_rows, scale):
    rng = np.random.default_rng(seed)
    F, y = rng.normal(size=(n_rows, n_members)), rng.normal(size=n_rows)
    rho = least_squares_weights(scale * F, scale * y, np.ones(n_rows))
    slopes = 2 * (F @ rho - y) @ F / n_rows
    assert_minimum(rho, slopes, 1e-7 * max(1, np.abs(F).max()))


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**31),
    n_members=st.integers(1, 6),
    n_rows=st.integers(1, 12),
    certainty=st.sampled_from([1, 10, 300]),
)
def test_probabilities_near_zero(seed, n_members, n_rows, certainty):
    P = np.random.default_rng(seed).uniform(size=(n_rows, n_members)) ** certainty
    rho = log_loss_weights(P, np.ones(n_rows))
    assert rho.min() >= 0
    assert rho.sum() == pytest.approx(1)
    alone = [log_loss(row, P, np.ones(n_rows)) for row in np.eye(n_members)]
    assert log_loss(rho, P, np.ones(n_rows)) <= min(alone) + 1e-8


def test_members_that_are_alike_share_in_any_way():
    y = np.array([1.0, 2.0, 3.0])
    F = np.column_stack([y + 1, y + 1, y - 1])
    rho = least_squares_weights(F, y, np.ones(3))
    assert rho[:2].sum() == pytest.approx(0.5)
    P = np.array([[0.5, 0.5], [0.2, 0.2]])
    assert log_loss_weights(P, np.ones(2)).sum() == pytest.approx(1)


def test_a_perfect_member_takes_all():
    y = np.array([1.0, 2.0, 4.0])
    F = np.column_stack([y + 0.1, y, -y])
    np.testing.assert_allclose(least_squares_weights(F, y, np.ones(3)), [0, 1, 0], atol=1e-12)
    assert least_squares_weights(np.column_stack([y, y]), y, np.ones(3)).tolist() == [0.5, 0.5]


def test_a_weight_is_a_repetition():
    F, y, _ = squared_case(0, 3)
    P, _ = log_case(0, 3)
    w = np.random.default_rng(1).integers(0, 4, len(y))
    many = np.repeat(np.arange(len(y)), w)
    ones = np.ones(len(many))
    np.testing.assert_allclose(
        least_squares_weights(F, y, w.astype(float)), least_squares_weights(F[many], y[many], ones)
    )
    np.testing.assert_allclose(
        log_loss_weights(P, w.astype(float)), log_loss_weights(P[many], ones), atol=1e-6
    )
