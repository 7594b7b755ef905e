"""The squared error's parts against closed forms, plain loops and the identity they obey."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression

from baremath.model_selection import bias_variance_decomposition
from baremath.model_selection._points import Points
from baremath.model_selection._squared_error import decompose_squared_error


def decompose(predictions, y, point=None, noise=None):
    y = np.asarray(y, dtype=float)
    point = np.arange(len(y)) if point is None else np.asarray(point)
    noise_from = noise if noise in (None, "replicates") else "given"
    return decompose_squared_error(
        np.asarray(predictions, dtype=float), Points(None, y, point), noise, noise_from
    )


class FixedDesign:
    """y = f(X) + ε at the same X in every draw: here bias and variance have closed forms."""

    sigma = 0.5

    def __init__(self, n_samples=25):
        x = np.linspace(-1, 1, n_samples)
        self.X = np.column_stack([x, np.cos(3 * x)])
        self.f = np.exp(x)

    def __call__(self, rng):
        return self.X, self.f + self.sigma * rng.normal(size=len(self.f))


def test_linear_regression_has_the_bias_and_variance_of_the_textbook():
    design = FixedDesign()
    x = np.linspace(-1.2, 1.2, 9)
    X_test, f_test = np.column_stack([x, np.cos(3 * x)]), np.exp(x)
    result = bias_variance_decomposition(
        LinearRegression(),
        design,
        X_test=X_test,
        y_test=f_test,
        noise=0.0,
        n_rounds=2000,
        random_state=0,
    )
    A, B = (np.column_stack([np.ones(len(X)), X]) for X in (design.X, X_test))
    hat = B @ np.linalg.solve(A.T @ A, A.T)
    variance = design.sigma**2 * np.einsum("ij,ij->i", hat, hat)  # σ² x'(A'A)⁻¹x
    error = hat @ design.f - f_test
    np.testing.assert_allclose(result.per_point.variance, variance, rtol=4 * np.sqrt(2 / 2000))
    np.testing.assert_allclose(
        result.main_prediction, hat @ design.f, atol=4 * np.sqrt(variance.max() / 2000)
    )
    tolerance = 4 * np.sqrt(np.mean(error**2) * variance.max() / 2000)
    assert np.mean(error**2) > 5 * tolerance  # a bias that is there
    assert result.bias2 == pytest.approx(np.mean(error**2), abs=tolerance)


@pytest.mark.parametrize("noise", [None, 0.3, "replicates"])
def test_the_parts_are_those_of_plain_loops(noise):
    rng = np.random.default_rng(1)
    predictions = rng.normal(size=(7, 4)) + 5
    point = np.array([0, 1, 0, 2, 3, 3, 3])
    y = rng.normal(size=7)
    if noise != "replicates":
        point, y = np.arange(4), y[:4]
    result = decompose(predictions, y, point, noise)
    observations = [y[point == i] for i in range(4)]
    spread = [((t - t.mean()) ** 2).sum() for t in observations]
    pooled = sum(spread) / sum(len(t) - 1 for t in observations) if noise == "replicates" else 0
    for i, observed in enumerate(observations):
        n, f = len(observed), predictions[:, i]
        losses = [(t - guess) ** 2 for t in observed for guess in f]
        variance = sum((guess - f.mean()) ** 2 for guess in f) / 6
        sigma2 = noise if isinstance(noise, float) else 0.0
        if noise == "replicates":
            sigma2 = spread[i] / (n - 1) if n > 1 else pooled
        correction = sigma2 / n if n > 1 else sigma2
        at = result.per_point
        assert at.loss[i] == pytest.approx(np.mean(losses), rel=1e-12)
        assert at.variance[i] == pytest.approx(variance, rel=1e-12)
        assert at.noise[i] == pytest.approx(sigma2, rel=1e-12)
        bias2 = (observed.mean() - f.mean()) ** 2 - variance / 7 - correction
        assert at.bias2[i] == pytest.approx(bias2, rel=1e-12)
    everything = [(y[j] - guess) ** 2 for j in range(len(y)) for guess in predictions[:, point[j]]]
    assert result.loss == pytest.approx(np.mean(everything), rel=1e-12)


finite = st.floats(-1e6, 1e6)


@given(st.data(), st.integers(2, 6), st.integers(1, 8), st.sampled_from([None, 2.5, "replicates"]))
def test_the_parts_sum_to_the_sampled_loss(data, n_rounds, n_rows, noise):
    y = np.array(data.draw(st.lists(finite, min_size=n_rows, max_size=n_rows)))
    point = np.arange(n_rows)
    if noise == "replicates":
        n_rows += 1
        y, point = np.append(y, y[0] + 1), np.append(point, 0)
    n_points = int(point.max()) + 1
    cells = st.lists(finite, min_size=n_points, max_size=n_points)
    predictions = np.array(data.draw(st.lists(cells, min_size=n_rounds, max_size=n_rounds)))
    result = decompose(predictions, y, point, noise)
    loss = np.mean((y - predictions[:, point]) ** 2)
    assert result.loss == pytest.approx(loss, rel=1e-10, abs=1e-10)
    scale = loss + result.noise
    total = result.noise + result.bias2 + result.variance
    assert total == pytest.approx(loss, rel=1e-10, abs=1e-10 * max(scale, 1))


def test_a_large_mean_costs_no_accuracy():
    rng = np.random.default_rng(0)
    predictions, y = rng.normal(size=(20, 30)), rng.normal(size=30)
    near, far = decompose(predictions, y), decompose(predictions + 1e8, y + 1e8)
    for part in ("loss", "bias2", "variance"):
        assert getattr(far, part) == pytest.approx(getattr(near, part), rel=1e-6)


def test_no_part_is_biased_by_few_rounds_and_few_observations():
    rng = np.random.default_rng(0)
    m, R, n = 40_000, 3, 2
    predictions = 1.5 + 0.8 * rng.normal(size=(R, m))
    y = 1.0 + 0.6 * rng.normal(size=m * n)
    result = decompose(predictions, y, np.repeat(np.arange(m), n), "replicates")
    for part, truth in {"noise": 0.36, "bias2": 0.25, "variance": 0.64, "loss": 1.25}.items():
        error = getattr(result.per_point, part).std() / np.sqrt(m)
        assert getattr(result, part) == pytest.approx(truth, abs=4 * error)


def test_standard_errors_are_the_scatter_over_repetitions():
    rng = np.random.default_rng(0)
    m, R, found, said = 40, 30, [], []
    for _ in range(400):
        f = rng.normal(size=m)
        level = rng.normal(size=(R, 1))  # the models err together, so that rounds matter
        predictions = f + 0.3 + level + 0.5 * rng.normal(size=(R, m))
        result = decompose(predictions, f + rng.normal(size=m), noise=1.0)
        found.append([result.loss, result.bias2, result.variance])
        errors = result.standard_error
        said.append([errors.loss, errors.bias2, errors.variance])
    np.testing.assert_allclose(np.mean(said, axis=0), np.std(found, axis=0), rtol=0.15)


def test_blocks_of_points_change_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    predictions, y = rng.normal(size=(5, 23)), rng.normal(size=23)
    whole = decompose(predictions, y)
    monkeypatch.setattr("baremath.model_selection._squared_error.BLOCK", 20)
    parts = decompose(predictions, y)
    for part in ("loss", "bias2", "variance"):
        np.testing.assert_array_equal(
            getattr(parts.per_point, part), getattr(whole.per_point, part)
        )
        assert getattr(parts.standard_error, part) == pytest.approx(
            getattr(whole.standard_error, part), rel=1e-12
        )


def test_a_known_function_is_the_noise_at_each_row():
    result = bias_variance_decomposition(
        LinearRegression(),
        FixedDesign(),
        noise=lambda X: 0.1 + 0.1 * X[:, 0] ** 2,
        n_rounds=5,
        test_size=40,
        random_state=0,
    )
    assert result.noise_from == "given"
    assert result.per_point.noise.min() >= 0.1
    assert result.noise + result.bias2 + result.variance == pytest.approx(result.loss, rel=1e-10)
    assert result.standard_error.noise > 0


class Replay(BaseEstimator):
    """Predicts the next row of a table at each call, whatever it is fitted to."""

    def __init__(self, rows):
        self.rows = list(rows)

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.rows.pop(0)


def test_mlxtend_has_the_same_loss_and_the_plain_estimates():
    mlxtend = pytest.importorskip("mlxtend.evaluate")
    rng = np.random.default_rng(0)
    predictions, y = rng.normal(size=(9, 12)), rng.normal(size=12)
    X = np.zeros((12, 1))
    theirs = mlxtend.bias_variance_decomp(
        Replay(predictions), X, y, X, y, loss="mse", num_rounds=9, random_seed=0
    )
    ours = decompose(predictions, y)
    plain = ours.loss, ours.bias2 + ours.variance / 9, ours.variance * 8 / 9
    np.testing.assert_allclose(plain, theirs, rtol=1e-12)
