"""A graph as a fragment of HTML: the picture, and below it the formulas as MathML."""

from __future__ import annotations

from collections.abc import Iterator

from baremath.autodiff.drawing.as_svg import to_svg
from baremath.autodiff.drawing.graph import Graph
from baremath.maths.mathml import mathml

_STYLE = """
.baremath-drawing { margin: 0; overflow-x: auto; font: 15px/1.6 ui-sans-serif, system-ui,
  "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
.baremath-drawing summary { cursor: pointer; padding: 0.5em 0; }
.baremath-drawing table { border-collapse: collapse; font-size: 1.1em; }
.baremath-drawing td { padding: 0.3em 1.5em 0.3em 0; text-align: left; vertical-align: middle; }
.baremath-drawing tr + tr td { border-top: 1px solid rgba(128, 128, 128, 0.25); }
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
</head>
<body>
{body}</body>
</html>
"""


def to_html(graph: Graph) -> str:
    """Return the drawing as a ``<figure>`` that needs neither scripts nor a network."""
    return "\n".join(_lines(graph)) + "\n"


def to_page(graph: Graph) -> str:
    """Return the same as a whole document."""
    return _PAGE.format(title="A computation graph", body=to_html(graph))


def _lines(graph: Graph) -> Iterator[str]:
    yield '<figure class="baremath-drawing">'
    yield f"<style>{_STYLE}</style>"
    yield to_svg(graph).rstrip()
    rows = [
        [f"{box.symbol} = {box.formula}", *_derivatives(graph, k)]
        for k, box in enumerate(graph.boxes)
        if box.formula
    ]
    if rows:
        more = ", and each local derivative" if any(len(row) > 1 for row in rows) else ""
        yield f"<details><summary>The formulas{more}</summary>"
        yield "<table>"
        for formula, *derivatives in rows:
            cells = [mathml(formula), " &#8195; ".join(map(mathml, derivatives))]
            yield "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        yield "</table>"
        yield "</details>"
    yield "</figure>"


def _derivatives(graph: Graph, box: int) -> Iterator[str]:
    for arrow in graph.into(box):
        if arrow.formula:
            relation = r":\ g \mapsto" if arrow.maps else "="
            yield f"{arrow.symbol} {relation} {arrow.formula}"
