"""An activation and its derivative."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from baremath.plotting import _data, _style
from baremath.plotting._data import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from baremath.nn import Activation


class ActivationDisplay:
    """An activation and its derivative, one above the other's x: where it is flat, nothing learns.

    Parameters
    ----------
    x : array-like of shape (n_points,)
        The sums of a neuron.
    y : array-like of shape (n_points,)
        The activation of each.
    slope : array-like of shape (n_points,)
        Its derivative.
    title : str, default="Activation"
        The words above.
    formula, derivative_formula : str, default="f(x)" and "f'(x)"
        The words on the two curves, in LaTeX.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    line_, slope_line_ : matplotlib.lines.Line2D
        The two curves.

    Raises
    ------
    ValueError
        If the three aren't finite numbers, as many of each.

    Examples
    --------
    >>> from baremath.plotting import ActivationDisplay
    >>> from matplotlib.figure import Figure
    >>> display = ActivationDisplay.from_activation("tanh", ax=Figure().add_subplot())
    >>> display.ax_.get_title(loc="left")
    'Tanh and its derivative'
    >>> display.figure_.savefig("tanh.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    line_: Line2D
    slope_line_: Line2D

    def __init__(
        self,
        x: ArrayLike,
        y: ArrayLike,
        slope: ArrayLike,
        *,
        title: str = "Activation",
        formula: str = "f(x)",
        derivative_formula: str = "f'(x)",
    ) -> None:
        self.x = _data.numbers(x, "x")
        self.y = _data.numbers(y, "y")
        self.slope = _data.numbers(slope, "slope")
        _data.same_length(self.x, self.y, self.slope)
        self.title = title
        self.formula = formula
        self.derivative_formula = derivative_formula

    @classmethod
    def from_activation(
        cls,
        activation: Activation | type[Activation] | str,
        *,
        x_range: tuple[float, float] = (-5.0, 5.0),
        ax: Axes | None = None,
    ) -> Self:
        """Draw an activation and its derivative.

        Parameters
        ----------
        activation : Activation, class or str
            Such as ``nn.Sigmoid(beta=2)``, or a name in `nn.ACTIVATIONS`. Softmax is drawn of the
            first of two numbers, the other being 0.
        x_range : (float, float), default=(-5, 5)
            From where to where.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        ActivationDisplay

        Raises
        ------
        ValueError
            If there is no activation of this name, or the range isn't from low to high.
        TypeError
            If it is no activation at all.
        """
        layer = _layer(activation)
        ends = np.asarray(x_range)
        numbers = ends.shape == (2,) and ends.dtype.kind in "fiu" and np.isfinite(ends).all()
        if not (numbers and ends[0] < ends[1]):
            raise ValueError(f"x_range must be two numbers, the lower first, not {x_range}")
        x = np.linspace(ends[0], ends[1], 1001)
        y, slope = layer.curve(x)
        settings = layer.settings()
        name = type(layer).__name__ + (f"({settings})" if settings else "")
        return cls(
            x,
            y,
            slope,
            title=f"{name} and its derivative",
            formula=layer.formula,
            derivative_formula=layer.derivative_formula,
        ).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the two curves.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        ActivationDisplay
            This display, with `ax_`, `figure_`, `line_` and `slope_line_` set.
        """
        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        ax.axhline(0, color=_style.GREY, linewidth=0.8)
        ax.axvline(0, color=_style.GREY, linewidth=0.8)
        (self.line_,) = ax.plot(
            *_broken(self.x, self.y),
            color=_style.BLUE,
            linewidth=2,
            label=f"$f(x) = {self.formula}$",
        )
        (self.slope_line_,) = ax.plot(
            *_broken(self.x, self.slope),
            color=_style.VERMILION,
            linewidth=2,
            linestyle="--",
            label=f"$f'(x) = {self.derivative_formula}$",
        )
        _style.dress(ax, title=self.title, x_label="x", y_label="f(x), f′(x)")
        ax.set_title(self.title, loc="left", fontsize=11, pad=60)
        ax.legend(
            handles=[self.line_, self.slope_line_],
            loc="lower left",
            bbox_to_anchor=(0.0, 1.0),
            frameon=False,
            fontsize=10,
            borderaxespad=0.2,
        )
        return self


def _layer(activation: Any) -> Activation:
    """Return an activation by itself, by its class or by its name."""
    from baremath.nn import ACTIVATIONS, Activation

    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"there is no activation {activation!r}; there are {', '.join(ACTIVATIONS)}"
            )
        activation = ACTIVATIONS[activation]
    if isinstance(activation, type) and issubclass(activation, Activation):
        activation = activation()
    if not isinstance(activation, Activation):
        raise TypeError(
            "activation is a layer such as nn.Tanh(), or its name, not of type "
            f"{type(activation).__name__}"
        )
    return activation


def _broken(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return a curve with a gap where it jumps, so that no line is drawn up the jump."""
    jumps = np.flatnonzero(np.abs(np.diff(y)) > max(0.25 * np.ptp(y), 1e-9)) + 1
    return np.insert(x, jumps, np.nan), np.insert(y, jumps, np.nan)
