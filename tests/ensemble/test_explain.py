"""Every number shown is the number computed: each is worked out again from the JSON."""

import html
import json

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor

from baremath.ensemble import (
    BaggingClassifier,
    BaggingRegressor,
    BlendingClassifier,
    BlendingRegressor,
    GradientBoostingClassifier,
    RandomForestClassifier,
    RandomSubspaceClassifier,
    RandomSubspaceRegressor,
    StackingClassifier,
    StackingRegressor,
)
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.tree import DecisionTreeClassifier

FUNCTIONS = "abs argmax exp identity log max maximum sqrt sum"
NAMESPACE = {function: getattr(np, function) for function in FUNCTIONS.split(" ")} | {
    "solve": np.linalg.solve,
    "pinv": np.linalg.pinv,
    "float": float,
}
LINES = [("line", LinearRegression()), ("neighbours", KNeighborsRegressor())]
CLASSIFIERS = [("logistic", LogisticRegression()), ("bayes", GaussianNB())]


def steps_of(derivation):
    """Check every step and every view; return the steps."""
    steps = json.loads(derivation.to_json())["steps"]
    for step in steps:
        if step["value"] is None or step["expression"] in ("g", "L"):
            continue
        inputs = {k: np.array(v) if isinstance(v, list) else v for k, v in step["inputs"].items()}
        found = eval(step["expression"], {"__builtins__": {}}, NAMESPACE | inputs)
        if isinstance(step["value"], str):
            assert found == step["value"]
        else:
            np.testing.assert_allclose(
                found, step["value"], rtol=1e-6, atol=1e-6, err_msg=step["title"]
            )
    for view in (derivation.to_text(), derivation.to_latex(), derivation.to_html()):
        assert steps[0]["title"] in html.unescape(view)
    return derivation.steps


def step(steps, symbol):
    return next(each for each in steps if each.symbol == symbol)


@pytest.mark.parametrize("kind", [BaggingRegressor, RandomSubspaceRegressor])
def test_a_mean_of_members(amounts, kind):
    X, y = amounts
    model = kind(LinearRegression(), 6, random_state=0).fit(X, y)
    steps = steps_of(model.explain(X, y, row=4))
    assert steps[0].value == pytest.approx(model.predict(X)[4])
    assert len(steps[0].terms.rows) == 6
    said = [row[-1] for row in steps[0].terms.rows]
    assert steps[1].value == pytest.approx(np.std(said))
    assert steps[2].value == pytest.approx((model.predict(X)[4] - y[4]) ** 2)


def test_a_subspace_names_the_columns(amounts):
    X, y = amounts
    table = pl.DataFrame(X, schema=["size", "age", "<b>", "50%", "floor"])
    model = RandomSubspaceRegressor(LinearRegression(), 5, random_state=0).fit(table, y)
    steps = steps_of(model.explain(table, y, 2))
    listed = [row[1] for row in steps[0].terms.rows]
    assert listed == [
        ", ".join(np.array(table.columns)[chosen]) for chosen in model.estimators_features_
    ]


@pytest.mark.parametrize("kind", [BaggingClassifier, RandomSubspaceClassifier])
def test_a_mean_of_probabilities(labels, kind):
    X, y = labels
    model = kind(LogisticRegression(), 5, random_state=0).fit(X, y)
    steps = steps_of(model.explain(X, y, row=9))
    shares = model.predict_proba(X)[9]
    assert steps[0].value == pytest.approx(shares.max())
    assert step(steps, r"\hat{y}").value == model.predict(X)[9]
    loss = -np.log(shares[np.searchsorted(model.classes_, y[9])])
    assert step(steps, r"\ell").value == pytest.approx(loss)


@pytest.mark.parametrize("n_blends", [1, 3])
@pytest.mark.parametrize("predict_with", ["folds", "refit"])
def test_a_blend_of_amounts(amounts, n_blends, predict_with):
    X, y = amounts
    model = BlendingRegressor(
        LINES, n_blends=n_blends, predict_with=predict_with, random_state=0
    ).fit(X, y)
    steps = steps_of(model.explain(X, y, row=7))
    assert step(steps, "f(x)").value == pytest.approx(model.predict(X)[7])
    found = [each for each in steps if each.title.startswith("How the weights")]
    assert [each.value for each in found] == pytest.approx(model.blend_losses_.tolist())


def test_a_blend_of_probabilities(labels):
    X, y = labels
    model = BlendingClassifier(CLASSIFIERS, n_blends=2, random_state=0).fit(X, y)
    steps = steps_of(model.explain(X, y, row=7))
    shares = model.predict_proba(X)[7]
    label = model.predict(X)[7]
    assert step(steps, rf"P(\mathrm{{{label}}})").value == pytest.approx(shares.max())


