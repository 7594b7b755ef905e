"""Table: rows that print themselves, in a terminal and in a notebook."""

from __future__ import annotations

import io
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


class Table:
    """Rows of text under headings, and sentences below.

    Parameters
    ----------
    columns : sequence of str
        The headings; one that begins with a space stands, with its column, at the right.
    rows : sequence of sequences of str
        The cells.
    total : sequence of str, optional
        A last row, below a line.
    notes : sequence of str
        Sentences below the table.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        total: Sequence[str] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.columns = columns
        self.cells = rows
        self.total = total
        self.notes = notes

    def __rich__(self) -> RenderableType:
        from rich import box
        from rich.console import Group
        from rich.table import Table as RichTable
        from rich.text import Text

        from baremath.maths.as_text import Trimmed

        table = RichTable(
            box=box.SIMPLE,
            padding=(0, 2, 0, 0),
            pad_edge=False,
            show_edge=False,
            show_footer=bool(self.total),
        )
        for heading, total in zip(self.columns, self.total or self.columns, strict=True):
            table.add_column(
                Text(heading.strip()),
                Text(total),
                justify="right" if heading.startswith(" ") else "left",
                overflow="fold",
            )
        for cells in self.cells:
            table.add_row(*map(Text, cells))
        notes = [Text(""), *map(Text, self.notes)] if self.notes else []
        return Trimmed(Group(table, *notes))

    def to_text(self, width: int = 80) -> str:
        """Return the table as plain text, its lines at most `width` characters long."""
        from rich.console import Console

        console = Console(file=io.StringIO(), width=width, color_system=None, legacy_windows=False)
        with console.capture() as capture:
            console.print(self)
        return capture.get().removesuffix("\n")

    def __str__(self) -> str:
        return self.to_text()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def line(cells: Sequence[str], tag: str) -> str:
            styled = (
                f'<{tag} style="text-align: {"right" if heading.startswith(" ") else "left"}">'
                f"{escape(cell.strip())}</{tag}>"
                for heading, cell in zip(self.columns, cells, strict=True)
            )
            return f"<tr>{''.join(styled)}</tr>"

        body = "".join(line(cells, "td") for cells in self.cells)
        foot = f"<tfoot>{line(self.total, 'th')}</tfoot>" if self.total else ""
        return (
            f"<table><thead>{line(self.columns, 'th')}</thead><tbody>{body}</tbody>{foot}</table>"
            + "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        )
