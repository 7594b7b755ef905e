"""All optimizers down the same slope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from baremath.autodiff import grad
from baremath.optim import Optimizer
from baremath.plotting import _data, _style
from baremath.plotting._surfaces import SURFACES, Point, Surface

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.contour import ContourSet
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

# In the order of the rules of a surface: kin have like colours.
_COLOURS = (
    _style.DARK,
    _style.BLUE,
    _style.SKY,
    _style.GREEN,
    _style.PURPLE,
    _style.ORANGE,
    _style.VERMILION,
    _style.YELLOW,
)
_SYMBOLS = {
    "learning_rate": "α",
    "momentum": "ρ",
    "rho": "ρ",
    "beta_1": "β₁",
    "beta_2": "β₂",
    "epsilon": "ε",
    "weight_decay": "λ",
}
_RESOLUTION = 301  # points of the grid along each side of the picture
_N_BANDS = 17
_FAR = 1e6  # who gets as far as this has diverged
_FRAMES_A_SECOND = 10


class OptimizerRace:
    r"""All optimizers down the same surface, from the same point.

    Each band of the surface is a fixed factor higher than the one below, so that the slope can be
    seen near the minimum as well as on the heights. Beside it stand the optimizers in the order in
    which they came in, and how high above the lowest point each of them is.

    Parameters
    ----------
    surface : Surface
        What they went down.
    optimizers : sequence of Optimizer
        Who took part.
    paths : sequence of ndarray of shape (n_steps + 1, 2)
        Where each was before the first step and after each; NaN once it diverged.

    Attributes
    ----------
    heights : list of ndarray of shape (n_steps + 1,)
        How high above the lowest point each was.
    ax_ : matplotlib.axes.Axes
        The axes, once plotted.
    figure_ : matplotlib.figure.Figure
        The figure they are in.
    surface_ : matplotlib.contour.ContourSet
        The bands of height.
    lines_ : list of matplotlib.lines.Line2D
        The paths, in the order of `optimizers`.
    heads_ : list of matplotlib.lines.Line2D
        The marks at their ends.
    animation_ : matplotlib.animation.FuncAnimation
        The animation, once made.

    Examples
    --------
    >>> from baremath.optim import Adam, GradientDescent
    >>> from baremath.plotting import OptimizerRace
    >>> from matplotlib.figure import Figure
    >>> race = OptimizerRace.from_surface("valley", [GradientDescent(0.09), Adam(0.2)])
    >>> race.paths[0].round(2)  # the minimum is at (0, 0)
    array([[-4. ,  1. ],
           [-3.64, -0.8 ],
           ...
           [-0.01,  0. ]])
    >>> race.plot(Figure().add_subplot()).figure_.savefig("valley.png")  # doctest: +SKIP
    >>> race.animate().save("valley.gif", writer="pillow")  # doctest: +SKIP
    """

    ax_: Axes
    figure_: Figure
    surface_: ContourSet
    lines_: list[Line2D]
    heads_: list[Line2D]
    animation_: FuncAnimation

    def __init__(
        self, surface: Surface, optimizers: Sequence[Optimizer], paths: Sequence[_data.Floats]
    ) -> None:
        self.surface = surface
        self.optimizers = list(optimizers)
        self.paths = list(paths)
        self.n_steps = len(self.paths[0]) - 1
        self._grid = _grid(surface)
        self._lowest = self._find_lowest()
        self.heights = [_height(surface, *path.T) - self._lowest for path in self.paths]

    @classmethod
    def from_surface(
        cls,
        surface: str | Surface = "beale",
        optimizers: Sequence[Optimizer] | None = None,
        *,
        n_steps: int | None = None,
        start: Point | None = None,
    ) -> Self:
        """Let optimizers descend a surface.

        Parameters
        ----------
        surface : {"valley", "saddle", "ravine", "beale"} or Surface, default="beale"
            A valley twenty times as steep across as along; a saddle, entered beside its ridge;
            Rosenbrock's ravine, which bends; Beale's function, a plain between walls. Or your own.
        optimizers : sequence of Optimizer, default=None
            Who takes part; None for those of the surface: all rules, with learning rates at which
            each shows there what it is known for.
        n_steps : int, default=None
            How many steps; None for as many as the surface says.
        start : (float, float), default=None
            Where they begin; None for where the surface says.

        Returns
        -------
        OptimizerRace
            Run, and not yet drawn.

        Raises
        ------
        ValueError
            If there is no surface of that name, no optimizer, no step, or no height at the start.
        TypeError
            If the optimizers are something else.
        """
        if not isinstance(surface, Surface):
            if surface not in SURFACES:
                raise ValueError(
                    f"surface={surface!r} must be a Surface or one of {', '.join(SURFACES)}."
                )
            surface = SURFACES[surface]
        optimizers = surface.optimizers if optimizers is None else optimizers
        if not isinstance(optimizers, Sequence) or not all(
            isinstance(optimizer, Optimizer) for optimizer in optimizers
        ):
            raise TypeError(
                f"optimizers={optimizers!r} must be a list of optimizers, such as [Adam(0.1)]."
            )
        if not optimizers:
            raise ValueError("optimizers is empty; pass one or more, or None for all.")
        n_steps = surface.n_steps if n_steps is None else n_steps
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps={n_steps!r} must be a whole number of 1 or more.")
        first = surface.start if start is None else start
        if np.shape(first) != (2,) or np.isnan(_height(surface, *first)):
            raise ValueError(
                f"start={first} must be two numbers at which the surface has a height."
            )
        return cls(
            surface, optimizers, [_descend(surface, rule, first, n_steps) for rule in optimizers]
        )

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw the surface and the paths.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.

        Returns
        -------
        OptimizerRace
            This race, with `ax_`, `figure_` and the artists set.
        """
        self.figure_, self.ax_ = _style.figure_and_axes(ax, height=5)
        if ax is None:
            self.figure_.set_figwidth(8)
        self._draw_surface(self.ax_)
        self._draw_paths(self.ax_)
        _style.dress(self.ax_, title="", x_label="x", y_label="y", grid=None)
        self._show_step(self.n_steps)
        return self

    def animate(self, ax: Axes | None = None, *, seconds: float = 6.0) -> FuncAnimation:
        """Let them run, step by step.

        The layout of the figure stays as it is from then on, so that nothing jumps.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            The axes to draw on; None for a new figure.
        seconds : float, default=6
            How long the race takes; the finish stays for one second more.

        Returns
        -------
        matplotlib.animation.FuncAnimation
            ``.save("race.gif", writer="pillow")`` writes it to a file, ``.to_jshtml()`` returns it
            as HTML with buttons to play it.

        Raises
        ------
        ValueError
            If `seconds` isn't more than 0.
        """
        from matplotlib.animation import FuncAnimation

        if not 0 < seconds < np.inf:
            raise ValueError(f"seconds={seconds} must be more than 0.")
        self.plot(ax)
        self.figure_.draw_without_rendering()
        self.figure_.set_layout_engine("none")  # where all is now, it stays
        n_frames = min(self.n_steps + 1, max(2, round(_FRAMES_A_SECOND * seconds)))
        pause = seconds / n_frames
        steps = np.linspace(0, self.n_steps, n_frames).round().astype(int).tolist()
        steps += [self.n_steps] * round(1 / pause)
        self.animation_ = FuncAnimation(self.figure_, self._show_step, steps, interval=1000 * pause)
        return self.animation_

    def _find_lowest(self) -> float:
        """Return the height of the lowest point: the minimum, or the lowest that was seen."""
        if self.surface.minima:
            return float(np.min(_height(self.surface, *np.transpose(self.surface.minima))))
        on_paths = (np.nanmin(_height(self.surface, *path.T)) for path in self.paths)
        return float(min(np.nanmin(self._grid[2]), *on_paths))

    def _draw_surface(self, ax: Axes) -> None:
        x, y, z = self._grid
        above = z - self._lowest
        some = above[above > 0]
        low, high = np.quantile(some, [0.003, 1]) if some.size else (0.5, 1.0)
        levels = np.unique([0, *np.geomspace(low, high, _N_BANDS)])
        greys = [str(grey) for grey in np.linspace(1, 0.74, len(levels) - 1)]
        self.surface_ = ax.contourf(x, y, above, levels=levels, colors=greys)
        self.surface_.set_edgecolor("face")  # no seams between the bands in an SVG
        ax.contour(x, y, above, levels=levels[1:], colors="#999999", linewidths=0.4)
        for minimum in self.surface.minima:
            ax.plot(*minimum, "+", color=_style.DARK, markersize=14, markeredgewidth=1.5)
        ax.plot(
            *self.paths[0][0],
            "o",
            markersize=7,
            color="white",
            markeredgecolor=_style.DARK,
            zorder=4,
        )
        if self.surface.formula:
            ax.annotate(
                f"$f = {self.surface.formula}$",
                (0, 1),
                xycoords="axes fraction",
                xytext=(0, 7),
                textcoords="offset points",
            )
        left, right, bottom, top = self.surface.window
        ax.set(xlim=(left, right), ylim=(bottom, top))

    def _draw_paths(self, ax: Axes) -> None:
        """Draw the paths, the winner's on top, and a legend, the winner first."""
        from matplotlib.patheffects import withStroke

        self.lines_, self.heads_ = [], []
        self._order = np.argsort([heights[-1] for heights in self.heights], kind="stable").tolist()
        for i, path in enumerate(self.paths):
            colour = _COLOURS[i % len(_COLOURS)]
            edge = _style.DARK if colour == _style.YELLOW else "white"
            behind = self._order.index(i) / len(self._order)
            self.lines_ += ax.plot(
                *path.T,
                color=colour,
                linewidth=1.8,
                path_effects=[withStroke(linewidth=2.8, foreground=edge)],
                zorder=4 - behind,
            )
            self.heads_ += ax.plot(
                *path[-1],
                color=colour,
                marker=_style.MARKERS[(i + i // len(_COLOURS)) % len(_style.MARKERS)],
                markersize=8,
                markeredgecolor=_style.DARK,
                zorder=6 - behind,
            )
        ax.legend(
            handles=[(self.lines_[i], self.heads_[i]) for i in self._order],
            labels=[self._words(i, self.n_steps) for i in self._order],
            title="height above the lowest point",
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            borderaxespad=0.2,
            frameon=False,
            fontsize=8,
            title_fontsize=8,
            alignment="left",
        )

    def _show_step(self, step: int) -> list[Artist]:
        """Show where they are after so many steps, and how they came there."""
        for line, head, path in zip(self.lines_, self.heads_, self.paths, strict=True):
            line.set_data(*path[: step + 1].T)
            head.set_data(*path[[step]].T)
        legend = self.ax_.get_legend()
        assert legend is not None
        for text, i in zip(legend.get_texts(), self._order, strict=True):
            text.set_text(self._words(i, step))
        steps = "1 step" if step == 1 else f"{step:,} steps"
        title = self.ax_.set_title(
            f"{self.surface.title} after {steps}",
            loc="left",
            fontsize=11,
            pad=24 if self.surface.formula else None,
        )
        return [*self.lines_, *self.heads_, *legend.get_texts(), title]

    def _words(self, i: int, step: int) -> str:
        """Return what stands beside the picture: which rule, with which rates, and how high."""
        point, height = self.paths[i][step], float(self.heights[i][step])
        left, right, bottom, top = self.surface.window
        if np.isnan(point).any():
            where = f"diverged in step {np.isnan(self.paths[i][:, 0]).argmax():,}"
        elif left <= point[0] <= right and bottom <= point[1] <= top:
            where = _style.amount(height, digits=2)
        else:
            where = f"{_style.amount(height, digits=2)}, outside the picture"
        return f"{_rule_and_rates(self.optimizers[i])}\n{where}"


def _height(surface: Surface, x: Any, y: Any) -> _data.Floats:
    """Return the function of arrays; NaN where it isn't defined or isn't finite."""
    with np.errstate(all="ignore"):
        height = surface.function(x, y)
    return np.where(np.isfinite(height), height, np.nan)


def _grid(surface: Surface) -> tuple[_data.Floats, _data.Floats, _data.Floats]:
    """Return x, y and the height at each point of the picture."""
    left, right, bottom, top = surface.window
    x, y = np.meshgrid(np.linspace(left, right, _RESOLUTION), np.linspace(bottom, top, _RESOLUTION))
    return x, y, _height(surface, x, y)


def _descend(surface: Surface, optimizer: Optimizer, start: Point, n_steps: int) -> _data.Floats:
    """Return the points of a path; NaN from where it can't be followed."""
    slope = grad(surface.function, argnums=(0, 1))
    path = np.full((n_steps + 1, 2), np.nan)
    point = path[0] = np.array(start, float)
    state = optimizer.init(point)
    for step in range(1, n_steps + 1):
        with np.errstate(all="ignore"):  # where it is too steep to follow
            point, state = optimizer.update(point, np.array(slope(*point)), state)
        if not np.all(np.abs(point) < _FAR) or np.isnan(_height(surface, *point)):
            break
        path[step] = point
    return path


def _rule_and_rates(optimizer: Optimizer) -> str:
    """Return the name, the learning rate and whatever else isn't as usual.

    >>> from baremath.optim import AdamW
    >>> _rule_and_rates(AdamW(0.2, weight_decay=0.1))
    'AdamW, α = 0.2, λ = 0.1'
    """
    words = [type(optimizer).__name__]
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name == "learning_rate" or value != field.default:
            words.append(f"{_SYMBOLS.get(field.name, field.name)} = {value:g}")
    return ", ".join(words)
