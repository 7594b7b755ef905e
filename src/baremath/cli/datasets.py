"""`baremath datasets`: what is built in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console

if TYPE_CHECKING:
    from rich.table import Table

_WIDE = 120  # columns of the terminal that leave room for the descriptions beside the facts


def datasets(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON array instead.")] = False,
) -> None:
    """List the built-in tables, with their source and licence."""
    from baremath.datasets import DATASETS

    if as_json:
        console.print_json(
            [
                {
                    "name": known.name,
                    "task": known.task,
                    "target": known.target,
                    "n_rows": known.n_rows,
                    "n_features": known.n_features,
                    "description": known.description,
                    "source": known.source,
                    "licence": known.licence,
                }
                for known in DATASETS.values()
            ]
        )
        return

    from baremath.maths.as_text import Trimmed

    out = console.results()
    wide = out.width >= _WIDE
    out.print(Trimmed(_facts(described=wide)))
    out.print()
    out.print(Trimmed(_origins(described=not wide)))
    console.print_prose(out, "Fit one by its name: baremath fit iris")


def _facts(*, described: bool) -> Table:
    """Return a table of the data sets, what is in them last where there is room for it."""
    from rich import box
    from rich.table import Table

    from baremath.datasets import DATASETS

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("name", no_wrap=True, style="bold")
    for heading in ("task", "target"):
        table.add_column(heading, no_wrap=True)
    table.add_column("rows × columns", justify="right", no_wrap=True)
    if described:
        table.add_column("what")
    for known in DATASETS.values():
        size = f"{known.n_rows:,} × {known.n_features + 1}"
        facts = [known.name, known.task, known.target, size]
        table.add_row(*facts, *([known.description] if described else []))
    return table


def _origins(*, described: bool) -> Table:
    """Return a listing of where each data set is from and on what terms it may be used."""
    from rich.table import Table

    from baremath.datasets import DATASETS

    listing = Table.grid(padding=(0, 2, 1, 0))
    listing.add_column(no_wrap=True, style="bold")
    listing.add_column()
    for known in DATASETS.values():
        what = f"{known.description}\n" if described else ""
        listing.add_row(known.name, f"{what}Source: {known.source}\nLicence: {known.licence}")
    return listing