@pytest.mark.parametrize("predict_with", ["folds", "refit"])
def test_a_stack_of_amounts_uses_the_final_models_own_formula(amounts, predict_with):
    X, y = amounts
    model = StackingRegressor(LINES, predict_with=predict_with).fit(X, y)
    steps = steps_of(model.explain(X, y, row=3))
    np.testing.assert_allclose(steps[0].value, model.transform(X)[3])
    assert step(steps, r"\hat{y}").value == pytest.approx(model.predict(X)[3])
    names = [row[0] for row in step(steps, r"\hat{y}").terms.rows]
    assert names == ["(intercept)", "line", "neighbours"]


def test_a_stack_of_probabilities(labels):
    X, y = labels
    model = StackingClassifier(CLASSIFIERS).fit(X, y)
    steps = steps_of(model.explain(X, y, row=3))
    np.testing.assert_allclose(step(steps, "P(k)").value, model.predict_proba(X)[3])
    assert [row[0] for row in step(steps, "P(k)").terms.rows] == ["high", "low", "mid"]
    assert not hasattr(model.final_estimator_, "feature_names_in_")
    assert model.final_estimator_.classes_.tolist() == [0, 1, 2]


def test_a_stack_with_the_features(amounts):
    X, y = amounts
    table = pl.DataFrame(X, schema=["size", "age", "rooms", "rent", "floor"])
    model = StackingRegressor(LINES, passthrough=True).fit(table, y)
    steps = steps_of(model.explain(table, y, row=3))
    names = [row[0] for row in step(steps, r"\hat{y}").terms.rows]
    assert names == ["(intercept)", "line", "neighbours", *table.columns]


@pytest.mark.parametrize("final", [Ridge(), BaggingRegressor(Ridge(), 3, random_state=0)])
def test_other_final_models(amounts, final):
    X, y = amounts
    model = StackingRegressor(LINES, final).fit(X, y)
    steps = steps_of(model.explain(X, y, row=3))
    assert step(steps, r"\hat{y}").value == pytest.approx(model.predict(X)[3])


def test_a_final_classifier_that_does_not_explain_itself(labels):
    X, y = labels
    model = StackingClassifier(CLASSIFIERS, GaussianNB()).fit(X, y)
    steps = steps_of(model.explain(X, y, row=3))
    assert step(steps, r"\hat{y}").value == model.predict(X)[3]


@pytest.mark.parametrize(
    "model",
    [
        BaggingRegressor(LinearRegression(), 2),
        BlendingRegressor(LINES),
        StackingRegressor(LINES),
    ],
    ids=lambda model: type(model).__name__,
)
def test_rows_that_are_not_there(amounts, model):
    X, y = amounts
    model.fit(X, y)
    with pytest.raises(IndexError, match="row=120 is not in X"):
        model.explain(X, row=120)
    with pytest.raises(TypeError, match="must be a whole number"):
        model.explain(X, row=1.5)
    with pytest.raises(ValueError, match="y has 5 rows"):
        model.explain(X, y[:5])


def test_a_class_is_predicted_as_a_tree_says_it(labels):
    X, y = labels
    tree = DecisionTreeClassifier(max_depth=2).fit(X, y).explain(X).steps[-1]
    for model in (
        BaggingClassifier(GaussianNB(), 3, random_state=0),
        RandomForestClassifier(3, random_state=0),
        GradientBoostingClassifier(n_estimators=3),
        BlendingClassifier(CLASSIFIERS, random_state=0),
        StackingClassifier(CLASSIFIERS, GaussianNB()),
    ):
        found = step(steps_of(model.fit(X, y).explain(X, row=3)), tree.symbol)
        assert found.value == model.predict(X)[3]
        assert found.title.endswith("the likeliest class")
        assert [row[0] for row in found.terms.rows] == [row[0] for row in tree.terms.rows]


def test_of_many_classes_some_are_shown():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), np.arange(400) % 40
    steps = steps_of(BaggingClassifier(GaussianNB(), 2, random_state=0).fit(X, y).explain(X))
    found = step(steps, r"\hat{y}")
    assert len(found.terms.rows) == 30
    assert found.note == "The table shows the first 30 of 40 classes."


def test_words_and_tables_write_numbers_alike():
    X = np.arange(12.0)[:, np.newaxis]
    y = 100_000 + 10_000 * X[:, 0]
    bag = BaggingRegressor(LinearRegression(), 3, random_state=0).fit(X, y)
    steps = steps_of(bag.explain(X, np.full(12, 200_700), row=8))
    assert steps[1].note == "The lowest says 180,000, the highest 180,000."
    assert steps[2].title == "The squared error of the row, whose y is 200,700"
    blend = BlendingRegressor(LINES, random_state=0).fit(X, y)
    steps = steps_of(blend.explain(X, np.full(12, 200_700)))
    assert any(each.title.endswith("whose y is 200,700") for each in steps)


def test_one_class_is_explained():
    X = np.arange(6.0)[:, np.newaxis]
    model = RandomForestClassifier(3, random_state=0).fit(X, ["a"] * 6)
    assert model.predict_proba(X).tolist() == [[1.0]] * 6
    assert step(steps_of(model.explain(X, ["a"] * 6)), r"\hat{y}").value == "a"
