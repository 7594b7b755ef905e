import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso
from sklearn.model_selection import KFold, cross_val_score
from sklearn.preprocessing import PolynomialFeatures

from baremath import load, save
from baremath.ladder import TableModel
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.tree import DecisionTreeRegressor

RNG = np.random.default_rng(0)
N = 120
TABLE = pl.DataFrame(
    {
        "income": RNG.normal(50, 10, N),
        "age": RNG.integers(20, 60, N),
        "owner": RNG.random(N) < 0.5,
        "city": RNG.choice(["Lyon", "Paris"], N),
        "since": [dt.date(2020, 1, 1) + dt.timedelta(days=int(d)) for d in RNG.integers(0, 900, N)],
        "rooms": [str(n) for n in RNG.integers(1, 14, N - 1)] + ["several"],
    }
).with_columns(pl.when(pl.col("age") > 55).then(None).otherwise(pl.col("age")).alias("age"))
PRICE = TABLE.select(price=3 * pl.col("income") + 40 * (pl.col("city") == "Paris") + 7)["price"]
LABEL = pl.Series("label", np.where(PRICE.rank() > N / 2, "dear", "cheap"))


@pytest.fixture(scope="module")
def model() -> TableModel:
    return TableModel(LinearRegression(), "regression").fit(TABLE, PRICE)


def test_what_a_fit_leaves(model: TableModel) -> None:
    assert model.feature_names_in_.tolist() == TABLE.columns
    assert model.n_features_in_ == 6
    assert model.target_name_ == "price"
    assert model.n_rows_ == N
    assert model.n_parameters_ == 1 + 5 + 2
    assert model.kinds_ == {
        "income": "number",
        "age": "number",
        "owner": "number",
        "city": "text",
        "since": "date",
        "rooms": "mixed",
    }
    assert list(model.estimator_.feature_names_in_)[-2:] == ["[city = Lyon]", "[city = Paris]"]
    assert model.score(TABLE, PRICE) == pytest.approx(1.0)


def test_order_and_extra_columns_do_not_matter(model: TableModel) -> None:
    other = TABLE.select(reversed(TABLE.columns)).with_columns(noise=pl.lit("?"))
    np.testing.assert_array_equal(model.predict(other), model.predict(TABLE))


def test_missing_columns_are_named_together(model: TableModel) -> None:
    with pytest.raises(ValueError, match="lacks 2 of the model's columns: 'age', 'city'"):
        model.predict(TABLE.drop("city", "age"))


def test_text_where_numbers_were_is_named(model: TableModel) -> None:
    wrong = TABLE.with_columns(pl.Series("income", ["plenty", *["50.0"] * (N - 1)]))
    with pytest.raises(ValueError, match=r"'income' held numbers .* such as 'plenty'"):
        model.predict(wrong)


def test_a_column_read_as_text_will_do_where_it_spells_numbers(model: TableModel) -> None:
    as_text = TABLE.with_columns(pl.col("income").cast(pl.String))
    np.testing.assert_allclose(model.predict(as_text), model.predict(TABLE))


def test_the_table_stays_as_it_is() -> None:
    before = TABLE.clone()
    fitted = TableModel(LinearRegression(), "regression").fit(TABLE, PRICE)
    fitted.predict(TABLE)
    fitted.explain(TABLE, PRICE)
    assert TABLE.equals(before)


def test_other_tables_give_the_same(model: TableModel) -> None:
    columns = TABLE.to_dict(as_series=False)
    other = TableModel(LinearRegression(), "regression").fit(columns, PRICE.to_list())
    assert other.target_name_ == "y"
    np.testing.assert_allclose(other.predict(columns), model.predict(TABLE))


def test_labels_are_kept() -> None:
    classifier = TableModel(LogisticRegression(), "classification").fit(TABLE, LABEL)
    predicted = classifier.predict(TABLE)
    assert set(predicted) == {"cheap", "dear"}
    assert classifier.classes_.tolist() == ["cheap", "dear"]
    assert classifier.score(TABLE, LABEL) == np.mean(predicted == LABEL.to_numpy())
    np.testing.assert_allclose(classifier.predict_proba(TABLE).sum(axis=1), 1.0)


def test_probabilities_only_where_there_are_some(model: TableModel) -> None:
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "classes_")
    assert hasattr(TableModel(LogisticRegression(), "classification"), "predict_proba")


