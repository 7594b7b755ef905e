"""A graph as rows of rails: one column for each value that is still waiting to be used."""

from __future__ import annotations

from dataclasses import dataclass

from baremath.autodiff.drawing.graph import Graph

#: A rail that goes up, down, left, right from where it is.
_PIECES = {
    (1, 1, 0, 0): "│",
    (1, 1, 0, 1): "├",
    (1, 1, 1, 0): "┤",
    (1, 1, 1, 1): "┼",
    (1, 0, 1, 0): "╯",
    (1, 0, 0, 1): "╰",
    (1, 0, 1, 1): "┴",
    (0, 1, 1, 0): "╮",
    (0, 1, 0, 1): "╭",
    (0, 1, 1, 1): "┬",
}
_MARKS = {"leaf": "○", "constant": "□", "operation": "●", "earlier": "⋮"}


@dataclass(frozen=True)
class Row:
    """One box and the rails beside it.

    Parameters
    ----------
    box : int
        Which box.
    joining : str
        The row above, in which its inputs come together; "" of one that has none.
    node : str
        The row of the box itself.
    """

    box: int
    joining: str
    node: str


def rows(graph: Graph) -> list[Row]:
    """Return the boxes in an order in which few values wait, with their rails."""
    sources = [
        list(dict.fromkeys(arrow.start for arrow in graph.into(end)))
        for end in range(len(graph.boxes))
    ]
    uses = [0] * len(graph.boxes)
    for starts in sources:
        for start in starts:
            uses[start] += 1
    columns: list[int | None] = []
    found = []
    for box in _order(sources):
        before = list(columns)
        joined = [columns.index(start) for start in sources[box]]
        for start in sources[box]:
            uses[start] -= 1
        ending = [column for column in joined if not uses[columns[column]]]  # type: ignore[index]
        for column in ending:
            columns[column] = None
        own = min(ending) if ending else _first_free(columns)
        columns[own] = box
        marks = {own: _MARKS[graph.boxes[box].kind]}
        joining = _joining(before, columns, {*joined, own}) if joined else ""
        node = " ".join(
            marks.get(k, " " if waiting is None else "│") for k, waiting in enumerate(columns)
        )
        found.append(Row(box, joining, node.rstrip()))
        if not uses[box]:
            columns[own] = None
    return found


def _order(sources: list[list[int]]) -> list[int]:
    """Return the boxes, each straight after the last of its inputs."""
    done: list[int] = []
    seen: set[int] = set()
    stack = [(len(sources) - 1, False)]
    while stack:
        box, inputs_done = stack.pop()
        if inputs_done:
            done.append(box)
        elif box not in seen:
            seen.add(box)
            stack.append((box, True))
            stack += [(start, False) for start in reversed(sources[box])]
    return done


def _first_free(columns: list[int | None]) -> int:
    if None not in columns:
        columns.append(None)
    return columns.index(None)


def _joining(before: list[int | None], after: list[int | None], joined: set[int]) -> str:
    first, last = min(joined), max(joined)
    text = ""
    for k in range(len(after)):
        up, down = k < len(before) and before[k] is not None, after[k] is not None
        inside = first < k <= last
        text += "─" if inside else " " * bool(k)
        if k in joined and first < last:
            text += _PIECES[up, down, inside, first <= k < last]
        elif up and down:
            text += "│"
        else:
            text += "─" if inside else " "
    return text.rstrip()
