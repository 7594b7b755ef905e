"""Formulas are read back from their text and computed on the raw columns."""

import re
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import PolynomialFeatures, SplineTransformer

from baremath.ladder import TableModel
from baremath.ladder._formula import in_own_units, write
from baremath.ladder._preparation import Indicator, Number
from baremath.linear_model import LinearRegression, LogisticRegression, Perceptron
from baremath.neural_network import MLPClassifier, MLPRegressor

RNG = np.random.default_rng(0)
N = 200
TABLE = pl.DataFrame(
    {
        "year": RNG.integers(1990, 2020, N),
        "tiny": RNG.normal(3e-6, 1e-6, N),
        "huge": RNG.normal(4e9, 1e9, N),
        "flag": RNG.random(N) < 0.3,
        "colour": RNG.choice(["red", "blue", "green"], N),
    }
)
X = TABLE["year"].to_numpy() - 2000
AMOUNT = pl.Series(
    "amount",
    3.0 * X + 1e7 * TABLE["tiny"].to_numpy() + 20.0 * (TABLE["colour"] == "red").to_numpy(),
)

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def value(text: str, table: pl.DataFrame) -> np.ndarray:
    """Compute a sum as it is written in a formula, for every row of a table."""
    total = np.zeros(table.height)
    for sign, term in re.findall(r"(^|[+-] ?)((?:\[[^]]*\]|[^+\[-]|(?<=⁻).)+)", text):
        total += (-1.0 if "-" in sign else 1.0) * product(term.strip(), table)
    return total


def product(term: str, table: pl.DataFrame) -> np.ndarray:
    number = re.match(r"[\d,.]+( × 10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", term)
    assert number, term
    digits, _, power = number[0].replace(",", "").partition(" × 10")
    result = np.full(table.height, float(digits) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0))
    for factor in filter(None, term[number.end() :].strip().split(" · ")):
        name, power = re.fullmatch(r"(.*?)([²³]?)", factor).groups()  # type: ignore[union-attr]
        result *= raw(name, table) ** int(power.translate(SUPERSCRIPTS) or 1)
    return result


def raw(name: str, table: pl.DataFrame) -> np.ndarray:
    category = re.fullmatch(r"\[(.*) = (.*)\]", name)
    if category:
        return (table[category[1]] == category[2]).to_numpy().astype(float)
    return table[name].to_numpy().astype(float)


def fitted(estimator: Any, columns: list[str], y: pl.Series) -> TableModel:
    task = "classification" if y.dtype == pl.String else "regression"
    return TableModel(estimator, task).fit(TABLE.select(columns), y)


@pytest.mark.parametrize(
    "columns",
    [["year"], ["tiny"], ["huge"], ["flag", "colour"], ["year", "tiny", "huge", "flag", "colour"]],
)
def test_a_linear_formula_gives_the_prediction(columns: list[str]) -> None:
    model = fitted(LinearRegression(), columns, AMOUNT)
    target, _, text = model.formula().partition(" = ")
    predicted = model.predict(TABLE)
    assert target == "amount"
    np.testing.assert_allclose(value(text, TABLE), predicted, atol=0.01 * predicted.std())


@pytest.mark.parametrize("columns", [["year"], ["year", "flag"], ["flag", "colour"]])
def test_a_polynomial_formula_gives_the_prediction(columns: list[str]) -> None:
    estimator = LinearRegression(basis=PolynomialFeatures(2, include_bias=False), alpha=1e-3)
    model = fitted(estimator, columns, AMOUNT)
    _, _, text = model.formula().partition(" = ")
    predicted = model.predict(TABLE)
    np.testing.assert_allclose(value(text, TABLE), predicted, atol=0.01 * predicted.std())


def test_a_square_is_written_as_one() -> None:
    x = np.arange(-10.0, 11.0)
    estimator = LinearRegression(basis=PolynomialFeatures(2, include_bias=False))
    table, y = pl.DataFrame({"x": x + 3}), pl.Series("y", 1 + 2 * (x + 3) + 4 * (x + 3) ** 2)
    model = TableModel(estimator, "regression").fit(table, y)
    assert model.formula() == "y = 1 + 2 x + 4 x²"


def test_a_probability_is_sigma_of_the_formula() -> None:
    label = pl.Series("label", np.where(AMOUNT.to_numpy() > AMOUNT.median(), "high", "low"))
    model = fitted(LogisticRegression(), ["year", "colour"], label)
    text = re.fullmatch(r"P\(label = low\) = σ\((.*)\)", model.formula())
    assert text
    probability = 1 / (1 + np.exp(-value(text[1], TABLE)))
    np.testing.assert_allclose(probability, model.predict_proba(TABLE)[:, 1], atol=0.01)


def test_three_classes_share_a_softmax() -> None:
    label = pl.Series("label", np.array(["a", "b", "c"])[np.digitize(X, [-3, 4])])
    model = fitted(LogisticRegression(), ["year"], label)
    assert re.fullmatch(
        r"P\(label = a\) = softmax\(.* year\), and likewise for b, c", model.formula()
    )


def test_a_perceptron_is_a_rule() -> None:
    label = pl.Series("label", np.where(X > 0, "late", "early"))
    model = fitted(Perceptron(random_state=0), ["year"], label)
    text = re.fullmatch(r"label = late if (.*) > 0, else early", model.formula())
    assert text
    rule = np.where(value(text[1], TABLE) > 0, "late", "early")
    assert (rule == model.predict(TABLE)).all()


