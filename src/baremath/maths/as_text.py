"""A Derivation in the terminal: with rich, or as plain Unicode text."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.box import SIMPLE_HEAD
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from baremath.maths.derivation import Derivation, Step, Terms
from baremath.maths.layout import Block, layout
from baremath.maths.notation import number
from baremath.maths.plain import plain
from baremath.maths.shown import equations, numeric_columns, table_rows
from baremath.maths.tokens import printable

_INDENT = 3


class Trimmed:
    """Something that rich prints, without the spaces it puts at the ends of lines."""

    def __init__(self, padded: RenderableType) -> None:
        self.padded = padded

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines, each up to its last character that shows."""
        for line in console.render_lines(self.padded, options, pad=False):
            while line and not line[-1].text.strip():
                line.pop()
            if line:
                yield from line[:-1]
                yield Segment(line[-1].text.rstrip(), line[-1].style)
            yield Segment.line()


class TextView:
    """A Derivation as rich prints it."""

    def __init__(self, derivation: Derivation) -> None:
        self.derivation = derivation

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the title, then each step with its formulas aligned on the relation."""
        width = max(options.max_width - _INDENT, 1)
        yield Text(printable(self.derivation.title), style="bold")
        for i, step in enumerate(self.derivation.steps, start=1):
            yield Text()
            heading = Table.grid()  # the number and, beside it, a title that may need two lines
            heading.add_row(Text(f"{i}. ", style="bold"), Text(printable(step.title), style="bold"))
            yield heading
            for line in _formula_lines(step, width):
                yield Padding(line, (0, 0, 0, _INDENT))
            if step.terms is not None:
                yield Padding(_terms_table(step.terms), (1, 0, 1 if step.note else 0, _INDENT))
            if step.note:
                yield Padding(Text(printable(step.note), style="italic"), (0, 0, 0, _INDENT))


def to_text(derivation: Derivation, width: int) -> str:
    """Return the derivation as plain text, its lines at most `width` cells wide."""
    console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
    with console.capture() as capture:
        console.print(Trimmed(TextView(derivation)))
    return capture.get().removesuffix("\n")


def _formula_lines(step: Step, width: int) -> Iterator[Text]:
    """Yield the equations of a step, aligned on the relation; a long symbol has its own line."""
    lines = equations(step)
    symbols = layout(lines[0].symbol, width)
    margin = max(block.width for block in symbols)
    if len(symbols) > 1 or margin > width // 3:
        for block in symbols:
            yield from map(Text, block.lines)
        symbols, margin = [], 1
    for i, line in enumerate(lines):
        relation = Block((f" {plain(line.relation)} ",)) if line.relation else Block(("",))
        left = symbols[0] if i == 0 and symbols else Block((" " * margin,))
        head = left + relation
        for block in layout(line.right, max(width - head.width, 1)):
            last = i > 0 and i == len(lines) - 1
            for text in (head + block).lines:
                yield Text(text, style="bold cyan" if last else "")
            head = Block((" " * head.width,))


def _terms_table(terms: Terms) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    numeric = numeric_columns(terms)
    for heading, is_number in zip(terms.columns, numeric, strict=True):
        table.add_column(
            Text(plain(heading)),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            overflow="fold",
        )
    for row in table_rows(terms):
        table.add_row(*(Text(_cell(entry)) for entry in row))
    return table


def _cell(entry: str | float) -> str:
    return printable(entry) if isinstance(entry, str) else plain(number(entry))
