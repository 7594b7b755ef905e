"""A picture that stands in the page, as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDTH = 5.0  # inches; more, and the words are too small on a phone
_MOST_BARS = 15


@dataclass(frozen=True)
class Picture:
    """A picture and what it shows.

    Parameters
    ----------
    svg : str
        An ``<svg>`` element, with a title for who can't see it.
    caption : str
        The sentence below.
    is_drawing : bool, default=False
        Whether it has its own size, and colours for the dark, as a drawn tree has.
    """

    svg: str
    caption: str
    is_drawing: bool = False


def new_axes(*, height: float) -> Axes:
    """Return axes of the page's width, `height` inches high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH, height), layout="constrained").add_subplot()


def finished(ax: Axes, description: str, caption: str) -> Picture:
    """Return what was drawn on axes as a picture."""
    from baremath.plotting import figure_to_svg

    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.patch.set_alpha(0)  # the page's own colour shows through, light or dark
    ax.patch.set_alpha(0)
    return Picture(figure_to_svg(figure, title=description), caption)


def bars(
    title: str,
    x_label: str,
    names: Sequence[str],
    values: Sequence[float],
    caption: str,
    *,
    errors: Sequence[float] | None = None,
) -> Picture:
    """Draw a bar for each name, the longest at the top, and its number at the right.

    Of more than 15 the largest are shown.
    """
    from baremath.plotting import _style

    order = sorted(range(len(names)), key=lambda k: -values[k])
    shown = order[:_MOST_BARS]
    ax = new_axes(height=max(1.8, 1.1 + 0.26 * len(shown)))
    rows = range(len(shown))
    ax.barh(
        rows,
        [values[k] for k in shown],
        xerr=None if errors is None else [errors[k] for k in shown],
        color=_style.BLUE,
        ecolor=_style.DARK,
        height=0.7,
        capsize=2,
    )
    ax.axvline(0, color=_style.DARK, linewidth=0.8)
    for row, k in enumerate(shown):
        ax.annotate(
            _style.amount(values[k], digits=2),
            (1, row),
            xycoords=ax.get_yaxis_transform(),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    ax.set_yticks(rows, [_style.label(names[k]) for k in shown])
    ax.tick_params(axis="y", length=0, labelsize=9)
    ax.set_ylim(len(shown) - 0.4, -0.6)
    rest = len(names) - len(shown)
    more = f" ({rest} smaller ones not shown)" if rest else ""
    _style.dress(ax, title=title, x_label=f"{x_label}{more}", y_label="", grid="x")
    ax.spines["left"].set_visible(False)
    ax.locator_params(axis="x", nbins=5)
    said = ", ".join(f"{names[k]} {_style.amount(values[k], digits=2)}" for k in shown)
    return finished(ax, f"{title}: {said}", caption)
