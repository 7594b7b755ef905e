"""The bars are the coefficients, sorted; what isn't shown is said."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

from baremath.ladder import TableModel
from baremath.linear_model import LinearRegression
from baremath.maths import number, plain
from baremath.plotting import CoefficientsDisplay
from baremath.plotting._style import BLUE, VERMILION


def words(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def test_bars_are_sorted_by_size_with_sign_in_position_and_color(ax: Axes) -> None:
    display = CoefficientsDisplay([0.5, -2.0, 1.0], ["a", "b", "c"]).plot(ax)
    assert display.bars_ is not None
    assert [bar.get_width() for bar in display.bars_] == [-2.0, 1.0, 0.5]
    assert [to_hex(bar.get_facecolor()).upper() for bar in display.bars_] == [VERMILION, BLUE, BLUE]
    assert words(ax) == ["b", "c", "a"]
    assert [text.get_text() for text in ax.texts] == ["−2", "1", "0.5"]
    bottom, top = ax.get_ylim()
    assert bottom > top  # the first is at the top


@pytest.mark.parametrize("width", [5.0, 7.0])
@pytest.mark.parametrize("values", [[-137e3, -130e3, 5e3], [137e3, -136e3, 5.5], [1, 2e-7, 1e-7]])
def test_no_words_cover_each_other(width: float, values: list[float]) -> None:
    ax = Figure(figsize=(width, 4), layout="constrained").add_subplot()
    CoefficientsDisplay(values, ["median_income", "the distance to the sea", "age"]).plot(ax)
    figure = ax.get_figure(root=True)
    figure.draw_without_rendering()
    low, high = ax.get_xlim()
    ticks = zip(ax.get_xticks(), ax.get_xticklabels(), strict=True)
    shown = [text for x, text in ticks if low <= x <= high] + ax.get_yticklabels() + ax.texts
    assert [text.get_text() for text in ax.texts] == [plain(number(v, 3)) for v in values]
    boxes = [text.get_window_extent() for text in shown]
    assert not [(a, b) for a, b in combinations(boxes, 2) if a.overlaps(b)]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.integers(1, 30))
def test_no_hidden_coefficient_is_larger_than_one_shown(values: list[float], most: int) -> None:
    names = [f"f{j}" for j in range(len(values))]
    display = CoefficientsDisplay(values, names, max_features=most)
    shown = display.shown.tolist()
    assert len(shown) == min(most, len(values)) == len(set(shown))
    hidden = [abs(v) for j, v in enumerate(values) if j not in shown]
    assert max(hidden, default=0.0) <= min(abs(values[j]) for j in shown)


def test_what_is_not_shown_is_counted(ax: Axes) -> None:
    CoefficientsDisplay(np.arange(57.0), [f"f{j}" for j in range(57)]).plot(ax)
    assert len(words(ax)) == 20
    assert ax.get_title(loc="left") == "The 20 largest coefficients"
    assert ax.get_xlabel() == "coefficient (37 smaller ones not shown)"


def test_names_come_from_the_table(ax: Axes) -> None:
    table = pl.DataFrame({"rooms": [1.0, 2.0, 4.0], "age": [3.0, 1.0, 2.0]})
    CoefficientsDisplay.from_estimator(LinearRegression().fit(table, [1.0, 2.0, 4.0]), ax=ax)
    assert set(words(ax)) == {"rooms", "age"}


def test_names_can_be_given_and_default_to_numbers(ax: Axes) -> None:
    model = LinearRegression().fit([[1.0, 1.0], [2.0, 5.0], [4.0, 2.0]], [1.0, 2.0, 4.0])
    CoefficientsDisplay.from_estimator(model, feature_names=["p", "q"], ax=ax)
    assert set(words(ax)) == {"p", "q"}
    other = Figure().add_subplot()
    CoefficientsDisplay.from_estimator(model, ax=other)
    assert set(words(other)) == {"x₁", "x₂"}


def test_a_pipeline_shows_its_last_model_with_the_names_it_was_given(ax: Axes) -> None:
    table = pl.DataFrame({"rooms": [1.0, 2.0, 4.0, 4.0], "age": [3.0, 1.0, 2.0, 7.0]})
    model = make_pipeline(StandardScaler(), LinearRegression()).fit(table, [1.0, 2.0, 4.0, 3.0])
    display = CoefficientsDisplay.from_estimator(model, ax=ax)
    np.testing.assert_array_equal(display.coefficients[0], model[-1].coef_)
    assert set(words(ax)) == {"rooms", "age"}


def test_a_table_model_shows_the_names_of_its_prepared_columns(ax: Axes) -> None:
    table = pl.DataFrame({"km": [1.0, 2.0, 3.0, 4.0] * 3, "sky": ["grey", "blue"] * 6})
    fare = pl.Series("fare", np.arange(12.0))
    model = TableModel(LinearRegression(), "regression").fit(table, fare)
    display = CoefficientsDisplay.from_estimator(model, ax=ax)
    np.testing.assert_array_equal(display.coefficients[0], model.estimator_.coef_)
    assert set(words(ax)) == {"km", "[sky = blue]", "[sky = grey]"}


def test_the_functions_of_a_basis_are_named(ax: Axes) -> None:
    table = pl.DataFrame({"a": [1.0, 2.0, 4.0, 4.0, 7.0, 1.0], "b": [3.0, 1.0, 2.0, 7.0, 1.0, 1.0]})
    basis = PolynomialFeatures(2, include_bias=False)
    y = table["a"] * table["b"]
    CoefficientsDisplay.from_estimator(LinearRegression(basis=basis).fit(table, y), ax=ax)
    assert words(ax)[0] == "a b"
    assert set(words(ax)) == {"a", "b", "a^2", "a b", "b^2"}


def test_several_classes_have_a_mark_each(ax: Axes) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.repeat(["low", "mid", "high"], 20)
    model = LogisticRegression().fit(X, y)
    display = CoefficientsDisplay.from_estimator(model, ax=ax)
    assert display.bars_ is None
    for marks, coefficients, name in zip(display.marks_, model.coef_, model.classes_, strict=True):
        np.testing.assert_array_equal(marks.get_offsets()[:, 0], coefficients[display.shown])
        assert marks.get_label() == name


def test_a_model_without_coefficients_is_refused(ax: Axes) -> None:
    model = KNeighborsRegressor(1).fit([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="KNeighborsRegressor has no coefficients"):
        CoefficientsDisplay.from_estimator(model, ax=ax)


def test_wrong_names_and_nothing_to_show_are_refused() -> None:
    with pytest.raises(ValueError, match="2 coefficients need as many names; got 1"):
        CoefficientsDisplay([1.0, 2.0], ["a"])
    with pytest.raises(ValueError, match="max_features must be 1 or more; got 0"):
        CoefficientsDisplay([1.0], ["a"], max_features=0)
