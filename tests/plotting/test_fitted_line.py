"""The line drawn is the model's, the residuals are the data's."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from sklearn.linear_model import LinearRegression as ReferenceRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from baremath.linear_model import LinearRegression
from baremath.plotting import FittedLineDisplay

X = np.array([[3.0], [1.0], [2.0], [5.0]])
Y = np.array([6.0, 3.0, 4.0, 9.0])


def test_the_line_is_least_squares_and_spans_the_data(ax: Axes) -> None:
    display = FittedLineDisplay.from_estimator(LinearRegression().fit(X, Y), X, Y, ax=ax)
    x, y = display.line_.get_data()
    slope, intercept = np.polyfit(X[:, 0], Y, 1)
    np.testing.assert_allclose(y, intercept + slope * x)
    assert (x[0], x[-1]) == (1.0, 5.0)


def test_each_residual_joins_the_data_to_the_line(ax: Axes) -> None:
    display = FittedLineDisplay.from_estimator(LinearRegression().fit(X, Y), X, Y, ax=ax)
    slope, intercept = np.polyfit(X[:, 0], Y, 1)
    for (from_, to), x, y in zip(display.residuals_.get_segments(), X[:, 0], Y, strict=True):
        np.testing.assert_allclose(from_, [x, intercept + slope * x])
        np.testing.assert_allclose(to, [x, y])
    np.testing.assert_allclose(display.points_.get_offsets(), np.column_stack([X[:, 0], Y]))


def test_the_legend_has_the_root_mean_square_of_the_residuals(ax: Axes) -> None:
    FittedLineDisplay.from_predictions([1, 2], [1.0, 5.0], [4.0, 1.0], ax=ax)  # residuals 3 and 4
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == ["data", "fit", f"residuals (RMSE {np.sqrt(12.5):.4g})"]


def test_a_curve_is_drawn_as_a_curve(ax: Axes) -> None:
    model = make_pipeline(PolynomialFeatures(2), ReferenceRegression()).fit(X, X[:, 0] ** 2)
    display = FittedLineDisplay.from_estimator(model, X, X[:, 0] ** 2, ax=ax)
    x, y = display.line_.get_data()
    np.testing.assert_allclose(y, x**2)


def test_predictions_are_joined_from_left_to_right(ax: Axes) -> None:
    display = FittedLineDisplay.from_predictions([3, 1, 2], [0, 0, 0], [9.0, 7.0, 8.0], ax=ax)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[1, 7], [2, 8], [3, 9]])


def test_a_model_fitted_on_a_table_gets_a_table(ax: Axes) -> None:
    table = pl.DataFrame({"price (kr)": X[:, 0]})
    model = ReferenceRegression().fit(table, Y)
    FittedLineDisplay.from_estimator(model, table, pl.Series("issues", Y), ax=ax)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("price (kr)", "issues")


def test_two_features_are_refused(ax: Axes) -> None:
    X2 = np.column_stack([X, X**2])
    model = LinearRegression().fit(X2, Y)
    with pytest.raises(ValueError, match="draws a model of one feature; X has 2"):
        FittedLineDisplay.from_estimator(model, X2, Y, ax=ax)


def test_two_targets_are_refused(ax: Axes) -> None:
    Y2 = np.column_stack([Y, Y])
    with pytest.raises(ValueError, match="y has 2 columns, and the picture shows one"):
        FittedLineDisplay.from_estimator(LinearRegression().fit(X, Y2), X, Y2, ax=ax)


def test_different_lengths_are_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match=r"\[2, 2, 3\]"):
        FittedLineDisplay.from_predictions([1, 2], [1, 2], [1, 2, 3], ax=ax)
    with pytest.raises(ValueError, match=r"\[4, 3\]"):
        FittedLineDisplay.from_estimator(LinearRegression().fit(X, Y), X, Y[:3], ax=ax)
