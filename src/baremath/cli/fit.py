"""`baremath fit`: climb the ladder of models on one table, and say which is worth it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from baremath.cli import console, files
from baremath.cli.errors import UsageError
from baremath.report.format import duration, score, shortened, signed

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from baremath.ladder import Climb

_WIDE = 80  # columns of the terminal that the whole table needs
_COLUMNS_SHOWN = 5

Progress = Callable[[int, int, str], None]


class Task(StrEnum):
    """What to predict: a number, a class, or whichever the target looks like."""

    auto = "auto"
    regression = "regression"
    classification = "classification"


def _share(value: float) -> float:
    if not 0 < value < 1:
        raise typer.BadParameter(f"{value} isn't a share between 0 and 1")
    return value


def fit(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="CSV, TSV or Parquet, or a built-in table's name (baremath datasets).",
        ),
    ],
    target: Annotated[
        str | None, typer.Option(help="The column to predict; a built-in table knows its own.")
    ] = None,
    task: Annotated[Task, typer.Option(help="auto: as the target's values suggest.")] = Task.auto,
    cv: Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")] = 5,
    test_size: Annotated[
        float, typer.Option(callback=_share, help="Share of the rows held out to the end.")
    ] = 0.2,
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Same seed, same split, same models.")
    ] = 0,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Try bagged trees, random subspaces and a stack too: twice the time."
        ),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write a report, one .html that opens offline.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Save the model that is worth it, as .skops.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead.")] = False,
) -> None:
    """Fit every model of the ladder to DATA and say which one is worth it.

    Each is scored by cross-validation and on rows it has never seen.
    """
    started = perf_counter()
    files.check_output("--report", report, files.PAGES)
    files.check_output("--save", save, files.MODELS)
    with _progress() as progress:  # before the table is read, which can take a while too
        source = files.read_source(data)
        climb = _climb(source, target, task, cv, test_size, seed, full, progress)
    try:
        _write(climb, report, save)
    finally:  # what was found is shown even if a file can't be written
        if as_json:
            _warn(console.messages(), climb)
            console.print_json(climb.to_dict())
        else:
            _show(source, climb)
    if not as_json:
        out = console.results()
        for what, path in (("report", report), ("model", save)):
            if path is not None:
                console.print_prose(out, f"{what} written to {path}")
        out.print(f"{duration(perf_counter() - started)} in all", style="dim")


def _climb(
    source: files.Source,
    target: str | None,
    task: Task,
    cv: int,
    test_size: float,
    seed: int,
    full: bool,
    progress: Progress,
) -> Climb:
    from baremath.ladder import climb

    wanted = target or source.target
    if wanted is None:
        columns = ", ".join(source.table.columns)
        raise UsageError(f"--target is missing: which column of {source.name}? ({columns})")
    known_task = source.task if wanted == source.target else None
    return climb(
        source.table,
        wanted,
        task=known_task if task is Task.auto else task.value,
        cv=cv,
        test_size=test_size,
        random_state=seed,
        full=full,
        progress=progress,
    )


@contextmanager
def _progress() -> Iterator[Progress]:
    """Show a bar on stderr while the block runs, if somebody is there to see it."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    terminal = console.messages()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=terminal, transient=True, disable=not terminal.is_terminal
    ) as bar:
        shown = bar.add_task("preparing", total=None)

        def progress(done: int, total: int, label: str) -> None:
            bar.update(shown, completed=done, total=total, description=label)

        yield progress


def _write(climb: Climb, report: Path | None, save: Path | None) -> None:
    if report is not None:
        from baremath.report import write_report

        write_report(climb, report)
    if save is not None:
        from baremath.persistence import save as save_model

        save_model(climb.best_model, save)


def _show(source: files.Source, climb: Climb) -> None:
    out = console.results()
    columns = source.table.width
    console.print_prose(
        out,
        f"{source.name}: {source.table.height:,} rows and {columns} columns; "
        f"{climb.target} is predicted ({climb.task})",
    )
    _warn(out, climb)
    out.print()
    out.print(_rungs(climb, wide=out.width >= _WIDE))
    out.print()
    console.print_prose(out, signed(climb.sentence), style="bold")
    out.print()
    console.print_prose(out, signed(climb.formula))
    out.print()
    if climb.best != climb.models[0].name:
        console.print_prose(out, _what_counts(climb))
        out.print()


def _what_counts(climb: Climb) -> str:
    """Return the columns that the model's score depends on most."""
    first = ", ".join(
        f"{shortened(importance.column)} {score(importance.mean)}"
        for importance in climb.importances[:_COLUMNS_SHOWN]
    )
    more = ", …" if len(climb.importances) > _COLUMNS_SHOWN else ""
    return f"What counts most ({climb.metric} lost when a column is shuffled): {first}{more}"


def _warn(out: Console, climb: Climb) -> None:
    for warning in climb.warnings:
        console.print_prose(out, f"note: {warning}", style="yellow")


def _rungs(climb: Climb, *, wide: bool) -> Table:
    """Return the ladder as a table, the rung that is worth it marked; times only if it is wide."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True, show_edge=False)
    table.add_column("  model", overflow="fold")
    headings = [f"{climb.metric}, {climb.cv} folds ± sd", "test"]
    if wide:
        headings += ["fit", "parameters"]
    for heading in headings:
        table.add_column(heading, justify="right")
    for rung in climb.models:
        best = rung.name == climb.best
        cells = [
            f"{'→' if best else ' '} {rung.name}",
            f"{score(rung.cv_mean)} ± {score(rung.cv_std)}",
            score(rung.test),
        ]
        if wide:
            cells += [duration(rung.fit_seconds), f"{rung.n_parameters:,}"]
        table.add_row(*cells, style="bold green" if best else None)
    return table