def test_a_network_is_told_by_its_layers() -> None:
    columns, label = ["year", "tiny"], pl.Series("late", np.where(X > 0, "yes", "no"))
    network = {"hidden_layer_sizes": (4, 3), "max_iter": 2, "n_iter_no_change": 9}
    amount = fitted(MLPRegressor(**network), columns, AMOUNT)
    mean, scale = amount.estimator_.target_mean_[0], amount.estimator_.target_scale_[0]
    text = re.fullmatch(
        r"amount = ([\d.]+) \+ ([\d.]+) \((.*)\); x: 2 prepared columns, f: relu, "
        r"4 and 3 hidden neurons, 31 parameters",
        amount.formula(),
    )
    assert text
    np.testing.assert_allclose([float(text[1]), float(text[2])], [mean, scale], rtol=1e-3)
    assert text[3] == "b₃ + W₃ f(b₂ + W₂ f(b₁ + W₁ x))"
    two = fitted(MLPClassifier(**network), columns, label)
    assert two.formula().startswith("P(late = yes) = σ(b₃ + W₃ f(")
    many = pl.Series("when", np.array(["a", "b", "c"])[np.digitize(X, [-3, 4])])
    three = fitted(MLPClassifier((), max_iter=2, n_iter_no_change=9), columns, many)
    assert three.formula() == (
        "P(when = a, b, c) = softmax(b₁ + W₁ x); x: 2 prepared columns, f: relu, no hidden "
        "neurons, 9 parameters"
    )


def test_many_terms_are_cut_to_those_that_matter_most() -> None:
    columns = [f"x{i}" for i in range(12)]
    table = pl.DataFrame(dict(zip(columns, RNG.normal(size=(12, N)), strict=True)))
    y = sum((i + 1.0) * table[f"x{i}"] * (-1) ** i for i in range(12))
    model = TableModel(LinearRegression(), "regression").fit(table, y.alias("y"))
    formula = model.formula()
    assert re.findall(r"x\d+", formula) == columns[4:]
    assert formula.endswith("- 12 x11 + … (4 smaller terms)")
    assert model.formula(most=11).endswith("+ … (1 smaller term)")
    assert re.findall(r"x\d+", model.formula(most=None)) == columns


@pytest.mark.parametrize(
    ("estimator", "y", "formula"),
    [
        (DummyRegressor(), pl.Series("y", [1.0, 2.0, 6.0]), "y = 3"),
        (DummyRegressor(), pl.Series("y", [-1.0, -2.0, 0.0]), "y = -1"),
        (DummyClassifier(), pl.Series("y", ["b", "b", "a"]), "y = 'b'"),
        (DummyClassifier(), pl.Series("y", [1, 2, 2]), "y = 2"),
        (
            LinearRegression(basis=SplineTransformer(n_knots=2)),
            pl.Series("y", [1.0, 2.0, 6.0]),
            "y = LinearRegression of 1 prepared columns",
        ),
    ],
)
def test_models_without_terms_are_described(estimator: Any, y: pl.Series, formula: str) -> None:
    task = "regression" if y.dtype == pl.Float64 else "classification"
    model = TableModel(estimator, task).fit(pl.DataFrame({"x": [1.0, 2.0, 4.0]}), y)
    assert model.formula() == formula


def test_a_formula_of_nothing_is_its_constant() -> None:
    assert write({}, -2.5) == "-2.5"
    assert write({(Number("x", 0, 0, 1),): 0.0}, 0.0) == "0"


def test_what_rounding_left_of_a_weight_of_zero_is_no_term() -> None:
    a, b = Number("a", 0, 5.0, 2.0), Number("b", 0, 1e3, 4.0)
    assert write({(a,): 4.0, (b,): 3e-15}, 1.0) == "-9 + 2 a"
    assert write({(a,): 4.0, (b,): 4e-6}, 1.0) == "-9.001 + 2 a + 1 × 10⁻⁶ b"


def test_two_categories_of_one_column_are_never_met_together() -> None:
    red, blue, big = Indicator("c", "red"), Indicator("c", "blue"), Indicator("size", "big")
    assert in_own_units({(red, blue): 5.0, (red, big): 2.0}, 1.0) == {(): 1.0, (red, big): 2.0}


finite = st.floats(-100, 100)


@given(finite, finite, finite, st.floats(0.01, 100), finite, st.floats(0.01, 100), finite, finite)
@settings(max_examples=50)
def test_multiplying_out_changes_nothing(
    w1: float, w2: float, m1: float, s1: float, m2: float, s2: float, x1: float, x2: float
) -> None:
    a, b = Number("a", 0, m1, s1), Number("b", 0, m2, s2)
    z1, z2 = (x1 - m1) / s1, (x2 - m2) / s2
    terms = in_own_units({(a,): w1, (a, a): w2, (a, b): w1 * w2}, 7.0)
    raw_values = {a: x1, b: x2}
    total = sum(c * np.prod([raw_values[f] for f in term]) for term, c in terms.items())
    expected = 7.0 + w1 * z1 + w2 * z1**2 + w1 * w2 * z1 * z2
    largest = max(abs(c * np.prod([raw_values[f] for f in term])) for term, c in terms.items())
    assert total == pytest.approx(expected, rel=1e-9, abs=1e-9 * max(largest, 1.0) + 1e-6)
