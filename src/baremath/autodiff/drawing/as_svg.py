"""A graph as SVG: boxes from left to right, each with its formula, value and gradient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from baremath.autodiff.drawing.as_text import assigned, derivative, equation, notes
from baremath.autodiff.drawing.cards import (
    BRACKET,
    COLUMN_GAP,
    LINE,
    PADDING,
    Numbers,
    card,
    width,
)
from baremath.autodiff.drawing.graph import Arrow, Graph
from baremath.autodiff.drawing.layers import place
from baremath.maths import plain

STYLE = """
.baremath-graph { --ink: #1f2328; --quiet: #6b7280; --line: #b4bac5; --paper: #ffffff;
  --box: #f6f7f9; --accent: #0072b2; }
@media (prefers-color-scheme: dark) { .baremath-graph { --ink: #e8eaed; --quiet: #9aa3b0;
  --line: #566072; --paper: #15181d; --box: #1f242c; --accent: #6cc0f5; } }
.baremath-graph text { font: 13px ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial,
  "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; fill: var(--ink); }
.baremath-graph .formula { font-weight: 600; }
.baremath-graph .quiet { font-size: 11px; fill: var(--quiet); }
.baremath-graph .ink { fill: var(--ink); }
.baremath-graph .gradient, .baremath-graph .derivative { fill: var(--accent); }
.baremath-graph .derivative { font-size: 12px; }
.baremath-graph .paper { fill: var(--paper); }
.baremath-graph .box { fill: var(--box); stroke: var(--line); }
.baremath-graph .leaf .box { stroke: var(--quiet); stroke-width: 1.5; }
.baremath-graph .constant .box, .baremath-graph .earlier .box { stroke-dasharray: 4 3; }
.baremath-graph .output .box { stroke: var(--accent); stroke-width: 1.5; }
.baremath-graph .edge { fill: none; stroke: var(--line); stroke-width: 1.5; }
.baremath-graph .head { fill: var(--line); }
.baremath-graph .bracket { fill: none; stroke: var(--quiet); }
.baremath-graph .gradient.bracket { stroke: var(--accent); }
"""

_MARGIN = 20.0
_BEND = 36.0  # the part of a gap in which edges change height
_BETWEEN = 22.0  # the least distance between boxes of one layer
_PORTS = 20.0  # between two edges that enter one box
_HEAD = 7.0
_WIDEST_LABEL = 24


def to_svg(graph: Graph) -> str:
    """Return the drawing as an ``<svg>`` element that needs nothing else."""
    return "\n".join(_Picture(graph).elements()) + "\n"


class _Picture:
    """Everything measured and placed."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.cards = [card(box) for box in graph.boxes]
        entering = [len(graph.into(box)) for box in range(len(graph.boxes))]
        self.heights = [
            max(card.height, _PORTS * (n + 0.5))
            for card, n in zip(self.cards, entering, strict=True)
        ]
        edges = [(arrow.start, arrow.end) for arrow in graph.arrows]
        self.placed = place(self.heights, edges, _BETWEEN, top=_MARGIN)
        self.labels = [derivative(arrow, _WIDEST_LABEL) for arrow in graph.arrows]
        self.labels = [text if len(text) <= _WIDEST_LABEL else "" for text in self.labels]
        self.columns = self._columns()
        self.ports = self._ports()

    def elements(self) -> Iterator[str]:
        """Yield the element, line by line."""
        graph, out = self.graph, plain(self.graph.boxes[-1].symbol)
        words = self._words(out)
        bottom = self.placed.bottom
        last_x, last_width = self.columns[-1]
        whole = max(last_x + last_width + _MARGIN, *(width(text) for text in words), 0.0)
        height = bottom + 1.5 * _MARGIN + LINE * (len(words) + 0.5)
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="baremath-graph" role="img" '
            f'width="{whole:.0f}" height="{height:.0f}" viewBox="0 0 {whole:.0f} {height:.0f}">'
        )
        yield f"<title>How {escape(out)} was computed</title>"
        yield f"<style>{STYLE}</style>"
        yield '<rect class="paper" width="100%" height="100%" rx="6"/>'
        for k, arrow in enumerate(graph.arrows):
            yield from self._edge(k, arrow)
        for box in range(len(graph.boxes)):
            yield from self._box(box)
        for k, text in enumerate(words):
            y = bottom + 1.5 * _MARGIN + LINE * (k + 0.5)
            yield f'<text class="quiet" x="{_MARGIN:g}" y="{y:.1f}">{text}</text>'
        yield "</svg>"

    def _words(self, out: str) -> list[str]:
        """Return the lines below the picture, escaped."""
        legend = [f'<tspan class="ink">{escape(self.graph.values)}</tspan>']
        if self.graph.has_gradients:
            legend.append(f'<tspan class="gradient">gradient ∂{escape(out)}/∂·</tspan>')
        if any(self.labels):
            legend.append('on an arrow: <tspan class="gradient">the local derivative</tspan>')
        return [" &#8195; ".join(legend), *map(escape, notes(self.graph))]

    def _columns(self) -> list[tuple[float, float]]:
        """Return the left side and the width of each layer."""
        layer = self.placed.layer
        columns: list[tuple[float, float]] = []
        x = _MARGIN
        for k in range(max(layer) + 1):
            strips = [
                _small_width(label)
                for label, arrow in zip(self.labels, self.graph.arrows, strict=True)
                if layer[arrow.end] == k
            ]
            x += _BEND + max(strips) + _HEAD + 8 if k else 0
            columns.append(
                (x, max(c.width for c, own in zip(self.cards, layer, strict=True) if own == k))
            )
            x += columns[-1][1]
        return columns

    def _ports(self) -> list[float]:
        """Return the height at which each arrow enters its box, in the order they come in."""
        ports = [0.0] * len(self.graph.arrows)
        entering: dict[int, list[int]] = {}
        for k, arrow in enumerate(self.graph.arrows):
            entering.setdefault(arrow.end, []).append(k)
        for end, arrows in entering.items():
            arrows.sort(key=lambda k: self._heights_on_the_way(self.graph.arrows[k])[-1])
            top = self.placed.y[end] - _PORTS * (len(arrows) - 1) / 2
            for i, k in enumerate(arrows):
                ports[k] = top + _PORTS * i
        return ports

    def _heights_on_the_way(self, arrow: Arrow) -> list[float]:
        """Return the heights of an arrow where it starts and in the layers that it passes."""
        layer, start = self.placed.layer, arrow.start
        passed = range(layer[start] + 1, layer[arrow.end])
        return [self.placed.y[start], *(self.placed.waypoints[start, k] for k in passed)]

    def _edge(self, k: int, arrow: Arrow) -> Iterator[str]:
        heights = [*self._heights_on_the_way(arrow), self.ports[k]]
        first = self.placed.layer[arrow.start]
        path = f"M{self._right(first):.1f} {heights[0]:.1f}"
        for column, (before, after) in enumerate(pairwise(heights), first):
            x, bend = self._right(column), _BEND
            path += (
                f"C{x + bend / 2:.1f} {before:.1f} {x + bend / 2:.1f} {after:.1f} "
                f"{x + bend:.1f} {after:.1f}H{self._right(column + 1):.1f}"
            )
        x, y = self.columns[self.placed.layer[arrow.end]][0], heights[-1]
        path = path[: path.rindex("H")] + f"H{x - _HEAD:.1f}"
        yield f'<g data-edge="{arrow.start} {arrow.end}">'
        if arrow.formula:
            yield f"<title>{escape(equation(arrow, 200))}</title>"
        yield f'<path class="edge" d="{path}"/>'
        head = f"M{x:.1f} {y:.1f}l{-_HEAD:g} {_HEAD / 2:g}v{-_HEAD:g}z"
        yield f'<path class="head" d="{head}"/>'
        if self.labels[k]:
            at = f'x="{x - _HEAD - 2:.1f}" y="{y - 4:.1f}" text-anchor="end"'
            label = _formula(self.labels[k]).replace("  ", "\N{NO-BREAK SPACE} ")
            yield f'<text class="derivative" {at}>{label}</text>'
        yield "</g>"

    def _right(self, column: int) -> float:
        return sum(self.columns[column])

    def _box(self, index: int) -> Iterator[str]:
        box, content = self.graph.boxes[index], self.cards[index]
        x, box_width = self.columns[self.placed.layer[index]]
        height = self.heights[index]
        top = self.placed.y[index] - height / 2
        kinds = f"{box.kind} output" if index == len(self.graph.boxes) - 1 else box.kind
        yield f'<g class="{kinds}" data-node="{index}">'
        yield f"<title>{escape(assigned(box))}</title>"
        yield (
            f'<rect class="box" x="{x:.1f}" y="{top:.1f}" width="{box_width:.1f}" '
            f'height="{height:.1f}" rx="6"/>'
        )
        if box.loop:
            bar = f'x="{x:.1f}" y="{top + 5:.1f}" width="4" height="{height - 10:.1f}" rx="2"'
            yield f'<rect {bar} fill="{loop_colour(box.loop)}"/>'
        y = top + (height - content.height) / 2 + PADDING * 0.7 + 12
        x += PADDING
        if content.heading:
            yield f'<text class="quiet" x="{x:.1f}" y="{y:.1f}">{escape(content.heading)}</text>'
            y += LINE
        yield f'<text class="formula" x="{x:.1f}" y="{y:.1f}">{_formula(content.formula)}</text>'
        for numbers in content.numbers:
            y += numbers.space
            yield from _numbers(numbers, x, y + LINE)
            y += LINE * len(numbers.rows)
        yield "</g>"


def loop_colour(loop: int) -> str:
    """Return a colour for each number, unlike those of the numbers next to it."""
    return f"hsl({loop * 137.5 % 360:.0f}, 65%, 52%)"  # the golden angle


def _numbers(numbers: Numbers, x: float, y: float) -> Iterator[str]:
    """Yield rows of text whose first baseline is at y."""
    if not numbers.is_matrix:
        for k, (line,) in enumerate(numbers.rows):
            at = f'x="{x:.1f}" y="{y + LINE * k:.1f}"'
            yield f'<text class="{numbers.kind}" {at}>{escape(line)}</text>'
        return
    edges, right = [], x + BRACKET
    for column in numbers.columns:
        right += column
        edges.append(right)
        right += COLUMN_GAP
    for k, row in enumerate(numbers.rows):
        cells = "".join(
            f'<tspan x="{edge:.1f}">{escape(text)}</tspan>'
            for edge, text in zip(edges, row, strict=True)
        )
        at = f'y="{y + LINE * k:.1f}" text-anchor="end"'
        yield f'<text class="{numbers.kind}" {at}>{cells}</text>'
    top, height = y - 13, LINE * len(numbers.rows) - 2
    left, last = x + 1, x + numbers.width - 1
    path = f"M{left + 3:.1f} {top:.1f}h-3v{height:g}h3M{last - 3:.1f} {top:.1f}h3v{height:g}h-3"
    yield f'<path class="{numbers.kind} bracket" d="{path}"/>'


def _formula(text: str) -> str:
    """Return a formula, escaped, with its exponents raised."""
    raised = r'<tspan dy="-5" font-size="10">\1</tspan><tspan dy="5">&#8203;</tspan>'
    return re.sub(
        r"\^(?:\(([^()]*)\)|(\w))", lambda m: raised.replace(r"\1", m[1] or m[2]), escape(text)
    )


def _small_width(text: str) -> float:
    return width(text) * 0.9
