"""Every number shown is the number computed: each is worked out again from the JSON."""

import json

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import PolynomialFeatures

from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron, threshold_neuron

FUNCTIONS = "abs argmax clip diag exp identity log maximum max sign sum where"
NAMESPACE = {function: getattr(np, function) for function in FUNCTIONS.split(" ")} | {
    "solve": np.linalg.solve,
    "pinv": np.linalg.pinv,
    "float": float,
}


def recompute(step):
    inputs = {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in step["inputs"].items()
    }
    return eval(step["expression"], {"__builtins__": {}}, NAMESPACE | inputs)


def assert_recomputed(derivation, tolerance=1e-9):
    steps = json.loads(derivation.to_json())["steps"]
    checked = 0
    for step in steps:
        if step["value"] is not None:
            np.testing.assert_allclose(
                recompute(step),
                step["value"],
                rtol=tolerance,
                atol=tolerance,
                err_msg=step["title"],
            )
            checked += 1
    assert checked >= 2
    for view in (derivation.to_text(), derivation.to_latex(), derivation.to_html()):
        assert steps[0]["title"] in view
    return {step["title"]: step for step in steps}


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3)) * [1, 20, 0.3] + [0, 100, 1]
    return X, X @ [2, -0.1, 5] + rng.standard_t(3, size=60)


LINEAR = [
    LinearRegression(),
    LinearRegression(solver="qr"),
    LinearRegression(alpha=0.5),
    LinearRegression(alpha=0.5, l1_ratio=0.4),
    LinearRegression(fit_intercept=False),
    LinearRegression("absolute_error"),
    LinearRegression("absolute_error", alpha=0.01, l1_ratio=1.0),
    LinearRegression("huber"),
    LinearRegression("huber", alpha=0.2),
    LinearRegression(basis=PolynomialFeatures(2, include_bias=False)),
    LinearRegression(basis=[lambda X: X[:, 0], np.sin]),
]


@pytest.mark.parametrize("model", LINEAR, ids=range(len(LINEAR)))
def test_linear_regression(model, table):
    X, y = table
    model.fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=7), 1e-6)
    prediction = steps["The prediction for row 7"]
    assert prediction["value"] == pytest.approx(model.predict(X)[7], rel=1e-12)
    gradient = steps["The gradient: how the loss changes with each parameter"]["value"]
    smooth = model.loss != "absolute_error" and model.l1_ratio == 0
    if smooth:
        np.testing.assert_allclose(gradient, 0, atol=1e-3)
    assert any(title.startswith("How the weights were found") for title in steps)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_descent_steps(table, l1_ratio):
    X, y = table
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    model = LinearRegression(solver="gradient_descent", alpha=0.1, l1_ratio=l1_ratio).fit(X, y)
    steps = assert_recomputed(model.explain(X, y, row=0))
    last = next(step for title, step in steps.items() if title.startswith("The last of"))
    np.testing.assert_allclose(last["value"], [model.intercept_, *model.coef_])


def test_the_gradient_is_that_of_the_loss(table):
    """Away from the minimum, against finite differences of the loss that is shown."""
    X, y = table
    model = LinearRegression(alpha=0.3).fit(X, y)
    model.coef_ += [0.5, 0.01, -1]

    def loss():
        steps = model.explain(X, y).steps
        return next(step.value for step in steps if step.symbol == "J")

    gradient = next(s.value for s in model.explain(X, y).steps if "gradient" in s.title)
    for j in range(3):
        start = model.coef_[j]
        values = []
        for move in (1e-5, -1e-5):
            model.coef_[j] = start + move
            values.append(loss())
        model.coef_[j] = start
        assert gradient[j + 1] == pytest.approx((values[0] - values[1]) / 2e-5, rel=1e-5)


def test_dependent_features_are_solved_by_the_pseudo_inverse():
    rng = np.random.default_rng(1)
    groups = np.eye(3)[rng.integers(0, 3, 50)]
    model = LinearRegression().fit(groups, groups @ [1, 2, 3] + rng.normal(size=50))
    steps = assert_recomputed(model.explain(groups, row=2), 1e-7)
    assert "pinv" in steps["How the weights were found: the normal equations"]["expression"]


def test_several_outputs(table):
    X, y = table
    Y = np.column_stack([y, -y])
    model = LinearRegression().fit(X, Y)
    derivation = model.explain(X, Y, row=3)
    assert_recomputed(derivation, 1e-7)
    values = [s.value for s in derivation.steps if s.title.startswith("The prediction")]
    np.testing.assert_allclose(values, model.predict(X)[3])


