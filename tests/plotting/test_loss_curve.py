"""The curve is the history, on axes that let it be read."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from baremath.linear_model import LinearRegression
from baremath.plotting import LossCurveDisplay


def test_the_curve_is_the_history(ax: Axes) -> None:
    X = np.array([[1.0], [2.0], [4.0]])
    y = np.array([1.0, 3.0, 4.0])
    model = LinearRegression(solver="gradient_descent").fit(X, y)
    steps, loss = LossCurveDisplay.from_estimator(model, ax=ax).line_.get_data()
    np.testing.assert_array_equal(steps, np.arange(model.n_iter_ + 1))
    np.testing.assert_array_equal(loss, model.history_["loss"])
    np.testing.assert_allclose(loss[0], np.mean(y**2) / 2)  # the start is at zero


@pytest.mark.parametrize(
    ("loss", "scale"),
    [
        ([101.0, 50.0, 1.0], "log"),
        ([99.0, 50.0, 1.0], "linear"),
        ([101.0, 1.0, 0.0], "linear"),  # zero has no place on a logarithmic axis
        ([5.0], "linear"),
    ],
)
def test_the_loss_is_logarithmic_when_it_spans_a_factor_of_100(
    ax: Axes, loss: list[float], scale: str
) -> None:
    assert LossCurveDisplay(loss).plot(ax).ax_.get_yscale() == scale


@pytest.mark.parametrize(
    ("loss", "scale"),
    [
        (1 + 9 * 0.5 ** np.arange(100), "symlog"),  # over after ten steps
        (10 - 0.09 * np.arange(100), "linear"),
        (1 + 9 * 0.5 ** np.arange(20), "linear"),  # few enough to see each
    ],
)
def test_the_steps_are_logarithmic_when_the_loss_falls_at_once(
    ax: Axes, loss: np.ndarray, scale: str
) -> None:
    assert LossCurveDisplay(loss).plot(ax).ax_.get_xscale() == scale


def test_the_last_loss_is_written_out(ax: Axes) -> None:
    LossCurveDisplay([3.0, 2.0, 1.23456]).plot(ax)
    assert [text.get_text() for text in ax.texts] == ["1.235"]


def test_a_model_without_history_is_told_how_to_get_one(ax: Axes) -> None:
    model = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"no history_\['loss'\].*solver='gradient_descent'"):
        LossCurveDisplay.from_estimator(model, ax=ax)
