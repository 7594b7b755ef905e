"""The regression page's answers, against NumPy, SciPy and finite differences."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from scipy.optimize import minimize

from baremath.playground.server.lectures.regression import Regression, answer

RNG = np.random.default_rng(0)
X = RNG.uniform(-5, 5, 24).round(2)
Y = (0.7 * X + 0.5 + RNG.normal(size=24)).round(2)
TEST = (np.arange(24) % 3 == 0).tolist()


def asked(**changes):
    return answer(msgspec.convert({"x": X.tolist(), "y": Y.tolist(), **changes}, Regression))


@pytest.mark.parametrize("degree", [1, 2, 5, 12])
def test_the_fit_is_numpys(degree):
    fit = asked(degree=degree)["fit"]
    expected = np.polynomial.Polynomial.fit(X, Y, degree)
    np.testing.assert_allclose(fit["predicted"], expected(X), atol=1e-5)
    np.testing.assert_allclose(fit["curve"][1], expected(np.array(fit["curve"][0])), atol=0.05)
    assert fit["train_loss"] == pytest.approx(np.mean((expected(X) - Y) ** 2) / 2, rel=1e-6)
    assert fit["test_loss"] is None


def test_held_out_points_are_only_tested_on():
    found = asked(test=TEST, degree=3)
    train = ~np.array(TEST)
    losses = {"train": [], "test": []}
    for degree in range(1, 13):
        curve = np.polynomial.Polynomial.fit(X[train], Y[train], degree)
        squares = (curve(X) - Y) ** 2 / 2
        losses["train"].append(squares[train].mean())
        losses["test"].append(squares[~train].mean())
    np.testing.assert_allclose(found["degrees"]["train"], losses["train"], rtol=1e-4)
    np.testing.assert_allclose(found["degrees"]["test"], losses["test"], rtol=1e-3)
    assert found["fit"]["test_loss"] == pytest.approx(losses["test"][2])
    assert found["degrees"]["train"] == sorted(found["degrees"]["train"], reverse=True)


def test_degrees_end_where_points_do():
    found = asked(x=[1.0, 2.0, 3.0, 3.0], y=[1.0, 2.0, 2.0, 3.0])
    assert len(found["degrees"]["train"]) == 2


@pytest.mark.parametrize(
    ("loss", "each"),
    [("squared_error", np.square), ("absolute_error", np.abs)],
)
def test_the_line_the_surface_and_the_path(loss, each):
    def mean_loss(line):
        return np.mean(each(line[0] + line[1] * X - Y)) / 2

    line, rate = np.array([-2.0, 1.5]), 0.03
    descent = {"rule": {"name": "sgd", "learning_rate": rate}, "n_steps": 400}
    found = asked(loss=loss, line=line.tolist(), descent=descent)
    assert found["line"]["train_loss"] == pytest.approx(mean_loss(line))
    gradient = [(mean_loss(line + 1e-6 * e) - mean_loss(line - 1e-6 * e)) / 2e-6 for e in np.eye(2)]
    np.testing.assert_allclose(found["line"]["gradient"], gradient, rtol=1e-4, atol=1e-8)
    path, losses = np.array(found["descent"]["path"]), found["descent"]["losses"]
    np.testing.assert_allclose(path[1], line - rate * np.array(gradient), atol=1e-5)
    np.testing.assert_allclose(losses, [mean_loss(p) for p in path], atol=1e-4)
    best = minimize(mean_loss, [0.5, 0.7], method="Nelder-Mead", options={"xatol": 1e-9})
    assert found["fit"]["train_loss"] == pytest.approx(best.fun, rel=1e-5)
    assert losses[-1] == pytest.approx(best.fun, abs=0.01)
    bands = np.array(found["surface"]["bands"])
    assert bands.shape == (56, 56)
    top_left = mean_loss((-5.0, 3.0))
    corners = [mean_loss((b, w)) for b in (-5, 5) for w in (-3, 3)]
    grid = [mean_loss((b, w)) for b in np.linspace(-5, 5, 56) for w in np.linspace(-3, 3, 56)]
    assert max(corners) == pytest.approx(max(grid))
    share = (top_left - min(grid)) / (max(grid) - min(grid))
    assert bands[0, 0] == pytest.approx(16 * np.sqrt(share), abs=0.01)


def test_too_large_a_rate_diverges_with_its_step():
    descent = asked(descent={"rule": {"learning_rate": 5.0}, "n_steps": 100})["descent"]
    assert 1 < descent["diverged"] < 100
    assert np.isnan(descent["losses"][-1])


@pytest.mark.parametrize("point", [0, 1])
def test_formulas(point):
    steps = asked(explained=point, test=TEST, line=[1.0, 0.5])["steps"]
    titles = [step["title"] for step in steps["line"]]
    assert titles[0].startswith("The prediction")
    assert ("The loss" in " ".join(titles)) == (point == 1)
    assert titles[-1].startswith("The step")
    assert "normal equations" in steps["fit"][0]["title"]
    assert asked(explained=point, degree=4)["steps"]["line"]
    assert asked(explained=point, loss="absolute_error")["steps"]["fit"]


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="there are 2, 1 and 0"):
        answer(Regression(x=(1.0, 2.0), y=(1.0,)))
    with pytest.raises(ValueError, match="all points are held out"):
        answer(Regression(x=(1.0,), y=(1.0,), test=(True,)))
    with pytest.raises(ValueError, match="numbered 0 to 0"):
        answer(Regression(x=(1.0,), y=(1.0,), explained=1))
    with pytest.raises(ValueError, match="in order"):
        answer(Regression(x=(1.0,), y=(1.0,), window=(1.0, 0.0, 0.0, 1.0)))
    with pytest.raises(ValueError, match="the smaller first"):
        answer(Regression(x=(1.0,), y=(1.0,), span=(1.0, 0.0)))
    for wrong in ({"degree": 13}, {"x": []}, {"x": [1.0] * 501}, {"loss": "cubic"}):
        with pytest.raises(msgspec.ValidationError):
            asked(**wrong)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error"])
def test_one_point_is_enough(loss):
    found = answer(Regression(x=(1.0,), y=(2.0,), loss=loss, explained=0))
    assert found["fit"]["train_loss"] == pytest.approx(0, abs=1e-12)
