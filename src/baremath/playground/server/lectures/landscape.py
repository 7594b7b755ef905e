"""A landscape: the heights of a function of two numbers, as bands that a page paints."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from msgspec import Meta

from baremath.playground.server.lectures.descent import Floats, Losses

#: Left, right, bottom, top.
Window = tuple[float, float, float, float]
Coordinate = Annotated[float, Meta(ge=-1e4, le=1e4)]

N_BANDS = 16


def check_window(name: str, window: Window) -> None:
    """Refuse a window that has no inside.

    Raises
    ------
    ValueError
        If left isn't left of right, or bottom not below top.
    """
    left, right, bottom, top = window
    if not (left < right and bottom < top):
        raise ValueError(f"{name}={list(window)} must be left, right, bottom, top, in order.")


def grid(window: Window, resolution: int) -> Floats:
    """Return the points of a grid, row by row from the top left.

    Returns
    -------
    ndarray of shape (resolution * resolution, 2)
    """
    left, right, bottom, top = window
    across, down = np.linspace(left, right, resolution), np.linspace(top, bottom, resolution)
    x, y = np.meshgrid(across, down)
    return np.column_stack([x.ravel(), y.ravel()])


def heights(losses: Losses, window: Window, resolution: int) -> Floats:
    """Return the losses on a grid, NaN where there is none; row 0 is the top."""
    with np.errstate(all="ignore"):
        found = np.array(losses(grid(window, resolution)), np.float64)
    return np.where(np.isfinite(found), found, np.nan).reshape(resolution, resolution)


def even_bands(found: Floats) -> Any:
    """Return how many bands high each place is, of `N_BANDS` whose edges grow as squares.

    A parabola has them evenly spaced.

    Returns
    -------
    list of list of float
    """
    low, high = np.nanmin(found), np.nanmax(found)
    return _rounded(N_BANDS * np.sqrt((found - low) / ((high - low) or 1.0)))


def steep_bands(found: Floats, lowest: float) -> Any:
    """Return the same, each edge a fixed factor higher than the one below.

    So the slope can be seen near the minimum as well as on the heights.

    Parameters
    ----------
    found : ndarray of shape (n, n)
        The heights.
    lowest : float
        The height of the lowest point, on the grid or off it.
    """
    above = np.maximum(found - lowest, 0.0)
    low, high = np.nanquantile(above[above > 0], [0.003, 1]) if (above > 0).any() else (0.5, 1.0)
    with np.errstate(divide="ignore"):
        share = np.log(above / low) / np.log(high / low)
    return _rounded(1 + (N_BANDS - 1) * np.maximum(share, -1 / (N_BANDS - 1)))


def _rounded(bands: Floats) -> Any:
    return np.round(bands, 2).tolist()
