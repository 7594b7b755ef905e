import json
import math
import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score, train_test_split

from baremath.ladder import RUNGS, Climb, Rung, TableModel, _climb, climb
from baremath.linear_model import LinearRegression, LogisticRegression

RNG = np.random.default_rng(0)
N = 100
LINE = pl.DataFrame({"x": RNG.normal(size=N), "noise": RNG.normal(size=N)}).with_columns(
    y=2 + 3 * pl.col("x") + pl.Series(RNG.normal(size=N))
)
TREES = ["decision tree", "random forest", "gradient boosting", "blend"]
DATA = [
    Path(os.environ.get("BAREMATH_DATA", "")),
    Path(__file__).parents[3] / "shared" / "data",
]


def iris() -> pl.DataFrame:
    bunch = load_iris()
    table = pl.DataFrame(bunch.data, schema=list(bunch.feature_names))
    return table.with_columns(species=pl.Series(bunch.target_names[bunch.target]))


@pytest.fixture(scope="module")
def line() -> Climb:
    return climb(LINE, "y")


@pytest.fixture(scope="module")
def flowers() -> Climb:
    return climb(iris(), "species")


def test_regression_finds_the_line(line: Climb) -> None:
    assert (line.task, line.target, line.metric) == ("regression", "y", "R²")
    assert [result.name for result in line.models] == [
        "baseline (mean)",
        "linear regression",
        "polynomial regression (degree 2)",
        "multi-layer perceptron",
        *TREES,
    ]
    assert line.best == "linear regression"
    assert (line.n_rows, line.n_features, line.cv) == (N, 2, 5)
    assert line.warnings == ()
    assert line.best_model is line.models[1].model
    assert line.formula == line.best_model.formula()
    assert line.sentence.startswith("Linear regression is worth it: R² ")


def test_classification_learns_the_flowers(flowers: Climb) -> None:
    assert (flowers.task, flowers.metric) == ("classification", "accuracy")
    names = [result.name for result in flowers.models]
    assert names == [
        "baseline (commonest class)",
        "logistic regression",
        "perceptron",
        "multi-layer perceptron",
        *TREES,
    ]
    assert flowers.models[1].test > 0.9
    assert set(flowers.best_model.predict(flowers.test)) == {"setosa", "versicolor", "virginica"}


def test_scores_are_those_of_scikit_learn_on_the_same_rows(line: Climb) -> None:
    train, test = train_test_split(np.arange(N), test_size=20, random_state=0)
    x, y = LINE.drop("y"), LINE["y"]
    folds = KFold(5, shuffle=True, random_state=0)
    for result, estimator in (
        (line.models[0], DummyRegressor()),
        (line.models[1], LinearRegression()),
    ):
        model = TableModel(estimator, "regression")
        expected = cross_val_score(model, x[train], y[train], cv=folds, scoring="r2")
        np.testing.assert_allclose(result.cv_scores, expected)
        assert result.test == pytest.approx(model.fit(x[train], y[train]).score(x[test], y[test]))


def test_classes_are_scored_on_stratified_folds(flowers: Climb) -> None:
    table = iris()
    labels = table["species"].to_numpy()
    train, _ = train_test_split(np.arange(150), test_size=30, random_state=0, stratify=labels)
    expected = cross_val_score(
        TableModel(LogisticRegression(), "classification"),
        table.drop("species")[train],
        labels[train],
        cv=StratifiedKFold(5, shuffle=True, random_state=0),
        scoring="accuracy",
    )
    np.testing.assert_allclose(flowers.models[1].cv_scores, expected)


def test_the_model_shown_is_the_one_scored_on_the_test_rows(line: Climb) -> None:
    assert line.train.height == 80
    assert line.test.columns == ["x", "noise", "y"]
    for result in line.models:
        score = result.model.score(line.test.drop("y"), line.test["y"])
        assert score == result.test
        assert result.fit_seconds > 0
    assert [result.n_parameters for result in line.models[:4]] == [1, 3, 6, 2305]


def test_rows_are_known_by_their_number_in_the_table() -> None:
    table = LINE.with_columns(
        pl.when(pl.int_range(N) % 7 == 3).then(None).otherwise("y").alias("y")
    )
    result = climb(table, "y")
    assert table["x", "noise", "y"][result.test_rows].equals(result.test)
    assert table["x", "noise", "y"][result.train_rows].equals(result.train)
    assert sorted([*result.train_rows, *result.test_rows]) == [i for i in range(N) if i % 7 != 3]


def test_json_is_what_was_promised(line: Climb) -> None:
    facts = json.loads(json.dumps(line.to_dict(), allow_nan=False))
    assert set(facts) == {
        *("task", "target", "n_rows", "n_test", "n_features", "best", "models", "metric"),
        *("formula", "importances", "warnings", "versions", "random_state"),
    }
    assert facts["models"] == [result.to_dict() for result in line.models]
    assert facts["n_test"] == 20
    assert set(facts["versions"]) >= {"python", "baremath", "scikit-learn"}


