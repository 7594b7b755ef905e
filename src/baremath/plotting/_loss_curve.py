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

    The axes are linear unless they are asked to be logarithmic, and then their labels say so: two
    curves side by side can be compared.

    Parameters
    ----------
    loss : array-like of shape (n_steps + 1,)
        The loss before each step and after the last.
    loss_name : str, default="loss"
        The word on the vertical axis.
    step_name : str, default="step"
        The word on the horizontal axis: what a number of `loss` belongs to.
    log_x : bool, default=False
        Whether the steps are on a logarithmic axis, which shows a fall in the first few of many.
        It has a place for step 0.
    log_y : bool, default=False
        Whether the loss is; all of it must be above 0.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    line_ : matplotlib.lines.Line2D
        The curve.

    Raises
    ------
    ValueError
        If `loss` is no list of finite numbers, or `log_y` is asked for a loss that reaches 0.

    Examples
    --------
    >>> from baremath.plotting import LossCurveDisplay
    >>> from matplotlib.figure import Figure
    >>> display = LossCurveDisplay([1000.0, 100.0, 10.0, 1.0], log_y=True)
    >>> display.plot(Figure().add_subplot()).ax_.get_ylabel()
    'loss (logarithmic)'
    >>> display.figure_.savefig("loss.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    line_: Line2D

    def __init__(
        self,
        loss: ArrayLike,
        *,
        loss_name: str = "loss",
        step_name: str = "step",
        log_x: bool = False,
        log_y: bool = False,
    ) -> None:
        self.loss = _data.numbers(loss, "loss")
        self.loss_name = loss_name
        self.step_name = step_name
        self.log_x = log_x
        self.log_y = log_y
        if log_y and self.loss.min() <= 0:
            raise ValueError(
                f"log_y needs a loss above 0 at every step; its least is {self.loss.min():g}"
            )

    @classmethod
    def from_estimator(
        cls, estimator: Any, *, log_x: bool = False, log_y: bool = False, ax: Axes | None = None
    ) -> Self:
        """Draw the loss that a fitted model keeps in its history.

        Parameters
        ----------
        estimator : estimator
            Fitted by an iterative solver, so that it has ``history_["loss"]``.
        log_x, log_y : bool, default=False
            Whether the axis of the steps, or of the loss, is logarithmic.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        LossCurveDisplay

        Raises
        ------
        ValueError
            If the model has no history, because its solver takes no steps; or if `log_y` is asked
            for a loss that reaches 0.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        loss = _data.history(estimator, "loss")
        # A network keeps the loss of each epoch; L-BFGS, as all linear models, that of each step
        in_epochs = hasattr(estimator, "loss_curve_")
        in_epochs &= getattr(estimator, "solver", None) != "lbfgs"
        step_name = "epoch" if in_epochs else "step"
        return cls(loss, step_name=step_name, log_x=log_x, log_y=log_y).plot(ax)

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
        if self.log_y:
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter(_spelled_out)
        if self.log_x:
            ax.set_xscale("symlog", linthresh=1)  # like log, and has a place for step 0
            ax.set_xlim(0, max(steps[-1], 1))
            ax.xaxis.set_major_formatter(_spelled_out)
        ax.annotate(
            _style.amount(self.loss[-1]),
            (float(steps[-1]), float(self.loss[-1])),
            xytext=(0, 6),
            textcoords="offset points",
            ha="right",
            color=_style.BLUE,
        )
        _style.dress(
            ax,
            title="Loss curve",
            x_label=f"{self.step_name} (logarithmic)" if self.log_x else self.step_name,
            y_label=f"{self.loss_name} (logarithmic)" if self.log_y else self.loss_name,
        )
        return self


def _spelled_out(x: float, _position: float) -> str:
    """Return the text at a tick of a logarithmic axis: 1,000 and not 10³."""
    return _style.amount(x)
