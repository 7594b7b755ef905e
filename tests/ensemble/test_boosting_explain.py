"""Every number shown is the number computed; shares of columns sum to the score."""

import html
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.inspection import permutation_importance

from baremath.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

FUNCTIONS = "abs argmax exp log maximum sign sum"
NAMESPACE = {function: getattr(np, function) for function in FUNCTIONS.split(" ")} | {
    "float": float
}
SMALL = {"n_estimators": 25, "learning_rate": 0.2, "max_leaf_nodes": 7, "min_samples_leaf": 5}
REGRESSORS = [
    GradientBoostingRegressor("squared_error", **SMALL, l1_regularization=1, l2_regularization=2),
    GradientBoostingRegressor("absolute_error", **SMALL),
    GradientBoostingRegressor("huber", **SMALL),
    GradientBoostingRegressor("quantile", quantile=0.8, **SMALL),
    GradientBoostingRegressor("poisson", **SMALL),
]
each_loss = pytest.mark.parametrize("model", REGRESSORS, ids=lambda model: model.loss)


def frame(n=300):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "city": rng.choice(["Oslo", "Rome", "R&D <b>"], n),
            "size": rng.normal(size=n),
            "age": rng.normal(size=n),
        }
    )
    table.loc[::9, ["city", "age"]] = None
    y = 5 + table["size"] * 2 + (table["city"] == "Rome") * 3 + rng.normal(size=n)
    return table, np.abs(y.to_numpy())


def steps_of(derivation):
    """Check every step and every view; return the steps."""
    for step in json.loads(derivation.to_json())["steps"]:
        inputs = {k: np.array(v) if isinstance(v, list) else v for k, v in step["inputs"].items()}
        if "left" in inputs:
            inputs["left"] = inputs["left"].tolist()
        found = eval(step["expression"], {"__builtins__": {}}, NAMESPACE | inputs)
        if isinstance(step["value"], str):
            assert found == step["value"]
        else:
            np.testing.assert_allclose(found, step["value"], rtol=1e-9, atol=1e-9)
    for view in (derivation.to_text(), derivation.to_latex(), derivation.to_html()):
        assert derivation.steps[0].title in html.unescape(view)
    return derivation.steps


@each_loss
def test_a_prediction_is_a_constant_and_the_trees_answers(model):
    table, y = frame()
    model = clone(model).fit(table, y)
    for row in (0, 5):
        steps = steps_of(model.explain(table, y, row))
        predicted = model.predict(table)[row]
        assert steps[-1].value == pytest.approx(y[row] - predicted)
        assert steps[-2].value == pytest.approx(predicted)
        assert len(steps[0].inputs["f"]) == 25
        assert "sum of 20 more trees" in steps[0].substituted
        assert len(steps_of(model.explain(table, row=row))) == len(steps) - 1


@each_loss
def test_a_stage_is_what_is_left_a_path_and_a_step(model):
    table, y = frame()
    model = clone(model).fit(table, y)
    staged = list(model.staged_predict(table))
    for stage in (1, 2, 25):
        steps = steps_of(model.explain(table, y, 9, stage=stage))
        last = np.exp(steps[-1].value) if model.loss == "poisson" else steps[-1].value
        assert last == pytest.approx(staged[stage - 1][9])
        assert steps[0].value + 0.2 * steps[-2].value == pytest.approx(steps[-1].value)
        questions = [step for step in steps if step.title.startswith("Question")]
        tree = model.trees_[stage - 1]
        depth = tree.depth[model.apply(table)[9, stage - 1]]
        assert len(questions) == depth
    assert "leaf" in steps[-2].note