def test_the_same_seed_gives_the_same_climb(line: Climb) -> None:
    again, other = climb(LINE, "y"), climb(LINE, "y", random_state=1)
    assert [r.cv_scores for r in again.models] == [r.cv_scores for r in line.models]
    assert [r.cv_scores for r in other.models] != [r.cv_scores for r in line.models]


def test_the_table_stays_as_it_is() -> None:
    table = LINE.with_columns(pl.when(pl.col("x") > 1).then(math.inf).otherwise("x").alias("x"))
    before = table.clone()
    climb(table, "y")
    assert table.equals(before)


def test_progress_counts_every_fit() -> None:
    calls: list[tuple[int, int, str]] = []
    climb(LINE, "y", cv=3, progress=lambda *call: calls.append(call))
    assert [done for done, _, _ in calls] == list(range(1, 33))
    assert {total for _, total, _ in calls} == {32}
    assert calls[4][2] == "linear regression, fold 1 of 3"
    assert calls[7][2] == "linear regression, all training rows"


def test_an_error_in_progress_is_not_hidden() -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the bar broke")

    with pytest.raises(RuntimeError, match="the bar broke"):
        climb(LINE, "y", progress=broken)


def test_what_was_left_out_or_dropped_is_told() -> None:
    table = LINE.with_columns(
        pl.int_range(pl.len()).alias("row"),
        pl.lit("FR").alias("country"),
        pl.lit(None).alias("nothing"),
        pl.when(pl.col("y") > 5).then(None).otherwise("y").alias("y"),
        pl.Series("city", ["Lyon", "Paris"] * 49 + ["Nice", None]),
    )
    dropped = table["y"].null_count()
    result = climb(table, "y")
    assert result.n_rows == N - dropped
    assert result.best_model.feature_names_in_.tolist() == ["x", "noise", "city"]
    said = "\n".join(result.warnings)
    assert f"{dropped} rows without a value of the target 'y' left out" in said
    for name in ("row", "country", "nothing"):
        assert f"'{name}' is left out: " in said
    assert "'city' has no value in 1 row" in said
    assert "'city': 2 rare values ('Nice', missing) and any never seen before share" in said


def test_a_mixed_column_can_be_predicted_from_again() -> None:
    text = ["about 1", *(f"{x:.3f}" for x in LINE["x"][1:])]
    table = LINE.with_columns(pl.Series("x", text))
    result = climb(table, "y")
    assert "such as 'about 1' in row 0" in result.warnings[0]
    assert np.isfinite(result.best_model.predict(table)).all()


def test_dates_and_amounts_in_text_are_learnt_from_and_predicted_again() -> None:
    days = pl.date_range(pl.date(2021, 1, 1), pl.date(2021, 4, 10), eager=True)
    spent = pl.int_range(N, eager=True) * 37 % 100 + 1000.5
    typed = pl.DataFrame({"day": days, "spent": spent}).with_columns(
        y=pl.col("day").cast(pl.Int32) + 2.0 * pl.col("spent")
    )
    written = typed.with_columns(
        pl.col("day").dt.strftime("%d.%m.%Y"),
        pl.Series("spent", [f"{x:,.2f} €".translate(str.maketrans(",.", ".,")) for x in spent]),
    )
    result, expected = climb(written, "y"), climb(typed, "y")
    assert result.models[1].cv_scores == expected.models[1].cv_scores
    assert result.formula == expected.formula
    assert result.train.equals(expected.train)
    model = result.best_model
    np.testing.assert_array_equal(model.predict(written[:3]), model.predict(typed[:3]))
    assert (
        model.explain(written, row=0).steps[0].inputs == model.explain(typed, row=0).steps[0].inputs
    )
    prices = written.with_columns(y=pl.Series([f"$ {y}" for y in typed["y"]]))
    of_prices = climb(prices, "y").best_model
    for table in (prices, typed):  # with y the loss is shown, however y is written
        steps = of_prices.explain(table, table["y"], row=0).steps
        assert len(steps) > len(of_prices.explain(table, row=0).steps)
    with pytest.raises(ValueError, match=r"'day' held dates .* text, such as 'soon'"):
        model.predict(written.with_columns(day=pl.lit("soon")))
    with pytest.raises(ValueError, match=r"'spent' held numbers .* text, such as '1,5'"):
        climb(typed, "y").best_model.predict(typed.with_columns(spent=pl.lit("1,5")))


