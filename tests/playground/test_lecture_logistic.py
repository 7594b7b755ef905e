"""The logistic page's answers, against scikit-learn, SciPy and finite differences."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.metrics import log_loss

from baremath.playground.server.lectures.logistic import Logistic, answer

RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-4, 4, (40, 2)).round(2)
CLASSES = (POINTS @ [1.0, -0.6] + RNG.normal(0, 1.5, 40) > 0).astype(int)


def asked(n_features=2, **changes):
    usual = {
        "X": POINTS[:, :n_features].tolist(),
        "y": CLASSES.tolist(),
        "parameters": [0.3, -0.8, 0.5][: n_features + 1],
    }
    return answer(msgspec.convert({**usual, **changes}, Logistic))


@pytest.mark.parametrize("n_features", [1, 2])
@pytest.mark.parametrize("C", [None, 0.5])
def test_the_fit_is_scikit_learns(n_features, C):
    X = POINTS[:, :n_features]
    fit = asked(n_features, C=C)["fit"]
    peer = Peer(C=np.inf if C is None else C, tol=1e-10).fit(X, CLASSES)
    expected = [*peer.intercept_, *peer.coef_[0]]
    np.testing.assert_allclose(fit["parameters"], expected, rtol=1e-3, atol=1e-4)
    assert fit["loss"] == pytest.approx(log_loss(CLASSES, peer.predict_proba(X)), rel=1e-4)


@pytest.mark.parametrize("n_features", [1, 2])
def test_ones_own_parameters(n_features):
    parameters = np.array([0.3, -0.8, 0.5])[: n_features + 1]

    def objective(p):
        shares = expit(p[0] + POINTS[:, :n_features] @ p[1:])
        penalty = np.sum(np.square(p[1:])) / (2 * 40 * 2.0)
        return log_loss(CLASSES, shares) + penalty

    found = asked(n_features, C=2.0)
    own = found["own"]
    shares = expit(parameters[0] + POINTS[:, :n_features] @ parameters[1:])
    np.testing.assert_allclose(own["probabilities"], shares)
    np.testing.assert_allclose(own["terms"], -np.log(np.where(CLASSES, shares, 1 - shares)))
    assert own["loss"] == pytest.approx(log_loss(CLASSES, shares))
    assert own["objective"] == pytest.approx(objective(parameters))
    gradient = [
        (objective(parameters + 1e-6 * e) - objective(parameters - 1e-6 * e)) / 2e-6
        for e in np.eye(n_features + 1)
    ]
    np.testing.assert_allclose(own["gradient"], gradient, rtol=1e-5)
    path = np.array(found["descent"]["path"])
    np.testing.assert_allclose(path[1], parameters - 0.5 * np.array(gradient), atol=1e-5)
    np.testing.assert_allclose(found["descent"]["losses"], [objective(p) for p in path], atol=1e-4)
    assert found["descent"]["losses"][-1] == pytest.approx(found["fit"]["objective"], abs=0.01)


def test_the_pictures():
    curve = asked(1)["own"]["picture"]
    np.testing.assert_allclose(curve, expit(0.3 - 0.8 * np.linspace(-5, 5, 161)), atol=1e-4)
    rows = np.array(asked(2)["own"]["picture"])
    assert rows[0, 0] == pytest.approx(expit(0.3 - 0.8 * -5 + 0.5 * 5), abs=1e-4)  # top left
    assert rows[-1, 0] == pytest.approx(expit(0.3 - 0.8 * -5 + 0.5 * -5), abs=1e-4)
    assert asked(2)["surface"] is None
    assert np.shape(asked(1)["surface"]["bands"]) == (56, 56)


def test_classes_that_can_be_told_apart():
    apart = {"X": [[-1.0], [1.0]], "y": [0, 1]}
    assert "grows steeper for ever" in asked(1, **apart)["notice"]
    assert asked(1, **apart, C=1.0)["notice"] == ""


def test_one_class_has_no_best_boundary():
    found = asked(1, X=[[1.0], [2.0]], y=[1, 1], explained=0)
    assert found["fit"] is None
    assert "one class only" in found["notice"]
    assert "steps" not in found


@pytest.mark.parametrize("n_features", [1, 2])
def test_formulas(n_features):
    steps = asked(n_features, explained=3, C=10.0)["steps"]
    titles = [step["title"] for step in steps["own"]]
    assert titles[0] == "The score of row 3"
    assert titles[-1].startswith("The step")
    assert all(step["formula"].startswith("<math") for step in steps["own"])
    assert "Newton" in steps["fit"][0]["title"]


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="there are 40 and 1"):
        asked(y=[1])
    with pytest.raises(ValueError, match="as many features"):
        asked(X=[[1.0], [1.0, 2.0]], y=[0, 1])
    with pytest.raises(ValueError, match="3 are needed"):
        asked(parameters=[0.0, 1.0])
    with pytest.raises(ValueError, match="numbered 0 to 39"):
        asked(explained=40)
    with pytest.raises(ValueError, match="in order"):
        asked(window=[0.0, 0.0, 0.0, 1.0])
    with pytest.raises(ValueError, match="the smaller first"):
        asked(span=[1.0, 1.0])
    for wrong in ({"y": [2] * 40}, {"X": []}, {"C": 0}, {"X": [[1.0, 2.0, 3.0]] * 40}):
        with pytest.raises(msgspec.ValidationError):
            asked(**wrong)
