"""Losses against finite differences, and Friedman's algorithms in plain Python."""

import numpy as np
import pytest
from scipy.optimize import minimize

from baremath.ensemble import GradientBoostingRegressor
from baremath.ensemble._boosting_losses import (
    AbsoluteError,
    BinaryLogLoss,
    Huber,
    MultinomialLogLoss,
    Poisson,
    Quantile,
    SquaredError,
    weighted_quantile,
)

N = 40
RNG = np.random.default_rng(3)
AMOUNTS, COUNTS = RNG.normal(size=N), RNG.poisson(2.0, N).astype(float)
CASES = {
    "squared": (SquaredError, AMOUNTS),
    "absolute": (AbsoluteError, AMOUNTS),
    "quantile": (lambda: Quantile(0.2), AMOUNTS),
    "huber": (lambda: Huber(0.7), AMOUNTS),
    "poisson": (Poisson, COUNTS),
    "binary": (BinaryLogLoss, (AMOUNTS > 0.3).astype(float)),
    "multinomial": (lambda: MultinomialLogLoss(3), np.digitize(AMOUNTS, [-0.5, 0.5]) * 1.0),
}


@pytest.mark.parametrize("case", CASES)
def test_gradients_are_the_slopes_of_the_loss(case):
    make, y = CASES[case]
    loss = make()
    score = RNG.normal(size=(loss.n_scores, N))
    loss.prepare(y, score, np.ones(N))
    gradient, hessian = np.empty((2, loss.n_scores, N), np.float32)
    for first, last in ((0, 17), (17, N)):
        loss.differentiate(first, last, y, score, gradient, hessian)
    half = 0.5 if case == "absolute" else 1.0
    h = 1e-4
    for k in range(loss.n_scores):
        step = np.zeros_like(score)
        step[k] = h
        above, here, below = (loss.of_rows(y, score + s * step) for s in (1, 0, -1))
        np.testing.assert_allclose(gradient[k], half * (above - below) / (2 * h), atol=1e-6)
        if case in ("squared", "poisson", "binary", "multinomial"):
            curvature = (above - 2 * here + below) / h**2
            np.testing.assert_allclose(hessian[k], curvature, atol=1e-5)
        else:
            np.testing.assert_array_equal(hessian, 1.0)


def derivatives(loss, y, score):
    gradient, hessian = np.empty((2, *score.shape), np.float32)
    loss.differentiate(0, len(y), y, score, gradient, hessian)
    return gradient, hessian


def test_a_mean_beyond_float32_still_asks_for_a_step_back():
    gradient, hessian = derivatives(Poisson(), np.ones(2), np.array([[80.0, 200.0]]))
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose(gradient / hessian, 1.0, rtol=1e-6)


def test_gradients_of_a_class_that_is_all_but_certain():
    gradient, hessian = derivatives(
        MultinomialLogLoss(3), np.zeros(1), np.array([[20.0], [0.0], [0.0]])
    )
    other = 1 / (2 + np.exp(20))
    np.testing.assert_allclose(gradient[:, 0], [-2 * other, other, other], rtol=1e-6)
    certain = 2 * other * (1 - 2 * other)
    np.testing.assert_allclose(hessian[:, 0], [certain, other, other], rtol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_the_start_is_the_best_constant(case):
    make, y = CASES[case]
    loss = make()
    weight = RNG.integers(1, 4, N).astype(float)
    start = loss.start(y, weight)
    score = np.tile(start[:, None], N)
    loss.prepare(y, score, weight)
    if case == "huber":  # which starts with the median, as Friedman does
        assert start == weighted_quantile(y, weight, 0.5)
        return

    def mean_loss(constant):
        return loss.value(y, np.tile(constant[:, None], N), weight)

    best = minimize(mean_loss, start + 0.01, method="Nelder-Mead", tol=1e-10).fun
    assert mean_loss(start) <= best + 1e-9


@pytest.mark.parametrize("share", [0.05, 0.25, 0.5, 0.9])
def test_weighted_quantiles_are_those_of_repeated_rows(share):
    values, counts = RNG.integers(0, 9, 15).astype(float), RNG.integers(1, 5, 15)
    repeated = np.repeat(values, counts)
    found = weighted_quantile(values, counts.astype(float), share)
    assert found == weighted_quantile(repeated, np.zeros(0), share)
    assert found == np.quantile(repeated, share, method="averaged_inverted_cdf")


# Friedman's algorithms 3 and 4, and squares, with one column and every split tried


def friedman(loss, x, y, *, stages, rate, leaves, share):
    def quantile(values, q):
        return np.quantile(values, q, method="averaged_inverted_cdf")

    score = np.full(len(y), y.mean() if loss == "squared_error" else quantile(y, share))
    for _ in range(stages):
        residual = y - score
        if loss == "squared_error":
            pseudo = residual
        elif loss == "huber":
            delta = quantile(np.abs(residual), 0.9)
            pseudo = np.clip(residual, -delta, delta)
        else:
            pseudo = np.select([residual > 0, residual < 0], [share, share - 1], 0.0)
        regions = [np.arange(len(y))]
        while len(regions) < leaves:
            splits = [best_split(x, pseudo, rows) for rows in regions]
            place = max(range(len(regions)), key=lambda k: splits[k][0])
            if splits[place][0] <= 1e-12:
                break
            rows = regions.pop(place)
            below = x[rows] <= splits[place][1]
            regions[place:place] = [rows[below]]
            regions.append(rows[~below])
        for rows in regions:
            if loss == "squared_error":
                value = residual[rows].mean()
            elif loss == "huber":
                median = quantile(residual[rows], 0.5)
                value = median + np.clip(residual[rows] - median, -delta, delta).mean()
            else:
                value = quantile(residual[rows], share)
            score[rows] += rate * value
    return score


def best_split(x, pseudo, rows):
    best = (0.0, None)
    total, n = pseudo[rows].sum(), len(rows)
    for value in np.unique(x[rows])[:-1]:
        below = x[rows] <= value
        left, m = pseudo[rows][below].sum(), below.sum()
        if min(m, n - m) >= 5:
            gain = left**2 / m + (total - left) ** 2 / (n - m) - total**2 / n
            best = max(best, (gain, value), key=lambda pair: round(pair[0], 9))
    return best


@pytest.mark.parametrize(
    ("loss", "share"),
    [
        ("squared_error", 0.5),
        ("absolute_error", 0.5),
        ("quantile", 0.2),
        ("quantile", 0.75),
        ("huber", 0.5),
    ],
)
def test_whole_fits_are_friedmans(loss, share):
    rng = np.random.default_rng(5)
    x = rng.permutation(120).astype(float)
    y = np.sin(x / 20) + rng.standard_t(2, 120) / 4
    model = GradientBoostingRegressor(
        loss, quantile=share, n_estimators=8, learning_rate=0.3, max_leaf_nodes=5,
        min_samples_leaf=5,
    )  # fmt: skip
    expected = friedman(loss, x, y, stages=8, rate=0.3, leaves=5, share=share)
    np.testing.assert_allclose(model.fit(x[:, None], y).predict(x[:, None]), expected, rtol=1e-7)
