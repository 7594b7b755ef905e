"""A graph in the terminal: a row for each value, rails between them, columns of numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from baremath.autodiff.drawing.graph import Arrow, Box, Graph
from baremath.autodiff.drawing.numbers import one_line, written_out
from baremath.autodiff.drawing.rails import rows
from baremath.maths import plain

NARROWEST = 40
_GAP = "   "
_NARROWEST_NUMBERS, _WIDEST_NUMBERS = 18, 40
_MOST_RAILS = 24


class Part(NamedTuple):
    """A run of text in a style of rich's."""

    text: str
    style: str = ""


def lines(graph: Graph, width: int) -> Iterator[list[Part]]:
    """Yield the lines of the drawing, each at most `width` cells wide.

    Raises
    ------
    ValueError
        If `width` is too small to draw in.
    """
    if width < NARROWEST:
        raise ValueError(f"width={width}; a drawing needs at least {NARROWEST} characters")
    drawn = rows(graph)
    rails = max(cell_len(row.node) for row in drawn)
    if rails > min(_MOST_RAILS, width // 3):
        rails = 0  # the formulas name what they are made of
    left = rails + 2 if rails else 0

    def beside(rail: str, parts: list[Part]) -> list[Part]:
        return [Part(rail.ljust(left) if rails else "", "dim"), *parts]

    table = _table([graph.boxes[row.box] for row in drawn], graph, width - left)
    yield beside("", table.pop(0))
    for row, cells in zip(drawn, table, strict=True):
        rail, below = row.joining, "".join("│" if c not in " │" else c for c in row.node)
        for text in _derivatives(graph, row.box, width - left):
            yield beside(rail, [Part(text, "cyan")])
            rail = below
        yield beside(row.node, cells)
    for note in notes(graph):
        yield [Part("")]
        yield from ([Part(line, "dim")] for line in _wrapped(note.split(), " ", width))


def notes(graph: Graph) -> list[str]:
    """Return what a reader of the drawing must be told."""
    if any(arrow.maps and arrow.derivative is None for arrow in graph.arrows):
        g = "g is the gradient by an operation's result, the formula with g what its input gets."
        return [*graph.notes, g]
    return graph.notes


def assigned(box: Box) -> str:
    """Return what a box is and how it was computed, as text."""
    if box.kind == "earlier":
        return box.name
    symbol = plain(box.symbol)
    if not box.formula:
        return symbol
    return f"{symbol} = {plain(box.formula)}"


def derivative(arrow: Arrow, width: int) -> str:
    """Return a local derivative as text: its numbers if they fit, else its formula."""
    numbers = ""
    if arrow.derivative is not None:
        entries = arrow.derivative.ravel()
        alike = len(entries) and (entries == entries[0]).all()
        numbers = written_out(entries[:1] if alike else arrow.derivative)
    return numbers if 0 < len(numbers) <= width else plain(arrow.formula)


def equation(arrow: Arrow, width: int) -> str:
    """Return a local derivative with what it is called."""
    right = derivative(arrow, width)
    maps = arrow.maps and right == plain(arrow.formula)
    return f"{plain(arrow.symbol)}{': g ↦' if maps else ' ='} {right}"


def _table(boxes: list[Box], graph: Graph, width: int) -> list[list[Part]]:
    """Return the heading and a line for each box, in aligned columns."""
    out = plain(graph.boxes[-1].symbol)
    heading = ["", graph.values, *([f"∂{out}/∂·"] if graph.has_gradients else [])]
    labels = [", ".join(filter(None, [assigned(box), box.details])) for box in boxes]
    shares = len(heading) - 1
    room = width - len(_GAP) * shares
    least = min(_NARROWEST_NUMBERS, room // (shares + 1))
    numbers = min(max((room - max(map(cell_len, labels))) // shares, least), _WIDEST_NUMBERS)
    table = [
        [
            label,
            *(
                "" if array is None else one_line(array, numbers)
                for array in (box.value, box.gradient)
            ),
        ][: len(heading)]
        for label, box in zip(labels, boxes, strict=True)
    ]
    widths = [
        min(max(cell_len(line[k]) for line in [heading, *table]), numbers if k else width)
        for k in range(len(heading))
    ]
    widths[0] = min(widths[0], room - sum(widths[1:]))
    styles = [["dim"] * 3, *(["bold" if box.kind == "leaf" else "", "", "cyan"] for box in boxes)]
    return [
        [
            Part(("" if k == 0 else _GAP) + _fitted(cell, widths[k], right=k > 0), style)
            for k, (cell, style) in enumerate(zip(line, styles_of_line, strict=False))
        ]
        for line, styles_of_line in zip([heading, *table], styles, strict=True)
    ]


def _derivatives(graph: Graph, box: int, width: int) -> list[str]:
    """Return the lines that say the derivatives of a box by its inputs."""
    pieces = [
        _fitted(equation(arrow, _WIDEST_NUMBERS), width).rstrip()
        for arrow in graph.into(box)
        if arrow.formula
    ]
    return _wrapped(pieces, _GAP, width) or ([""] if graph.into(box) else [])


def _fitted(text: str, width: int, *, right: bool = False) -> str:
    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    return " " * (width - length) + text if right else text + " " * (width - length)


def _wrapped(pieces: list[str], gap: str, width: int) -> list[str]:
    found: list[str] = []
    for piece in pieces:
        if found and cell_len(found[-1]) + len(gap) + cell_len(piece) <= width:
            found[-1] += gap + piece
        else:
            found.append(piece)
    return found
