"""Predictions against the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from numpy.typing import ArrayLike
from sklearn.metrics import r2_score
from sklearn.utils.validation import check_is_fitted

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class PredictedActualDisplay:
    r"""Each row's prediction over its true value; a perfect model's points lie on the diagonal.

    The corner has the coefficient of determination,
    :math:`R^2 = 1 - \sum_i (y_i - \hat{y}_i)^2 / \sum_i (y_i - \bar{y})^2`.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        The true values.
    y_pred : array-like of shape (n_samples,)
        The predictions.
    target_name : str, default="y"
        What is predicted, in the table's words.

    Attributes
    ----------
    r2 : float
        The coefficient of determination; nan for fewer than two rows.
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    points_ : matplotlib.collections.PathCollection
        A point for each row.
    diagonal_ : matplotlib.lines.Line2D
        Where the prediction is right.

    Examples
    --------
    >>> from baremath.plotting import PredictedActualDisplay
    >>> from matplotlib.figure import Figure
    >>> display = PredictedActualDisplay.from_predictions(
    ...     [1.0, 2.0, 3.0], [1.5, 2.0, 2.5], ax=Figure().add_subplot()
    ... )
    >>> display.r2
    0.75
    >>> display.figure_.savefig("predicted.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    points_: PathCollection
    diagonal_: Line2D

    def __init__(self, y_true: ArrayLike, y_pred: ArrayLike, *, target_name: str = "y") -> None:
        self.y_true = _data.numbers(y_true, "y_true")
        self.y_pred = _data.numbers(y_pred, "y_pred")
        _data.same_length(self.y_true, self.y_pred)
        self.target_name = target_name
        self.r2 = r2_score(self.y_true, self.y_pred) if self.y_true.size > 1 else float("nan")

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: ArrayLike, *, ax: Axes | None = None
    ) -> Self:
        """Draw the predictions of a fitted model for rows whose target is known.

        Parameters
        ----------
        estimator : regressor
            Fitted.
        X : array-like or table of shape (n_samples, n_features)
            The rows; best such that the model hasn't seen.
        y : array-like of shape (n_samples,)
            Their true values.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        PredictedActualDisplay

        Raises
        ------
        ValueError
            If `y` or the prediction has more columns than one.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        check_is_fitted(estimator)
        name = _data.target_name(estimator, y)
        return cls(y, estimator.predict(X), target_name=name).plot(ax)

    @classmethod
    def from_predictions(
        cls, y_true: ArrayLike, y_pred: ArrayLike, *, ax: Axes | None = None
    ) -> Self:
        """Draw predictions that were made elsewhere.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_samples,)
            The true values and the predictions.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        PredictedActualDisplay

        Raises
        ------
        ValueError
            If the two differ in length, or one has more columns than one.
        """
        return cls(y_true, y_pred, target_name=_data.target_name(None, y_true)).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the points and the diagonal.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        PredictedActualDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        many = self.y_true.size > _style.MANY_POINTS
        self.points_ = ax.scatter(
            self.y_true,
            self.y_pred,
            s=6 if many else 18,
            color=_style.BLUE,
            alpha=0.25 if many else 0.6,
            linewidths=0,
            rasterized=many,
        )
        ends = [
            min(self.y_true.min(), self.y_pred.min()),
            max(self.y_true.max(), self.y_pred.max()),
        ]
        (self.diagonal_,) = ax.plot(
            ends, ends, color=_style.VERMILION, linestyle="--", label="predicted = actual"
        )
        target = _style.label(self.target_name)
        _style.dress(
            ax,
            title=f"R² = {self.r2:.3f}" if self.y_true.size > 1 else "One prediction",
            x_label=f"actual {target}",
            y_label=f"predicted {target}",
            legend=[self.diagonal_],
        )
        ax.set_aspect("equal", adjustable="box")
        ax.locator_params(nbins=5)  # room for long numbers
        return self
