"""Both decompositions of the 0–1 loss against their papers' definitions, written as loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator

from baremath.model_selection._points import Points
from baremath.model_selection._zero_one import decompose_zero_one

PARTS = ("loss", "noise", "bias2", "variance")


def decompose(codes, y, noise=None, point=None, n_classes=3):
    codes, y = np.asarray(codes, dtype=np.int32), np.asarray(y)
    point = np.arange(len(y)) if point is None else np.asarray(point)
    noise_from = noise if noise in (None, "replicates") else "given"
    return decompose_zero_one(
        codes, np.arange(n_classes), Points(None, y, point), noise, noise_from
    )


def random_shares(rng, n_points, n_classes):
    shares = rng.exponential(size=(n_points, n_classes))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_domingos_parts_are_those_of_his_definitions(n_classes):
    rng = np.random.default_rng(n_classes)
    p = random_shares(rng, 40, n_classes)
    codes = rng.integers(0, n_classes, size=(11, 40))
    result = decompose(codes, np.zeros(40, int), lambda X: p, n_classes=n_classes)
    for i in range(40):
        P = np.array([np.mean(codes[:, i] == k) for k in range(n_classes)])
        best, main = np.argmax(p[i]), np.argmax(P)
        loss = sum(P[k] * p[i, t] for k in range(n_classes) for t in range(n_classes) if k != t)
        N, B, V = 1 - p[i, best], float(main != best), 1 - P[main]
        # theorem 2: c1 = P(y = y*) - P(y ≠ y*) P(y = t | y ≠ y*, t ≠ y*)
        both_wrong = sum(P[k] * p[i, k] for k in range(n_classes) if k != best)
        c1 = P[best] - (both_wrong / N)
        # and c2 = 1, or -P(y = y* | y ≠ y_m) where the main prediction is wrong
        c2 = 1.0 if B == 0 else (-P[best] / V if V > 0 else 0.0)
        at = result.per_point
        assert at.loss[i] == pytest.approx(loss, abs=1e-12)
        assert at.noise[i] == pytest.approx(c1 * N, abs=1e-12)
        assert at.bias2[i] == B
        assert at.variance[i] == pytest.approx(c2 * V, abs=1e-12)
        assert at.unbiased_variance[i] == pytest.approx((1 - B) * V, abs=1e-12)
        assert at.biased_variance[i] == pytest.approx(-B * c2 * V, abs=1e-12)
        assert c1 * N + B + c2 * V == pytest.approx(loss, abs=1e-12)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_kohavi_wolpert_parts_are_those_of_their_definitions(n_classes):
    rng = np.random.default_rng(n_classes)
    p = random_shares(rng, 30, n_classes)
    codes = rng.integers(0, n_classes, size=(6, 30))
    result = decompose(codes, np.zeros(30, int), lambda X: p, n_classes=n_classes).kohavi_wolpert
    for i in range(30):
        P = np.array([np.mean(codes[:, i] == k) for k in range(n_classes)])
        at = result.per_point
        assert at.noise[i] == pytest.approx((1 - sum(p[i] ** 2)) / 2, abs=1e-12)
        # two of the 6 rounds drawn without replacement: half the share of pairs that differ
        pairs = [codes[r, i] != codes[s, i] for r in range(6) for s in range(6) if r != s]
        assert at.variance[i] == pytest.approx(np.mean(pairs) / 2, abs=1e-12)
        # the paper's own correction: (p - P)² - P (1 - P) / (N - 1)
        bias2 = sum((p[i] - P) ** 2 - P * (1 - P) / 5) / 2
        assert at.bias2[i] == pytest.approx(bias2, abs=1e-12)


@given(
    st.integers(2, 4),
    st.integers(2, 7),
    st.integers(2, 9),
    st.sampled_from([None, 0.2, "replicates", "function"]),
    st.integers(0, 2**32 - 1),
)
def test_the_parts_sum_to_the_sampled_loss(n_classes, n_rounds, n_points, noise, seed):
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_classes, size=(n_rounds, n_points))
    point = np.arange(n_points)
    if noise == "replicates":  # two rows of each point but the last, which shares its label
        point = np.concatenate([point, point[:-1], point[:1]])
    y = rng.integers(0, n_classes, size=len(point))
    if noise == "replicates":
        y[n_points] = y[0]  # some agreement, else labels say nothing
        y[-1] = y[0]
    p = random_shares(rng, n_points, n_classes)
    known = noise == "function"
    result = decompose(codes, y, (lambda X: p) if known else noise, point, n_classes)
    loss = np.mean(codes[:, point] != y)
    if known:
        loss = np.mean([1 - p[i, codes[r, i]] for r in range(n_rounds) for i in range(n_points)])
    for each in (result, result.kohavi_wolpert):
        assert each.loss == pytest.approx(loss, abs=1e-12)
        assert each.noise + each.bias2 + each.variance == pytest.approx(loss, abs=1e-10)
        at = each.per_point
        np.testing.assert_allclose(at.noise + at.bias2 + at.variance, at.loss, atol=1e-10)
    mean = result.mean
    assert mean.variance == pytest.approx(mean.unbiased_variance - mean.biased_variance, abs=1e-12)


@pytest.mark.parametrize(("n_classes", "eta"), [(2, 0.15), (2, 0.45), (4, 0.3)])
def test_a_known_rate_of_wrong_labels_gives_the_true_parts_in_the_mean(n_classes, eta):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, n_classes, size=(9, 20))
    best = rng.integers(0, n_classes, size=20)
    p = np.full((20, n_classes), eta / (n_classes - 1))
    p[np.arange(20), best] = 1 - eta
    truth = decompose(codes, best, lambda X: p, n_classes=n_classes)
    seen = [decompose(codes, np.full(20, k), eta, n_classes=n_classes) for k in range(n_classes)]
    for part in (*PARTS, "unbiased_variance", "biased_variance"):
        mean = sum(p[:, k] * getattr(seen[k].per_point, part) for k in range(n_classes))
        np.testing.assert_allclose(mean, getattr(truth.per_point, part), atol=1e-12)
    for part in PARTS:
        mean = sum(
            p[:, k] * getattr(seen[k].kohavi_wolpert.per_point, part) for k in range(n_classes)
        )
        expected = getattr(truth.kohavi_wolpert.per_point, part)
        np.testing.assert_allclose(mean, expected, atol=1e-12)


def test_kohavi_wolpert_is_unbiased_with_few_rounds_and_replicates():
    rng = np.random.default_rng(0)
    m, R, n = 20_000, 3, 2
    P, p = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.8, 0.1])
    codes = rng.choice(3, p=P, size=(R, m))
    y = rng.choice(3, p=p, size=m * n)
    result = decompose(codes, y, "replicates", np.repeat(np.arange(m), n)).kohavi_wolpert
    truth = {
        "noise": (1 - sum(p**2)) / 2,
        "bias2": sum((p - P) ** 2) / 2,
        "variance": (1 - sum(P**2)) / 2,
    }
    for part, value in truth.items():
        error = getattr(result.per_point, part).std() / np.sqrt(m)
        assert getattr(result, part) == pytest.approx(value, abs=4 * error)


def test_a_row_without_a_twin_takes_the_mean_noise_of_those_with_one():
    codes = np.array([[0, 1, 1], [0, 1, 0]])
    y, point = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 0, 0, 1])
    y, point = np.append(y, 1), np.append(point, 2)
    result = decompose(codes, y, "replicates", point, n_classes=2)
    rate = 1 / 4  # one of the four labels at point 0 is not the most frequent
    np.testing.assert_allclose(result.labels.best[1], [-rate / (1 - 2 * rate), 1.5])
    pooled = 4 / 3 * (1 - (3 / 4) ** 2 - (1 / 4) ** 2) / 2
    np.testing.assert_allclose(result.kohavi_wolpert.per_point.noise, pooled)


def test_equal_votes_go_to_the_first_class():
    result = decompose([[1, 2], [2, 1]], [1, 2])
    assert result.main_prediction.tolist() == [1, 1]
    assert result.per_point.bias2.tolist() == [0, 1]


def test_standard_errors_are_the_scatter_over_repetitions():
    rng = np.random.default_rng(0)
    m, R, found, said = 60, 40, [], []
    for _ in range(300):
        hard = rng.random(m)
        skill = rng.normal(scale=0.3, size=(R, 1))  # a good round is good at all points
        codes = (rng.random((R, m)) + skill > 0.4 + 0.5 * hard).astype(int)
        result = decompose(codes, np.ones(m, int), n_classes=2)
        both = (result, result.kohavi_wolpert)
        found.append([getattr(each, part) for each in both for part in ("loss", "variance")])
        said.append(
            [getattr(each.standard_error, part) for each in both for part in ("loss", "variance")]
        )
    np.testing.assert_allclose(np.mean(said, axis=0), np.std(found, axis=0), rtol=0.2)


class Replay(BaseEstimator):
    def __init__(self, rows):
        self.rows = list(rows)

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.rows.pop(0)


def test_mlxtend_has_the_same_loss_and_bias_and_its_parts_do_not_add_up():
    mlxtend = pytest.importorskip("mlxtend.evaluate")
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 3, size=(9, 40)), rng.integers(0, 3, size=40)
    X = np.zeros((40, 1))
    loss, bias, variance = mlxtend.bias_variance_decomp(
        Replay(codes), X, y, X, y, loss="0-1_loss", num_rounds=9, random_seed=0
    )
    ours = decompose(codes, y)
    assert ours.loss == pytest.approx(loss, abs=1e-12)
    assert ours.bias2 == pytest.approx(bias, abs=1e-12)
    P = ours.labels.votes
    assert np.mean(1 - P.max(axis=1)) == pytest.approx(variance, abs=1e-12)
    assert bias + variance > loss + 0.1  # mlxtend issue 964
    assert ours.bias2 + ours.variance == pytest.approx(loss, abs=1e-12)
