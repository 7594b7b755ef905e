"""How the pictures look. Set on each axes, never in rcParams: nothing outside changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np

from baremath.maths import number, plain

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe & Ito (2008), Color Universal Design: told apart with any kind of colour vision. Black and
# grey are left for lines and text, and the pale yellow stands last.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW = "#E69F00", "#56B4E9", "#F0E442"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW)
DARK, GREY = "#222222", "#7F7F7F"

# A class differs in shape too, so that a grey print can be read; with 7 colours and 8 shapes no two
# of the first 56 classes look alike.
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")

SURFACE = "cividis"  # rises evenly in lightness, and looks the same to the colour-blind

# From here on a vector picture of the points is larger than a bitmap of them, and slower to show.
MANY_POINTS = 2000


def figure_and_axes(ax: Axes | None, *, height: float = 4.0) -> tuple[Figure, Axes]:
    """Return `ax` and its figure, or a new figure of pyplot's, 6 inches wide, and its axes."""
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.subplots(figsize=(6, height), layout="constrained")
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("ax has been removed from its figure; pass axes that are in one")
    return figure, ax


def dress(
    ax: Axes,
    *,
    title: str,
    x_label: str,
    y_label: str,
    legend: Sequence[Artist] = (),
    grid: Literal["both", "x"] | None = "both",
) -> None:
    """Give the axes their words, and take the frame away where it says nothing.

    A short legend stands in a row below the title, a long one in a column at the right: neither
    covers any data.
    """
    from matplotlib.ticker import ScalarFormatter, StrMethodFormatter

    words = [str(artist.get_label()) for artist in legend]
    in_a_row = len(words) <= 4 and len("".join(words)) <= 45
    ax.set_title(title, loc="left", fontsize=11, pad=20 if words and in_a_row else None)
    if words:
        ax.legend(
            handles=legend,
            loc="lower left" if in_a_row else "upper left",
            bbox_to_anchor=(0.0, 1.0) if in_a_row else (1.0, 1.0),
            ncols=4 if in_a_row else 1,
            frameon=False,
            fontsize=8,
            borderaxespad=0.2,
        )
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
    for axis in (ax.xaxis, ax.yaxis):
        largest = np.abs(axis.get_view_interval()).max()
        if isinstance(axis.get_major_formatter(), ScalarFormatter) and 1e4 <= largest < 1e7:
            axis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    ax.set_axisbelow(True)
    if grid is not None:
        ax.grid(visible=True, axis=grid, color="#DDDDDD", linewidth=0.6)


def amount(x: float, *, digits: int = 4) -> str:
    """Return a number as text, in the style of derivations.

    >>> amount(136848.2), amount(-0.51239), amount(2.5e-7)
    ('136,848', '−0.5124', '2.5 × 10⁻⁷')
    """
    return plain(number(x, digits))


def label(name: object, *, longest: int = 32) -> str:
    r"""Return a name from the user's table as matplotlib shows it: one line, no formula, not long.

    >>> label("price ($)")
    'price (\\$)'
    >>> label("the mean of all values of the last twelve months", longest=20)
    'the mean o…ve months'
    """
    text = " ".join(str(name).split())
    if len(text) > longest:
        head = longest // 2
        text = f"{text[:head]}…{text[head + 1 - longest :]}"
    return text.replace("$", r"\$")