def test_the_residuals_of_a_stage_give_the_leafs_answer():
    table, y = frame()
    model = GradientBoostingRegressor(**SMALL).fit(table, y)
    before = list(model.staged_predict(table))[3]
    leaves = model.apply(table)[:, 4]
    steps = model.explain(table, y, 7, stage=5).steps
    assert steps[1].value == pytest.approx(y[7] - before[7])
    together = leaves == leaves[7]
    assert steps[-2].value == pytest.approx((y - before)[together].mean())
    assert steps[-2].inputs["H"] == together.sum()
    assert steps[-2].inputs["G"] == pytest.approx(-(y - before)[together].sum())


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_and_their_stages(n_classes):
    table, y = frame()
    labels = np.array(["low", "mid", "high"])[np.digitize(y, [5, 7])]
    if n_classes == 2:
        labels = np.where(y > 5, "high", "low")
    model = GradientBoostingClassifier(**SMALL).fit(table, labels)
    steps = steps_of(model.explain(table, labels, 4))
    shares = model.predict_proba(table)[4]
    assert steps[1].value == pytest.approx(shares[1] if n_classes == 2 else shares.max())
    assert steps[2].value == model.predict(table)[4]
    own = shares[list(model.classes_).index(labels[4])]
    assert steps[3].value == pytest.approx(-np.log(own))
    stage = steps_of(model.explain(table, labels, 4, stage=6))
    before = list(model.staged_predict_proba(table))[4][4]
    k = 1 if n_classes == 2 else list(model.classes_).index(labels[4])
    assert stage[1].value == pytest.approx((labels[4] == model.classes_[k]) - before[k])
    after = np.atleast_1d(list(model.staged_decision_function(table))[5][4])
    assert stage[-1].value == pytest.approx(after[0 if n_classes == 2 else k])


def test_bounds_of_directions_are_told():
    rng = np.random.default_rng(0)
    X = rng.uniform(-3, 3, size=(300, 2))
    y = np.sin(2 * X[:, 0]) + 3 * ((X[:, 1] > 1) & (X[:, 0] > 0))
    model = GradientBoostingRegressor(monotonic_cst=[1, 1], **SMALL).fit(X, y)
    notes = [model.explain(X, y, row, stage=1).steps[-2].note for row in range(0, 300, 10)]
    assert any("monotonic_cst keep it at" in note for note in notes)


def test_what_explain_cannot_show():
    table, y = frame()
    model = GradientBoostingRegressor(**SMALL).fit(table, y)
    with pytest.raises(IndexError, match=r"stage=26 .* 25 stages"):
        model.explain(table, stage=26)
    with pytest.raises(TypeError, match=r"stage=1\.5"):
        model.explain(table, stage=1.5)
    with pytest.raises(IndexError, match="row=300"):
        model.explain(table, row=300)


@pytest.mark.parametrize("n_classes", [0, 2, 3])
def test_shares_of_columns_sum_to_the_score(n_classes):
    table, y = frame()
    if n_classes:
        labels = np.digitize(y, [5, 7][: n_classes - 1])
        model = GradientBoostingClassifier(**SMALL).fit(table, labels)
        score = model.decision_function(table)
    else:
        model = GradientBoostingRegressor(**SMALL).fit(table, y)
        score = model.predict(table)
    values = model.shap_values(table)
    assert values.shape == ((300, 3, 3) if n_classes == 3 else (300, 3))
    np.testing.assert_allclose(values.sum(axis=1), score - model.expected_score_, atol=1e-9)
    if not n_classes:
        assert model.expected_score_ == pytest.approx(score.mean())
        assert np.abs(values[:, 1]).mean() > 3 * np.abs(values[:, 2]).mean()


def test_shares_of_columns_without_trees():
    X = np.arange(40.0)[:, None]
    model = GradientBoostingRegressor(min_samples_leaf=5).fit(X, X[:, 0], X_val=X, y_val=-X[:, 0])
    assert model.n_iter_ == 0
    np.testing.assert_array_equal(model.shap_values(X), 0.0)
    assert model.expected_score_ == model.predict(X)[0]
    assert model.explain(X).steps[0].value == model.predict(X)[0]


def test_equal_columns_share_what_they_are_worth():
    rng = np.random.default_rng(42)
    half = rng.normal(size=(400, 3))
    X = np.concatenate([half, half], axis=1)
    y = X[:, 0] + X[:, 1] + 0.1 * rng.normal(size=400)
    model = GradientBoostingRegressor(random_state=0).fit(X, y)
    gained = model.feature_importances_
    permuted = permutation_importance(model, X, y, n_repeats=5, random_state=0).importances_mean
    shares = np.abs(model.shap_values(X)).mean(axis=0)
    for importance in (gained, permuted, shares):
        for one, other in ((0, 3), (1, 4)):
            smaller, larger = sorted([importance[one], importance[other]])
            assert smaller > 0.6 * larger
        assert importance[[2, 5]].max() < 0.1 * importance[[0, 1, 3, 4]].min()