class Stumbling(LinearRegression):
    """It warns at every fit, and fails on all the training rows."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        warnings.warn("it\n is late", RuntimeWarning, stacklevel=2)
        if len(X) == 80:
            raise ZeroDivisionError("too many\nrows")
        return super().fit(X, y, sample_weight)


def test_a_rung_that_fails_is_told_and_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    stumbling = Rung("stumbling", "regression", lambda *_: Stumbling())
    monkeypatch.setattr(_climb, "RUNGS", (*RUNGS, stumbling))
    done: list[int] = []
    result = climb(LINE, "y", progress=lambda n, total, label: done.append(n))
    assert [r.name for r in result.models] == [
        rung.name for rung in RUNGS if rung.task == "regression" and not rung.extra
    ]
    assert result.warnings == (
        "The stumbling is left out, since its fit failed: too many rows",
        "The stumbling warns (6 times): it is late",
    )
    assert done[-1] == 54


def test_if_all_rungs_fail_it_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stumbling = Rung("stumbling", "regression", lambda *_: Stumbling())
    monkeypatch.setattr(_climb, "RUNGS", (stumbling,))
    with pytest.raises(ValueError, match=r"no model could be fitted.*too many rows"):
        climb(LINE, "y")


def test_a_model_joins_the_ladder_with_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []

    def make(seed: int, n_rows: int) -> LinearRegression:
        asked.append((seed, n_rows))
        return LinearRegression()

    monkeypatch.setattr(_climb, "RUNGS", (*RUNGS, Rung("another", "regression", make)))
    assert climb(LINE, "y", random_state=7).models[-1].name == "another"
    assert asked == [(7, 64)] * 5 + [(7, 80)]


def test_a_table_too_wide_for_a_rung() -> None:
    wide = pl.DataFrame(RNG.normal(size=(90, 61)), schema=[f"x{i}" for i in range(61)])
    result = climb(wide.with_columns(y=RNG.normal(size=90)), "y")
    names = [r.name for r in result.models]
    assert names == ["baseline (mean)", "linear regression", "multi-layer perceptron", *TREES]
    assert "polynomial regression (degree 2) is left out: the table has 61" in result.warnings[0]


@pytest.mark.parametrize(
    ("table", "target", "options", "message"),
    [
        (LINE, "Y ", {}, "there is no column 'Y '; did you mean 'y'"),
        (LINE.head(6), "y", {}, "6 rows with a target are too few"),
        (LINE.clear(), "y", {}, "'y' has no value in any row"),
        (LINE.with_columns(y=pl.lit(1.0)), "y", {}, "'y' is 1.0 in every row"),
        (LINE.with_columns(y=pl.lit("a")), "y", {}, "'y' is 'a' in every row"),
        (LINE, "y", {"task": "classification"}, "'y' holds amounts"),
        (LINE, "y", {"cv": 1}, "at least 2; got 1"),
        (LINE, "y", {"test_size": 1.5}, "between 0 and 1; got 1.5"),
        (LINE.select("y"), "y", {}, "no column is left to learn from"),
        (LINE.with_columns(y=1e300 * pl.col("y")), "y", {}, "no model could be fitted.*too large"),
        (
            LINE.select("y", c=pl.lit("FR")),
            "y",
            {},
            "no column is left to learn from. 'c' is left out: its value is always 'FR'",
        ),
    ],
)
def test_bad_input(table: pl.DataFrame, target: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        climb(table, target, **options)
    assert "\n" not in str(caught.value)


def test_a_rare_class_does_not_stop_the_climb() -> None:
    table = iris()
    rare = table.filter(pl.col("species") != "setosa").vstack(
        table.filter(pl.col("species") == "setosa").head(3)
    )
    result = climb(rare, "species")
    assert result.models[1].test > 0.8
    assert any("class 'setosa' has 2 training rows" in warning for warning in result.warnings)


def test_diabetes() -> None:
    bunch = load_diabetes()
    table = pl.DataFrame(bunch.data, schema=list(bunch.feature_names))
    result = climb(table.with_columns(target=bunch.target), "target")
    assert result.best == "linear regression"
    assert 0.4 < result.models[1].cv_mean < 0.6


@pytest.mark.skipif(
    not any((folder / "housing.csv").is_file() for folder in DATA), reason="no housing.csv"
)
def test_housing() -> None:
    path = next(folder / "housing.csv" for folder in DATA if (folder / "housing.csv").is_file())
    result = climb(pl.read_csv(path), "median_house_value", cv=2)
    assert (result.n_rows, result.n_features) == (20640, 9)
    assert result.best in ("gradient boosting", "blend")
    assert 0.62 < result.models[1].cv_mean < 0.66
    assert result.models[3].cv_mean > 0.75
    assert result.models[6].cv_mean > 0.8
    assert {importance.column for importance in result.importances[:3]} == {
        *("latitude", "longitude", "median_income"),
    }
    assert result.warnings == (
        "'total_bedrooms' has no value in 207 rows; the median of the training rows stands in "
        "(trees take it as missing).",
        "'ocean_proximity': 1 rare value ('ISLAND') and any never seen before share a column.",
    )
    linear = result.models[1].model.formula()
    assert linear.startswith("median_house_value = -2,2")
    assert "[ocean_proximity = INLAND]" in linear
