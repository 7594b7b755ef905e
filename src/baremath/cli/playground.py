"""`baremath playground`: networks that learn, in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from baremath.cli import console
from baremath.cli.errors import UsageError

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

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
    amounts = table[target].dtype.is_numeric()
    rows = table.select([*columns, target]).drop_nulls()
    numbers = rows.select([*columns, target] if amounts else columns).to_numpy().astype(float)
    rows = rows.filter(np.isfinite(numbers).all(axis=1))
    if len(rows) > MOST_POINTS:
        rows = rows.sample(MOST_POINTS, seed=0)
    n_values = rows[target].n_unique()
    regression = amounts and n_values > MOST_CLASSES
    if n_values < 2 or (n_values > MOST_CLASSES and not regression):
        raise ValueError(
            f"--target: {target!r} holds {n_values} different values in the {len(rows)} complete "
            f"rows of {name}; name a column of amounts, or one of 2 to {MOST_CLASSES} classes."
        )
    words = [one for one in table.columns if one not in (*numeric, target)]
    _say_what_is_left_out(name, words, numeric[MOST_COLUMNS:], len(rows), len(table))
    fitted = [_fitted(one, rows[one]) for one in columns]
    y = _fitted(target, rows[target])[1].tolist() if regression else _labels(rows[target])
    own = Own(
        columns=tuple(column for column, _ in fitted),
        X=tuple(map(tuple, np.column_stack([values for _, values in fitted]).tolist())),
        y=tuple(y),
    )
    return Config(
        problem="regression" if regression else "classification",
        data=DataConfig(name="own", n=max(10, len(rows)), own=own),
        features=tuple(f"x{k + 1}" for k in range(len(columns))),
        loss="squared" if regression else "cross-entropy",
    )


def _fitted(name: str, values: pl.Series) -> tuple[str, NDArray[Any]]:
    """Return a column as the page takes it: divided where it is too large, which its name tells."""
    import numpy as np

    from baremath.playground.server.config import LARGEST, LONGEST_NAME

    numbers = values.cast(float).to_numpy()
    power, largest = 0, np.abs(numbers).max()
    while largest / 10.0**power > LARGEST:
        power += 1
    ending = f" / 1e{power}" if power else ""
    return name[: LONGEST_NAME - len(ending)] + ending, numbers / 10.0**power


def _labels(values: pl.Series) -> list[float | str]:
    """Return the names of classes as the page takes them: numbers stay numbers."""
    import numpy as np

    from baremath.playground.server.config import LARGEST, LONGEST_NAME

    if values.dtype.is_numeric():
        numbers = values.cast(float).to_numpy()
        if np.abs(numbers).max() <= LARGEST:
            return list(numbers.tolist())
    texts = values.cast(str).to_list()
    short = {text: text[:LONGEST_NAME] for text in texts}
    if len(set(short.values())) < len(short):  # alike as far as they are shown: a number each
        short = {text: f"{text[: LONGEST_NAME - 4]} {k}" for k, text in enumerate(sorted(short), 1)}
    return [short[text] for text in texts]


def _say_what_is_left_out(
    name: str, words: list[str], others: list[str], n_rows: int, n_all: int
) -> None:
    from baremath.playground.server.config import MOST_COLUMNS, MOST_POINTS

    parts = [f"columns that hold no numbers: {', '.join(words)}"] if words else []
    if others:
        parts.append(f"columns of numbers after the first {MOST_COLUMNS}: {', '.join(others)}")
    if n_rows < n_all:
        parts.append(
            f"{n_all - n_rows:,} of {n_all:,} rows: incomplete ones, and by a random draw what is "
            f"more than {MOST_POINTS:,}"
        )
    if parts:
        text = f"Left out of {name}: {'; '.join(parts)}."
        console.print_prose(console.results(), text)
