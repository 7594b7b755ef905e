"""What is written in a box of the picture, and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from baremath.autodiff.drawing.as_text import assigned
from baremath.autodiff.drawing.graph import Box
from baremath.autodiff.drawing.naming import shortened
from baremath.autodiff.drawing.numbers import grid, summary

LINE = 17.0
PADDING = 10.0
COLUMN_GAP = 12.0
BRACKET = 7.0  # from the side of a matrix to its numbers
_LONGEST_FORMULA = 44


@dataclass(frozen=True)
class Numbers:
    """A value or a gradient: rows of text, in columns if it is a matrix."""

    kind: str
    rows: list[list[str]]
    is_matrix: bool

    @property
    def columns(self) -> list[float]:
        """The width of each column."""
        return [max(map(width, column)) for column in zip(*self.rows, strict=True)]

    @property
    def width(self) -> float:
        """The width of all columns, with the brackets."""
        sides = 2 * BRACKET if self.is_matrix else 0.0
        return sum(self.columns) + COLUMN_GAP * (len(self.columns) - 1) + sides

    @property
    def space(self) -> float:
        """The room left free above."""
        return 6.0 if self.is_matrix else 1.0


@dataclass(frozen=True)
class Card:
    """The text of one box."""

    heading: str
    formula: str
    numbers: list[Numbers]

    @property
    def width(self) -> float:
        """The room it needs from side to side."""
        texts = [width(self.formula) * 1.08, width(self.heading) * 0.85]
        return max(*texts, *(part.width for part in self.numbers), 40.0) + 2 * PADDING

    @property
    def height(self) -> float:
        """The room it needs from top to bottom."""
        lines = bool(self.heading) + 1 + sum(len(part.rows) for part in self.numbers)
        return lines * LINE + sum(part.space for part in self.numbers) + 1.4 * PADDING


def card(box: Box) -> Card:
    """Return what is written in a box."""
    heading = f"{box.operation}, {box.details}" if box.details else box.operation
    parts = {"value": box.value, "gradient": box.gradient}
    numbers = [_numbers(kind, array) for kind, array in parts.items() if array is not None]
    return Card(heading, shortened(assigned(box), _LONGEST_FORMULA), numbers)


def width(text: str) -> float:
    """Return about how wide a text is at 13 pixels, in a wide font."""
    return cell_len(text) * 8.0


def _numbers(kind: str, array: object) -> Numbers:
    entries = grid(array)
    return Numbers(kind, entries or [[line] for line in summary(array)], bool(entries))