@pytest.mark.parametrize(
    "options",
    [{}, {"C": np.inf}, {"solver": "gradient_descent", "max_iter": 20_000}, {"l1_ratio": 0.5}],
    ids=repr,
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression(options, n_classes):
    X, y = load_iris(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    X, y = X[:, :2], np.minimum(y, n_classes - 1) if n_classes == 3 else (y == 1).astype(int)
    if n_classes == 3 and options.get("C"):
        y = np.random.default_rng(0).permutation(y)
    model = LogisticRegression(**options).fit(X, y)
    derivation = model.explain(X, y, row=99)
    assert_recomputed(derivation, 1e-5)
    probability = next(step.value for step in derivation.steps if step.symbol.startswith("P("))
    np.testing.assert_allclose(
        probability, model.predict_proba(X)[99] if n_classes == 3 else model.predict_proba(X)[99, 1]
    )
    loss = next(step.value for step in derivation.steps if step.symbol == r"\ell")
    assert loss == pytest.approx(-model.predict_log_proba(X)[99, y[99]])


def test_many_parameters_are_not_shown_as_matrices():
    X, y = load_breast_cancer(return_X_y=True)
    derivation = LogisticRegression().fit(X, y).explain(X, y, row=0)
    assert_recomputed(derivation)
    assert "the objective fell from" in derivation.steps[-1].note


@pytest.mark.parametrize("row", [0, 60, 120])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_perceptron(row, n_classes):
    X, y = load_iris(return_X_y=True)
    y = np.minimum(y, 1) if n_classes == 2 else y
    model = Perceptron(n_iter_no_change=2).fit(X, y)
    derivation = model.explain(X, y, row=row)
    steps = assert_recomputed(derivation)
    decided = next(step for step in derivation.steps if step.symbol == r"\hat{y}").value
    assert decided == model.predict(X)[row]
    update = next(step for title, step in steps.items() if title.startswith("What the rule"))
    assert any(update["value"]) == (model.predict(X)[row] != y[row])


def test_threshold_neuron():
    assert_recomputed(threshold_neuron([1, -2], 0.5).explain([1, 0.5]))


def test_names_come_from_the_table(table):
    X, y = table
    frame = pl.DataFrame(X, schema=["median income", "<b>", "50%_$x$"])
    derivation = LinearRegression().fit(frame, y).explain(frame, y, row=1)
    assert [row[0] for row in derivation.steps[0].terms.rows] == ["(intercept)", *frame.columns]
    assert "median income" in derivation.to_text()
    assert "<b>" not in derivation.to_html()


@pytest.mark.parametrize(
    "model", [LinearRegression(), LogisticRegression(), Perceptron()], ids=repr
)
def test_a_model_that_was_not_fitted(model):
    with pytest.raises(NotFittedError):
        clone(model).explain([[1.0]])


@pytest.mark.parametrize(
    "model", [LinearRegression(), LogisticRegression(), Perceptron()], ids=repr
)
def test_bad_questions(model):
    X, y = load_iris(return_X_y=True)
    model.fit(X, y)
    with pytest.raises(IndexError, match="its 150 rows are numbered from 0 to 149"):
        model.explain(X, y, row=150)
    with pytest.raises(IndexError, match="row=-1"):
        model.explain(X, row=-1)
    with pytest.raises(ValueError, match="y has 3 rows and X has 150"):
        model.explain(X, y[:3])
    if hasattr(model, "classes_"):
        with pytest.raises(ValueError, match="not fitted to"):
            model.explain(X, y + 7)


def test_equations_that_would_lose_digits_are_not_shown(table):
    X, y = table
    near = np.column_stack([X, X[:, 0] + 1e-7 * np.random.default_rng(2).normal(size=len(X))])
    for columns in (near, np.column_stack([near, X[:, 0]])):
        steps = assert_recomputed(LinearRegression().fit(columns, y).explain(columns, y), 1e-6)
        assert "the table itself was factored" in steps["How the weights were found"]["note"]


@pytest.mark.parametrize(
    "model", [LinearRegression(), LogisticRegression(), Perceptron()], ids=repr
)
def test_wide_tables_show_their_largest_terms(model):
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 1000)), np.arange(60) % 3
    derivation = model.fit(X, y).explain(X, y, row=4)
    assert_recomputed(derivation)
    assert len(derivation.to_json()) < 100_000
    assert derivation.steps[0].inputs["rest"] != 0


@pytest.mark.parametrize("target", [0.0, 1.0])
def test_a_descent_that_can_not_be_shown_says_what_it_came_to(target):
    X = np.random.default_rng(4).normal(size=(80, 30))
    model = LinearRegression(solver="gradient_descent").fit(X, target * X[:, 0])
    assert "the objective fell from" in model.explain(X).steps[-1].note


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_beyond_all_bounds(n_classes):
    X, y = load_iris(return_X_y=True)
    y = np.minimum(y, n_classes - 1)
    model = LogisticRegression().fit(X, y)
    model.coef_ *= 1e4
    for row in (0, 60, 149):
        for step in model.explain(X, (y + 1) % n_classes, row=row).steps:
            if step.symbol == r"\ell":
                assert step.value == pytest.approx(recompute(json.loads(json.dumps(vars(step)))))


def test_outputs_that_do_not_fit(table):
    X, y = table
    model = LinearRegression().fit(X, y)
    with pytest.raises(ValueError, match="y has 2 columns"):
        model.explain(X, np.column_stack([y, y]))
    with pytest.raises(ValueError, match="NaN"):
        model.explain(X, y * np.nan)
    with pytest.raises(TypeError, match=r"row=1\.5"):
        model.explain(X, y, row=1.5)
    column = LogisticRegression().fit(X, y > 0)
    assert_recomputed(column.explain(X, (y > 0)[:, np.newaxis]))
