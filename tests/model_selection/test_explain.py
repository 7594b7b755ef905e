"""Every number in a derivation is the number computed: each is worked out again from the JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeClassifier

from baremath.model_selection import bias_variance_decomposition

NAMESPACE = {name: getattr(np, name) for name in ("argmax", "sum")} | {"float": float}


def recompute(step):
    inputs = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in step["inputs"].items()
    }
    return eval(step["expression"], {"__builtins__": {}}, NAMESPACE | inputs)


def assert_recomputed(derivation):
    steps = json.loads(derivation.to_json())["steps"]
    for step in steps:
        np.testing.assert_allclose(
            recompute(step), step["value"], rtol=1e-9, atol=1e-12, err_msg=step["title"]
        )
    for view in (derivation.to_text(), derivation.to_latex(), derivation.to_html()):
        assert steps[0]["title"] in view
    return {step["title"]: step["value"] for step in steps}


def on_a_grid(rng, classes=None):
    X = rng.integers(0, 12, size=(30, 1)).astype(float)
    y = X[:, 0] ** 2 + rng.normal(size=30)
    return X, y if classes is None else (y + 20 * rng.normal(size=30) > 50) + classes * (
        X[:, 0] > 8
    )


@pytest.mark.parametrize("noise", [None, 1.0, "replicates", lambda X: 1 + X[:, 0]])
def test_the_squared_error(noise):
    result = bias_variance_decomposition(
        LinearRegression(), on_a_grid, noise=noise, n_rounds=12, test_size=14, random_state=0
    )
    counts = np.bincount(result.point)
    if noise == "replicates":
        assert {1, 2} <= set(counts)  # rows with a twin and without
    for row in range(len(counts)):
        values = assert_recomputed(result.explain(row))
        assert values["The loss is the sum of the parts"] == result.per_point.loss[row]


@pytest.mark.parametrize("classes", [0, 1])
@pytest.mark.parametrize("noise", [None, 0.1, "replicates"])
def test_the_zero_one_loss(noise, classes):
    result = bias_variance_decomposition(
        DecisionTreeClassifier(),
        lambda rng: on_a_grid(rng, classes),
        loss="zero_one",
        noise=noise,
        n_rounds=12,
        test_size=14,
        random_state=0,
    )
    for each in (result, result.kohavi_wolpert):
        for row in range(each.predictions.shape[1]):
            values = assert_recomputed(each.explain(row))
            assert values["The loss is the sum of the parts"] == each.per_point.loss[row]


def test_the_formula_carries_the_numbers():
    X = np.arange(12.0)[:, None]
    result = bias_variance_decomposition(
        LinearRegression(),
        X,
        2 * X[:, 0] + 1,
        X_test=[[20.0]],
        y_test=[44.0],
        noise=1.0,
        n_rounds=4,
        random_state=0,
    )
    text = str(result.explain())
    assert "(44 − 41)² − " in text
    assert "= 1 + 8 + " in text or "= 9" in text
    assert result.loss == pytest.approx(9.0)


def test_a_point_that_is_not_there():
    result = bias_variance_decomposition(
        LinearRegression(), on_a_grid, n_rounds=2, test_size=14, random_state=0
    )
    with pytest.raises(IndexError, match="its 14 points are numbered from 0 to 13"):
        result.explain(14)
    with pytest.raises(TypeError, match="must be a whole number"):
        result.explain(1.0)
