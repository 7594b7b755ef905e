"""The points are the predictions, the corner is R²."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes

from baremath.linear_model import LinearRegression
from baremath.plotting import PredictedActualDisplay

ACTUAL = np.array([1.0, 2.0, 3.0, 6.0])
PREDICTED = np.array([1.5, 2.0, 2.0, 7.0])


def test_points_are_the_predictions_over_the_truth(ax: Axes) -> None:
    display = PredictedActualDisplay.from_predictions(ACTUAL, PREDICTED, ax=ax)
    np.testing.assert_array_equal(
        display.points_.get_offsets(), np.column_stack([ACTUAL, PREDICTED])
    )


def test_the_diagonal_spans_both_variables(ax: Axes) -> None:
    display = PredictedActualDisplay.from_predictions(ACTUAL, PREDICTED, ax=ax)
    np.testing.assert_array_equal(display.diagonal_.get_xydata(), [[1.0, 1.0], [7.0, 7.0]])
    assert ax.get_aspect() == 1.0


def test_r2_is_one_minus_the_unexplained_share(ax: Axes) -> None:
    display = PredictedActualDisplay.from_predictions(ACTUAL, PREDICTED, ax=ax)
    by_hand = 1 - (0.25 + 0 + 1 + 1) / (4 + 1 + 0 + 9)  # the mean is 3
    assert display.r2 == pytest.approx(by_hand)
    assert ax.get_title(loc="left") == f"R² = {by_hand:.3f}"


def test_a_model_predicts_the_rows_given(ax: Axes) -> None:
    X = np.array([[1.0], [2.0], [4.0]])
    y = pl.Series("issues", [3.0, 1.0, 0.0])
    model = LinearRegression().fit(X, y)
    display = PredictedActualDisplay.from_estimator(model, X, y, ax=ax)
    np.testing.assert_array_equal(display.y_pred, model.predict(X))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("actual issues", "predicted issues")


def test_one_row_has_no_r2(ax: Axes) -> None:
    assert np.isnan(PredictedActualDisplay.from_predictions([1.0], [2.0], ax=ax).r2)
    assert ax.get_title(loc="left") == "One prediction"


def test_thousands_are_separated(ax: Axes) -> None:
    display = PredictedActualDisplay.from_predictions([0, 5e5], [1e5, 4e5], ax=ax)
    display.figure_.canvas.draw()
    assert "200,000" in [label.get_text() for label in ax.get_xticklabels()]


def test_many_points_are_drawn_as_a_bitmap(ax: Axes) -> None:
    values = np.linspace(0, 1, 5000)
    display = PredictedActualDisplay.from_predictions(values, values, ax=ax)
    assert display.points_.get_rasterized()


def test_different_lengths_and_several_columns_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\[4, 3\]"):
        PredictedActualDisplay(ACTUAL, PREDICTED[:3])
    with pytest.raises(ValueError, match="y_true has 2 columns, and the picture shows one"):
        PredictedActualDisplay(np.ones((4, 2)), PREDICTED)
