import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.linear_model import Ridge

from baremath.ladder import TableModel
from baremath.linear_model import LinearRegression, LogisticRegression
from baremath.maths import Derivation

TABLE = pl.DataFrame(
    {
        "size": [50.0, 80.0, None, 110.0, 65.0, 90.0],
        "floor": [1, 2, 3, 2, 5, 4],
        "city": ["Lyon", "Paris", "Lyon", "Paris", "Paris", "Nice"],
    }
)
RENT = pl.Series("rent", [500.0, 1200.0, 700.0, 1500.0, 1100.0, 900.0])
LABEL = pl.Series("class", ["low", "high", "low", "high", "high", "low"])


def recomputed(derivation: Derivation, step: int) -> Any:
    """Compute a step again from nothing but its JSON."""
    facts = json.loads(derivation.to_json())["steps"][step]
    names = {name: np.asarray(value) for name, value in facts["inputs"].items()}
    return eval(facts["expression"], {**vars(np)}, names), facts["value"]


def assert_same_values(one: Derivation, other: Derivation) -> None:
    for step, same in zip(one.steps, other.steps, strict=True):
        if isinstance(step.value, str | None):
            assert step.value == same.value
        else:
            np.testing.assert_allclose(step.value, same.value, rtol=1e-9, atol=1e-12)


@pytest.fixture(scope="module")
def model() -> TableModel:
    return TableModel(LinearRegression(alpha=0.01), "regression").fit(TABLE, RENT)


def test_the_preparation_comes_first_with_its_numbers(model: TableModel) -> None:
    derivation = model.explain(TABLE, RENT, row=1)
    scaling, encoding, *rest = derivation.steps
    assert derivation.title == "How row 1 gets its rent"
    prepared = model.prepare(TABLE).row(1)
    assert [*scaling.value, *encoding.value] == pytest.approx(prepared)  # type: ignore[misc]
    filled = np.array([50, 80, 80, 110, 65, 90])
    assert scaling.inputs["mean"][0] == pytest.approx(filled.mean())  # type: ignore[index]
    assert scaling.inputs["s"][0] == pytest.approx(filled.std())  # type: ignore[index]
    assert [row[0] for row in scaling.terms.rows] == ["size", "floor"]  # type: ignore[union-attr]
    assert dict(encoding.terms.rows) == {  # type: ignore[union-attr, arg-type]
        "[city = Lyon]": 0.0,
        "[city = Paris]": 1.0,
        "[city is rare]": 0.0,
    }
    assert scaling.note == encoding.note == ""
    assert rest


@pytest.mark.parametrize("row", range(6))
def test_the_numbers_shown_are_the_numbers_computed(model: TableModel, row: int) -> None:
    derivation = model.explain(TABLE, row=row)
    for step in (0, 1):
        again, value = recomputed(derivation, step)
        np.testing.assert_allclose(again, value, rtol=1e-12)


def test_the_estimator_ends_at_the_prediction(model: TableModel) -> None:
    for row, expected in enumerate(model.predict(TABLE)):
        values = [s.value for s in model.explain(TABLE, row=row).steps if s.symbol == r"\hat{y}"]
        assert values
        np.testing.assert_allclose(np.ravel(values), expected)


def test_features_are_called_by_their_names(model: TableModel) -> None:
    text = str(model.explain(TABLE, row=0))
    assert "[city = Lyon]" in text
    assert "floor" in text


def test_what_was_filled_in_is_told(model: TableModel) -> None:
    note = model.explain(TABLE, row=2).steps[0].note
    assert note == "size is missing in this row; the median of the training rows, 80, stands in."


def test_a_rare_category_is_told(model: TableModel) -> None:
    assert model.explain(TABLE, row=5).steps[1].note == (
        "city is Nice, rare or never seen among the training rows: it counts as [city is rare]."
    )
    unseen = TABLE.with_columns(city=pl.lit("Brest"))
    assert model.explain(unseen, row=0).steps[1].note.startswith("city is Brest, rare or never")


