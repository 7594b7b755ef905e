"""A tree as SVG: a box for each node, and branches as wide as their part of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from baremath.tree.structure import LEAF, Tree
from baremath.tree.tidy import tidy
from baremath.tree.wording import Wording

# Okabe & Ito (2008), Color Universal Design: told apart with any kind of colour vision.
_PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#F0E442")
_BELOW, _ABOVE = _PALETTE[:2]

_STYLE = """
.baremath-tree { --ink: #1f2328; --quiet: #59616e; --line: #c3c9d2; --paper: #ffffff; }
@media (prefers-color-scheme: dark) { .baremath-tree { --ink: #e8eaed; --quiet: #a9b2bf;
  --line: #4a5364; --paper: #15181d; } }
.baremath-tree text { font: 13px ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial,
  "Liberation Sans", sans-serif; font-variant-numeric: tabular-nums; fill: var(--ink); }
.baremath-tree .said { font-weight: 600; }
.baremath-tree .quiet { font-size: 11px; fill: var(--quiet); }
.baremath-tree .paper { fill: var(--paper); }
.baremath-tree .frame { fill: none; stroke: var(--line); }
.baremath-tree .leaf .frame { stroke: var(--quiet); }
.baremath-tree .cut .frame { stroke-dasharray: 4 3; }
.baremath-tree .edge { fill: none; stroke: var(--line); stroke-linecap: round; }
"""

_MARGIN = 20.0
_PADDING = 10.0
_LINE = 16.0
_BAR = 4.0
_CORNER = 6.0
_WIDEST_EDGE = 14.0
_LONGEST = 30


def is_shown(tree: Tree, max_depth: int | None) -> NDArray[np.bool_]:
    """Mark the nodes that are drawn."""
    if max_depth is None:
        return np.ones(len(tree), bool)
    return np.asarray(tree.depth <= max_depth)


def is_cut(tree: Tree, max_depth: int | None) -> NDArray[np.bool_]:
    """Mark the inner nodes at which a drawing ends."""
    if max_depth is None:
        return np.zeros(len(tree), bool)
    return np.asarray((tree.depth == max_depth) & (tree.feature != LEAF))


class Picture:
    """Everything measured and placed."""

    def __init__(
        self, words: Wording, criterion: str, max_depth: int | None, *, grows_down: bool
    ) -> None:
        self.words, self.criterion, self.grows_down = words, criterion, grows_down
        self.tree = tree = words.tree
        depth, cut = tree.depth, is_cut(tree, max_depth)
        shown = is_shown(tree, max_depth)
        self.nodes = [int(node) for node in np.flatnonzero(shown)]
        self.cut = {int(node) for node in np.flatnonzero(cut)}
        self.children = {
            node: (int(tree.left[node]), int(tree.right[node]))
            for node in self.nodes
            if tree.feature[node] != LEAF and node not in self.cut
        }
        self.lines = {node: self._lines(node) for node in self.nodes}
        widths = {node: self._width(node) for node in self.nodes}
        heights = {node: self._height(node) for node in self.nodes}
        levels = [[node for node in self.nodes if depth[node] == k] for k in set(depth[shown])]
        across, along = (widths, heights) if self.grows_down else (heights, widths)
        middle = tidy(self.children, across, 16.0 if self.grows_down else 8.0)
        starts: dict[int, float] = {}
        start = 0.0
        for level in levels:
            starts |= dict.fromkeys(level, start)
            start += max(along[node] for node in level) + (44.0 if self.grows_down else 64.0)
        corners = {node: (middle[node] - across[node] / 2, starts[node]) for node in self.nodes}
        self.boxes = {
            node: (
                _MARGIN + (a if self.grows_down else b),
                _MARGIN + (b if self.grows_down else a),
                widths[node],
                heights[node],
            )
            for node, (a, b) in corners.items()
        }

    def elements(self) -> Iterator[str]:
        """Yield the element, line by line."""
        legend = self._legend()
        right = max(x + width for x, _, width, _ in self.boxes.values())
        bottom = max(y + height for _, y, _, height in self.boxes.values())
        x, y = _MARGIN, bottom + 2 * _MARGIN
        places: list[tuple[float, float]] = []
        for colour, text in legend:
            step = _text_width(text) * 0.9 + (18 if colour else 0) + 18
            if places and x + step > max(right, 320.0):
                x, y = _MARGIN, y + _LINE + 4
            places.append((x, y))
            x += step
        ends = [x + _text_width(text) for (x, _), (_, text) in zip(places, legend, strict=True)]
        width = max(right, *ends) + _MARGIN
        height = y + _MARGIN
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="baremath-tree" role="img" '
            f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}">'
        )
        n_leaves = self.tree.n_leaves
        leaves = "1 leaf" if n_leaves == 1 else f"{n_leaves:,} leaves"
        yield f"<title>A decision tree with {leaves}</title>"
        yield f"<style>{_STYLE}</style>"
        yield '<rect class="paper" width="100%" height="100%" rx="6"/>'
        for node, pair in self.children.items():
            for child, said in zip(pair, ("yes", "no"), strict=True):
                yield from self._edge(node, child, said)
        for node in self.nodes:
            yield from self._box(node)
        for (x, y), (colour, text) in zip(places, legend, strict=True):
            if colour:
                place = f'x="{x:.1f}" y="{y - 9:.1f}" width="12" height="12" rx="3"'
                yield f'<rect {place} fill="{colour}"/>'
            at = f'x="{x + (18 if colour else 0):.1f}" y="{y + 1:.1f}"'
            yield f'<text class="quiet" {at}>{escape(text)}</text>'
        yield "</svg>"

    def _lines(self, node: int) -> tuple[str, str]:
        """Return what a node says, and what stands below it."""
        words, tree = self.words, self.tree
        impurity = f"{self.criterion} {words.amount(float(tree.impurity[node]))}"
        if node in self.cut:
            return _short(words.answer(node)), f"{words.rows(node)} · {words.more_questions(node)}"
        if tree.feature[node] != LEAF:
            below = f"{words.rows(node)} · {impurity}"
            if words.class_names is None:
                below += f" → {words.answer(node)}"
            return _short(words.question(node)), below
        if words.class_names is None:
            return _short(words.answer(node)), f"{words.rows(node)} · {impurity}"
        share = max(words.shares(node))
        return _short(words.answer(node)), f"{words.rows(node)} · {100 * share:.3g} %"

    def _width(self, node: int) -> float:
        said, below = self.lines[node]
        return max(_text_width(said) * 1.06, _text_width(below) * 0.85, 44.0) + 2 * _PADDING

    def _height(self, node: int) -> float:
        return 2 * _LINE + 1.2 * _PADDING + (_BAR + 4 if self._has_bar(node) else 0.0)

    def _has_bar(self, node: int) -> bool:
        return self.words.class_names is not None and self.tree.impurity[node] > 0

    def _edge(self, node: int, child: int, said: str) -> Iterator[str]:
        x, y, width, height = self.boxes[node]
        to_x, to_y, to_width, to_height = self.boxes[child]
        share = float(self.tree.n_samples[child]) / max(1.0, float(self.tree.n_samples[0]))
        thick = 1.2 + _WIDEST_EDGE * share
        if self.grows_down:
            x, y, to_x = x + width / 2, y + height, to_x + to_width / 2
            bend = (to_y - y) / 2
            path = f"M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} "
            at_x, at_y = to_x + (-9 if said == "yes" else 9), to_y - 8
            anchor = "end" if said == "yes" else "start"
        else:
            x, y, to_y = x + width, y + height / 2, to_y + to_height / 2
            bend = (to_x - x) / 2
            path = f"M{x:.1f} {y:.1f}C{x + bend:.1f} {y:.1f} {to_x - bend:.1f} {to_y:.1f} "
            above = -thick / 2 - 3
            at_x, at_y, anchor = to_x - 6, to_y + (above if said == "yes" else 9 - above), "end"
        path += f"{to_x:.1f} {to_y:.1f}"
        yield f'<path class="edge" stroke-width="{thick:.1f}" d="{path}"/>'
        at = f'x="{at_x:.1f}" y="{at_y:.1f}" text-anchor="{anchor}"'
        yield f'<text class="quiet" {at}>{said}</text>'

    def _box(self, node: int) -> Iterator[str]:
        x, y, width, height = self.boxes[node]
        kind = "cut" if node in self.cut else "question" if node in self.children else "leaf"
        rect = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{_CORNER:g}"'
        colour, strength = self._colour(node)
        said, below = self.lines[node]
        middle = x + width / 2
        yield f'<g class="{kind}" data-node="{node}">'
        yield f"<title>{escape(self._tooltip(node))}</title>"
        yield f'<rect class="paper" {rect}/>'
        yield f'<rect fill="{colour}" fill-opacity="{strength:.2f}" {rect}/>'
        yield f'<rect class="frame" {rect}/>'
        y += 0.6 * _PADDING + 12
        at = f'x="{middle:.1f}" text-anchor="middle"'
        yield f'<text class="said" {at} y="{y:.1f}">{escape(said)}</text>'
        yield f'<text class="quiet" {at} y="{y + _LINE:.1f}">{escape(below)}</text>'
        if self._has_bar(node):
            yield from self._bar(node, x + _PADDING, y + _LINE + 7, width - 2 * _PADDING)
        yield "</g>"

    def _bar(self, node: int, x: float, y: float, width: float) -> Iterator[str]:
        """Yield the shares of the classes side by side."""
        for k, share in enumerate(self.words.shares(node)):
            if share > 0:
                place = f'x="{x:.1f}" y="{y:.1f}" width="{width * share:.1f}" height="{_BAR:g}"'
                yield f'<rect {place} fill="{_class_colour(k)}"/>'
            x += width * share

    def _colour(self, node: int) -> tuple[str, float]:
        """Return a colour and how strong it is: full at the surest or farthest answer."""
        words, value = self.words, self.tree.value
        if words.class_names is not None:
            shares = words.shares(node)
            k, chance = int(np.argmax(shares)), 1 / len(shares)
            surer = (shares[k] - chance) / (1 - chance) if len(shares) > 1 else 1.0
            return _class_colour(k), 0.04 + 0.34 * surer
        if value.shape[1] > 1:
            return "none", 0.0
        away = value[:, 0] - value[0, 0]
        farthest = float(np.abs(away).max()) or 1.0
        return (_BELOW if away[node] < 0 else _ABOVE), 0.42 * abs(float(away[node])) / farthest

    def _tooltip(self, node: int) -> str:
        words, tree = self.words, self.tree
        parts = [words.rows(node), f"{self.criterion} {words.amount(float(tree.impurity[node]))}"]
        if node in self.children:
            missing = "yes" if tree.missing_left[node] else "no"
            parts = [words.question(node, most=40), *parts, f"missing values: {missing}"]
        if words.class_names is None:
            parts.append(f"answer {words.answer(node)}")
        else:
            named = zip(words.class_names, words.shares(node), strict=True)
            parts += [f"{name}: {words.amount(100 * share)} %" for name, share in named if share]
        return "\n".join(parts)

    def _legend(self) -> list[tuple[str, str]]:
        words, mean = self.words, self.words.answer(0)
        if words.class_names is not None:
            met = np.flatnonzero(self.tree.value.max(axis=0) > 0).tolist()
            return [(_class_colour(k), _short(str(words.class_names[k]))) for k in met]
        if self.tree.value.shape[1] > 1:
            return [("", f"all rows: {mean}")]
        return [(_BELOW, f"below {mean}, the answer for all rows"), (_ABOVE, "above")]


def _class_colour(k: int) -> str:
    """Return the colour of class k: of many classes, unlike those of the classes next to it."""
    return _PALETTE[k] if k < len(_PALETTE) else f"hsl({k * 137.5 % 360:.0f}, 45%, 33%)"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text_width(text: str) -> float:
    """Return about how wide a text is at 13 pixels."""
    return cell_len(text) * 7.2
