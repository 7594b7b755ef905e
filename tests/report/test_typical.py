"""The row that stands for all: found again by brute force."""

from __future__ import annotations

import statistics
from collections import Counter

import numpy as np
import polars as pl
import pytest

from baremath.ladder import climb
from baremath.report._typical import explain_row, typical_row


def test_amounts_nearest_the_median_prediction(regression):
    predicted = regression.best_model.predict(regression.test).tolist()
    middle = statistics.median(predicted)
    row = regression.test_rows.tolist().index(typical_row(regression))
    assert all(abs(predicted[row] - middle) <= abs(other - middle) for other in predicted)


def test_classes_of_median_confidence_in_the_commonest(classification):
    model, test = classification.best_model, classification.test
    predicted = model.predict(test).tolist()
    confidence = model.predict_proba(test).max(axis=1).tolist()
    row = classification.test_rows.tolist().index(typical_row(classification))
    counts = Counter(predicted)
    assert counts[predicted[row]] == max(counts.values())
    same = [confidence[i] for i in range(len(predicted)) if predicted[i] == predicted[row]]
    middle = statistics.median(same)
    assert all(abs(confidence[row] - middle) <= abs(other - middle) for other in same)


def holed_table(n: int = 120) -> pl.DataFrame:
    """Lines in no order, some without a target, and one column that nothing is learnt from."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=n).round(3)
    y = (3 * x + rng.normal(0, 0.1, n)).round(3)
    known = np.arange(n) % 11 != 4
    return pl.DataFrame({"x": x, "same": ["a"] * n}).with_columns(
        y=pl.when(pl.Series(known)).then(pl.Series(y))
    )


@pytest.mark.parametrize("task", ["regression", "classification"])
def test_a_row_is_explained_as_in_the_table_that_was_given(task):
    table = holed_table()
    if task == "classification":
        up = pl.when(pl.col("y") > 0).then(pl.lit("up")).otherwise(pl.lit("down"))
        table = table.with_columns(y=pl.when(pl.col("y").is_not_null()).then(up))
    found = climb(table, "y")
    row = typical_row(found)
    assert row in found.test_rows
    given = found.best_model.explain(table, table["y"], row=row)
    assert given.title == f"How row {row} gets its y"
    assert explain_row(found, row).to_json() == given.to_json()
