"""The coefficients of a linear model, largest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure


class CoefficientsDisplay:
    """What each feature adds to the output, the largest at the top.

    The sign is shown twice: to the right of zero and blue is positive, to the left and vermilion is
    negative. The number stands at the right. A model with several outputs (a class each) has a mark
    for each of them instead of bars. Coefficients can be compared where the features have one
    scale, as in a `TableModel`.

    Parameters
    ----------
    coefficients : array-like of shape (n_features,) or (n_outputs, n_features)
        The weights, without the intercept.
    names : sequence of str
        The features' names.
    output_names : sequence of str, default=()
        The outputs' names, where there are several.
    max_features : int, default=20
        How many are shown; the rest is counted below.

    Attributes
    ----------
    shown : ndarray of shape (n_shown,)
        Indices of the features shown, the largest in magnitude first.
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    bars_ : matplotlib.container.BarContainer or None
        The bars of a single output, in the order of `shown`.
    marks_ : list of matplotlib.collections.PathCollection
        The marks of several outputs, one collection each.

    Examples
    --------
    >>> from baremath.plotting import CoefficientsDisplay
    >>> from matplotlib.figure import Figure
    >>> display = CoefficientsDisplay([0.5, -2.0], ["rooms", "age"])
    >>> [float(bar.get_width()) for bar in display.plot(Figure().add_subplot()).bars_]
    [-2.0, 0.5]
    >>> display.figure_.savefig("coefficients.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    bars_: BarContainer | None
    marks_: list[PathCollection]

    def __init__(
        self,
        coefficients: ArrayLike,
        names: Sequence[str],
        *,
        output_names: Sequence[str] = (),
        max_features: int = 20,
    ) -> None:
        self.coefficients = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
        self.names = list(names)
        if max_features < 1:
            raise ValueError(f"max_features must be 1 or more; got {max_features}")
        n_outputs, n_features = self.coefficients.shape
        if len(self.names) != n_features:
            raise ValueError(f"{n_features} coefficients need as many names; got {len(self.names)}")
        self.output_names = list(output_names) or [f"output {k + 1}" for k in range(n_outputs)]
        size = np.abs(self.coefficients).max(axis=0)
        self.shown = np.argsort(-size, kind="stable")[:max_features]

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        *,
        feature_names: Sequence[str] | None = None,
        max_features: int = 20,
        ax: Axes | None = None,
    ) -> Self:
        """Draw the coefficients of a fitted linear model.

        Parameters
        ----------
        estimator : estimator
            With ``coef_``; or a pipeline or `TableModel` that ends in such a model.
        feature_names : sequence of str, default=None
            Names of the coefficients; None for those of the model's features and of the functions
            in its basis, else x₁, x₂, ….
        max_features : int, default=20
            How many are shown.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        CoefficientsDisplay

        Raises
        ------
        ValueError
            If the model has no coefficients, or another number of them than names.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        check_is_fitted(estimator)
        linear, columns = _linear_model(estimator)
        if not hasattr(linear, "coef_"):
            raise ValueError(
                f"{type(linear).__name__} has no coefficients (no coef_): this picture is for "
                "linear models"
            )
        coefficients = np.atleast_2d(linear.coef_)
        classes = getattr(linear, "classes_", ())
        return cls(
            coefficients,
            feature_names or _names(linear, coefficients.shape[1], columns),
            output_names=[str(c) for c in classes] if len(coefficients) == len(classes) else (),
            max_features=max_features,
        ).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the bars, or the marks of several outputs.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure, taller for many features.

        Returns
        -------
        CoefficientsDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        n_shown = len(self.shown)
        height = max(4.0, 1.0 + 0.22 * n_shown)
        self.figure_, ax = _style.figure_and_axes(ax, height=height)
        self.ax_ = ax
        values = self.coefficients[:, self.shown]
        rows = np.arange(n_shown)
        single = len(values) == 1
        ax.axvline(0, color=_style.DARK, linewidth=0.8)
        self.bars_ = self._draw_bars(ax, rows, values[0]) if single else None
        self.marks_ = [] if single else self._draw_marks(ax, rows, values)
        ax.set_yticks(rows, [_style.label(self.names[j]) for j in self.shown])
        ax.tick_params(axis="y", length=0, labelsize=9 if n_shown <= 12 else 7.5)
        ax.set_ylim(n_shown - 0.4, -0.6)
        rest = len(self.names) - n_shown
        _style.dress(
            ax,
            title="Coefficients" if not rest else f"The {n_shown} largest coefficients",
            x_label="coefficient" if not rest else f"coefficient ({rest} smaller ones not shown)",
            y_label="",
            legend=self.marks_,
            grid="x",
        )
        ax.spines["left"].set_visible(False)
        ax.locator_params(axis="x", nbins=5)  # room for long numbers
        return self

    def _draw_bars(self, ax: Axes, rows: Any, values: _data.Floats) -> BarContainer:
        colors = [_style.BLUE if value >= 0 else _style.VERMILION for value in values]
        bars = ax.barh(rows, values, color=colors, height=0.7)
        for row, value in zip(rows, values, strict=True):
            ax.annotate(
                _style.amount(value, digits=3),
                (1, row),  # at the right edge, where they meet neither names nor bars
                xycoords=ax.get_yaxis_transform(),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
            )
        return bars

    def _draw_marks(self, ax: Axes, rows: Any, values: _data.Floats) -> list[PathCollection]:
        return [
            ax.scatter(
                row_values,
                rows,
                color=_style.PALETTE[k % len(_style.PALETTE)],
                marker=_style.MARKERS[k % len(_style.MARKERS)],
                s=32,
                alpha=0.85,
                label=_style.label(name, longest=16),
                zorder=3,
            )
            for k, (row_values, name) in enumerate(zip(values, self.output_names, strict=True))
        ]


def _names(linear: Any, n_coefficients: int, columns: list[str] | None) -> list[str]:
    """Return a name for each coefficient of a model that is given `columns`."""
    basis = getattr(linear, "basis_", None)
    if basis is None:
        return columns or _data.feature_names(linear, n_coefficients)
    from baremath.linear_model._basis import column_names

    features = columns or _data.feature_names(linear, linear.n_features_in_)
    return column_names(basis, features, n_coefficients)


def _linear_model(estimator: Any) -> tuple[Any, list[str] | None]:
    """Return the last model of a pipeline or `TableModel`, and a pipeline's names of columns."""
    if isinstance(estimator, Pipeline):
        before = estimator[:-1]
        names = list(before.get_feature_names_out()) if len(before) else None
        return estimator[-1], names
    return getattr(estimator, "estimator_", estimator), None
