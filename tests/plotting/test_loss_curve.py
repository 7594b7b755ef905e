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


@pytest.mark.parametrize("loss", [[101.0, 50.0, 1.0], 1 + 9 * 0.5 ** np.arange(100), [5.0]])
def test_the_axes_are_linear_whatever_the_loss(ax: Axes, loss: np.ndarray) -> None:
    LossCurveDisplay(loss).plot(ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("linear", "linear")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "loss")


@pytest.mark.parametrize("loss", [[3.0, 2.0, 1.0], 1 + 9 * 0.5 ** np.arange(100), [5.0]])
def test_a_logarithmic_axis_is_asked_for_and_says_so(ax: Axes, loss: np.ndarray) -> None:
    LossCurveDisplay(loss, log_x=True, log_y=True).plot(ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("symlog", "log")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step (logarithmic)", "loss (logarithmic)")
    assert ax.get_xlim()[0] == 0  # the start has its place


def test_zero_has_no_place_on_a_logarithmic_axis() -> None:
    with pytest.raises(ValueError, match="log_y needs a loss above 0 at every step; its least is"):
        LossCurveDisplay([101.0, 1.0, 0.0], log_y=True)


def test_the_scales_can_be_chosen_for_a_model(ax: Axes) -> None:
    model = LinearRegression(solver="gradient_descent").fit([[1.0], [2.0]], [1.0, 3.0])
    LossCurveDisplay.from_estimator(model, log_x=True, ax=ax)
    assert (ax.get_xscale(), ax.get_yscale()) == ("symlog", "linear")


def test_the_last_loss_is_written_out(ax: Axes) -> None:
    LossCurveDisplay([3.0, 2.0, 1.23456]).plot(ax)
    assert [text.get_text() for text in ax.texts] == ["1.235"]


def test_a_large_loss_is_written_as_in_a_derivation(ax: Axes) -> None:
    LossCurveDisplay([2e6, 136848.2]).plot(ax)
    assert [text.get_text() for text in ax.texts] == ["136,848"]


def test_a_model_without_history_is_told_how_to_get_one(ax: Axes) -> None:
    model = LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match=r"no history_\['loss'\].*solver='gradient_descent'"):
        LossCurveDisplay.from_estimator(model, ax=ax)
