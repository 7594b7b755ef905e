"""The curves are the activation and its derivative, each with its formula."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from baremath import nn
from baremath.plotting import ActivationDisplay


def test_the_curves_are_the_function_and_its_derivative(ax: Axes) -> None:
    display = ActivationDisplay.from_activation(nn.Tanh(), x_range=(-2, 3), ax=ax)
    x, y = display.line_.get_data()
    assert (x[0], x[-1]) == (-2, 3)
    np.testing.assert_allclose(y, np.tanh(x))
    np.testing.assert_allclose(display.slope_line_.get_ydata(), 1 - np.tanh(x) ** 2)


def test_softmax_is_drawn_of_two_numbers(ax: Axes) -> None:
    x, y = ActivationDisplay.from_activation("softmax", ax=ax).line_.get_data()
    np.testing.assert_allclose(y, 1 / (1 + np.exp(-x)))


def test_no_line_is_drawn_up_a_jump(ax: Axes) -> None:
    display = ActivationDisplay.from_activation(nn.Heaviside, ax=ax)
    x, y = (np.asarray(values) for values in display.line_.get_data())
    (gap,) = np.flatnonzero(np.isnan(x))
    assert (y[gap - 1], y[gap + 1]) == (0, 1)


@pytest.mark.parametrize("name", list(nn.ACTIVATIONS))
def test_every_activation_can_be_drawn_with_its_formulas(ax: Axes, name: str) -> None:
    layer = nn.ACTIVATIONS[name]()
    display = ActivationDisplay.from_activation(name, ax=ax)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        display.figure_.canvas.draw()  # matplotlib reads the formulas
    assert ax.get_title(loc="left") == f"{type(layer).__name__} and its derivative"
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words == [f"$f(x) = {layer.formula}$", f"$f'(x) = {layer.derivative_formula}$"]


@pytest.mark.parametrize("layer", [nn.GELU("tanh"), nn.Sigmoid(2), nn.ELU(0.5), nn.LeakyReLU(0.1)])
def test_the_title_says_how_it_was_made(ax: Axes, layer: nn.Activation) -> None:
    display = ActivationDisplay.from_activation(layer, ax=ax)
    display.figure_.canvas.draw()
    assert ax.get_title(loc="left") == f"{layer!r} and its derivative"


@pytest.mark.parametrize(
    ("activation", "options", "error", "message"),
    [
        ("rel", {}, ValueError, "there is no activation 'rel'; there are elu, gelu"),
        (np.tanh, {}, TypeError, r"activation is a layer such as nn\.Tanh\(\), or its name, not"),
        ("relu", {"x_range": (1, 1)}, ValueError, "x_range must be two numbers, the lower first"),
        ("relu", {"x_range": (0, np.inf)}, ValueError, "x_range must be two numbers"),
        ("relu", {"x_range": 5}, ValueError, "x_range must be two numbers, .* not 5"),
        ("relu", {"x_range": ("a", "b")}, ValueError, "x_range must be two numbers"),
    ],
    ids=["name", "function", "range", "infinite range", "one number", "letters"],
)
def test_what_can_not_be_drawn_is_refused(
    activation: Any, options: dict[str, Any], error: Any, message: str
) -> None:
    with pytest.raises(error, match=message):
        ActivationDisplay.from_activation(activation, **options)
