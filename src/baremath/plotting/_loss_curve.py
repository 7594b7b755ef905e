"""How the loss fell, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class LossCurveDisplay:
    """The loss that an iterative fit went through, from before its first step to its last.

    An axis is logarithmic where that helps: that of the loss when it spans more than a factor of
    100, that of the steps when nine tenths of the fall happen in their first tenth.

    Parameters
    ----------
    loss : array-like of shape (n_steps + 1,)
        The loss before each step and after the last.
    loss_name : str, default="loss"
        The word on the vertical axis.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    line_ : matplotlib.lines.Line2D
        The curve.

    Examples
    --------
    >>> from baremath.plotting import LossCurveDisplay
    >>> from matplotlib.figure import Figure
    >>> display = LossCurveDisplay([1000.0, 100.0, 10.0, 1.0]).plot(Figure().add_subplot())
    >>> display.ax_.get_yscale()
    'log'
    """

    ax_: Axes
    figure_: Figure
    line_: Line2D

    def __init__(self, loss: ArrayLike, *, loss_name: str = "loss") -> None:
        self.loss = _data.numbers(loss, "loss")
        self.loss_name = loss_name

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Axes | None = None) -> Self:
        """Draw the loss that a fitted model keeps in its history.

        Parameters
        ----------
        estimator : estimator
            Fitted by an iterative solver, so that it has ``history_["loss"]``.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        ValueError
            If the model has no history, because its solver takes no steps.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        return cls(_data.history(estimator, "loss")).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the curve.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        LossCurveDisplay
            This display, with `ax_`, `figure_` and `line_` set.
        """
        from matplotlib.ticker import StrMethodFormatter

        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        steps = np.arange(self.loss.size)
        (self.line_,) = ax.plot(
            steps,
            self.loss,
            color=_style.BLUE,
            linewidth=2,
            marker="o" if self.loss.size <= 30 else None,
            markersize=4,
        )
        plain = StrMethodFormatter("{x:,g}")  # 1,000 and not 10³
        if _spans_a_factor_of_100(self.loss):
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(plain)
        if _falls_at_once(self.loss):
            ax.set_xscale("symlog", linthresh=1)  # like log, and has a place for step 0
            ax.set_xlim(0, steps[-1])
            ax.xaxis.set_major_formatter(plain)
        ax.annotate(
            f"{self.loss[-1]:.4g}",
            (float(steps[-1]), float(self.loss[-1])),
            xytext=(0, 6),
            textcoords="offset points",
            ha="right",
            color=_style.BLUE,
        )
        _style.dress(ax, title="Loss curve", x_label="step", y_label=self.loss_name)
        return self


def _spans_a_factor_of_100(loss: _data.Floats) -> bool:
    return bool(loss.min() > 0 and loss.max() > 100 * loss.min())


def _falls_at_once(loss: _data.Floats) -> bool:
    early = loss[len(loss) // 10]
    return len(loss) > 30 and bool(loss[0] - early > 0.9 * (loss[0] - loss.min()))
