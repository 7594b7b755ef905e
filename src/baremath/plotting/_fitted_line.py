"""A fitted line and what it leaves unexplained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import LineCollection, PathCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class FittedLineDisplay:
    r"""The line (or curve) of a model of one feature, the data, and the residuals between them.

    A residual is the vertical segment from :math:`\hat{y}_i` to :math:`y_i`; the legend has the
    root of their mean square,
    :math:`\mathrm{RMSE} = \sqrt{\frac{1}{N} \sum_i (y_i - \hat{y}_i)^2}`.

    Parameters
    ----------
    x : ndarray of shape (n_samples,)
        The feature.
    y : ndarray of shape (n_samples,)
        The target.
    prediction : ndarray of shape (n_samples,)
        The model's prediction at each `x`.
    line_x, line_y : ndarray of shape (n_points,)
        The points that the line is drawn through.
    feature_name, target_name : str
        The words on the axes.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    line_ : matplotlib.lines.Line2D
        The fitted line.
    points_ : matplotlib.collections.PathCollection
        The data.
    residuals_ : matplotlib.collections.LineCollection
        The segments, in the order of the data.

    Examples
    --------
    >>> from baremath.linear_model import LinearRegression
    >>> from baremath.plotting import FittedLineDisplay
    >>> from matplotlib.figure import Figure
    >>> X, y = [[1.0], [2.0], [3.0]], [2.0, 5.0, 5.0]
    >>> model = LinearRegression().fit(X, y)
    >>> display = FittedLineDisplay.from_estimator(model, X, y, ax=Figure().add_subplot())
    >>> (display.y - display.prediction).round(6)
    array([-0.5,  1. , -0.5])
    >>> display.figure_.savefig("line.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    line_: Line2D
    points_: PathCollection
    residuals_: LineCollection

    def __init__(
        self,
        *,
        x: _data.Floats,
        y: _data.Floats,
        prediction: _data.Floats,
        line_x: _data.Floats,
        line_y: _data.Floats,
        feature_name: str = "x",
        target_name: str = "y",
    ) -> None:
        self.x = x
        self.y = y
        self.prediction = prediction
        self.line_x = line_x
        self.line_y = line_y
        self.feature_name = feature_name
        self.target_name = target_name

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, *, ax: Axes | None = None
    ) -> Self:
        """Draw a fitted model of one feature with data.

        Parameters
        ----------
        estimator : regressor
            Fitted on one feature; a curve is drawn where the model bends.
        X : array-like or table of shape (n_samples, 1)
            The feature.
        y : array-like of shape (n_samples,)
            The target.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        FittedLineDisplay

        Raises
        ------
        ValueError
            If `X` has more features than one or `y` more columns.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        check_is_fitted(estimator)
        x = _data.features(X, 1, display=cls.__name__)[:, 0]
        line_x = np.linspace(x.min(), x.max(), 201)
        display = cls(
            x=x,
            y=_data.numbers(y, "y"),
            prediction=_data.numbers(estimator.predict(X), "the prediction"),
            line_x=line_x,
            line_y=np.ravel(estimator.predict(_data.like(X, line_x[:, None]))),
            feature_name=_data.feature_names(estimator, 1, X)[0],
            target_name=_data.target_name(estimator, y),
        )
        _data.same_length(display.x, display.y)
        return display.plot(ax)

    @classmethod
    def from_predictions(
        cls, x: ArrayLike, y_true: ArrayLike, y_pred: ArrayLike, *, ax: Axes | None = None
    ) -> Self:
        """Draw predictions that were made elsewhere, joined from left to right.

        Parameters
        ----------
        x, y_true, y_pred : array-like of shape (n_samples,)
            The feature, the target and its prediction.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        FittedLineDisplay

        Raises
        ------
        ValueError
            If the three differ in length, or one has more than one column.
        """
        values = _data.numbers(x, "x")
        target = _data.numbers(y_true, "y_true")
        prediction = _data.numbers(y_pred, "y_pred")
        _data.same_length(values, target, prediction)
        order = np.argsort(values, kind="stable")
        display = cls(
            x=values,
            y=target,
            prediction=prediction,
            line_x=values[order],
            line_y=prediction[order],
            feature_name=str(getattr(x, "name", None) or "x"),
            target_name=_data.target_name(None, y_true),
        )
        return display.plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the data, the line and the residuals.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        FittedLineDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        many = self.x.size > _style.MANY_POINTS
        rmse = np.sqrt(np.mean((self.y - self.prediction) ** 2))
        self.residuals_ = ax.vlines(
            self.x,
            self.prediction,
            self.y,
            colors=_style.VERMILION,
            linewidth=0.8,
            alpha=0.2 if many else 0.7,
            rasterized=many,
            label=f"residuals (RMSE {_style.amount(rmse)})",
        )
        self.points_ = ax.scatter(
            self.x,
            self.y,
            s=6 if many else 18,
            color=_style.DARK,
            alpha=0.4 if many else 0.8,
            linewidths=0,
            rasterized=many,
            label="data",
            zorder=2.5,
        )
        (self.line_,) = ax.plot(
            self.line_x, self.line_y, color=_style.BLUE, linewidth=2, label="fit", zorder=3
        )
        _style.dress(
            ax,
            title="Fitted line",
            x_label=_style.label(self.feature_name),
            y_label=_style.label(self.target_name),
            legend=[self.points_, self.line_, self.residuals_],
        )
        return self
