"""A figure as SVG that stands inside a page."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def figure_to_svg(figure: Figure, title: str | None = None) -> str:
    """Return a figure as an ``<svg>`` element to put into an HTML page.

    The same figure gives the same text. Its identifiers begin with a digest of the picture, so
    different ones can stand on one page. Words stay words: they can be searched, selected and read
    aloud.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure; it is left as it was.
    title : str, default=None
        What a screen reader says of the picture; None for the titles of its axes.

    Returns
    -------
    str
        The element, without an XML declaration.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from baremath.plotting import figure_to_svg
    >>> figure = Figure(figsize=(3, 2))
    >>> _ = figure.add_subplot().set_title("Nothing yet")
    >>> svg = figure_to_svg(figure)
    >>> svg[:4], "Nothing yet</title>" in svg
    ('<svg', True)
    """
    from matplotlib import rc_context

    buffer = io.StringIO()
    without_metadata = dict.fromkeys(["Creator", "Date", "Format", "Type"])
    with (
        rc_context({"svg.hashsalt": "baremath", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # matplotlib's font may lack a letter that the reader's browser has
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure.savefig(buffer, format="svg", dpi=150, metadata=without_metadata)
    drawing = buffer.getvalue()
    prefix = f"figure-{hashlib.sha256(drawing.encode()).hexdigest()[:12]}"
    element = drawing[drawing.index("<svg") :].strip()
    element = re.sub(r'(\sid="|href="#|url\(#)', rf"\g<1>{prefix}-", element)
    opening, content = element.split(">", maxsplit=1)
    words = escape(title if title is not None else _titles(figure), quote=False)
    return (
        f'{opening} role="img" aria-labelledby="{prefix}-title">'
        f'<title id="{prefix}-title">{words}</title>{content}'
    )


def _titles(figure: Figure) -> str:
    """Return the titles of the figure and its axes, as one line."""
    titles = [figure.get_suptitle()]
    for ax in figure.axes:
        titles += [ax.get_title(loc) for loc in ("left", "center", "right")]
    return ", ".join(title.replace(r"\$", "$") for title in titles if title) or "Figure"
