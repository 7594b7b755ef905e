"""A graph in the language of Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from baremath.autodiff.drawing.as_svg import loop_colour
from baremath.autodiff.drawing.as_text import assigned, derivative, notes
from baremath.autodiff.drawing.graph import Box, Graph
from baremath.autodiff.drawing.numbers import one_line
from baremath.maths import plain

_WIDEST = 48
_STYLES = {
    "leaf": "rounded,bold",
    "constant": "rounded,dashed",
    "operation": "rounded",
    "earlier": "rounded,dotted",
}


def to_dot(graph: Graph) -> str:
    """Return the drawing as a digraph, for the command `dot`."""
    return "\n".join(_lines(graph)) + "\n"


def _lines(graph: Graph) -> Iterator[str]:
    yield "digraph computation {"
    yield "  rankdir=LR;"
    yield '  node [shape=box, fontname="sans-serif"];'
    yield '  edge [fontname="sans-serif", fontcolor="#0072b2"];'
    if words := notes(graph):
        yield f"  label={_quoted(words)};"
    out = plain(graph.boxes[-1].symbol)
    for k, box in enumerate(graph.boxes):
        label = _quoted(_label(box, graph.values, out))
        colour = f', color="{loop_colour(box.loop)}"' if box.loop else ""
        yield f'  n{k} [style="{_STYLES[box.kind]}"{colour}, label={label}];'
    for arrow in graph.arrows:
        label = derivative(arrow, _WIDEST)
        yield f"  n{arrow.start} -> n{arrow.end}" + (
            f" [label={_quoted([label])}];" if label else ";"
        )
    yield "}"


def _label(box: Box, values: str, out: str) -> list[str]:
    operation = ", ".join(filter(None, [box.operation, box.details]))
    lines = [operation, assigned(box)] if operation else [assigned(box)]
    if box.value is not None:
        lines.append(f"{values} {one_line(box.value, _WIDEST)}")
    if box.gradient is not None:
        lines.append(f"∂{out}/∂{plain(box.symbol)} = {one_line(box.gradient, _WIDEST)}")
    return lines


def _quoted(lines: list[str]) -> str:
    r"""Return lines as one string of DOT, in which \ and " are themselves."""
    escaped = (line.replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + "\\n".join(escaped) + '"'