def test_it_is_an_estimator_like_others() -> None:
    regressor = TableModel(LinearRegression(alpha=0.5), "regression")
    assert is_regressor(regressor)
    assert is_classifier(TableModel(LogisticRegression(), "classification"))
    assert clone(regressor).get_params()["estimator__alpha"] == 0.5
    scores = cross_val_score(regressor, TABLE, PRICE, cv=KFold(3))
    assert scores.shape == (3,)


def test_the_estimator_given_stays_unfitted() -> None:
    estimator = LinearRegression()
    TableModel(estimator, "regression").fit(TABLE, PRICE)
    assert not hasattr(estimator, "coef_")


@pytest.mark.parametrize(
    ("estimator", "task", "y"),
    [
        (LinearRegression(), "regression", PRICE),
        (LinearRegression(basis=PolynomialFeatures(2), alpha=0.01), "regression", PRICE),
        (LogisticRegression(), "classification", LABEL),
        (DummyRegressor(), "regression", PRICE),
        (DummyClassifier(), "classification", LABEL),
    ],
)
def test_saved_and_loaded_it_is_the_same(
    estimator: object, task: str, y: pl.Series, tmp_path: Path
) -> None:
    fitted = TableModel(estimator, task).fit(TABLE, y)
    save(fitted, tmp_path / "model.skops")
    loaded = load(tmp_path / "model.skops")
    np.testing.assert_array_equal(loaded.predict(TABLE), fitted.predict(TABLE))
    assert loaded.formula() == fitted.formula()
    assert loaded.target_name_ == fitted.target_name_


@pytest.mark.parametrize(
    ("table", "task", "message"),
    [
        (TABLE, "guess", "'regression' or 'classification'; got 'guess'"),
        (TABLE.clear(), "regression", r"rows and columns is needed; this one is \(0, 6\)"),
        (pl.DataFrame(), "regression", r"this one is \(0, 0\)"),
        (pl.DataFrame({"tags": [[1]] * N}), "regression", "'tags' holds values of type List"),
    ],
)
def test_what_cannot_be_fitted(table: pl.DataFrame, task: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TableModel(LinearRegression(), task).fit(table, PRICE)


def test_nothing_works_before_fit() -> None:
    unfitted = TableModel(LinearRegression(), "regression")
    for use in (unfitted.predict, unfitted.explain, lambda _: unfitted.formula()):
        with pytest.raises(NotFittedError):
            use(TABLE)


def test_a_baseline_has_one_parameter() -> None:
    assert TableModel(DummyRegressor(), "regression").fit(TABLE, PRICE).n_parameters_ == 1
    assert TableModel(DummyClassifier(), "classification").fit(TABLE, LABEL).n_parameters_ == 1
    assert TableModel(Lasso(), "regression").fit(TABLE, PRICE).n_parameters_ == 8


def test_raw_columns_stay_as_they_are(tmp_path: Path) -> None:
    model = TableModel(DecisionTreeRegressor(max_leaf_nodes=9), "regression", raw=True)
    model.fit(TABLE, PRICE)
    ready = model.prepare(TABLE)
    assert ready.columns == TABLE.columns
    assert ready["income"].equals(TABLE["income"])
    assert ready["age"].null_count() == TABLE["age"].null_count() > 0
    assert ready["city"].dtype == pl.Categorical
    assert ready["since"].dtype == pl.Float64
    assert ready["rooms"].null_count() == 1
    assert model.preparation_ is None
    steps = model.explain(TABLE, PRICE, row=2).steps
    assert steps[0].title.startswith("Question 1: ")
    assert steps[-1].value == pytest.approx(model.predict(TABLE)[2])
    save(model, tmp_path / "tree.skops")
    again = load(tmp_path / "tree.skops")
    np.testing.assert_array_equal(again.predict(TABLE), model.predict(TABLE))
    with pytest.raises(ValueError, match=r"'income' held numbers .* such as 'plenty'"):
        model.predict(TABLE.with_columns(pl.lit("plenty").alias("income")))


def test_a_category_never_seen_counts_as_missing() -> None:
    model = TableModel(DecisionTreeRegressor(), "regression", raw=True).fit(TABLE, PRICE)
    strange, missing = (TABLE.with_columns(city=pl.lit(c, pl.String)) for c in ("Rome", None))
    np.testing.assert_array_equal(model.predict(strange), model.predict(missing))
