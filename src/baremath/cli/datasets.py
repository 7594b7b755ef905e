"""`baremath datasets`: what is built in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console

if TYPE_CHECKING:
    from rich.text import Text

    from baremath.datasets import Dataset


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

    from rich.table import Table

    listing = Table.grid(padding=(0, 2, 1, 0))
    listing.add_column(no_wrap=True, style="bold")
    listing.add_column()
    for known in DATASETS.values():
        listing.add_row(known.name, _described(known))
    out = console.results()
    out.print(listing)
    console.print_prose(out, "Fit one by its name: baremath fit iris")


def _described(known: Dataset) -> Text:
    from rich.text import Text

    return Text.assemble(
        f"{known.description}\n",
        f"{known.n_rows:,} rows; {known.target} from {known.n_features} "
        f"column{'s' if known.n_features > 1 else ''} ({known.task})\n",
        (f"Source: {known.source}\nLicence: {known.licence}", "dim"),
    )
