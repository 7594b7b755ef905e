"""The landscape that gradient descent walks down."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D


class LossSurfaceDisplay:
    r"""The loss over the two parameters of a model, with the path of descent.

    The surface is the objective of `baremath.linear_model.LinearRegression`,
    :math:`J(w, b) = \frac{1}{2N} \sum_i (\hat{y}_i - y_i)^2` or the loss chosen, with its penalty.
    The bands widen as the square root of the height, so a parabola has them evenly spaced.

    Parameters
    ----------
    grid_x, grid_y : ndarray of shape (n_points,)
        The grid's values of the first and the second parameter.
    loss : ndarray of shape (n_points, n_points)
        ``loss[i, j]`` is the objective at ``(grid_x[j], grid_y[i])``.
    path : ndarray of shape (n_steps + 1, 2), default=None
        The parameters before each step and after the last.
    minimum : ndarray of shape (2,), default=None
        Where the loss is least.
    parameter_names : tuple of two str
        The words on the axes.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    surface_ : matplotlib.contour.ContourSet
        The bands of equal loss.
    path_ : matplotlib.lines.Line2D or None
        The path of descent.
    minimum_ : matplotlib.lines.Line2D or None
        The mark of the minimum.

    Examples
    --------
    >>> from baremath.linear_model import LinearRegression
    >>> from baremath.plotting import LossSurfaceDisplay
    >>> from matplotlib.figure import Figure
    >>> X, y = [[-1.0], [0.0], [1.0]], [1.0, 2.0, 6.0]
    >>> model = LinearRegression(solver="gradient_descent").fit(X, y)
    >>> display = LossSurfaceDisplay.from_estimator(model, X, y, ax=Figure().add_subplot())
    >>> display.minimum.round(3)  # intercept and slope
    array([3. , 2.5])
    >>> display.figure_.savefig("surface.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    surface_: ContourSet
    path_: Line2D | None
    minimum_: Line2D | None

    def __init__(
        self,
        *,
        grid_x: _data.Floats,
        grid_y: _data.Floats,
        loss: _data.Floats,
        path: _data.Floats | None = None,
        minimum: _data.Floats | None = None,
        parameter_names: tuple[str, str] = ("w₁", "w₂"),
    ) -> None:
        self.grid_x = grid_x
        self.grid_y = grid_y
        self.loss = loss
        self.path = path
        self.minimum = minimum
        self.parameter_names = parameter_names

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        grid_resolution: int = 80,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the objective of a fitted `LinearRegression` that has two parameters.

        Parameters
        ----------
        estimator : baremath.linear_model.LinearRegression
            Fitted on one feature with an intercept, or on two without. A path is drawn where its
            solver was gradient descent.
        X : array-like or table of shape (n_samples, n_features)
            The features it was fitted on.
        y : array-like of shape (n_samples,)
            The target it was fitted on.
        sample_weight : array-like of shape (n_samples,), default=None
            The weights it was fitted with.
        grid_resolution : int, default=80
            Points of the grid along each axis.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        LossSurfaceDisplay

        Raises
        ------
        ValueError
            If the model has not two parameters.
        TypeError
            If it isn't a `LinearRegression`.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        columns = _columns(estimator, X)
        target = _data.numbers(y, "y")
        _data.same_length(columns, target)
        weight = np.ones(len(target)) if sample_weight is None else np.asarray(sample_weight, float)
        path = getattr(estimator, "history_", {}).get("parameters")
        minimum = _minimum(estimator, X, y, sample_weight)
        middle = _parameters(estimator) if minimum is None else minimum
        landmarks = np.vstack([np.zeros(2), middle] if path is None else [path, middle])
        grid_x, grid_y = _window(middle, landmarks, columns, target, grid_resolution)
        loss = [
            [_objective(estimator, columns, target, weight, np.array([b, w])) for b in grid_x]
            for w in grid_y
        ]
        names = _data.feature_names(estimator, np.size(estimator.coef_), X)
        words = [f"weight of {name}" for name in names]
        first, second = ["intercept", *words][-2:] if estimator.fit_intercept else words
        return cls(
            grid_x=grid_x,
            grid_y=grid_y,
            loss=np.array(loss),
            path=path,
            minimum=minimum,
            parameter_names=(first, second),
        ).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the surface, the path and the minimum.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        LossSurfaceDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        from matplotlib.colors import PowerNorm

        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        low, high = self.loss.min(), self.loss.max()
        levels = low + (high - low or 1.0) * np.linspace(0, 1, 16) ** 2
        self.surface_ = ax.contourf(
            self.grid_x,
            self.grid_y,
            self.loss,
            levels=levels,
            norm=PowerNorm(0.5, vmin=low, vmax=levels[-1]),
            cmap=_style.SURFACE,
        )
        self.surface_.set_edgecolor("face")  # no seams between the bands in an SVG
        self.figure_.colorbar(
            self.surface_,
            ax=ax,
            label="loss",
            ticks=levels[::3],
            format=lambda loss, _: _style.amount(loss, digits=3),
        )
        drawn = [] if self.path is None else self._draw_path(ax, self.path)
        self.path_ = drawn[0] if drawn else None
        self.minimum_ = None if self.minimum is None else self._draw_minimum(ax, self.minimum)
        if self.minimum_ is not None:
            drawn.append(self.minimum_)
        x_label, y_label = map(_style.label, self.parameter_names)
        _style.dress(
            ax,
            title="Loss surface",
            x_label=x_label,
            y_label=y_label,
            legend=drawn,
            grid=None,
        )
        return self

    def _draw_path(self, ax: Axes, path: _data.Floats) -> list[Line2D]:
        """Draw the path, its start and its end."""
        from matplotlib.patheffects import withStroke

        n_steps = len(path) - 1
        (line,) = ax.plot(
            *path.T,
            color="white",
            linewidth=1.5,
            marker="." if n_steps <= 50 else None,
            path_effects=[withStroke(linewidth=3, foreground=_style.DARK)],
            label=f"{n_steps:,} steps",
        )
        (start,) = ax.plot(
            *path[0], "o", color="white", markeredgecolor=_style.DARK, label="start", zorder=4
        )
        (end,) = ax.plot(
            *path[-1],
            "o",
            markersize=13,
            markerfacecolor="none",
            markeredgecolor=_style.ORANGE,
            markeredgewidth=2,
            label="end",
            zorder=4,
        )
        return [line, start, end]

    def _draw_minimum(self, ax: Axes, minimum: _data.Floats) -> Line2D:
        (mark,) = ax.plot(
            *minimum,
            "*",
            markersize=11,
            color=_style.YELLOW,
            markeredgecolor=_style.DARK,
            label="minimum",
            zorder=5,
        )
        return mark


def _columns(estimator: Any, X: Any) -> _data.Floats:
    """Return the design matrix of a model of two parameters, shape (n_samples, 2).

    The prediction is linear in the parameters: a column is what the model predicts when its
    parameter is one and all others are zero.
    """
    from baremath.linear_model import LinearRegression

    check_is_fitted(estimator)
    if not isinstance(estimator, LinearRegression):
        raise TypeError(
            f"LossSurfaceDisplay draws baremath's LinearRegression; got {type(estimator).__name__}"
        )
    n_parameters = np.size(estimator.coef_) + estimator.fit_intercept * np.size(
        estimator.intercept_
    )
    if n_parameters != 2:
        raise ValueError(
            f"LossSurfaceDisplay draws a model of two parameters; this one has {n_parameters}. "
            "Fit it on one feature, or on two with fit_intercept=False"
        )
    probe = copy.copy(estimator)
    columns = []
    for parameters in np.eye(2):
        probe.coef_ = parameters[-np.size(estimator.coef_) :].reshape(np.shape(estimator.coef_))
        probe.intercept_ = parameters[0] if estimator.fit_intercept else 0.0
        columns.append(np.ravel(probe.predict(X)))
    return np.column_stack(columns)


def _minimum(
    estimator: Any, X: Any, y: ArrayLike, sample_weight: ArrayLike | None
) -> _data.Floats | None:
    """Return the parameters that a solver finds which doesn't descend; None where there is none."""
    if estimator.solver != "gradient_descent":
        return _parameters(estimator)
    try:
        return _parameters(clone(estimator).set_params(solver="auto").fit(X, y, sample_weight))
    except ValueError:  # this loss with this penalty is for gradient descent alone
        return None


def _parameters(estimator: Any) -> _data.Floats:
    """Return intercept, if any, and coefficients in the order of the history."""
    coefficients = np.ravel(estimator.coef_)
    if not estimator.fit_intercept:
        return coefficients
    return np.append(estimator.intercept_, coefficients)


def _window(
    middle: _data.Floats,
    landmarks: _data.Floats,
    columns: _data.Floats,
    y: _data.Floats,
    resolution: int,
) -> list[_data.Floats]:
    """Return the two grids: they hold the landmarks, and more where those lie close together.

    The standard deviation of y over the size of a column is a change of its parameter that shows.
    """
    shows = np.std(y) / np.sqrt(np.mean(columns**2, axis=0))
    farthest = np.abs(landmarks - middle).max(axis=0)
    half = np.maximum(1.15 * farthest, np.where(shows > 0, 0.5 * shows, 1.0))
    return [np.linspace(m - h, m + h, resolution) for m, h in zip(middle, half, strict=True)]


def _objective(
    estimator: Any,
    columns: _data.Floats,
    y: _data.Floats,
    weight: _data.Floats,
    parameters: _data.Floats,
) -> float:
    """Return the loss with its penalty; the intercept is not penalised."""
    from baremath.linear_model._losses import regression_loss

    loss = regression_loss(estimator.loss, estimator.epsilon)
    value = loss((columns @ parameters)[:, np.newaxis], y[:, np.newaxis], weight)
    w = parameters[-np.size(estimator.coef_) :]
    lasso, ridge = estimator.l1_ratio, 1 - estimator.l1_ratio
    penalty = estimator.alpha * (lasso * np.abs(w).sum() + ridge / 2 * w @ w)
    return float(value + penalty)
