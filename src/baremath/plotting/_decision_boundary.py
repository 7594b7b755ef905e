"""Where a classifier decides for which class, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from baremath.plotting import _data, _style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

_STRONGEST = 0.6  # how much of a class's colour the shade has where its probability is one
_REGION = 0.35  # the same for a region of a model without probabilities


class DecisionBoundaryDisplay:
    """The plane of two features: shaded by probability, with the boundary and the data.

    Two classes: the shade is the probability of the second, the black line is p = 0.5. More
    classes: the colour is that of the likeliest, paler where it is less likely. A model without
    probabilities has plain regions.

    Parameters
    ----------
    grid_x, grid_y : ndarray of shape (n_points,)
        The grid's values of the first and the second feature.
    scores : ndarray of shape (n_points, n_points, n_classes)
        ``scores[i, j, k]`` is the probability of class k at ``(grid_x[j], grid_y[i])``; or any
        number that is largest for the class decided for.
    probabilities : bool
        Whether `scores` are probabilities.
    classes : ndarray of shape (n_classes,)
        The classes.
    points : ndarray of shape (n_samples, 2)
        The data.
    y : ndarray of shape (n_samples,), default=None
        The classes of the data; without them no points are drawn.
    feature_names : sequence of str
        The words on the two axes.
    target_name : str
        What the classes are of.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    surface_ : matplotlib.image.AxesImage
        The shade: the probability of the second of two classes, else colours.
    boundaries_ : list of matplotlib.contour.ContourSet
        The lines around each class's region; for two classes, the one line.
    points_ : list of matplotlib.collections.PathCollection
        The data, one collection for each class.

    Examples
    --------
    >>> from baremath.linear_model import LogisticRegression
    >>> from baremath.plotting import DecisionBoundaryDisplay
    >>> from matplotlib.figure import Figure
    >>> X, y = [[0, 0], [1, 0], [0, 2], [1, 2]], [0, 0, 1, 1]
    >>> model = LogisticRegression().fit(X, y)
    >>> ax = Figure().add_subplot()
    >>> display = DecisionBoundaryDisplay.from_estimator(model, X, y, ax=ax)
    >>> (line,) = display.boundaries_[0].allsegs[0]  # p = 0.5 half-way between the classes
    >>> line[:, 1].round(3).min(), line[:, 1].round(3).max()
    (np.float64(1.0), np.float64(1.0))
    >>> display.figure_.savefig("boundary.png")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    surface_: AxesImage
    boundaries_: list[ContourSet]
    points_: list[PathCollection]

    def __init__(
        self,
        *,
        grid_x: _data.Floats,
        grid_y: _data.Floats,
        scores: _data.Floats,
        probabilities: bool,
        classes: NDArray[Any],
        points: _data.Floats,
        y: NDArray[Any] | None = None,
        feature_names: tuple[str, str] = ("x₁", "x₂"),
        target_name: str = "y",
    ) -> None:
        self.grid_x = grid_x
        self.grid_y = grid_y
        self.scores = scores
        self.probabilities = probabilities
        self.classes = classes
        self.points = points
        self.y = y
        self.feature_names = feature_names
        self.target_name = target_name

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: ArrayLike | None = None,
        *,
        grid_resolution: int = 200,
        ax: Axes | None = None,
    ) -> Self:
        """Draw a fitted classifier of two features, with data.

        Parameters
        ----------
        estimator : classifier
            Fitted on two features.
        X : array-like or table of shape (n_samples, 2)
            The data; the picture covers them with a margin.
        y : array-like of shape (n_samples,), default=None
            Their classes; without them no points are drawn.
        grid_resolution : int, default=200
            Points of the grid along each axis.
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        DecisionBoundaryDisplay

        Raises
        ------
        ValueError
            If the model is no classifier, or has not two features.
        sklearn.exceptions.NotFittedError
            If the model isn't fitted.
        """
        check_is_fitted(estimator)
        if not hasattr(estimator, "classes_"):
            raise ValueError(
                f"{cls.__name__} draws classifiers; {type(estimator).__name__} has no classes_"
            )
        points = _data.features(X, 2, display=cls.__name__)
        labels = None if y is None else np.ravel(np.asarray(y))
        if labels is not None:
            _data.same_length(points, labels)
        grid_x, grid_y = (_grid(column, grid_resolution) for column in points.T)
        plane = np.column_stack([g.ravel() for g in np.meshgrid(grid_x, grid_y)])
        scores, probabilities = _scores(estimator, _data.like(X, plane))
        first, second = _data.feature_names(estimator, 2, X)
        return cls(
            grid_x=grid_x,
            grid_y=grid_y,
            scores=scores.reshape(len(grid_y), len(grid_x), -1),
            probabilities=probabilities,
            classes=np.asarray(estimator.classes_),
            points=points,
            y=labels,
            feature_names=(first, second),
            target_name=_data.target_name(estimator, y),
        ).plot(ax)

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the shade, the boundary and the data.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        DecisionBoundaryDisplay
            This display, with `ax_`, `figure_` and the artists set.
        """
        from matplotlib.lines import Line2D

        self.figure_, ax = _style.figure_and_axes(ax)
        self.ax_ = ax
        binary = len(self.classes) == 2
        self.surface_ = self._draw_probability(ax) if binary else self._draw_colors(ax)
        self.boundaries_ = self._draw_boundaries(ax)
        self.points_ = [] if self.y is None else self._draw_points(ax)
        ax.set_xlim(self.grid_x[0], self.grid_x[-1])
        ax.set_ylim(self.grid_y[0], self.grid_y[-1])
        x_label, y_label = map(_style.label, self.feature_names)
        line = Line2D([], [], color=_style.DARK, linewidth=1.2, label="p = 0.5")
        _style.dress(
            ax,
            title="Decision boundary",
            x_label=x_label,
            y_label=y_label,
            legend=[*self.points_, line] if binary and self.probabilities else self.points_,
            grid=None,
        )
        return self

    def _draw_probability(self, ax: Axes) -> AxesImage:
        """Shade between the colours of two classes, white where they are equally likely."""
        from matplotlib.colors import LinearSegmentedColormap

        strongest = _STRONGEST if self.probabilities else _REGION
        ends = [_tint(k, strongest) for k in range(2)]
        colors = LinearSegmentedColormap.from_list("classes", [ends[0], (1, 1, 1), ends[1]])
        second = self.scores[..., 1] if self.probabilities else self._decided() == 1
        image = self._show(ax, np.asarray(second, dtype=float), cmap=colors, vmin=0, vmax=1)
        if self.probabilities:
            name = _style.label(f"{self.target_name} = {self.classes[1]}")
            self.figure_.colorbar(image, ax=ax, label=f"P({name})")
        return image

    def _draw_colors(self, ax: Axes) -> AxesImage:
        """Shade each point in the colour of its class, white where all are equally likely."""
        n_classes = len(self.classes)
        strength = np.full(self.scores.shape[:2], _REGION)
        if self.probabilities:
            sure = (self.scores.max(axis=-1) - 1 / n_classes) / (1 - 1 / n_classes)
            strength = _STRONGEST * sure
        full = np.array([_tint(k, 1.0) for k in range(n_classes)])[self._decided()]
        return self._show(ax, 1 - strength[..., None] * (1 - full))

    def _show(self, ax: Axes, values: NDArray[Any], **style: Any) -> AxesImage:
        """Show values on the grid, each in the middle of its pixel."""
        half_x, half_y = (np.diff(g[:2])[0] / 2 for g in (self.grid_x, self.grid_y))
        edges = (
            self.grid_x[0] - half_x,
            self.grid_x[-1] + half_x,
            self.grid_y[0] - half_y,
            self.grid_y[-1] + half_y,
        )
        return ax.imshow(values, origin="lower", extent=edges, aspect="auto", zorder=0, **style)

    def _draw_boundaries(self, ax: Axes) -> list[ContourSet]:
        """Draw where each class's lead over the best other is zero."""
        n_classes = len(self.classes)
        leads = [_lead(self.scores, k) for k in ([1] if n_classes == 2 else range(n_classes))]
        return [
            ax.contour(
                self.grid_x, self.grid_y, lead, levels=[0.0], colors=_style.DARK, linewidths=1.2
            )
            for lead in leads
            if lead.min() < 0 < lead.max()  # a class that is decided for everywhere, or nowhere
        ]

    def _draw_points(self, ax: Axes) -> list[PathCollection]:
        many = len(self.points) > _style.MANY_POINTS
        drawn = []
        for k, name in enumerate(self.classes):
            mine = self.points[self.y == name]
            drawn.append(
                ax.scatter(
                    mine[:, 0],
                    mine[:, 1],
                    s=8 if many else 22,
                    color=_tint(k, 1.0),
                    marker=_style.MARKERS[k % len(_style.MARKERS)],
                    edgecolors="white",
                    linewidths=0.2 if many else 0.6,
                    rasterized=many,
                    label=_style.label(name, longest=16),
                )
            )
        return drawn

    def _decided(self) -> NDArray[np.intp]:
        return np.asarray(self.scores.argmax(axis=-1))


def _grid(column: _data.Floats, resolution: int) -> _data.Floats:
    """Cover a feature's values, with a margin of a twentieth of their range."""
    low, high = column.min(), column.max()
    margin = 0.05 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, resolution)


def _scores(estimator: Any, points: Any) -> tuple[_data.Floats, bool]:
    """Return a score for each point and class, and whether it is a probability."""
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(points)), True
    if hasattr(estimator, "decision_function"):
        decision = np.asarray(estimator.decision_function(points))
        return (decision if decision.ndim == 2 else np.column_stack([-decision, decision])), False
    predicted = np.asarray(estimator.predict(points))
    return (predicted[:, None] == np.asarray(estimator.classes_)).astype(np.float64), False


def _lead(scores: _data.Floats, k: int) -> _data.Floats:
    """Return how far the score of class k is above the best of the others."""
    return np.asarray(scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1))


def _tint(k: int, strength: float) -> tuple[float, float, float]:
    """Return the colour of class k, mixed with white."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(_style.PALETTE[k % len(_style.PALETTE)])
    return (
        1 - strength * (1 - red),
        1 - strength * (1 - green),
        1 - strength * (1 - blue),
    )
