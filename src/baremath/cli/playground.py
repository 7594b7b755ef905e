"""`baremath playground`: networks that learn, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console
from baremath.cli.errors import UsageError

if TYPE_CHECKING:
    from baremath.playground.server.config import Config


def playground(
    port: Annotated[
        int | None,
        typer.Option(
            min=1, max=65535, show_default="8000, or the next free", help="Where to serve it."
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open it in the browser.")
    ] = True,
    data: Annotated[
        str | None, typer.Option(help="A table to begin with: a file, or one of the built-in.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(show_default="the last", help="The column of --data to predict.")
    ] = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on; others than this machine need a token.")
    ] = "127.0.0.1",
) -> None:
    """Train networks live in the browser, and look inside every number."""
    from baremath.playground import Playground

    if target is not None and data is None:
        raise UsageError("--target names a column of a table: give the table by --data")
    served = Playground(host, port, None if data is None else _config(data, target))
    out = console.results()
    out.print(f"The playground is at {served.url}", soft_wrap=True, highlight=False)
    out.print("Ctrl-C ends it.")
    try:
        served.run(open_browser=browser)
    except KeyboardInterrupt:
        out.print("Ended.")


def _config(name: str, target: str | None) -> Config:
    """Return a network for a table: its columns of numbers, and the column to predict."""
    import numpy as np

    from baremath.cli.files import read_source
    from baremath.playground.server.config import (
        MOST_CLASSES,
        MOST_COLUMNS,
        MOST_POINTS,
        Config,
        DataConfig,
        Own,
    )

    source = read_source(name)
    table = source.table
    target = target or source.target or table.columns[-1]
    if target not in table.columns:
        raise ValueError(
            f"--target: {name} has no column {target!r}; it has {', '.join(table.columns)}."
        )
    numeric = [one for one in table.columns if one != target and table[one].dtype.is_numeric()]
    if not numeric:
        raise ValueError(f"{name} has no column of numbers beside {target!r} to learn from.")
    columns = numeric[:MOST_COLUMNS]
    rows = table.select([*columns, target]).drop_nulls()
    rows = rows.filter(np.isfinite(rows.select(columns).to_numpy().astype(float)).all(axis=1))
    if len(rows) > MOST_POINTS:
        rows = rows.sample(MOST_POINTS, seed=0)
    left_out = [one for one in table.columns if one not in (*columns, target)]
    _say_what_is_left_out(name, left_out, len(rows), len(table))
    amounts = rows[target].dtype.is_numeric()
    own = Own(
        columns=tuple(columns),
        X=tuple(map(tuple, rows.select(columns).to_numpy().astype(float).tolist())),
        y=tuple(rows[target].cast(float if amounts else str).to_list()),
    )
    regression = amounts and rows[target].n_unique() > MOST_CLASSES
    return Config(
        problem="regression" if regression else "classification",
        data=DataConfig(name="own", n=max(10, len(rows)), own=own),
        features=tuple(f"x{k + 1}" for k in range(len(columns))),
        loss="squared" if regression else "cross-entropy",
    )


def _say_what_is_left_out(name: str, columns: list[str], n_rows: int, n_all: int) -> None:
    from baremath.playground.server.config import MOST_POINTS

    parts = [f"columns that hold no numbers: {', '.join(columns)}"] if columns else []
    if n_rows < n_all:
        parts.append(
            f"{n_all - n_rows:,} of {n_all:,} rows: incomplete ones, and by a random draw what is "
            f"more than {MOST_POINTS:,}"
        )
    if parts:
        text = f"Left out of {name}: {'; '.join(parts)}."
        console.print_prose(console.results(), text)