def test_what_was_never_seen_is_told() -> None:
    known = TABLE.head(2)
    model = TableModel(LinearRegression(alpha=0.1), "regression").fit(
        pl.concat([known, known]), pl.concat([RENT.head(2)] * 2)
    )
    encoding = model.explain(TABLE, row=5).steps[1]
    assert encoding.value == [0.0, 0.0]
    assert encoding.note == ("city is Nice, as in no training row: none of its categories counts.")


@pytest.mark.parametrize("columns", [["size"], ["city"]])
def test_a_table_of_one_kind_has_one_step_of_preparation(columns: list[str]) -> None:
    model = TableModel(LinearRegression(alpha=0.1), "regression").fit(TABLE.select(columns), RENT)
    titles = [step.title for step in model.explain(TABLE).steps]
    assert ("Centre and scale the numbers" in titles) == (columns == ["size"])
    assert ("Turn text into 0 and 1" in titles) == (columns == ["city"])


def test_rows_without_a_known_target_play_no_part(model: TableModel) -> None:
    gaps = RENT.to_list()
    gaps[0] = None  # type: ignore[call-overload]
    gaps[4] = float("nan")
    kept = [1, 2, 3, 5]
    with_gaps = model.explain(TABLE, pl.Series("rent", gaps), row=3)
    without = model.explain(TABLE[kept], RENT[kept], row=2)
    assert_same_values(with_gaps, without)
    assert "row 3" in str(with_gaps)
    assert "row 2" not in str(with_gaps)
    # the row itself has no target: only the prediction is left
    assert model.explain(TABLE, pl.Series("rent", gaps), row=0) == model.explain(TABLE, row=0)


def test_a_class_that_the_model_does_not_know_plays_no_part() -> None:
    classifier = TableModel(LogisticRegression(), "classification").fit(TABLE, LABEL)
    labels = pl.Series("class", ["low", "high", "middle", None, "high", "low"])
    with_gaps = classifier.explain(TABLE, labels, row=1)
    kept = [0, 1, 4, 5]
    assert_same_values(with_gaps, classifier.explain(TABLE[kept], LABEL[kept], row=1))
    for row in (2, 3, 5):  # without a class; too near the end to keep its number
        assert classifier.explain(TABLE, labels, row=row) == classifier.explain(TABLE, row=row)


def test_a_baseline_too_says_which_columns_are_missing() -> None:
    model = TableModel(DummyRegressor(), "regression").fit(TABLE, RENT)
    with pytest.raises(ValueError, match=f"lacks 1 of .*{TABLE.columns[0]!r}"):
        model.explain(TABLE.drop(TABLE.columns[0]))


def test_a_baseline_needs_one_step() -> None:
    (step,) = TableModel(DummyRegressor(), "regression").fit(TABLE, RENT).explain(TABLE).steps
    assert step.value == RENT.mean()
    assert step.note == "The mean rent of the 6 training rows."


def test_the_commonest_class_is_chosen_by_its_share() -> None:
    labels = pl.Series("class", ["b", "a", "b", "c", "b", "a"])
    model = TableModel(DummyClassifier(), "classification").fit(TABLE, labels)
    derivation = model.explain(TABLE, row=5)
    (step,) = derivation.steps
    assert step.value == "b"
    assert [row[1] for row in step.terms.rows] == pytest.approx([2 / 6, 3 / 6, 1 / 6])  # type: ignore[union-attr]
    again, value = recomputed(derivation, 0)
    assert again == value


@pytest.mark.parametrize("row", [-1, 6, 1000])
def test_a_row_that_is_not_there(model: TableModel, row: int) -> None:
    with pytest.raises(IndexError, match=f"row {row} isn't in the table: it has 6 rows"):
        model.explain(TABLE, row=row)


def test_a_target_of_another_length_is_refused(model: TableModel) -> None:
    with pytest.raises(ValueError, match="y has 3 values for the 6 rows"):
        model.explain(TABLE, [1.0, 2.0, 3.0])


def test_an_estimator_that_cannot_explain_itself() -> None:
    model = TableModel(Ridge(), "regression").fit(TABLE, RENT)
    with pytest.raises(TypeError, match="Ridge can't explain itself"):
        model.explain(TABLE)


def test_missing_columns_are_named(model: TableModel) -> None:
    with pytest.raises(ValueError, match="lacks 1 of the model's columns: 'floor'"):
        model.explain(TABLE.drop("floor"))
