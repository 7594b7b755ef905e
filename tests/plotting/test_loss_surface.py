"""The surface is the objective that was descended, the path is the descent."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.axes import Axes
from sklearn.linear_model import LinearRegression as ReferenceRegression

from baremath.linear_model import LinearRegression
from baremath.plotting import LossSurfaceDisplay
from baremath.plotting._loss_surface import _columns, _objective

RNG = np.random.default_rng(0)
X = RNG.normal(2.0, 1.0, size=(25, 1))
Y = 3 + 2 * X[:, 0] + RNG.normal(size=25)
X2 = RNG.normal(size=(25, 2))
Y2 = X2 @ [1.0, -2.0] + RNG.normal(size=25)


def draw(model: Any, ax: Axes, X: Any = X, y: Any = Y, **options: Any) -> LossSurfaceDisplay:
    return LossSurfaceDisplay.from_estimator(model, X, y, ax=ax, grid_resolution=7, **options)


def test_the_surface_is_half_the_mean_squared_error(ax: Axes) -> None:
    display = draw(LinearRegression().fit(X, Y), ax)
    for i, slope in enumerate(display.grid_y):
        for j, intercept in enumerate(display.grid_x):
            residuals = [intercept + slope * x - y for x, y in zip(X[:, 0], Y, strict=True)]
            assert display.loss[i, j] == pytest.approx(sum(r**2 for r in residuals) / 50)


def test_two_weights_without_intercept(ax: Axes) -> None:
    display = draw(LinearRegression(fit_intercept=False).fit(X2, Y2), ax, X2, Y2)
    expected = np.mean((display.grid_x[2] * X2[:, 0] + display.grid_y[5] * X2[:, 1] - Y2) ** 2) / 2
    assert display.loss[5, 2] == pytest.approx(expected)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weight of x₁", "weight of x₂")


def test_the_mean_is_weighted(ax: Axes) -> None:
    weight = np.arange(25.0)
    display = draw(LinearRegression().fit(X, Y, weight), ax, sample_weight=weight)
    residual = display.grid_x[0] + display.grid_y[0] * X[:, 0] - Y
    assert display.loss[0, 0] == pytest.approx(weight @ residual**2 / (2 * weight.sum()))


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
@pytest.mark.parametrize(("alpha", "l1_ratio"), [(0.0, 0.0), (0.5, 0.3), (0.5, 1.0)])
def test_the_surface_passes_through_the_history(
    ax: Axes, loss: str, alpha: float, l1_ratio: float
) -> None:
    model = LinearRegression(
        loss, solver="gradient_descent", alpha=alpha, l1_ratio=l1_ratio, tol=1e-3
    ).fit(X, Y)
    display = draw(model, ax)
    assert display.path is not None
    columns, weight = _columns(model, X), np.ones(len(Y))
    for step in (0, 1, -1):
        height = _objective(model, columns, Y, weight, display.path[step])
        assert height == pytest.approx(model.history_["loss"][step], rel=1e-9)


def test_the_path_is_the_descent_and_ends_at_the_minimum(ax: Axes) -> None:
    model = LinearRegression(solver="gradient_descent", tol=1e-10, max_iter=100_000).fit(X, Y)
    display = draw(model, ax)
    slope, intercept = np.polyfit(X[:, 0], Y, 1)
    np.testing.assert_array_equal(display.path_.get_xydata(), model.history_["parameters"])
    np.testing.assert_allclose(display.path[-1], [intercept, slope], rtol=1e-6)
    np.testing.assert_allclose(display.minimum_.get_xydata(), [[intercept, slope]])
    assert f"{model.n_iter_:,} steps" in [t.get_text() for t in ax.get_legend().get_texts()]


def test_a_closed_form_has_a_minimum_and_no_path(ax: Axes) -> None:
    display = draw(LinearRegression().fit(X, Y), ax)
    assert display.path_ is None
    np.testing.assert_allclose(display.minimum, np.polyfit(X[:, 0], Y, 1)[::-1])


def test_the_window_holds_the_path_and_its_lowest_point_is_the_minimum(ax: Axes) -> None:
    model = LinearRegression(solver="gradient_descent").fit(X, Y)
    display = draw(model, ax)
    for grid, values in zip((display.grid_x, display.grid_y), display.path.T, strict=True):
        assert grid[0] < values.min()
        assert values.max() < grid[-1]
    row, column = np.unravel_index(display.loss.argmin(), display.loss.shape)
    assert (row, column) == (3, 3)  # the middle of the 7 by 7
    np.testing.assert_allclose([display.grid_x[3], display.grid_y[3]], display.minimum, rtol=1e-9)


def test_the_bands_cover_every_loss(ax: Axes) -> None:
    display = draw(LinearRegression().fit(X, Y), ax)
    levels = display.surface_.levels
    assert levels[0] == display.loss.min()
    assert levels[-1] == pytest.approx(display.loss.max())
    np.testing.assert_allclose(np.diff(np.sqrt(levels - levels[0])).std(), 0, atol=1e-9)


def test_a_basis_function_takes_the_place_of_the_feature(ax: Axes) -> None:
    display = draw(LinearRegression(basis=[lambda X: X[:, 0] ** 2]).fit(X, Y), ax)
    residual = display.grid_x[1] + display.grid_y[4] * X[:, 0] ** 2 - Y
    assert display.loss[4, 1] == pytest.approx(np.mean(residual**2) / 2)


def test_a_constant_target_can_be_drawn(ax: Axes) -> None:
    display = draw(LinearRegression().fit(X, np.full(25, 2.0)), ax, X, np.full(25, 2.0))
    np.testing.assert_allclose(display.minimum, [2.0, 0.0], atol=1e-12)


def test_the_model_is_left_as_it_was(ax: Axes) -> None:
    model = LinearRegression(solver="gradient_descent").fit(X, Y)
    before = (model.coef_.copy(), model.intercept_, model.solver)
    draw(model, ax)
    assert (model.coef_, model.intercept_, model.solver) == before


def test_names_of_a_table_are_on_the_axes(ax: Axes) -> None:
    table = pl.DataFrame({"price (kr)": X[:, 0]})
    draw(LinearRegression().fit(table, Y), ax, table)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("intercept", "weight of price (kr)")


def test_three_parameters_are_refused(ax: Axes) -> None:
    with pytest.raises(ValueError, match=r"two parameters; this one has 3.*fit_intercept=False"):
        draw(LinearRegression().fit(X2, Y2), ax, X2, Y2)


def test_another_model_is_refused(ax: Axes) -> None:
    with pytest.raises(TypeError, match="draws baremath's LinearRegression; got LinearRegression"):
        draw(ReferenceRegression().fit(X, Y), ax)
