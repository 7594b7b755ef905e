"""What holds for every display, whatever it shows."""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import polars as pl
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression

from baremath import nn, plotting
from baremath.linear_model import LinearRegression
from baremath.plotting import (
    ActivationDisplay,
    BiasVarianceDisplay,
    CoefficientsDisplay,
    DecisionBoundaryDisplay,
    FittedLineDisplay,
    LossCurveDisplay,
    LossSurfaceDisplay,
    PredictedActualDisplay,
)

RNG = np.random.default_rng(0)
X1 = RNG.normal(size=(30, 1))
X2 = RNG.normal(size=(30, 2))
Y = 1 + 2 * X1[:, 0] + RNG.normal(size=30)
LABELS = np.where(X2.sum(axis=1) > 0, "yes", "no")

LINE = LinearRegression(solver="gradient_descent").fit(X1, Y)
CLASSIFIER = LogisticRegression().fit(X2, LABELS)

Draw = Callable[[Any, Axes | None], Any]
DISPLAYS: dict[str, tuple[Any, Draw]] = {
    "fitted line": (LINE, lambda m, ax: FittedLineDisplay.from_estimator(m, X1, Y, ax=ax)),
    "loss curve": (LINE, lambda m, ax: LossCurveDisplay.from_estimator(m, ax=ax)),
    "loss surface": (
        LINE,
        lambda m, ax: LossSurfaceDisplay.from_estimator(m, X1, Y, grid_resolution=5, ax=ax),
    ),
    "decision boundary": (
        CLASSIFIER,
        lambda m, ax: DecisionBoundaryDisplay.from_estimator(
            m, X2, LABELS, grid_resolution=10, ax=ax
        ),
    ),
    "coefficients": (CLASSIFIER, lambda m, ax: CoefficientsDisplay.from_estimator(m, ax=ax)),
    "predicted against actual": (
        LINE,
        lambda m, ax: PredictedActualDisplay.from_estimator(m, X1, Y, ax=ax),
    ),
    "activation": (nn.Tanh(), lambda m, ax: ActivationDisplay.from_activation(m, ax=ax)),
    "bias and variance": (
        LINE,
        lambda m, ax: BiasVarianceDisplay.from_estimator(
            m, X1, Y, param_name="fit_intercept", param_range=[True, False], n_rounds=2, ax=ax
        ),
    ),
}
every_display = pytest.mark.parametrize(("model", "draw"), DISPLAYS.values(), ids=list(DISPLAYS))


@pytest.fixture
def pyplot() -> Iterator[Any]:
    plt.switch_backend("agg")
    plt.close("all")
    yield plt
    plt.close("all")


def test_every_public_display_is_tested_here() -> None:
    public = {name for name in plotting.__all__ if name.endswith("Display")}
    assert public == {type(draw(model, _axes())).__name__ for model, draw in DISPLAYS.values()}


def _axes() -> Axes:
    return mpl.figure.Figure().add_subplot()


@every_display
def test_given_axes_are_used_and_nothing_else_is_touched(
    model: Any, draw: Draw, ax: Axes, pyplot: Any
) -> None:
    before = dict(mpl.rcParams)
    display = draw(model, ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    assert pyplot.get_fignums() == []
    assert dict(mpl.rcParams) == before


@every_display
def test_without_axes_a_figure_of_pyplot_is_opened_and_none_closed(
    model: Any, draw: Draw, pyplot: Any
) -> None:
    mine = pyplot.figure()
    display = draw(model, None)
    assert pyplot.get_fignums() == [mine.number, display.figure_.number]
    assert list(display.figure_.get_size_inches()) == [6, 4]
    assert mine.axes == []


@every_display
def test_the_axes_say_what_they_show(model: Any, draw: Draw, ax: Axes) -> None:
    draw(model, ax)
    assert ax.get_title(loc="left")
    assert ax.get_xlabel()
    assert ax.get_ylabel() or ax.get_yticklabels()


@every_display
def test_it_can_be_plotted_again_on_other_axes(model: Any, draw: Draw, ax: Axes) -> None:
    display = draw(model, ax)
    other = _axes()
    assert display.plot(other) is display
    assert display.ax_ is other
    assert len(other.get_children()) == len(ax.get_children())


@pytest.mark.parametrize(
    ("model", "draw"),
    [DISPLAYS[name] for name in DISPLAYS if name not in ("activation", "bias and variance")],
)
def test_a_model_that_is_not_fitted_is_refused(model: Any, draw: Draw, ax: Axes) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        draw(type(model)(), ax)


def test_removed_axes_are_refused(ax: Axes) -> None:
    ax.remove()
    with pytest.raises(ValueError, match="removed from its figure"):
        PredictedActualDisplay([1.0, 2.0], [1.0, 2.0]).plot(ax)


def test_names_from_a_table_are_shown_as_they_are(ax: Axes) -> None:
    table = pl.DataFrame({"cost ($) of $x_1$": X1[:, 0]})
    y = pl.Series("_gain\nper day", Y)
    model = LinearRegression().fit(table, y)
    display = FittedLineDisplay.from_estimator(model, table, y, ax=ax)
    assert ax.get_xlabel() == r"cost (\$) of \$x_1\$"  # no formula: $ is escaped
    assert ax.get_ylabel() == "_gain per day"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display.figure_.canvas.draw()


def test_importing_the_room_does_not_import_matplotlib() -> None:
    code = "import baremath.plotting, sys; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
