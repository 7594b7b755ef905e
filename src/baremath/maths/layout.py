"""A formula as lines of text: matrices over several lines, long sums broken at their operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len, chop_cells

from baremath.maths.plain import Piece, pieces, spaced, text_of
from baremath.maths.symbols import ENVIRONMENTS
from baremath.maths.tree import Atom, Row, Table, parse

# A bracket over several lines: the first, the middle, any other and the last line.
_TALL = {
    "[": "⎡⎢⎢⎣",
    "]": "⎤⎥⎥⎦",
    "(": "⎛⎜⎜⎝",
    ")": "⎞⎟⎟⎠",
    "{": "⎧⎨⎪⎩",
    "|": "││││",
}


@dataclass(frozen=True)
class Block:
    """Lines of one width, of which `middle` stands on the line of the formula."""

    lines: tuple[str, ...]
    middle: int = 0

    @property
    def width(self) -> int:
        """The number of terminal cells from left to right."""
        return cell_len(self.lines[0])

    def __add__(self, other: Block) -> Block:
        """Return both side by side, their middles on one line."""
        above = max(self.middle, other.middle)
        below = max(len(self.lines) - self.middle, len(other.lines) - other.middle)
        left, right = (
            [
                block.lines[i] if 0 <= i < len(block.lines) else " " * block.width
                for i in range(block.middle - above, block.middle + below)
            ]
            for block in (self, other)
        )
        return Block(tuple(a + b for a, b in zip(left, right, strict=True)), above)


@dataclass(frozen=True)
class _Item:
    """A piece laid out: the space before it, and how much it would hurt to break the line there."""

    gap: str
    block: Block
    pain: int | None  # None where a line can't be broken

    @property
    def width(self) -> int:
        return len(self.gap) + self.block.width


def layout(latex: str, width: int) -> list[Block]:
    r"""Return a formula as blocks, each at most `width` cells wide, to be set below each other.

    A matrix takes a line for each of its rows. Where the formula is too wide, its matrices show
    fewer columns; where the first two and the last are too many, they are written in one line.

    Parameters
    ----------
    latex : str
        LaTeX mathematics, without the dollar signs.
    width : int
        The width of a line in terminal cells.

    Returns
    -------
    list of Block
        One block for each line of the formula, lines broken before an operator.
    """
    row = parse(latex)
    items = _items(list(spaced(_narrowed(pieces(row, stacked=True), width))), width)
    if any(item.block.width > width for item in items):
        items = _items(list(spaced(pieces(row))), width)
    blocks = []
    while items:
        end = _end_of_line(items, width)
        line, items = items[:end], items[end:]
        block = line[0].block
        for item in line[1:]:
            block = block + Block((item.gap,)) + item.block
        blocks.append(block)
    return blocks or [Block(("",))]


def _narrowed(parts: list[Piece], width: int) -> list[Piece]:
    """Return the pieces with columns left out of the widest matrices until they fit on a line."""
    while sum(item.width for item in _items(list(spaced(parts)), width)) > width:
        wide = [
            (_table(piece.table, "").width, i, piece.table)
            for i, piece in enumerate(parts)
            if piece.table is not None and _can_be_narrower(piece.table)
        ]
        if not wide:
            break
        _, i, table = max(wide, key=lambda candidate: candidate[0])
        parts[i] = replace(parts[i], table=_narrower(table))
    return parts


def _can_be_narrower(table: Table) -> bool:
    return table.environment == "bmatrix" and {len(row) > 4 for row in table.rows} == {True}


def _narrower(table: Table) -> Table:
    """Return the matrix with dots for the two columns before the last, dots themselves or not."""

    def dots(row: tuple[Row, ...]) -> Row:
        return (Atom("⋱" if row[0] == (Atom("⋮"),) else "⋯"),)

    return replace(table, rows=tuple((*row[:-3], dots(row), row[-1]) for row in table.rows))


def _items(parts: list[tuple[str, Piece]], width: int) -> list[_Item]:
    items, depth, left = [], 0, ""
    for gap, piece in parts:
        depth -= piece.kind == "close"
        pain = None
        if gap and (piece.kind in ("binary", "relation") or left == "punct"):
            # A product holds its factors closer than a sum its terms.
            pain = 2 * depth + (piece.text in "·×⊙")
        if piece.table is not None:
            items.append(_Item(gap, _table(piece.table, piece.text), pain))
        else:
            first, *rest = chop_cells(piece.text, width) or [""]
            items.append(_Item(gap, Block((first,)), pain))
            items += [_Item("", Block((part,)), 0) for part in rest]
        depth += piece.kind == "open"
        left = piece.kind
    return items


def _end_of_line(items: Sequence[_Item], width: int) -> int:
    """Return how many items go on the line: to the least painful break not too near its start."""
    used, breaks = 0, []
    for i, item in enumerate(items):
        if i and item.pain is not None:
            breaks.append((used, item.pain, i))
        used += item.width if i else item.block.width
        if used > width and i:
            late = [b for b in breaks if b[0] >= width / 3] or breaks
            return min(late, key=lambda b: (b[1], -b[0]))[2] if late else i
    return len(items)


def _table(table: Table, exponent: str) -> Block:
    cells = [[text_of(cell) for cell in row] for row in table.rows]
    columns = max(map(len, cells), default=0)
    for row in cells:
        row += [""] * (columns - len(row))
    widths = [max(cell_len(row[j]) for row in cells) for j in range(columns)]
    left_aligned = {"cases": range(columns), "aligned": range(1, columns, 2)}.get(
        table.environment, ()
    )
    between = " " if table.environment == "aligned" else "  "
    lines = [
        between.join(
            _padded(cell, widths[j], to_the_left=j in left_aligned) for j, cell in enumerate(row)
        )
        for row in cells
    ] or [""]
    left, right = ENVIRONMENTS[table.environment]
    if table.environment == "cases" and len(lines) > 1:
        right = ""
    sides = zip(_bracket(left, len(lines)), lines, _bracket(right, len(lines)), strict=True)
    block = Block(tuple(map("".join, sides)), (len(lines) - 1) // 2)
    return block + Block((exponent, *[" " * cell_len(exponent)] * block.middle), block.middle)


def _bracket(character: str, height: int) -> Sequence[str]:
    """Return a bracket as one character, or none, for each line."""
    if height == 1 or not character:
        return [character] * height
    first, middle, other, last = tuple(_TALL[character])
    between = [other] * (height - 2)
    if between:
        between[(height - 2) // 2] = middle
    return [first, *between, last]


def _padded(text: str, width: int, *, to_the_left: bool) -> str:
    space = " " * (width - cell_len(text))
    return text + space if to_the_left else space + text
